"""What cannot leave the process is refused at the first event, by the name of the field."""

import dataclasses
import threading
from typing import Any, NamedTuple

import pytest

from pythiags.channel import Channel
from pythiags.channel.pickling import check
from pythiags.errors import UnpicklableError


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Event:
    label: str
    callback: object = None


class Slotted:
    __slots__ = ("inner",)


def slotted(inner):
    it = Slotted()
    it.inner = inner
    return it


class Refuses:
    def __reduce__(self):
        raise OSError("not today")


@pytest.mark.parametrize(
    ("event", "place", "reason"),
    [
        (lambda: None, "event", "lambda"),
        ([Event("car", lambda: None)], "event[0].callback", "lambda"),
        ({"a": {"b": (1, threading.Lock())}}, "event['a']['b'][1]", "lock"),
        ([Pair(1, Refuses())], "event[0].right", "not today"),
        (slotted([2, Refuses()]), "event.inner[1]", "not today"),
    ],
)
def test_the_message_names_the_field_the_reason_and_what_to_do(event, place, reason):
    with pytest.raises(UnpicklableError) as caught:
        check(event, process=False)
    assert caught.value.where == place
    assert reason in caught.value.got
    assert "on_full='drop-oldest'" in caught.value.hint


def test_what_can_be_pickled_passes():
    numpy = pytest.importorskip("numpy")
    check([Event("car"), Pair(1, {2}), slotted(None), numpy.zeros((4, 4))], process=True)


def test_an_event_that_holds_itself_passes_or_is_named():
    event = [1]
    event.append(event)
    check(event, process=False)
    event.append(Refuses())
    with pytest.raises(UnpicklableError, match="not today"):
        check(event, process=False)


def test_what_a_child_would_not_find_is_refused_for_a_process_only(monkeypatch):
    monkeypatch.setattr(Event, "__module__", "__main__")
    monkeypatch.setattr("__main__.Event", Event, raising=False)
    check([Event("car")], process=False)
    with pytest.raises(UnpicklableError) as caught:
        check([Event("car")], process=True)
    assert caught.value.where == "event[0]"
    assert "__main__" in caught.value.got
    assert "worker='thread'" in caught.value.hint


@pytest.mark.parametrize("policy", ["block", "spill"])
def test_a_channel_refuses_the_first_event_and_counts_it(policy, tmp_path):
    channel = Channel(on_full=policy, spill_dir=tmp_path)
    if policy == "block":
        assert channel.put([lambda: None]), "what stays in memory may be anything"
        channel.check_for_process()
    with pytest.raises(UnpicklableError, match=r"event\[0\]"):
        channel.put([lambda: None])
    assert channel.put([1])
    assert channel.stats().dropped == {"refused": 1}
