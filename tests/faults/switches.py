"""Controls: what can be switched off, and which tests have to fail then."""

from __future__ import annotations

from typing import NamedTuple


class Control(NamedTuple):
    """What is switched off, what does it, the tests that have to fail, and how."""

    what: str
    off: object
    tests: tuple
    shows: str


CONTROLS = {}


def control(what, *tests, shows):
    """Register a function that switches something off; its name is the control's."""

    def register(off):
        CONTROLS[off.__name__] = Control(what, off, tests, shows)
        return off

    return register
