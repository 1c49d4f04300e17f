"""Check what portable nvdsanalytics would say of its configuration file at its start.

DeepStream's own nvdsanalytics says less of its files, so it is left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pythiags.description import Problem
from pythiags.gst._gst import zones_file_problems
from pythiags.gst.check_infer import given_text, is_portable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element, Property

__all__ = ["check_analytics", "named_file"]

_FILE = "config-file"


def check_analytics(description: Description, element: Element) -> Iterator[Problem]:
    """Return what is wrong with the file of an nvdsanalytics, and what in it does not count."""
    if not is_portable(element.factory):
        return
    item = element.property(_FILE)
    if item is None:
        message = "nvdsanalytics has no configuration file"
        hint = f"write {_FILE}=<a file of regions, lines and directions>"
        yield Problem("bad-config", message, element.position, hint, "warning")
        return
    path = named_file(description, item)
    if path is None:  # reported where all files are
        return
    error, notes = zones_file_problems(path)
    for note in notes:
        yield Problem("doubtful-config", note, item.value.position, severity="warning")
    if error:
        yield Problem("bad-config", error, item.value.position)


def named_file(description: Description, item: Property) -> str | None:
    """Return the file that a property names, if it is there and its name is known."""
    given = given_text(description, item)
    try:
        return given if given is not None and Path(given).is_file() else None
    except (OSError, ValueError):
        return None
