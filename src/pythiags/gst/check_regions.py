"""Check what portable nvdsanalytics and nvdspreprocess would say of their files at their start.

DeepStream's own elements say less of their files, so they are left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.description import Problem
from pythiags.gst._gst import prepare_file_problems, zones_file_problems
from pythiags.gst.check_infer import given_text, is_portable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element, Property

__all__ = ["REGIONS", "check_regions", "named_file"]

REGIONS: Final = {
    "nvdsanalytics": "a file of regions, lines and directions",
    "nvdspreprocess": "a file of regions and of the tensor",
}
"""The elements, and what their file is."""

_FILE = "config-file"
_ON_FRAME = "process-on-frame"
_FALSE = frozenset({"0", "false", "f", "no", "n"})


def check_regions(description: Description, element: Element) -> Iterator[Problem]:
    """Return what is wrong with the file of such an element, and what in it does not count."""
    if not is_portable(element.factory):
        return
    item = element.property(_FILE)
    if item is None:
        message = f"{element.factory} has no configuration file"
        hint = f"write {_FILE}=<{REGIONS[element.factory]}>"
        yield Problem("bad-config", message, element.position, hint, "warning")
        return
    path = named_file(description, item)
    if path is None:  # reported where all files are
        return
    told = None
    if element.factory == "nvdspreprocess":
        error, notes, told = prepare_file_problems(path, _on_frames(description, element))
    else:
        error, notes = zones_file_problems(path)
    for note in notes:
        yield Problem("doubtful-config", note, item.value.position, severity="warning")
    if error:
        yield Problem("bad-config", error, item.value.position)
    elif told is not None:
        yield from _function(told, item)


def _function(told: dict[str, str], item: Property) -> Iterator[Problem]:
    """Judge the function that a file of nvdspreprocess names; its own file is not run."""
    from pythiags.inference import missing_function  # with numpy

    problem = missing_function(told)
    if problem is not None:
        message = f"{problem.where}: {problem.message}"
        yield Problem("bad-config", message, item.value.position, problem.hint or "")


def _on_frames(description: Description, element: Element) -> bool:
    """Return what process-on-frame is when the file is read: what is set later does not count."""
    found = True
    for item in element.properties:
        if item.key == _FILE:
            break
        if item.key == _ON_FRAME:
            found = (given_text(description, item) or "").lower() not in _FALSE
    return found


def named_file(description: Description, item: Property) -> str | None:
    """Return the file that a property names, if it is there and its name is known."""
    given = given_text(description, item)
    try:
        return given if given is not None and Path(given).is_file() else None
    except (OSError, ValueError):
        return None
