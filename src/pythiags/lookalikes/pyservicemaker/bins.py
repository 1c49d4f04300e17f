"""DeepStream's bins around one or two elements, made of those where the bins are not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RECIPES", "Recipe", "make"]


@dataclass(frozen=True)
class Recipe:
    """What a bin is made of.

    Args:
        text: A pipeline, whose open ends become the bin's.
        renamed: The bin's properties that an element in it has by another name: the element's
            factory, and the name. All others are looked for by their own name.
    """

    text: str
    renamed: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def _prefixed(prefix: str, factory: str, names: str) -> dict[str, tuple[str, str]]:
    return {f"{prefix}{name}": (factory, name) for name in names.split()}


_CONVERTS: Final = _prefixed(
    *("msg-conv-", "nvmsgconv"),
    "config payload-type msg2p-lib comp-id frame-interval msg2p-new-api",
)
_SENDS: Final = _prefixed(
    *("msg-broker-", "nvmsgbroker"), "proto-lib conn-str config comp-id new-api"
)
RECIPES: Final = {
    "nvosdbin": Recipe("queue ! nvvideoconvert ! queue ! nvdsosd"),
    "nvinferbin": Recipe("queue ! nvinfer"),
    "nvtrackerbin": Recipe("queue ! nvtracker"),
    "nvtilerbin": Recipe("queue ! nvmultistreamtiler"),
    "nvdsanalyticsbin": Recipe("queue ! nvdsanalytics"),
    "nvdspreprocessbin": Recipe("queue ! nvdspreprocess"),
    "nvmsgbrokersinkbin": Recipe("queue ! nvmsgconv ! nvmsgbroker", {**_CONVERTS, **_SENDS}),
}
"""The bins that only put queues around what they are named after."""


def make(factory: str, name: str) -> Any:
    """Return a bin in the place of an element that is not there; None: it is made of nothing here.

    Raises:
        RuntimeError: An element that it needs is missing.
    """
    from pythiags.gst import GLib, Gst

    recipe = RECIPES.get(factory)
    if recipe is None:
        return None
    try:
        made = Gst.parse_bin_from_description(recipe.text, True)
    except GLib.Error as problem:
        raise RuntimeError(
            f"there is no element {factory!r} for {name!r}, and it cannot be made of "
            f"{recipe.text!r}: {problem.message}"
        ) from None
    made.set_name(name)
    return made


def target(bin_: Any, factory: str, name: str) -> tuple[Any, str] | None:
    """Return the element in a bin that has a property, and the name that it has there."""
    wanted, inner = RECIPES[factory].renamed.get(name, (None, name))
    for element in _elements(bin_):
        made = element.get_factory().get_name()
        if (wanted in (None, made)) and element.find_property(inner) is not None:
            return element, inner
    return None


def _elements(bin_: Any) -> list[Any]:
    """The elements of a bin: what it is named after comes first, queues come last."""
    from pythiags.gst.elements import elements_of

    found = list(elements_of(bin_))
    return sorted(found, key=lambda element: element.get_factory().get_name() == "queue")
