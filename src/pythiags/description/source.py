"""The text of a pipeline, and places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from .shell import blank_shell

__all__ = ["Position", "Source"]


class Position(NamedTuple):
    """A stretch of text: where it starts, counted from 1, and how many characters it spans."""

    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        """Return ``line:column``."""
        return f"{self.line}:{self.column}"


# A comment is a whole line. A quoted value, which alone may hold a line that merely looks like
# one, is matched first and kept.
_QUOTED_OR_COMMENT = re.compile(
    r"""=[ \t\n\r\f\v]*(?:"(?:\\"|[^"])*"|'(?:\\'|[^'])*')|^[ \t]*(?P<comment>\#[^\n]*)""",
    re.MULTILINE,
)

_UNUSABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Source:
    """Pipeline text and where it came from.

    Args:
        text: The text as the user wrote it.
        origin: What to call it in a message: a file's name, or ``<text>``.
    """

    text: str
    origin: str = "<text>"

    @cached_property
    def unusable(self) -> tuple[int, ...]:
        """The offsets of characters that GStreamer cannot be given: NUL, and half of a pair."""
        return tuple(match.start() for match in _UNUSABLE.finditer(self._uncommented))

    @cached_property
    def code(self) -> str:
        """The text with blanks for comments and for what only a shell reads; offsets stay."""
        return blank_shell(_UNUSABLE.sub("_", self._uncommented))

    @cached_property
    def _uncommented(self) -> str:
        def blank(match: re.Match[str]) -> str:
            comment = match["comment"]
            return match[0] if comment is None else match[0].replace(comment, " " * len(comment))

        return _QUOTED_OR_COMMENT.sub(blank, self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends, as they can be shown."""
        shown = _UNUSABLE.sub("\N{REPLACEMENT CHARACTER}", self.text)
        return [line.rstrip("\r") for line in shown.split("\n")]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def position(self, start: int, end: int | None = None) -> Position:
        """Return the place of the characters from offset ``start`` up to ``end``."""
        line = bisect_right(self._starts, start)
        return Position(
            line, start - self._starts[line - 1] + 1, max(1, (end or start + 1) - start)
        )

    def offset(self, position: Position) -> int:
        """Return the offset at which a place begins."""
        return self._starts[position.line - 1] + position.column - 1
