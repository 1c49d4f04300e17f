"""Join the words of a command line to one text, as ``gst-launch-1.0`` does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .tokens import MIMETYPE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["join_words"]

_ASSIGNMENT = re.compile(
    r"(?P<head>@preset|[A-Za-z0-9_][A-Za-z0-9_\-%:]*)=(?P<value>.*)", re.DOTALL
)
_CAPS = re.compile(rf"\s*{MIMETYPE}\s*[(,;]")
_TO_ESCAPE = re.compile(r"""\\.|[ \t\r\f\v"]""", re.DOTALL)


def join_words(words: Sequence[str]) -> str:
    """Return the description that these words mean.

    One word with blanks in it is a whole description. Of several, a word such as
    ``text=hello world`` can only be one property, so what the shell took off is put back: its
    blanks and quotes are escaped. Any other word is part of the description as it stands.
    """
    if len(words) == 1:
        return words[0]
    return " ".join(map(_quote, words))


def _quote(word: str) -> str:
    match = _ASSIGNMENT.fullmatch(word)
    if not match or _CAPS.match(word):
        return word
    value = match["value"]
    if not value:
        return f'{word}""'
    if not re.search(r"\s", value) or (len(value) > 1 and value[0] == value[-1] == '"'):
        return word
    if "\n" in value:
        # A backslash does not hold a line break; double quotes do, and backslashes double there.
        escaped = re.sub(r'[\\"]', r"\\\g<0>", value)
        return f'{match["head"]}="{escaped}"'
    escaped = _TO_ESCAPE.sub(lambda m: m[0] if m[0][0] == "\\" else f"\\{m[0]}", value)
    return f"{match['head']}={escaped}"
