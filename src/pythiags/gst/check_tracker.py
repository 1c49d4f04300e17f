"""Check what portable nvtracker would say of its library and its configuration file at its start.

DeepStream's own nvtracker loads the library and says less of the file, so it is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.description import Problem
from pythiags.gst._gst import tracker_file_problems
from pythiags.gst.check_files import check_path
from pythiags.gst.check_infer import given_text, is_portable
from pythiags.gst.check_regions import named_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element

__all__ = ["check_tracker"]

_LIBRARY = "ll-lib-file"
_FILE = "ll-config-file"
_USUAL = "libnvds_nvmultiobjecttracker.so"
_NVIDIA = "/opt/nvidia/"
"""Where DeepStream installs itself: the element has values of its own for some files of it."""


def check_tracker(description: Description, element: Element) -> Iterator[Problem]:
    """Return what is wrong with the library and the file of an nvtracker."""
    if not is_portable(element.factory):
        return
    named = element.property(_LIBRARY)
    library = given_text(description, named) if named else None
    if named is None:
        message = f"{element.factory} has no {_LIBRARY}, without which it does not start"
        hint = f"write {_LIBRARY}={_USUAL}; the file need not be there"
        yield Problem("bad-config", message, element.position, hint, "warning")
    elif library is not None:
        error, _ = tracker_file_problems(library, "")
        if error:
            yield Problem("bad-config", error, named.value.position)
            return
    item = element.property(_FILE)
    path = given_text(description, item) if item else None
    if item is None or not path:
        return
    at = item.value.position
    several = ";" in path
    if not several and not path.startswith(_NVIDIA) and named_file(description, item) is None:
        yield from check_path(description, path, at)
        return
    error, notes = tracker_file_problems(library or _USUAL, path)
    for note in notes:
        yield Problem("doubtful-config", note, at, severity="warning")
    if error:
        yield Problem("bad-config", error, at)
