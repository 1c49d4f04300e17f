"""Walks over the elements of bins, whatever comes and goes meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.gst import Gst

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["each_element", "elements_of"]


def elements_of(bin_: Gst.Bin) -> Iterator[Gst.Element]:
    """Every element of a bin, those in inner bins included."""
    return each_element(bin_.iterate_recurse())


def each_element(iterator: Gst.Iterator) -> Iterator[Gst.Element]:
    """What one of GStreamer's iterators gives; where something changed, it begins anew."""
    while True:
        result, element = iterator.next()
        if result == Gst.IteratorResult.OK:
            yield element
        elif result == Gst.IteratorResult.RESYNC:
            iterator.resync()
        else:
            return
