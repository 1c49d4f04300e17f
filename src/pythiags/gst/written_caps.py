"""Read caps of a description, on a link or as a property, and say what is wrong with them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pythiags.description import CapsBinding, Link, Problem, as_text
from pythiags.gst.registry import read_caps
from pythiags.gst.values import UnfitValue, bound_caps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Position, Property, Value
    from pythiags.gst import Gst

__all__ = ["written_caps"]

_MISSING_LINK = re.compile(r"[\w-]+/[\w-]+[^,;(]*?\s+(?P<word>[A-Za-z]\w*)")
_FIELD = r"(?<![\w-])(?P<name>{})\s*=\s*(?:\([^)]*\)\s*)?(?P<value>{})"
_ANY_FIELD = re.compile(_FIELD.format(r"[\w-]+", r"[^,;\s]+"))
_ZERO_DENOMINATOR = re.compile(r"[+-]?\d+/0+")
# Fields of raw and encoded video whose type no element leaves open.
_FIELD_TYPES = {
    "width": ("gint", "an integer"),
    "height": ("gint", "an integer"),
    "framerate": ("GstFraction", "a fraction"),
    "pixel-aspect-ratio": ("GstFraction", "a fraction"),
    "format": ("gchararray", "a word"),
}
_COMPOUND = {"GstIntRange", "GstFractionRange", "GstValueList"}


def written_caps(
    description: Description, holder: Link | Property
) -> tuple[Gst.Caps | None, list[Problem]]:
    """Read the caps of a link that has some, or of a property that takes caps.

    Returns:
        The caps, None if they cannot be read or are not known yet; and the problems.
    """
    reader = _Reader(description, holder)
    problems = list(reader.read())
    return reader.caps, problems


class _Reader:
    def __init__(self, description: Description, holder: Link | Property) -> None:
        item = holder.caps if isinstance(holder, Link) else holder
        assert item is not None  # noqa: S101 (links without caps are not read)
        self.value: Value = item.value
        self.position = item.position if isinstance(holder, Link) else item.value.position
        self.source = description.source
        self.given = description.given(holder)
        self.caps: Gst.Caps | None = None

    def read(self) -> Iterator[Problem]:
        if isinstance(self.given, CapsBinding):
            try:
                self.caps = bound_caps(self.given)
            except UnfitValue as unfit:
                yield unfit.problem(self.given.position)
        elif isinstance(self.given, str):
            self.caps = read_caps(self.given)
            if self.caps is None:
                yield self.unreadable(self.given)
        if self.caps is not None:
            yield from self.field_types(self.caps)

    def unreadable(self, text: str) -> Problem:
        for match in _ANY_FIELD.finditer(text):
            if _ZERO_DENOMINATOR.fullmatch(match["value"]):
                return self.zero_denominator(match["name"])
        stray = _MISSING_LINK.match(text)
        hint = "write them as in video/x-raw,format=RGB,width=640,framerate=30/1"
        if stray:
            hint = f"is a '!' missing before '{stray['word']}'?"
        return Problem("bad-caps", "these caps cannot be read", self.position, hint)

    def field_types(self, caps: Gst.Caps) -> Iterator[Problem]:
        """Find fields of a type that no element has for them: they never fit anything."""
        for index in range(caps.get_size()):
            structure = caps.get_structure(index)
            if not structure.get_name().startswith("video/"):
                continue
            for field, (type_, words) in _FIELD_TYPES.items():
                found = (
                    structure.get_field_type(field).name if structure.has_field(field) else type_
                )
                if found not in {type_, *_COMPOUND}:
                    yield self.bad_field(field, words)

    def bad_field(self, field: str, words: str) -> Problem:
        value, position = self.field_value(field)
        text = as_text(value)
        if words == "a fraction" and _ZERO_DENOMINATOR.fullmatch(text):
            return self.zero_denominator(field)
        fraction = _as_fraction(text) if words == "a fraction" else ""
        hint = f"write {field}={fraction}" if fraction else f"expected {words}"
        message = f"'{field}' in caps must be {words}, got '{text}'"
        return Problem("bad-caps", message, position, hint)

    def zero_denominator(self, field: str) -> Problem:
        value, position = self.field_value(field)
        message = f"the denominator of '{field}={as_text(value)}' is 0"
        hint = "expected a fraction, such as 1/1"
        if "framerate" in field:
            hint = "write a rate such as 30/1; 0/1 means a variable rate"
        return Problem("bad-caps", message, position, hint)

    def field_value(self, field: str) -> tuple[object, Position]:
        """Return the value of a field, and where it stands."""
        if isinstance(self.given, CapsBinding):
            for structure in self.given.structures:
                for bound in structure.fields:
                    if bound.name == field:
                        return bound.value, bound.position
        text, offsets, position = self.value
        match = re.search(_FIELD.format(re.escape(field), r"[^,;\s]+"), text)
        if match is None:
            return text, position
        start = offsets[match.start()]
        return match["value"], self.source.position(start, start + len(match[0]))


def _as_fraction(text: str) -> str:
    """Return the fraction that a number means, if it is one: 29.97 is 30000/1001."""
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return ""
    ntsc = Fraction(round(number) * 1000, 1001)
    if number.denominator > 1 and abs(number - ntsc) < Fraction(1, 200):
        number = ntsc
    return f"{number.numerator}/{number.denominator}"
