"""pyds's linked lists of handles, walked in the order of every other carrier.

NVIDIA's library puts each new object, classifier, label, display and user meta at the head of its
list, and each copy of a buffer turns those lists around. A list is therefore walked from the end
that comes first by its numbers, as the native readers do.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pythiags.metadata.model import GList

__all__ = ["walk"]


def walk(node: GList | None, to: Any, name: str) -> Iterator[Any]:
    """Yield what a list's nodes hold, in order.

    The list is read whole before the first item is given, so it may be changed meanwhile.

    Args:
        node: The head, or None.
        to: Makes an object of a handle: the class's ``cast``.
        name: The class's name in pyds.
    """
    items = []
    while node is not None:
        items.append(to(node.data))
        node = node.next
    numbers = _NUMBERS.get(name)
    if numbers is not None and _begins_at_its_end(items, numbers):
        items.reverse()
    return iter(items)


def _begins_at_its_end(
    items: Sequence[Any], numbers: Callable[[Any], tuple[float | bytes, ...]]
) -> bool:
    """Compare both ends, then what lies next to them, until they differ."""
    for place in range(len(items) // 2):
        order = _compare(numbers(items[place]), numbers(items[-1 - place]))
        if order:
            return order > 0
    return True  # all alike: the newest lies at the head


def _compare(one: tuple[Any, ...], other: tuple[Any, ...]) -> int:
    """Return below zero where `one` comes first. NaN is like anything, so it never decides."""
    for left, right in zip(one, other, strict=True):
        if left < right:
            return -1
        if left > right:
            return 1
    return 0


def _of_object(obj: Any) -> tuple[float, ...]:
    rect = obj.rect_params
    return (
        obj.unique_component_id,
        obj.class_id,
        -obj.confidence,
        obj.object_id,
        rect.left,
        rect.top,
    )


def _of_label(label: Any) -> tuple[float, ...]:
    return label.label_id, label.result_class_id, -label.result_prob


def _of_display(display: Any) -> tuple[float | bytes, ...]:
    rect, text = display.rect_params[0], display.text_params[0]
    line = display.line_params[0]
    return (
        display.num_rects,
        display.num_labels,
        display.num_lines,
        display.num_arrows,
        display.num_circles,
        rect.left,
        rect.top,
        text.x_offset,
        text.y_offset,
        struct.pack("<4I", line.x1, line.y1, line.x2, line.y2),  # as memcmp sees it
    )


# Frames are appended, and copied in order.
_NUMBERS: Final[dict[str, Callable[[Any], tuple[float | bytes, ...]]]] = {
    "NvDsObjectMeta": _of_object,
    "NvDsClassifierMeta": lambda classifier: (classifier.unique_component_id,),
    "NvDsLabelInfo": _of_label,
    "NvDsDisplayMeta": _of_display,
    "NvDsUserMeta": lambda user: (int(user.base_meta.meta_type),),
}
