"""Which pads of an element an extractor sees, and the probes on them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from pythiags.errors import DescriptionError
from pythiags.gst import Gst
from pythiags.gst.elements import elements_of
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Tapped", "find_element", "find_target", "tap"]


class Removable(Protocol):
    """A probe, whatever it does."""

    def remove(self) -> None:
        """Take it off its pad."""


P = TypeVar("P", bound=Removable)


class Tapped(Generic[P]):
    """The probes of one extractor: one pad's, or those of all pads that are yet to come."""

    def __init__(self, attach: Callable[[Gst.Pad], P]) -> None:
        self._attach = attach
        self._lock = threading.Lock()
        self._probes: list[P] = []
        self._watch: tuple[Gst.Element, int] | None = None
        self._removed = False

    def add(self, pad: Gst.Pad) -> None:
        """Put a probe on a pad."""
        with self._lock:
            if not self._removed:
                self._probes.append(self._attach(pad))

    def watch(self, element: Gst.Element) -> None:
        """Put a probe on each source pad that the element adds from now on."""

        def added(_element: Gst.Element, pad: Gst.Pad) -> None:
            if pad.get_direction() == Gst.PadDirection.SRC:
                self.add(pad)

        self._watch = (element, element.connect("pad-added", added))

    def remove(self) -> None:
        """Take all probes and handlers away; what they have counted can still be read."""
        with self._lock:
            self._removed = True
            watch, self._watch = self._watch, None
        if watch is not None:
            element, handler = watch
            element.disconnect(handler)
        for probe in self._probes:
            probe.remove()

    @property
    def probes(self) -> Sequence[P]:
        """Those that there are so far; removed ones can still be read."""
        return tuple(self._probes)


def tap(pipeline: Gst.Pipeline, target: str, attach: Callable[[Gst.Pad], P]) -> Tapped[P]:
    """Put probes where an extractor named ``target`` belongs.

    Args:
        pipeline: Holds the element.
        target: ``element`` or ``element.pad``. Of an element it is the source pad, or the sink pad
            if the element is a sink; a source pad that appears later is taken when it does.
        attach: Puts a probe on a pad; also called for pads that the element adds later.

    Raises:
        DescriptionError: There is no such element or pad, or there are several to choose from.
    """
    element, pad_name = find_element(pipeline, target)
    tapped = Tapped(attach)
    if pad_name is not None:
        tapped.add(_named_pad(element, pad_name))
        return tapped
    pads = list(element.srcpads) or ([] if _adds_pads(element) else list(element.sinkpads))
    if len(pads) > 1:
        names = [f"{element.get_name()}.{pad.get_name()}" for pad in pads]
        raise DescriptionError(
            f"element {element.get_name()!r} has {len(pads)} pads to choose from",
            where=target,
            expected="the name of one",
            hint=" or ".join(names),
        )
    if pads:
        tapped.add(pads[0])
    elif _adds_pads(element):
        tapped.watch(element)
    else:
        raise DescriptionError(f"element {element.get_name()!r} has no pads", where=target)
    return tapped


def find_element(pipeline: Gst.Pipeline, target: str) -> tuple[Gst.Element, str | None]:
    """Find ``element`` or ``element.pad``.

    Raises:
        DescriptionError: There is no such element; the message suggests one.
    """
    element = pipeline.get_by_name(target)
    if element is not None:
        return element, None
    name, dot, pad = target.rpartition(".")
    element = pipeline.get_by_name(name) if dot else None
    if element is not None:
        return element, pad
    names = [other.get_name() for other in elements_of(pipeline)]
    raise DescriptionError(
        f"the pipeline has no element named {target!r}", hint=hint_for(target, names)
    )


def find_target(pipeline: Gst.Pipeline, target: str) -> Gst.Element | Gst.Pad:
    """Find the element, or the pad, that ``element`` or ``element.pad`` names.

    Raises:
        DescriptionError: There is no such element or pad; the message suggests one.
    """
    element, pad_name = find_element(pipeline, target)
    return element if pad_name is None else _named_pad(element, pad_name)


def _named_pad(element: Gst.Element, name: str) -> Gst.Pad:
    pad = element.get_static_pad(name)
    if pad is None:
        names = [other.get_name() for other in element.pads]
        raise DescriptionError(
            f"element {element.get_name()!r} has no pad named {name!r}", hint=hint_for(name, names)
        )
    return pad


def _adds_pads(element: Gst.Element) -> bool:
    return any(
        template.direction == Gst.PadDirection.SRC
        and template.presence == Gst.PadPresence.SOMETIMES
        for template in element.get_pad_template_list()
    )
