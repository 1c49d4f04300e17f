"""What of a consumer reaches another process, and what is refused with the remedy."""

import dataclasses
import functools
import pickle
import sys
import threading

import pytest
from standins import consumers

from pythiags import Consumer, JsonLinesConsumer, UserCodeError
from pythiags.consumers import is_importable, recipe


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


def test_what_was_set_after_the_constructor_arrives():
    consumer = JsonLinesConsumer("a.jsonl")
    consumer.threshold = 0.9
    assert arrive(consumer).threshold == 0.9


def test_an_instance_that_cannot_be_pickled_is_refused_and_not_made_again():
    """It would come without what was set since."""
    with pytest.raises(UserCodeError) as info:
        recipe(Locked("a"))
    assert info.value.message.startswith("Locked.lock cannot be sent to another process")
    assert "acquire it in open(), or pass functools.partial(Locked, ...)" in info.value.hint
    assert arrive(functools.partial(Locked, "a", level=2)).level == 2, "the remedy"


class Reticent(Locked):
    """Leaves out what cannot be pickled, but not all of it."""

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "lock"}


def test_only_what_pickle_takes_is_blamed():
    assert arrive(Reticent("a")).name == "a", "the control"
    with pytest.raises(UserCodeError, match=r"^Reticent.name\['x'\]\[1\].lock cannot"):
        recipe(Reticent({"x": [1, Locked("b")]}))


def test_what_holds_itself_is_refused_too():
    consumer = Locked([])
    consumer.name.append(consumer.name)
    consumer.name.append(consumer.lock)
    with pytest.raises(UserCodeError, match="cannot be sent to another process"):
        recipe(consumer)


@pytest.mark.parametrize(
    ("arguments", "options", "path"),
    [
        (["a", threading.Lock()], {}, r"Locked\(argument 2\) cannot"),
        (["a"], {"level": Locked("b")}, r"Locked\(level=...\).lock cannot"),
    ],
)
def test_an_argument_that_cannot_be_pickled_is_named(arguments, options, path):
    with pytest.raises(UserCodeError, match=path):
        recipe(functools.partial(Locked, *arguments, **options))


def test_an_instance_of_ours(tmp_path):
    assert arrive(JsonLinesConsumer(tmp_path / "a.jsonl"))._file._target == tmp_path / "a.jsonl"


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
        (Locked("a"), "cannot pickle '_thread.lock'"),
        (Locked("a").incoming, r"Locked\.lock cannot"),
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
    with pytest.raises(UserCodeError, match=r"Frozen\.name .* OfMain is defined in __main__"):
        recipe(Frozen(OfMain))


@dataclasses.dataclass(frozen=True)
class Frozen(Consumer):
    name: str

    def incoming(self, events):
        pass


def test_a_frozen_dataclass_is_a_consumer_too():
    assert arrive(Frozen("a")).name == "a"
