"""gst-python's additions to PyGObject, which are there or not."""

import subprocess
import sys
import types

import pytest

from pythiags.gst import Gst
from pythiags.gstpython import plain_structures


class StructureWrapper:
    """As gst-python 1.26 has it."""

    def __init__(self, structure):
        self.__structure = structure

    def __enter__(self):
        return self.__structure

    def __exit__(self, *_):
        pass


@pytest.fixture
def additions(monkeypatch):
    module = types.ModuleType("gi.overrides.Gst")
    monkeypatch.setitem(sys.modules, "gi.overrides.Gst", module)
    return module


def test_a_structure_is_used_as_one_with_and_without_the_statement(additions):
    additions.StructureWrapper = StructureWrapper
    plain_structures()
    wrapped = StructureWrapper(Gst.Structure.new_empty("video/x-raw"))
    assert wrapped.get_name() == "video/x-raw"
    with wrapped as structure:
        assert structure.get_name() == "video/x-raw"
    with pytest.raises(AttributeError, match="no attribute 'get_nam'"):
        wrapped.get_nam()


def test_older_additions_are_left_alone(additions):
    plain_structures()
    assert not hasattr(additions, "StructureWrapper")


SCRIPT = """
import sys, types

class StructureWrapper:
    def __init__(self, structure):
        self.__structure = structure

additions = types.ModuleType("gi.overrides.Gst")
additions.StructureWrapper = StructureWrapper
sys.modules["gi.overrides.Gst"] = additions
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
print(StructureWrapper(Gst.Structure.new_empty("video/x-raw")).get_name())
"""


def test_a_script_uses_structures_too(tmp_path):
    path = tmp_path / "app.py"
    path.write_text(SCRIPT)
    command = [sys.executable, "-m", "pythiags", "run", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("video/x-raw\n", "")
