"""Draws curves over time as SVG, with a mark for each fault: text that is text, no script."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["curves"]

WIDTH: Final = 860
LEFT, RIGHT, TOP, HEIGHT = 70, 150, 50, 190
LANE: Final = 14
COLORS: Final = ("#2a7f62", "#c9822b", "#3a6ea5", "#a5433a", "#6b4fa0")
FAULT: Final = "#a5433a"
FONT: Final = "font-family='DejaVu Sans, Verdana, Arial, sans-serif'"

Points: TypeAlias = "Sequence[tuple[float, float]]"
Marks: TypeAlias = "Mapping[str, Sequence[tuple[float, float]]]"
Place: TypeAlias = "Callable[[float, float], tuple[float, float]]"


def curves(
    title: str, unit: str, lines: Mapping[str, Points], marks: Marks, *, dots: bool = False
) -> str:
    """Return an SVG.

    Args:
        title: Above it.
        unit: Of the values.
        lines: By name, moments in minutes and values.
        marks: By name, a row below the plot with bars from a minute to a minute.
        dots: Draw points, not lines.
    """
    across = max((x for points in lines.values() for x, _ in points), default=1.0) or 1.0
    values = [y for points in lines.values() for _, y in points] or [0.0, 1.0]
    low, high, step = _scale(min(values), max(values))
    width = WIDTH - LEFT - RIGHT

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + width * x / across, TOP + HEIGHT * (1 - (y - low) / (high - low))

    parts = [_text(16, 28, f"{title}, {unit}", size=15, weight="bold")]
    value = low
    while value <= high + step / 2:
        _, y = place(0, value)
        parts.append(f"<path d='M{LEFT} {y:.0f}h{width}' stroke='#d5d8dd'/>")
        parts.append(_text(LEFT - 8, y + 4, f"{value:,.6g}", size=11, anchor="end"))
        value += step
    for number, (name, points) in enumerate(lines.items()):
        color = COLORS[number % len(COLORS)]
        parts += _dots(points, place, color) if dots else [_line(points, place, color)]
        y = TOP + 14 + 20 * number
        parts.append(
            f"<rect x='{WIDTH - RIGHT + 16}' y='{y - 8}' width='12' height='4' fill='{color}'/>"
        )
        parts.append(_text(WIDTH - RIGHT + 34, y, name, size=12))
    bottom = TOP + HEIGHT + 16
    for name, spans in marks.items():
        parts.append(_text(LEFT - 8, bottom + 9, name, size=10, anchor="end"))
        for start, end in spans:
            x = LEFT + width * start / across
            wide = max(1.5, width * (end - start) / across)
            parts.append(
                f"<rect x='{x:.1f}' y='{bottom + 2}' width='{wide:.1f}' height='9' fill='{FAULT}'/>"
            )
        bottom += LANE
    parts.append(_text(LEFT, bottom + 16, "0", size=11))
    parts.append(_text(LEFT + width, bottom + 16, f"{across:.0f} minutes", size=11, anchor="end"))
    full = bottom + 26
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {full}' width='{WIDTH}' "
        f"height='{full}' role='img' aria-label='{escape(title)}'>"
    )
    background = f"<rect width='{WIDTH}' height='{full}' rx='8' fill='#ffffff'/>"
    return "\n".join([head, background, *parts, "</svg>", ""])


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Return where an axis begins and ends, and its steps: round numbers, five or so."""
    spread = max(high - low, abs(high) * 0.02, 1e-6)
    rough = spread / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(each * size for each in (1, 2, 5, 10) if each * size >= rough)
    first = math.floor(low / step) * step
    last = math.ceil(high / step) * step
    return first, max(last, first + step), step


def _line(points: Points, place: Place, color: str) -> str:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*each) for each in points))
    return f"<polyline points='{drawn}' fill='none' stroke='{color}' stroke-width='1.5'/>"


def _dots(points: Points, place: Place, color: str) -> Iterator[str]:
    for x, y in (place(*each) for each in points):
        yield f"<circle cx='{x:.1f}' cy='{y:.1f}' r='1.6' fill='{color}'/>"


def _text(
    x: float, y: float, text: str, *, size: int = 13, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f"<text x='{x:.0f}' y='{y:.0f}' {FONT} font-size='{size}' font-weight='{weight}' "
        f"text-anchor='{anchor}' fill='#1d2129'>{escape(text)}</text>"
    )
