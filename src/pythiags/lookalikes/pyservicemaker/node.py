"""``Node``: an element of a pipeline, with its properties, links and what is attached to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyservicemaker import bins
from pythiags.lookalikes.pyservicemaker.logs import tell_once
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.links import Link

__all__ = ["Attached", "Node"]

PLAIN = (str, int, float, bool)
INTEGERS = ("gint", "guint", "gint64", "guint64", "glong", "gulong", "gchar", "guchar")


class Attached:
    """Something that is attached to a node, and to which of its pads or signals.

    Args:
        what: A probe, a receiver or the like.
        tips: The pad, or the signals, separated by slashes; "": the usual one.
    """

    def __init__(self, what: Any, tips: str) -> None:
        self.what, self.tips = what, tips


class Node:
    """An element of a pipeline.

    Args:
        element: The element of GStreamer.
        factory: What it was asked for as.
        link: Called to link it to another.
    """

    def __init__(
        self, element: Any, factory: str, link: Callable[[Node, Node, tuple[str, str]], Link]
    ) -> None:
        self.element = element
        self.factory = factory
        self._link = link
        self.attached: list[Attached] = []

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.element.get_name())

    @property
    def is_made(self) -> bool:
        """Whether it is a bin that was made in the place of a missing element."""
        return bool(self.element.get_factory().get_name() != self.factory)

    # ---- properties ----

    def set(self, properties: Any, value: Any = None) -> None:
        """Set properties: of a dict, of several, or one by name and value.

        What the element does not have is told on standard error, as GLib does, and left.

        Raises:
            TypeError: A value is no str, int, float or bool.
            ValueError: The property cannot have this value.
        """
        given = {properties: value} if isinstance(properties, str) else properties
        for group in given if isinstance(given, list) else [given]:
            for key, each in group.items():
                self._set(str(key), each)

    def _target(self, name: str) -> tuple[Any, str] | None:
        """The object that has a property, and its name there; a bin's are those of its elements."""
        if self.element.find_property(name) is not None:
            return self.element, name
        if self.is_made:
            return bins.target(self.element, self.factory, name)
        return self._child(name)

    def _child(self, name: str) -> tuple[Any, str] | None:
        from pythiags.gst import Gst

        if "::" not in name or not isinstance(self.element, Gst.ChildProxy):
            return None
        found, child, _ = Gst.ChildProxy.lookup(self.element, name)
        return (child, name.rpartition("::")[2]) if found else None

    def _set(self, name: str, value: Any) -> None:
        if type(value) not in PLAIN:
            raise TypeError(
                f"{self.factory} {self.name!r}: the property {name!r} takes a str, an int, a float "
                f"or a bool, got {value!r}"
            )
        found = self._target(name)
        if found is None:
            tell_once(f"{self._lacks(name)}; it is left out")
            return
        _set_property(*found, value, f"{self.factory} {self.name!r}")

    def _lacks(self, name: str) -> str:
        known = [each.name for each in self.element.list_properties()]
        hint = "" if self.is_made else hint_for(name, known)
        hint = f" ({hint})" if hint.startswith("did you mean") else ""
        return f"{self.factory} {self.name!r} has no property {name!r}{hint}"

    def get(self, name: str) -> Any:
        """Return a property: a str, an int, a float or a bool; None for what is none of these.

        Raises:
            RuntimeError: It has no such property.
        """
        found = self._target(name)
        if found is None:
            raise RuntimeError(self._lacks(name))
        value = found[0].get_property(found[1])
        kind = found[0].find_property(found[1]).value_type.name
        if value is None and kind == "gchararray":
            return ""
        if isinstance(value, PLAIN):
            return value if type(value) in PLAIN else int(value)
        return int(value) if hasattr(value, "__int__") else None

    # ---- links and what is attached ----

    def link(self, other: Node, tips: tuple[str, str] = ("", "")) -> Node:
        """Link it to another, and return itself.

        Args:
            other: What comes behind it.
            tips: Its pad and the other's, or their templates; "": any.

        Raises:
            RuntimeError: They cannot be linked.
        """
        self._link(self, other, tips)
        return self

    def attach(self, what: Any, tips: str = "") -> Node:
        """Attach a probe, a receiver or a feeder, and return itself.

        Args:
            what: It is attached when the pipeline starts.
            tips: The pad or its template; of a receiver or feeder the signals, such as
                "new-sample" or "need-data/enough-data".
        """
        self.attached.append(Attached(what, tips))
        return self

    def find(self, name: str) -> Any:
        """Return what is attached by this name; None: nothing is."""
        for attached in self.attached:
            if attached.what.name == name:
                return attached.what
        return None

    def emit(self, signal: str, *arguments: Any) -> Any:
        """Emit a signal of the element.

        Raises:
            RuntimeError: It has none of this name.
        """
        from pythiags.gst import GObject

        if not GObject.signal_lookup(signal, self.element.__gtype__):
            raise RuntimeError(f"{self.factory} {self.name!r} has no signal {signal!r}")
        return self.element.emit(signal, *arguments)

    def __repr__(self) -> str:
        """Tell its name."""
        return f"Node(name={self.name})"


def _set_property(owner: Any, name: str, value: Any, what: str) -> None:
    """Set a property to a value of another type, as GLib transforms them."""
    spec = owner.find_property(name)
    kind = spec.value_type
    fundamental = kind.fundamental.name
    where = f"{what}: the property {name!r}"
    try:
        if fundamental == "gchararray":
            owner.set_property(name, _text(value))
        elif isinstance(value, str):
            _set_text(owner, name, value, where)
        elif fundamental == "gboolean":
            owner.set_property(name, bool(value))
        elif fundamental in ("gfloat", "gdouble"):
            owner.set_property(name, float(value))
        elif fundamental in (*INTEGERS, "GEnum", "GFlags"):
            owner.set_property(name, int(value))
        else:
            _set_text(owner, name, _text(value), where)
    except (TypeError, OverflowError) as problem:
        raise ValueError(f"{where} cannot be {value!r}: {problem}") from None


def _text(value: Any) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


def _set_text(owner: Any, name: str, text: str, where: str) -> None:
    """Have GStreamer read a text, once it is known that it can."""
    from pythiags.gst import Gst
    from pythiags.gst.registry import class_properties, expected_value
    from pythiags.gst.values import verdict

    info = class_properties(owner.__gtype__).get(name)
    if info is not None and verdict(info, text, wraps=True) != "fits":
        raise ValueError(f"{where} cannot be {text!r}: expected {expected_value(info)}")
    Gst.util_set_object_arg(owner, name, text)
