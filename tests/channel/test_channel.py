"""The channel: its options, its errors, its counters."""

import functools
import threading
import types

import pytest

from pythiags.app.lanes import Lane, Lanes
from pythiags.channel import Channel, Control
from pythiags.errors import ChannelClosed, ConfigError, EventRefused, LiveMetadataError
from pythiags.workers.parting import Parting


@pytest.mark.parametrize(
    "options", [{"queue_size": 0}, {"queue_bytes": -1}, {"queue_size": 1.5}, {"queue_size": True}]
)
def test_a_bound_has_to_be_one(options):
    with pytest.raises(ConfigError, match=next(iter(options))):
        Channel(**options)


def test_an_unknown_policy_gets_a_suggestion():
    with pytest.raises(ConfigError, match="drop-oldest") as caught:
        Channel(on_full="drop_oldst")
    assert caught.value.hint == "did you mean 'drop-oldest'?"


def test_events_come_out_as_they_went_in():
    channel = Channel()
    event = [{"label": "car"}]
    assert channel.put(event)
    channel.put_control(Control.END)
    assert channel.get() is event
    channel.delivered()
    assert channel.get() is Control.END
    stats = channel.stats()
    assert (stats.produced, stats.delivered, stats.pending) == (1, 1, 0)


def test_a_dropped_event_is_told_and_counted():
    channel = Channel(1, on_full="drop-newest")
    assert [channel.put(1), channel.put(2)] == [True, False]
    assert channel.stats().dropped == {"drop-newest": 1}


def test_bytes_bound_the_queue():
    channel = Channel(queue_bytes=3000, on_full="drop-oldest")
    for _ in range(10):
        channel.put(b"x" * 1000)
    stats = channel.stats()
    assert (stats.pending, stats.dropped) == (2, {"drop-oldest": 8})


def test_live_metadata_is_refused_and_counted():
    channel = Channel()
    meta = type("NvDsFrameMeta", (), {"__module__": "pyds"})()
    with pytest.raises(LiveMetadataError, match=r"event\[0\]"):
        channel.put([meta])
    stats = channel.stats()
    assert (stats.produced, stats.dropped, stats.pending) == (1, {"refused": 1}, 0)


def test_nothing_came():
    with pytest.raises(TimeoutError, match="chan"):
        Channel(name="chan").get(timeout=0.01)


def test_a_closed_channel_says_so_at_both_ends():
    channel = Channel(name="chan")
    channel.put(1)
    channel.close()
    with pytest.raises(ChannelClosed, match="chan"):
        channel.put(2)
    assert channel.get() == 1
    channel.delivered()
    with pytest.raises(ChannelClosed):
        channel.get()
    assert channel.stats().pending == 0
    assert channel.stats().dropped == {"closed": 1}


def test_many_events_are_taken_and_settled_at_once():
    channel = Channel()
    for event in range(5):
        channel.put(event)
    assert channel.get_many(3) == [0, 1, 2]
    channel.delivered(2)
    channel.redelivered()
    channel.failed("dead-letter")
    stats = channel.stats()
    assert (stats.delivered, stats.dropped, stats.redelivered) == (2, {"dead-letter": 1}, 1)
    assert (stats.in_flight, stats.pending) == (0, 2)


def released():
    view = memoryview(b"gone")
    view.release()
    return view


def raise_(error):
    raise error("hostile")


def hostile(method, error, base=object):
    """An instance of a class of which one method raises."""
    return type("Hostile", (base,), {method: lambda *_: raise_(error)})()


class Silent(BaseException):
    """Has no text."""

    def __str__(self):
        raise SystemExit


class Meta(type):
    """A class that cannot be looked at."""

    def __dir__(cls):
        raise Silent


class Slots:
    __slots__ = ("a",)

    def __getattr__(self, name):
        raise SystemExit(name)


class Property:
    __slots__ = ()
    nbytes = property(lambda self: raise_(Silent))

    def __sizeof__(self):
        return -5


