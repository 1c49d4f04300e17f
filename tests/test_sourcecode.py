"""Modules that are made of a text, not of their files."""

import dataclasses
import io
import pickle
import subprocess
import sys

import pytest

from pythiags import picklable
from pythiags.errors import UserCodeError
from pythiags.sourcecode import Source, build, find, import_from, in_place, install, place_in

TEXT = b"""\
from __future__ import annotations
import dataclasses

VERSION = 1

@dataclasses.dataclass
class Event:
    frame: int

    class Inner:
        def method(self):
            return VERSION

def function():
    raise KeyError(VERSION)
"""


@pytest.fixture
def name(monkeypatch):
    yield "mine_of_text"
    sys.modules.pop("mine_of_text", None)


def source(name, text=TEXT, path="/nowhere/mine_of_text.py"):
    return Source(name, path, text)


def test_a_module_of_a_text(name):
    module = build(source(name))
    assert (module.VERSION, module.__name__, module.__file__) == (
        1,
        name,
        "/nowhere/" + name + ".py",
    )
    assert name not in sys.modules
    assert module.Event(3) == module.Event(3)
    with pytest.raises(KeyError) as caught:
        module.function()
    assert str(caught.traceback[-1].path) == "/nowhere/mine_of_text.py"


def test_the_old_one_stays_as_it_is(name):
    old = build(source(name))
    install(old)
    new = build(source(name, TEXT.replace(b"VERSION = 1", b"VERSION = 2")))
    assert sys.modules[name] is old
    assert (old.VERSION, new.VERSION) == (1, 2)
    with in_place(new):
        assert sys.modules[name] is new
    assert sys.modules[name] is old
    with pytest.raises(SyntaxError), in_place(new):
        build(source(name, b"def"))
    assert sys.modules[name] is old


def test_what_it_imports_of_itself_is_the_new_one(name):
    text = TEXT + b"import mine_of_text\nSAME = mine_of_text.Event is Event\n"
    install(build(source(name)))
    assert build(source(name, text)).SAME


def test_bytecode_on_disk_is_not_asked(name, tmp_path):
    """It knows a file by its second and its size."""
    path = tmp_path / "mine_of_text.py"
    path.write_bytes(TEXT)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tmp_path)], check=True)
    text = TEXT.replace(b"VERSION = 1", b"VERSION = 2")
    assert build(source(name, text, str(path))).VERSION == 2


def test_a_package(name, tmp_path):
    (tmp_path / "part.py").write_text("PART = 5")
    text = b"from .part import PART"
    module = build(source(name, text, str(tmp_path / "__init__.py")))
    assert module.PART == 5
    sys.modules.pop("mine_of_text.part")


def test_a_part_of_a_package_is_its_attribute(name, monkeypatch):
    package = type(sys)("mine_package")
    monkeypatch.setitem(sys.modules, "mine_package", package)
    part = build(source("mine_package.mine_of_text"))
    install(part)
    assert package.mine_of_text is part
    sys.modules.pop("mine_package.mine_of_text")


def test_imports_take_a_text_and_not_the_file(name, tmp_path, monkeypatch):
    (tmp_path / "mine_of_text.py").write_text("VERSION = 'of the file'")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    import_from([source(name)])
    assert __import__(name).VERSION == 1


def test_names_with_dots(name):
    module = build(source(name))
    assert find(module, "Event.Inner.method") is module.Event.Inner.method
    with pytest.raises(UserCodeError, match="no 'Evnt' in it any more") as caught:
        find(module, "Evnt")
    assert caught.value.hint == "did you mean 'Event'?"


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (["Event.Inner.method", "Event"], "11: def method(self):"),
        (["Event.nosuch", "Event"], "7: class Event:"),
        (["function"], "14: def function():"),
        (["nosuch"], None),
    ],
)
def test_places_of_definitions(name, names, place):
    expected = place and f"/nowhere/mine_of_text.py:{place}"
    assert place_in(source(name), *names) == expected


def test_a_text_that_is_not_python_has_no_places(name):
    assert place_in(source(name, b"def"), "Event") is None


def test_an_object_of_a_replaced_class_is_pickled_by_its_name(name, monkeypatch):
    monkeypatch.setattr(picklable, "_replaced", set())
    old = build(source(name))
    event = [old.Event(4), old.function, old.Event.Inner]
    install(build(source(name)))
    with pytest.raises(pickle.PicklingError, match="not the same object"):
        pickle.dumps(event)
    picklable.note_replaced(name)
    assert picklable.pickling_error(event, process=True) is None
    file = io.BytesIO()
    picklable.pickler(file).dump(event)
    again = pickle.loads(file.getvalue())
    new = sys.modules[name]
    assert type(again[0]) is new.Event
    assert (again[0].frame, again[1:]) == (4, [new.function, new.Event.Inner])
    assert dataclasses.asdict(event[0]) == dataclasses.asdict(again[0])
