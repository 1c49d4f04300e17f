"""Check that each element gets the metadata that it reads: NVIDIA's, or that of portable elements.

An element that was compiled for DeepStream is known by the libraries that its plugin is linked to.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from pythiags.description import Problem
from pythiags.gst import Gst, registry
from pythiags.gst.check_infer import given_text, is_portable
from pythiags.gst.linkage import needed_libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element

__all__ = ["check_borders"]

_CONVERTER: Final = "dsmetaconvert"
_MUX: Final = ("nvstreammux", "nvmultiurisrcbin")
_LIBRARIES: Final = ("libnvdsgst_meta.so", "libnvds_meta.so")
_DEEPSTREAM, _PORTABLE = "deepstream", "portable"
_NAMES: Final = {"0": _DEEPSTREAM, "1": _PORTABLE}

_DROPS: Final = frozenset(
    {
        *("alpha", "compositor", "jpegenc", "videobox", "videoconvert", "videoconvertscale"),
        *("videocrop", "videoscale"),
    }
)
"""GStreamer's elements that make new pictures, without the metadata of DeepStream's."""

_ENDS: Final = frozenset(
    {
        *("nv3dsink", "nveglglessink", "nvegltransform", "nvjpegenc", "nvv4l2h264enc"),
        *("nvv4l2h265enc", "nvrtspoutsinkbin", "nvvideoencfilesinkbin"),
    }
)
"""Portable elements that read no metadata."""


def check_borders(description: Description) -> Iterator[Problem]:
    """Return where metadata arrives that an element does not read, and what to do."""
    kinds = _kinds(description)
    for element in description.graph.elements:
        arriving = kinds[element.index]
        library = _compiled_for(element)
        if library or element.factory == _CONVERTER or _reads_portable(element):
            yield from _lost(element, arriving)
        if element.factory == _CONVERTER:
            continue
        if library and _PORTABLE in arriving:
            message = (
                f"'{element.factory}' is linked to {library}: it reads DeepStream's metadata, and "
                "gets portable metadata"
            )
            hint = f"put {_CONVERTER} to=deepstream before it, {_CONVERTER} to=portable behind it"
            yield Problem("other-metadata", message, element.position, hint, "warning")
        elif _DEEPSTREAM in arriving and _reads_portable(element):
            message = f"the portable '{element.factory}' does not read DeepStream's metadata"
            hint = f"put {_CONVERTER} to=portable before it"
            yield Problem("other-metadata", message, element.position, hint, "warning")


def _lost(element: Element, arriving: set[str]) -> Iterator[Problem]:
    for by in sorted(arriving & _DROPS):
        message = f"DeepStream's metadata does not reach '{element.factory}': '{by}' drops it"
        hint = f"put {_CONVERTER} to=portable before '{by}'"
        yield Problem("other-metadata", message, element.position, hint, "warning")


def _reads_portable(element: Element) -> bool:
    return is_portable(element.factory) and element.factory not in _ENDS


def _compiled_for(element: Element) -> str:
    """Return the library of DeepStream's metadata that an element is linked to; empty: none."""
    if not element.factory or registry.is_deepstream(element.factory):
        return ""
    factory = registry.find_factory(element.factory)
    name = factory.get_plugin_name() if factory else None
    plugin = Gst.Registry.get().find_plugin(name) if name else None
    path = plugin.get_filename() if plugin else None
    needed = needed_libraries(path) if path else frozenset()
    return next((library for library in _LIBRARIES if library in needed), "")


def _kinds(description: Description) -> defaultdict[int, set[str]]:
    """Return which metadata may arrive at each element, by the element's index.

    Where it was dropped, the name of who did that stands for it.
    """
    graph = description.graph
    kinds: defaultdict[int, set[str]] = defaultdict(set)
    links = [(graph.resolve(link.source), graph.resolve(link.sink)) for link in graph.links]
    grown = True
    while grown:  # each round adds something to one of the sets, which are of a few things
        grown = False
        for source, sink in links:
            if source is None or sink is None:
                continue
            leaving = _leaving(description, source, kinds[source.index])
            grown |= not leaving <= kinds[sink.index]
            kinds[sink.index] |= leaving
    return kinds


def _leaving(description: Description, element: Element, arriving: set[str]) -> set[str]:
    if element.factory in _MUX and is_portable(element.factory):
        return {_PORTABLE}
    if element.factory in _DROPS and _DEEPSTREAM in arriving:
        return {*arriving, element.factory} - {_DEEPSTREAM}
    if element.factory != _CONVERTER or not arriving:
        return arriving
    item = element.property("to")
    text = _DEEPSTREAM if item is None else given_text(description, item)
    kind = _NAMES.get(text or "", text)
    return {kind} if kind else set()
