"""A problem in a description, and how it is shown: the line, a caret, and what to try.

::

    error[unknown-element]: there is no element 'x264en'
      --> demo.gstp:3:5
       |
     3 |   ! x264en bitrate=2000 ! mp4mux
       |     ^^^^^^ did you mean 'x264enc'?
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from unicodedata import east_asian_width

from pythiags.errors import DescriptionError, SyntaxProblem, TemplateError
from pythiags.printable import printable
from pythiags.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .source import Position, Source

__all__ = ["Problem", "error_from", "render"]

SYNTAX_CODES = frozenset(
    {
        "bad-character",
        "dangling-link",
        "empty-bin",
        "empty-pipeline",
        "misplaced-caps",
        "missing-element",
        "missing-value",
        "stray-pad",
        "stray-property",
        "stray-reference",
        "unbalanced-bin",
        "unclosed-caps",
        "unexpected-text",
    }
)
"""Problems that make a ``SyntaxProblem``."""

TEMPLATE_CODES = frozenset(
    {"missing-variable", "misplaced-variable", "unused-variable", "bad-value"}
)
"""Problems that make a ``TemplateError``."""


WIDTH = 92
"""How many columns of a line are shown, and may be taken by a caret and its hint, at most."""

MARGIN = 8
"""Columns for a line's number and what parts it from the text."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or doubtful, with a description.

    Attributes:
        code: A short name that does not change between versions, such as ``unknown-element``.
        message: What is wrong, in one line.
        position: Where, or None if it is nowhere in the text (an unused variable).
        hint: What to try; may be empty.
        severity: An ``error`` keeps the pipeline from being built, a ``warning`` does not.
    """

    code: str
    message: str
    position: Position | None = None
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Return one line, as compilers write it."""
        where = f"{self.position}: " if self.position else ""
        hint = f" ({self.hint})" if self.hint else ""
        return printable(f"{where}{self.severity}: {self.message}{hint} [{self.code}]")


def error_from(problems: Sequence[Problem], source: Source) -> DescriptionError | None:
    """Return one error that shows all problems, or None if all of them are warnings.

    Its class, message, place and hint are those of the first problem that is an error.
    """
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        return None
    first = errors[0]
    kind: type[DescriptionError] = DescriptionError
    if first.code in SYNTAX_CODES:
        kind = SyntaxProblem
    elif first.code in TEMPLATE_CODES:
        kind = TemplateError
    return kind(
        first.message,
        where=f"{source.origin}:{first.position}" if first.position else source.origin,
        hint=first.hint or None,
        report=render(problems, source),
    )


_BOLD, _BLUE = "1", "1;34"
_COLOURS = {"error": "1;31", "warning": "1;33"}


def render(problems: Sequence[Problem], source: Source, *, color: bool = False) -> str:
    """Return the problems in the manner of a good compiler; several are counted in a last line.

    Args:
        problems: What to show; in the order of the text, whatever order they come in.
        source: The text they are about.
        color: Whether to colour them with ANSI escapes.

    Returns:
        Lines without a final newline, passwords masked and control characters escaped; an empty
        text if there is no problem.
    """
    if not problems:
        return ""
    ordered = sorted(problems, key=lambda problem: problem.position or (1 << 30, 0, 0))
    blocks = [redact_block(_block(problem, source, color)) for problem in ordered]
    return "\n\n".join([*blocks, _summary(problems, source)] if len(blocks) > 1 else blocks)


def redact_block(block: str) -> str:
    """Mask secrets line by line, which leaves the carets below untouched."""
    return "\n".join(redact(line) for line in block.split("\n"))


def _block(problem: Problem, source: Source, color: bool) -> str:
    def paint(text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if color else text

    message, hint, origin = map(printable, (problem.message, problem.hint, source.origin))
    severity = _COLOURS[problem.severity]
    head = paint(f"{problem.severity}[{problem.code}]", severity)
    head += paint(f": {message}", _BOLD)
    if problem.position is None:
        note = f"\n  {paint('=', _BLUE)} {hint}" if hint else ""
        return f"{head}\n {paint('-->', _BLUE)} {origin}{note}"
    line, column, length = problem.position
    text = source.lines[line - 1]
    end = column - 1 + length
    before, marked, after = map(printable, (text[: column - 1], text[column - 1 : end], text[end:]))
    length = max(length, len(marked))
    text, start = _window(before + marked + after, len(before), length)
    before, marked = text[:start], text[start : start + length]
    margin = " " * len(str(line))
    # A tab stays a tab, so that the caret stands below its character at any tab width.
    indent = "".join("\t" if char == "\t" else " " * _width(char) for char in before)
    carets = "^" * max(1, sum(map(_width, marked)))
    bar = paint("|", _BLUE)
    # A short hint stands beside the caret, a long one on a line of its own.
    beside = hint if len(indent) + len(carets) + len(hint) < _columns() else ""
    lines = [
        head,
        f"{margin}{paint('-->', _BLUE)} {origin}:{line}:{column}",
        f"{margin} {bar}",
        f"{paint(str(line), _BLUE)} {bar} {text}",
        f"{margin} {bar} {indent}{paint(f'{carets} {beside}'.rstrip(), severity)}",
    ]
    if hint and not beside:
        lines.append(f"{margin} {paint('=', _BLUE)} {hint}")
    return "\n".join(lines)


def _window(text: str, start: int, length: int) -> tuple[str, int]:
    """Return the part of a long line to show, and where in it the marked stretch begins."""
    columns = _columns()
    if len(text) <= columns:
        return text, start
    first = max(0, min(start - columns // 2, len(text) - columns))
    last = max(first + columns, min(start + length, first + 2 * columns))
    if columns < WIDTH:  # a terminal would break the line, and part the caret from its place
        last = first + columns
    head, tail = "…" if first else "", "…" if last < len(text) else ""
    return head + text[first:last] + tail, start - first + len(head)


def _columns() -> int:
    """Return how many columns a line may take: no more than the terminal has."""
    for descriptor in (2, 1):
        with suppress(OSError):
            return max(MARGIN, min(WIDTH, os.get_terminal_size(descriptor).columns - MARGIN))
    return WIDTH


def _width(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1


def _summary(problems: Sequence[Problem], source: Source) -> str:
    counts = []
    for severity in ("error", "warning"):
        number = sum(problem.severity == severity for problem in problems)
        if number:
            counts.append(f"{number} {severity}{'' if number == 1 else 's'}")
    return f"{printable(source.origin)}: {' and '.join(counts)}"