ERRORS = [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, Silent]
HOSTILE = {
    "released": released,
    "sizeof": lambda: hostile("__sizeof__", Silent, base=bytearray),
    "negative": type("Less", (), {"__slots__": (), "__sizeof__": lambda self: -5}),
    "huge": type("More", (), {"__slots__": (), "__sizeof__": lambda self: 1 << 80}),
    "meta": Meta("Seen", (), {}),
    "module": type("Nowhere", (), {"__module__": 5}),
    "slots": Slots,
    "dict": type("D", (), {"__dict__": property(lambda self: raise_(SystemExit))}),
    "items": lambda: hostile("items", Silent, base=dict),
}
HOSTILE |= {
    f"{method}-{error.__name__}": functools.partial(hostile, method, error)
    for method in ("__getattribute__", "__reduce_ex__", "__getstate__")
    for error in ERRORS
}
HOSTILE |= {
    f"class-{error.__name__}": functools.partial(
        lambda error: type("C", (), {"__class__": property(lambda self: raise_(error))})(), error
    )
    for error in ERRORS
}


def put_aside(put, event):
    """Put an event in a thread of its own, as a stream does; give what was raised."""
    raised = []

    def run():
        try:
            put(event)
        except BaseException as error:  # noqa: BLE001 (this is asked)
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised


@pytest.mark.parametrize("inside", [lambda it: it, lambda it: [{"a": (1, it)}]])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("policy", ["block", "spill"])
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_whatever_an_event_is_it_is_put_in_or_refused(make, policy, first, inside, tmp_path):
    channel = Channel(on_full=policy, spill_dir=tmp_path)
    channel.check_for_process()
    if not first:
        channel.put("harmless")
    raised = put_aside(channel.put, inside(make()))
    assert all(isinstance(error, EventRefused) for error in raised)
    stats = channel.stats()
    assert stats.produced == 1 + (not first)
    assert stats.dropped.get("refused", 0) == len(raised)
    assert stats.produced == stats.delivered + sum(stats.dropped.values()) + stats.pending
    channel.stop()
    assert channel.dispose(5)


def test_the_reason_is_told():
    (error,) = put_aside(Channel(name="chan").put, [released()])
    assert error.where == "chan"
    assert "ValueError: operation forbidden on released memoryview" in error.message
    assert error.got is None, "no line of ours"
    (error,) = put_aside(Channel().put, Slots())
    assert "SystemExit: __dict__" in error.message
    assert "test_channel.py" in error.got
    (error,) = put_aside(Channel().put, Meta("Seen", (), {})())
    assert "Silent: its message is not available" in error.message


def test_ctrl_c_in_the_main_thread_stays_what_it_is():
    channel = Channel()
    with pytest.raises(KeyboardInterrupt):
        channel.put(hostile("__getattribute__", KeyboardInterrupt))
    assert channel.stats().dropped == {"refused": 1}


class Columns:
    """Claims to be an array, and is none."""

    dtype = types.SimpleNamespace(names=("source_id",))
    ndim = 1

    def __getitem__(self, key):
        raise SystemExit(key)


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (Columns, "source_id"),
        (Slots, "source_id"),
        (lambda: [1], lambda event: raise_(SystemExit)),
        (lambda: [1], lambda event: raise_(Silent)),
        (lambda: [hostile("__getattribute__", Silent)], "source_id"),
        (lambda: [hostile("__index__", ValueError)], lambda event: event),
    ],
)
def test_what_cannot_be_shared_out_is_counted(make, key):
    channels = [Channel(), Channel()]
    lanes = Lanes([Lane(each, None) for each in channels], Parting(2, key), blocking=False)
    (error,) = put_aside(lanes.put, make())
    assert isinstance(error, EventRefused)
    assert [each.stats().dropped for each in channels] == [{"refused": 1}, {}]
