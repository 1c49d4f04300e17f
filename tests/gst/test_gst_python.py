"""gst-python's additions to PyGObject, which are there or not."""

import subprocess
import sys
import types

import pytest

from pythiags.gst import Gst
from pythiags.gstpython import plain_structures

CAPS = "video/x-raw,width=320; audio/x-raw,rate=48000"
NAME = "gi.overrides.Gst"


class StructureWrapper:
    """As gst-python 1.26 has it."""

    def __init__(self, structure, parent, writable):
        self.__structure = structure

    def __enter__(self):
        return self.__structure

    def __exit__(self, *_):
        pass


@pytest.fixture
def additions(monkeypatch):
    """A module with the additions of a release, of which a test chooses."""
    module = types.ModuleType(NAME)
    module.Structure = type("Structure", (), {})
    monkeypatch.setitem(sys.modules, NAME, module)
    return module


def test_structures_are_used_as_such_with_and_without_the_statement(additions):
    additions.StructureWrapper = StructureWrapper
    plain_structures()
    parent = Gst.Caps.from_string(CAPS)
    structure = additions.Structure()
    made = additions.StructureWrapper(structure, parent, False)
    assert made is structure
    assert made.__parent__ is parent
    with made as inner:
        assert inner is structure


def test_older_additions_are_left_alone(additions):
    before = dict(vars(additions))
    plain_structures()
    assert vars(additions) == before
    assert not hasattr(additions.Structure, "__enter__")


def test_the_structure_of_caps_is_a_structure_whatever_additions_there_are():
    caps = Gst.Caps.from_string(CAPS)
    structure = caps.get_structure(1)
    assert isinstance(structure, Gst.Structure)
    assert (structure.get_name(), structure.get_value("rate")) == ("audio/x-raw", 48000)
    assert structure.to_string().startswith("audio/x-raw")
    other = Gst.Caps.new_empty()
    other.append_structure(structure.copy())
    assert other.to_string() == "audio/x-raw, rate=(int)48000"
    assert [caps.get_structure(number).get_name() for number in range(caps.get_size())] == [
        "video/x-raw",
        "audio/x-raw",
    ]


@pytest.mark.skipif(NAME not in sys.modules, reason="gst-python is not installed")
def test_the_additions_of_a_structure_are_there():
    structure = Gst.Caps.from_string(CAPS).get_structure(0)  # the caps are not kept elsewhere
    assert structure["width"] == 320
    assert str(structure).startswith("video/x-raw")


SCRIPT = """
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
structure = Gst.Caps.from_string("video/x-raw,width=320").get_structure(0)
print(structure.get_name(), structure.get_value("width"), isinstance(structure, Gst.Structure))
"""


def test_a_script_uses_structures_too(tmp_path):
    path = tmp_path / "app.py"
    path.write_text(SCRIPT)
    command = [sys.executable, "-m", "pythiags", "run", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("video/x-raw 320 True\n", "")
