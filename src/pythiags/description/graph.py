"""What a description says, as plain values: elements, links, references and where each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .source import Position

__all__ = [
    "Caps",
    "Element",
    "End",
    "Graph",
    "Link",
    "Pad",
    "Preset",
    "Property",
    "Value",
    "automatic_stem",
]


def automatic_stem(factory: str) -> str:
    """Return what precedes the number in automatic names: ``queue``, but ``queue2-``.

    So the twentieth ``queue`` and the first ``queue2`` have different names.
    """
    return f"{factory}-" if factory[-1:].isdigit() else factory


class Value(NamedTuple):
    """What stands to the right of ``=``.

    ``text`` is what GStreamer would be given: outer double quotes and backslashes are gone, but
    variables still stand there by name. ``offsets`` holds, for each character of ``text``, its
    offset in the source; a character that was escaped has the offset of its backslash, negated
    and less one, so that it can neither open nor close a variable.
    """

    text: str
    offsets: tuple[int, ...]
    position: Position

    def part(self, start: int, end: int) -> Value:
        """Return the value of the characters from index ``start`` up to ``end``."""
        return Value(self.text[start:end], self.offsets[start:end], self.position)

    def source_span(self) -> tuple[int, int]:
        """Return the offsets in the source of the first character and behind the last."""
        if not self.offsets:
            return 0, 0
        first, last = self.offsets[0], self.offsets[-1]
        return first if first >= 0 else -first - 1, (last if last >= 0 else -last) + 1


class Property(NamedTuple):
    """``name=value`` behind an element; ``start`` and ``end`` are offsets in the source."""

    name: str
    value: Value
    position: Position
    start: int
    end: int

    @property
    def key(self) -> str:
        """The property's name in GLib's spelling, which has ``num-buffers`` for ``num_buffers``.

        In ``child::property`` the child's name is left alone, since it is not a property.
        """
        child, colons, name = self.name.rpartition("::")
        return child + colons + name.replace("_", "-")


class Preset(NamedTuple):
    """``@preset=name`` behind an element."""

    value: Value
    position: Position

    @property
    def name(self) -> str:
        """The preset's name."""
        return self.value.text


class Caps(NamedTuple):
    """The caps of a link: their text and the place of it."""

    value: Value
    position: Position


class Pad(NamedTuple):
    """A pad that is named at one end of a link."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Element:
    """An element, a bin, or the element that a URI stands for.

    Attributes:
        index: Its place among the elements, in the order of the text; a bin precedes its content.
        factory: The factory's name; empty for a URI, whose element GStreamer chooses, and for
            what only looks like an element.
        position: Where the factory's name (or the URI, or the bin's opening) stands.
        properties: In the order of the text.
        presets: In the order of the text.
        bin: The index of the bin that holds it, or None at the top.
        is_bin: Whether it was written as ``( … )`` or ``name.( … )``.
        uri: The URI it was written as, if it was.
        end: Offset in the source after the factory's name, where a property may be inserted.
    """

    index: int
    factory: str
    position: Position
    properties: tuple[Property, ...] = ()
    presets: tuple[Preset, ...] = ()
    bin: int | None = None
    is_bin: bool = False
    uri: str | None = None
    end: int = 0

    @property
    def name(self) -> str | None:
        """The name it was given, if it was; the last ``name=`` counts."""
        found = self.property("name")
        return found.value.text if found else None

    def property(self, key: str) -> Property | None:
        """Return the last assignment to the property ``key`` (in GLib's spelling)."""
        return next((p for p in reversed(self.properties) if p.key == key), None)

    def __str__(self) -> str:
        """Return the name to use in a message."""
        return self.name or self.factory or self.uri or "?"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: an element of the text, or a reference to one by name, and its pads."""

    position: Position
    element: int | None = None
    reference: str | None = None
    pads: tuple[Pad, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """``source ! sink``, with caps in between or not; ``:`` links all pads that fit."""

    source: End
    sink: End
    position: Position
    caps: Caps | None = None
    all_pads: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Graph:
    """The whole description, in the order of the text."""

    elements: tuple[Element, ...] = ()
    links: tuple[Link, ...] = ()
    _by_name: dict[str, Element] = field(default_factory=dict, repr=False, compare=False)
    _nameless: dict[str, list[Element]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the names; of several elements of one name, references find the first."""
        for element in self.elements:
            if element.name is not None:
                self._by_name.setdefault(element.name, element)
            else:
                self._nameless.setdefault(element.factory, []).append(element)

    def named(self, name: str) -> Element | None:
        """Return the element of that name: its own, or the automatic one if it is the only one.

        ``queue0.`` finds the first ``queue`` that was given no name, as it does in GStreamer when
        nothing else was built before.
        """
        if name in self._by_name:
            return self._by_name[name]
        match = re.fullmatch(r"(.*\D)(\d{1,9})", name)
        if not match:
            return None
        stem = match[1]
        factory = stem[:-1] if automatic_stem(stem[:-1]) == stem else stem
        alike = self._nameless.get(factory, []) if automatic_stem(factory) == stem else []
        number = int(match[2])
        return alike[number] if number < len(alike) else None

    def names(self) -> list[str]:
        """Return the names that were given, in the order of the text."""
        return list(self._by_name)

    def resolve(self, end: End) -> Element | None:
        """Return the element that one end of a link means."""
        if end.element is not None:
            return self.elements[end.element]
        return None if end.reference is None else self.named(end.reference)
