"""Draws rows as bars or as curves: an SVG of a few kilobytes, with text that is text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rows import Row

__all__ = ["bars", "curves"]

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


PLOT: Final = (70, 60, 520, 300)  # left, top, width, height of the curves' area
NAMED: Final = 950  # how wide the picture is with the curves' names beside them
COLORS: Final = ("#2a7f62", "#c9822b", "#3a6ea5", "#a5433a", "#6b4fa0", "#5d6470", "#c46fa0")
LOWEST, HIGHEST = 1 / 64, 4  # times what each of the fewest costs


def curves(title: str, rows: Sequence[Row]) -> str:
    """Give an SVG with a curve for each row that has points; both axes are logarithmic.

    What each one costs is shown against the first point: a level line is growth in proportion.
    """
    left, top, width, height = PLOT
    lines = [_text(16, 30, title, size=17, weight="bold")]
    shown = [row for row in rows if row.points]
    most = max((max(row.points)[0] / min(row.points)[0] for row in shown), default=10)
    for times in (1 / 64, 1 / 16, 1 / 4, 1, 4):
        y = _level(times)
        lines.append(f"<path d='M{left} {y:.0f}h{width}' stroke='#d5d8dd'/>")
        label = f"{times:g} times" if times >= 1 else f"1/{1 / times:g}"
        lines.append(_text(left - 8, y + 4, label, size=11, anchor="end"))
    for number, row in enumerate(shown):
        lines += _curve(row, COLORS[number % len(COLORS)], most, top + 20 + 26 * number)
    bottom = top + height + 24
    lines.append(_text(left, bottom, "the fewest", size=11))
    lines.append(_text(left + width, bottom, f"{most:,.0f} times as many", size=11, anchor="end"))
    full = bottom + 20
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {NAMED} {full}' width='{NAMED}' "
        f"height='{full}' role='img' aria-label='{escape(title)}'>"
    )
    background = f"<rect width='{NAMED}' height='{full}' rx='8' fill='#ffffff'/>"
    return "\n".join([head, background, *lines, "</svg>", ""])


def _curve(row: Row, color: str, most: float, y: int) -> Iterator[str]:
    """Give a row's curve, and beside it, at the height `y`, what it is called."""
    left, _, width, _ = PLOT
    fewest, first = min(row.points)
    places = [
        (left + width * math.log(n / fewest) / math.log(most), _level(each / first))
        for n, each in row.points
    ]
    drawn = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    yield f"<polyline points='{drawn}' fill='none' stroke='{color}' stroke-width='2'/>"
    for across, down in places:
        yield f"<circle cx='{across:.0f}' cy='{down:.0f}' r='3' fill='{color}'/>"
    right = left + width
    yield f"<rect x='{right + 24}' y='{y - 9}' width='14' height='4' fill='{color}'/>"
    name = row.what.removeprefix("growth with ").partition(":")[0]
    yield _text(right + 46, y, f"{name}, slope {row.got:.2f}")


def _level(times: float) -> float:
    """Give how far down a multiple of the first cost is."""
    share = math.log(HIGHEST / max(LOWEST, min(HIGHEST, times))) / math.log(HIGHEST / LOWEST)
    return PLOT[1] + PLOT[3] * share


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
