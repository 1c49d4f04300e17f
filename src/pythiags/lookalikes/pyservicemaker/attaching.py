"""Puts what is attached to nodes in its place while a pipeline runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyservicemaker.links import pads_of, template_of
from pythiags.lookalikes.pyservicemaker.probes import Probe
from pythiags.lookalikes.pyservicemaker.signals import Emitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.node import Attached, Node

__all__ = ["arm"]


def arm(node: Node, attached: Attached, guard: Callable[..., Any]) -> Callable[[], None]:
    """Put it in its place; return what takes it away.

    Raises:
        RuntimeError: The node has no such pad or signal.
    """
    if isinstance(attached.what, Probe):
        return _arm_probe(node, attached.what, attached.tips, guard)
    if isinstance(attached.what, Emitter):
        return attached.what.arm(node)
    return _connect(node, attached.what, attached.tips, guard)


def _connect(node: Node, what: Any, tips: str, guard: Callable[..., Any]) -> Callable[[], None]:
    signals = [signal for signal in tips.split("/") if signal]
    if not signals:
        raise RuntimeError(
            f"{type(what).__name__} {what.name!r} is attached to {node.name!r} without a signal: "
            'expected tips such as "new-sample" or "need-data/enough-data"'
        )
    element = node.element
    try:
        handlers = what.connect(element, signals, guard)
    except TypeError as problem:
        raise RuntimeError(
            f"{type(what).__name__} {what.name!r} cannot be attached to {node.factory} "
            f"{node.name!r}: {problem}"
        ) from None

    def undo() -> None:
        for handler in handlers:
            element.disconnect(handler)
        what.disconnect()

    return undo


def _arm_probe(
    node: Node, probe: Probe, tips: str, guard: Callable[..., Any]
) -> Callable[[], None]:
    element = node.element
    undo: list[Callable[[], None]] = []
    pads, later = _places(node, tips)
    undo.extend(probe.install(pad, guard) for pad in pads)
    if later:

        def on_pad(_element: Any, pad: Any) -> None:
            template = pad.get_pad_template()
            if tips in ("", pad.get_name(), template.name_template if template else ""):
                undo.append(probe.install(pad, guard))

        handler = element.connect("pad-added", on_pad)
        undo.append(lambda: element.disconnect(handler))

    def undo_all() -> None:
        while undo:
            undo.pop()()

    return undo_all


def _places(node: Node, tips: str) -> tuple[list[Any], bool]:
    """The pads of a probe that are there, and whether more come.

    Without tips it is the source pad; of a sink, or of a tee that has none yet, the sink pad.

    Raises:
        RuntimeError: There is none.
    """
    element = node.element
    named = element.get_static_pad(tips) if tips else element.get_static_pad("src")
    if named is not None:
        return [named], False
    if template_of(element, tips, "src", "SOMETIMES") is not None:
        return [pad for pad in pads_of(element, "src") if _is_of(pad, tips)], True
    sources = [pad for pad in pads_of(element, "src") if _is_of(pad, tips)]
    found = sources[:1] or ([] if tips else pads_of(element, "sink")[:1])
    if not found:
        has = ", ".join(pad.get_name() for pad in element.pads) or "none"
        raise RuntimeError(
            f"{node.factory} {node.name!r} has no pad {tips or 'src'!r} for a probe; it has: {has}"
        )
    return found, False


def _is_of(pad: Any, tips: str) -> bool:
    template = pad.get_pad_template()
    return not tips or (template is not None and template.name_template == tips)
