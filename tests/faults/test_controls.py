"""Each test of a fault has a control: something that is switched off, so that it fails."""

import ast
from pathlib import Path

import pytest
from faults.controls import CONTROLS, EXEMPT

HERE = Path(__file__).parent
IS_A_CONTROL = "test_the_control_"


def names_in(path):
    """The names of a file's tests, but those that are controls themselves."""
    found = [node.name for node in ast.parse(path.read_text()).body if hasattr(node, "name")]
    return [name for name in found if name.startswith("test_") and IS_A_CONTROL not in name]


FILES = [path for path in sorted(HERE.glob("test_*.py")) if path != Path(__file__)]
CONTROLLED = {test.partition("[")[0] for each in CONTROLS.values() for test in each.tests}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_test_of_a_fault_has_a_control(path):
    names = {f"{path.name}::{name}" for name in names_in(path)}
    missing = names - CONTROLLED - EXEMPT.keys()
    assert not missing, "add a control to tests/faults/off_cameras.py or off_consumers.py"


def test_every_control_is_of_a_test_that_there_is():
    known = {f"{path.name}::{name}" for path in FILES for name in names_in(path)}
    assert known >= CONTROLLED | EXEMPT.keys()
    assert not CONTROLLED & EXEMPT.keys()
