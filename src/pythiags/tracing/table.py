"""A trace as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.tracing.model import Trace, TracedElement

__all__ = ["duration", "percent", "table"]

TITLES: Final = ("element", "buffers", "", "median", "p95", "max", "work", "")
WAITS: Final = {
    "queue": "waits in the queue",
    "clock": "waits for the clock",
    "live": "live: waits for the next frame",
    "mixer": "waits for its other inputs",
}


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it, with two digits or three."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms")):
        if seconds < limit:
            value = seconds * factor
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"  # noqa: PLR2004
    return f"{seconds:.1f} s"


def percent(share: float) -> str:
    """Return a share in percent; one digit behind the point if it is below ten."""
    return f"{share * 100:.0f} %" if share >= 0.1 else f"{share * 100:.1f} %"  # noqa: PLR2004


def table(trace: Trace) -> str:
    """Return a line for each element, and one for the extractors on its pads."""
    rows = [TITLES, *(row for each in trace.elements for row in _rows(each))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = (0, 2, 7)
    lines = [
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(
        [*lines, f"work: share of {trace.seconds:.1f} s that the element's own code took"]
    )


def _rows(element: TracedElement) -> Iterator[tuple[str, ...]]:
    label = element.path
    if element.factory and not element.name.startswith(element.factory):
        label += f" ({element.factory})"
    times = [duration(each) for each in (element.median, element.p95, element.longest)]
    if not element.buffers:
        times = ["", "", ""]
    work = "" if element.waits or not element.buffers else percent(element.share)
    remark = WAITS.get(element.waits, "") if element.buffers else "no buffer has come"
    if not element.present:
        remark = f"{element.removed} were removed" if element.removed > 1 else "was removed"
    kind = element.kind if element.buffers else ""
    yield (label, f"{element.buffers:,}", kind, *times, work, remark)
    if element.extracted:
        share = percent(element.extract_share)
        yield ("  extractors", f"{element.extracted:,}", "", "", "", "", share, "")
