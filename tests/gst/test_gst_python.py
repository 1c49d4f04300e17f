"""gst-python's additions to PyGObject, which are there or not."""

import sys
import types

import pytest

from pythiags import gst


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
    gst._plain_structures()
    wrapped = StructureWrapper(gst.Gst.Structure.new_empty("video/x-raw"))
    assert wrapped.get_name() == "video/x-raw"
    with wrapped as structure:
        assert structure.get_name() == "video/x-raw"
    with pytest.raises(AttributeError, match="no attribute 'get_nam'"):
        wrapped.get_nam()


def test_older_additions_are_left_alone(additions):
    gst._plain_structures()
    assert not hasattr(additions, "StructureWrapper")
