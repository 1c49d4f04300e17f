"""Variables in values: ``{identifier}``, and how they differ from GStreamer's own braces.

Only ``{identifier}`` is a variable; ``{{`` and ``}}`` stand for single braces. Within caps a list
such as ``{RGB,BGR}`` is not a variable, since it holds more than an identifier. A list of one word
is: a variable if a value of that name was given, a list if the word has an upper-case letter
(formats do), a variable that is missing otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from .graph import Value

__all__ = ["VARIABLE", "CapsText", "Parts", "Variable", "read_caps", "read_parts", "variables_in"]

VARIABLE = re.compile(r"\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)
"""What a variable looks like."""

_PAIR = {"(": ")", "[": "]", "{": "}", "<": ">"}
_FIELD = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w\-+/:.]*)\s*=\s*(?:\(\s*(?P<type>[A-Za-z]\w*)\s*\)\s*)?"
)


class Variable(NamedTuple):
    """A variable, and the offsets in the source where it stands."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parts:
    """A value, cut into literal text and variables.

    ``doubled`` holds the offsets in the source of the second brace of each ``{{`` and ``}}``.
    """

    parts: tuple[str | Variable, ...]
    doubled: tuple[int, ...] = ()

    @property
    def variables(self) -> list[Variable]:
        """The variables, in the order of the text."""
        return [part for part in self.parts if isinstance(part, Variable)]

    @property
    def text(self) -> str:
        """The literal text, which is all there is if there are no variables."""
        return "".join(part for part in self.parts if isinstance(part, str))


def read_parts(value: Value, given: Container[str], *, in_caps: bool = False) -> Parts:
    """Cut a value into its parts.

    Args:
        value: A property's value, or that of a field of caps.
        given: The names of the variables that have a value.
        in_caps: Whether braces may be GStreamer's.
    """
    text, offsets = value.text, value.offsets
    parts: list[str | Variable] = []
    doubled: list[int] = []
    literal = ""
    at = 0
    while at < len(text):
        if (
            offsets[at] >= 0
            and text[at] in "{}"
            and text[at + 1 : at + 2] == text[at]
            and offsets[at + 1] > 0
        ):
            literal += text[at]
            doubled.append(offsets[at + 1])
            at += 2
            continue
        match = VARIABLE.match(text, at)
        if match and _is_plain(value, match) and _is_variable(match["name"], given, in_caps):
            if literal:
                parts.append(literal)
            literal = ""
            parts.append(Variable(match["name"], offsets[at], offsets[match.end() - 1] + 1))
            at = match.end()
        else:
            literal += text[at]
            at += 1
    if literal:
        parts.append(literal)
    return Parts(tuple(parts), tuple(doubled))


def _is_plain(value: Value, match: re.Match[str]) -> bool:
    r"""Return whether nothing in a match was escaped: ``\{x}`` and ``{x\}`` are text."""
    return min(value.offsets[match.start() : match.end()]) >= 0


def variables_in(value: Value) -> Iterator[Variable]:
    """Yield what looks like a variable in a place where none is allowed."""
    for match in VARIABLE.finditer(value.text):
        if _is_plain(value, match):
            start, end = value.part(match.start(), match.end()).source_span()
            yield Variable(match["name"], start, end)


def _is_variable(name: str, given: Container[str], in_caps: bool) -> bool:
    return not in_caps or name in given or name == name.lower()


class Field(NamedTuple):
    """A field of caps that holds a variable; ``type`` is GStreamer's word for it, if it is said."""

    name: str
    type: str | None
    parts: Parts


class Structure(NamedTuple):
    """One of the structures of caps: its text without the fields that hold variables."""

    text: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class CapsText:
    """Caps, taken apart as far as their variables require.

    ``misplaced`` are variables that are not allowed: in a media type, a feature or a field's name.
    """

    structures: tuple[Structure, ...]
    misplaced: tuple[Variable, ...] = ()
    doubled: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The caps without the fields that hold variables."""
        return ";".join(structure.text for structure in self.structures)

    @property
    def variables(self) -> list[Variable]:
        """The variables in fields, in the order of the text."""
        fields = [field for structure in self.structures for field in structure.fields]
        return [variable for field in fields for variable in field.parts.variables]


def read_caps(value: Value, given: Container[str]) -> CapsText:
    """Take caps apart into structures and fields, and find the variables in their fields."""
    structures: list[Structure] = []
    misplaced: list[Variable] = []
    doubled: list[int] = []
    for structure in _split(value, ";"):
        kept: list[str] = []
        fields: list[Field] = []
        for index, piece in enumerate(_split(structure, ",")):
            head = _FIELD.match(piece.text) if index else None
            start = head.end() if head else 0
            parts = read_parts(piece.part(start, len(piece.text)), given, in_caps=True)
            doubled += parts.doubled
            if not parts.variables:
                kept.append(piece.text[:start] + parts.text)
            elif head:
                fields.append(Field(head["name"], head["type"], parts))
            else:
                misplaced += parts.variables
        structures.append(Structure(",".join(kept).strip(), tuple(fields)))
    return CapsText(tuple(structures), tuple(misplaced), tuple(doubled))


def _split(value: Value, separator: str) -> Iterator[Value]:
    """Cut at separators outside brackets and quotes."""
    awaited: list[str] = []
    start = at = 0
    while at < len(value.text):
        char = value.text[at]
        if char == "\\":
            at += 1
        elif awaited and char == awaited[-1]:
            awaited.pop()
        elif char == '"':
            awaited.append(char)
        elif awaited[-1:] != ['"'] and char in _PAIR:
            awaited.append(_PAIR[char])
        elif char == separator and not awaited:
            yield value.part(start, at)
            start = at + 1
        at += 1
    yield value.part(start, len(value.text))
