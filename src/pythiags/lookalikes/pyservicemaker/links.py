"""Links between nodes; those to pads that come later are made when they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.node import Node

__all__ = ["Link", "link_now", "pads_of", "template_of"]

MUXER = "nvstreammux"


class Link:
    """A link that waits for a pad of its source.

    Args:
        source: What has the pad.
        sink: What it is linked to.
        tips: The source's pad or its template, and the sink's; "": any.
    """

    def __init__(self, source: Node, sink: Node, tips: tuple[str, str]) -> None:
        self.source, self.sink, self.tips = source, sink, tips
        self._done = False
        self._handlers: list[int] = []
        self._place: Any = None

    def wait_for_it(self) -> None:
        """Take a muxer's pad for the one that will come.

        So sources have their numbers in the order of the links, and a short one that ends before
        another begins does not end the batches.
        """
        if self.sink.factory == MUXER:
            self._place = self.sink.element.request_pad_simple(self.tips[1] or "sink_%u")

    def arm(self, fail: Callable[[Any, str], None]) -> None:
        """Wait for the pad; what is linked already stays.

        Args:
            fail: Called with the element and a text when no such pad came.
        """
        element = self.source.element
        self._done = False

        def on_pad(_element: Any, pad: Any) -> None:
            if not self._done and _fits(pad, self.tips[0]):
                target = self._place
                if target is not None and not target.is_linked():
                    self._done = _link_to(pad, target)
                else:
                    self._done = _link_pad(pad, self.sink.element, self.tips[1])

        def on_no_more(_element: Any) -> None:
            if not self._done:
                fail(
                    element,
                    f"none of its streams can be linked to {self.sink.name!r}: it has "
                    f"{_what_it_has(element)}",
                )

        for pad in pads_of(element, "src"):
            on_pad(element, pad)
        self._handlers = [
            element.connect("pad-added", on_pad),
            element.connect("no-more-pads", on_no_more),
        ]

    def disarm(self) -> None:
        """Wait no more."""
        for handler in self._handlers:
            self.source.element.disconnect(handler)
        self._handlers = []


def pads_of(element: Any, direction: str) -> list[Any]:
    """Return the pads that an element has, "src" or "sink"."""
    return list(element.srcpads if direction == "src" else element.sinkpads)


def template_of(element: Any, tip: str, direction: str, presence: str) -> Any:
    """Return a pad template: of this name, or any if there is none; None: it has no such."""
    from pythiags.gst import Gst

    wanted = (getattr(Gst.PadDirection, direction.upper()), getattr(Gst.PadPresence, presence))
    for template in element.get_pad_template_list():
        if (template.direction, template.presence) == wanted and tip in (
            "",
            template.name_template,
        ):
            return template
    return None


def link_now(source: Node, sink: Node, tips: tuple[str, str]) -> bool:
    """Link two nodes by pads that they have, or give when they are asked.

    Returns:
        Whether they are; if not, the source will have such a pad later.

    Raises:
        RuntimeError: They cannot be linked.
    """
    element, other = source.element, sink.element
    later = template_of(element, tips[0], "src", "SOMETIMES")
    free = [pad for pad in pads_of(element, "src") if _fits(pad, tips[0]) and not pad.is_linked()]
    asks = template_of(element, tips[0], "src", "REQUEST")
    if later is not None and not free and asks is None:
        return False
    if element.link_pads(tips[0] or None, other, tips[1] or None):
        return True
    raise RuntimeError(
        f"{source.name!r} cannot be linked to {sink.name!r}{_hinted(tips)}: "
        f"{_reason(source, sink, free)}"
    )


def _hinted(tips: tuple[str, str]) -> str:
    return f" by their pads {tips[0] or 'any'!r} and {tips[1] or 'any'!r}" if any(tips) else ""


def _reason(source: Node, sink: Node, free: list[Any]) -> str:
    element, other = source.element, sink.element
    if not free and template_of(element, "", "src", "REQUEST") is None:
        has = pads_of(element, "src")
        return f"{source.factory} has no {'free ' if has else ''}source pad"
    sinks = pads_of(other, "sink")
    if not any(not pad.is_linked() for pad in sinks) and (
        template_of(other, "", "sink", "REQUEST") is None
    ):
        return f"{sink.factory} has no {'free ' if sinks else ''}sink pad"
    caps = free[0].query_caps().to_string() if free else "anything"
    takes = sinks[0].query_caps().to_string() if sinks else "what its template says"
    return f"{source.factory} gives {_short(caps)}, and {sink.factory} takes {_short(takes)}"


def _short(text: str, most: int = 200) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _fits(pad: Any, tip: str) -> bool:
    """Whether a pad is meant by its name, or by its template's."""
    if tip in ("", pad.get_name()):
        return True
    template = pad.get_pad_template()
    return template is not None and template.name_template == tip


def _link_pad(pad: Any, other: Any, tip: str) -> bool:
    """Link a pad that has come, if the other element takes what it gives."""
    from pythiags.gst import Gst

    caps = pad.get_current_caps() or pad.query_caps()
    target = other.get_static_pad(tip) if tip else None
    if target is None:
        free = [each for each in pads_of(other, "sink") if not each.is_linked()]
        target = free[0] if free and not tip else None
    if target is not None:
        return not target.is_linked() and _link_to(pad, target)
    template = template_of(other, tip, "sink", "REQUEST")
    if template is not None and not template.get_caps().can_intersect(caps):
        return False
    target = other.request_pad(template, None, None) if template else other.request_pad_simple(tip)
    if target is None:
        return False
    if pad.link(target) == Gst.PadLinkReturn.OK:
        return True
    other.release_request_pad(target)
    return False


def _link_to(pad: Any, target: Any) -> bool:
    """Link a pad that has come to one that is there, if that takes what it gives."""
    from pythiags.gst import Gst

    caps = pad.get_current_caps() or pad.query_caps()
    if not target.query_caps().can_intersect(caps):
        return False
    return bool(pad.link(target) == Gst.PadLinkReturn.OK)


def _what_it_has(element: Any) -> str:
    caps = [(pad.get_current_caps() or pad.query_caps()).to_string() for pad in element.srcpads]
    return _short(", ".join(caps)) if caps else "none"
