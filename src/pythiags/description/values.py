"""Values of properties, as GStreamer reads them, and what is doubtful about some."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .graph import Value
from .problem import Problem

if TYPE_CHECKING:
    from .source import Source

__all__ = ["doubt_about", "read_value"]

_SHELL_VARIABLE = re.compile(r"(?:^\$(?=[A-Za-z_])|\$(?=\{[A-Za-z_]\w*\}))\{?(?P<name>\w+)\}?")


def read_value(source: Source, start: int, end: int) -> Value:
    """Return the value at these offsets as GStreamer reads it: unquoted, unescaped.

    Only double quotes are taken off, and only from a value that both begins and ends with one.
    Further quotes stay in the value, and between them backslashes stay as well.
    """
    position = source.position(start, end)
    code = source.code
    if end - start > 1 and code[start] == code[end - 1] == '"':
        start, end = start + 1, end - 1
    chars: list[str] = []
    offsets: list[int] = []
    quoted = False
    offset = start
    while offset < end:
        place = offset
        if code[offset] == "\\" and not quoted:
            place, offset = -offset - 1, offset + 1
            if offset == end:
                break
        elif code[offset] == '"' and not (quoted and code[offset - 1] == "\\"):
            quoted = not quoted
        chars.append(code[offset])
        offsets.append(place)
        offset += 1
    return Value("".join(chars), tuple(offsets), position)


def doubt_about(name: str, value: Value) -> Problem | None:
    """Return a warning of a value that is hardly what was meant; None: nothing is wrong with it."""
    if value.text in {"!", ":"}:
        code, message = "empty-value", f"'{value.text}' is the value of '{name}'"
        hint = f'write {name}="" for an empty value'
    elif len(value.text) > 1 and value.text[0] == value.text[-1] == "'":
        code, message = "single-quotes", "single quotes do not quote here"
        hint = 'write "…": single quotes become part of the value'
    elif shell := _SHELL_VARIABLE.search(value.text):
        code = "shell-variable"
        message = f"'{shell[0]}' is not expanded: a shell does not read this text"
        hint = f"write {{{shell['name'].lower()}}} and set its value"
    else:
        return None
    return Problem(code, message, value.position, hint, "warning")
