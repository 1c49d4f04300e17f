"""Draws rows as bars: an SVG of a few kilobytes, with text that is text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rows import Row

__all__ = ["bars"]

WIDTH: Final = 860
LABELS, FULL = 400, 330  # pixels for what a bar is called, and for a bar of 100 %
LINE: Final = 30
BASE, KEPT, OTHER = "#8a8f98", "#2a7f62", "#c9822b"
FONT: Final = "font-family='DejaVu Sans, Verdana, Arial, sans-serif'"


def bars(title: str, rows: Sequence[Row]) -> str:
    """Return an SVG with a bar for each row, in groups.

    A group begins with a row in frames a second, which is its 100 %; the others are parts of it,
    green where they have a limit to keep.
    """
    lines = [_text(16, 30, title, size=17, weight="bold")]
    y = 44
    base = 0.0
    for row in rows:
        if row.unit == "fps":
            y += 16
            base = row.got
        share = 1.0 if row.unit == "fps" else row.got
        color = BASE if row.unit == "fps" else OTHER if row.must is None else KEPT
        lines += _bar(y, row.what.removeprefix("… "), share, share * base, color)
        y += LINE
    y += 36
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {y}' width='{WIDTH}' "
        f"height='{y}' role='img' aria-label='{escape(title)}'>"
    )
    legend = _text(16, y - 12, "Green has a limit to keep; the table tells who had which core.")
    background = f"<rect width='{WIDTH}' height='{y}' rx='8' fill='#ffffff'/>"
    return "\n".join([head, background, *lines, legend, "</svg>", ""])


def _bar(y: int, label: str, share: float, fps: float, color: str) -> Iterator[str]:
    width = FULL * share
    yield _text(LABELS - 10, y + 19, label, anchor="end")
    yield f"<rect x='{LABELS}' y='{y + 4}' width='{width:.0f}' height='22' rx='2' fill='{color}'/>"
    yield _text(LABELS + width + 8, y + 19, f"{fps:.0f} fps, {share:.0%}")


def _text(
    x: float, y: float, text: str, *, size: int = 13, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f"<text x='{x:.0f}' y='{y:.0f}' {FONT} font-size='{size}' font-weight='{weight}' "
        f"text-anchor='{anchor}' fill='#1d2129'>{escape(text)}</text>"
    )
