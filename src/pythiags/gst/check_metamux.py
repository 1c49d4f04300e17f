"""Check what portable nvdsmetamux would say of its configuration file and its active pad.

DeepStream's own nvdsmetamux says less of its files, so it is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.description import Problem
from pythiags.gst._gst import metamux_file_problems
from pythiags.gst.check_infer import given_text, is_portable
from pythiags.gst.check_regions import named_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element, Property

__all__ = ["check_metamux"]

_FILE = "config-file"
_PAD = "active-pad"


def check_metamux(description: Description, element: Element) -> Iterator[Problem]:
    """Return what is wrong with the file of an nvdsmetamux, and an active pad that is not there."""
    if not is_portable(element.factory):
        return
    pad, at = None, None
    for item in element.properties:  # the last one that is set counts
        if item.name == _PAD:
            pad, at = given_text(description, item), item
        elif item.name == _FILE and (path := named_file(description, item)) is not None:
            error, notes, of_file = metamux_file_problems(path)
            for note in notes:
                yield Problem("doubtful-config", note, item.value.position, severity="warning")
            if error:
                yield Problem("bad-config", error, item.value.position)
            if of_file:
                pad, at = of_file, item
    if pad is not None and at is not None:
        yield from _pad(description, element, pad, at)


def _pad(
    description: Description, element: Element, name: str, item: Property
) -> Iterator[Problem]:
    """Judge the active pad: they are numbered in the order of the links."""
    graph = description.graph
    count = sum(graph.resolve(link.sink) is element for link in graph.links)
    if not count or name in [f"sink_{number}" for number in range(count)]:
        return
    message = f"there is no pad '{name}', which active-pad names"
    hint = f"the {count} pads are numbered from sink_0 on, in the order of their links"
    yield Problem("bad-config", message, item.value.position, hint)
