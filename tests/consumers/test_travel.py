"""What of a consumer reaches another process, and what is refused with the remedy."""

import dataclasses
import functools
import pickle
import sys
import threading

import pytest
from standins import consumers

from pythiags import Consumer, JsonLinesConsumer, UserCodeError
from pythiags.consumers import as_consumer, is_importable, recipe


def arrive(consumer):
    return pickle.loads(pickle.dumps(recipe(consumer)))()


def test_a_function_goes_by_name():
    assert arrive(consumers.double).incoming(2) == 4


def test_a_class_is_constructed_there(monkeypatch):
    made = recipe(consumers.Unbuildable)
    assert isinstance(made, functools.partial)
    with pytest.raises(UserCodeError, match="constructed"):
        made()


def test_an_instance_brings_its_state(tmp_path):
    consumer = consumers.Painter(tmp_path)
    consumer.kept.append(5)
    assert arrive(consumer).incoming.__self__.kept == [5]


def test_a_method_brings_its_object(tmp_path):
    consumer = consumers.Recorder(tmp_path / "notes")
    arrive(consumer.incoming).incoming(3)
    assert (tmp_path / "notes").read_text() == "3\n"


class Locked(Consumer):
    """Has what cannot be pickled."""

    def __init__(self, name, *, level=1):
        self.name = name
        self.level = level
        self.lock = threading.Lock()

    def incoming(self, events):
        pass


def test_what_cannot_be_pickled_is_made_again_of_its_arguments():
    arrived = arrive(Locked("a", level=2))
    assert (arrived.name, arrived.level) == ("a", 2)


def test_an_instance_of_ours(tmp_path):
    assert arrive(JsonLinesConsumer(tmp_path / "a.jsonl"))._target == tmp_path / "a.jsonl"


def local(events):
    def inside(events):
        pass

    return inside


class OfMain(Consumer):
    def incoming(self, events):
        pass


@pytest.mark.parametrize(
    ("consumer", "says"),
    [
        (lambda events: None, "lambda"),
        (local(None), "inside a function"),
        (Locked(threading.Lock()), "cannot pickle '_thread.lock'"),
    ],
)
def test_refusals_say_what_to_do(consumer, says):
    with pytest.raises(UserCodeError, match=says) as info:
        recipe(consumer)
    assert "worker='thread'" in str(info.value)


@pytest.mark.parametrize("of", [lambda it: it, lambda it: it()])
def test_what_is_of_main_is_refused(monkeypatch, of):
    import __main__

    assert is_importable(OfMain), "the control: elsewhere it may"
    recipe(of(OfMain))
    monkeypatch.setattr(OfMain, "__module__", "__main__")
    monkeypatch.setattr(__main__, "OfMain", OfMain, raising=False)
    assert not is_importable(OfMain)
    with pytest.raises(UserCodeError, match="start the program again"):
        recipe(of(OfMain))


def test_a_frozen_program_has_no_python_for_another_process(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not is_importable(OfMain)
    with pytest.raises(UserCodeError, match="frozen"):
        recipe(OfMain)


def test_what_an_instance_holds_of_main_is_refused(monkeypatch):
    import __main__

    monkeypatch.setattr(OfMain, "__module__", "__main__")
    monkeypatch.setattr(__main__, "OfMain", OfMain, raising=False)
    with pytest.raises(UserCodeError, match="OfMain is of the program's own file"):
        recipe(Locked(OfMain))


def test_arguments_are_kept_whatever_the_constructor_calls():
    class Second(Locked):
        def __init__(self, number):
            super().__init__("second", level=number)

    assert Second(3).made_of == ((3,), {})
    assert as_consumer(Second(3)).level == 3


@dataclasses.dataclass(frozen=True)
class Frozen(Consumer):
    name: str

    def incoming(self, events):
        pass


def test_a_frozen_dataclass_is_a_consumer_too():
    assert Frozen("a").made_of == (("a",), {})
    assert arrive(Frozen("a")).name == "a"
