"""A trace as a picture: boxes coloured by time, links with their caps and memory; an SVG."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from pythiags.redact import redact
from pythiags.tracing.layout import layout
from pythiags.tracing.table import WAITS, duration, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pythiags.tracing.layout import Layout
    from pythiags.tracing.model import Trace, TracedElement, TracedLink

__all__ = ["picture"]

# Pixels.
BOX: Final = (216, 70)
PITCH: Final = (244, 142)  # from box to box
EDGE: Final = 44
STRAIGHT: Final = 46
HEAD: Final = 88
NARROWEST: Final = 620
SCALE: Final = 240  # the legend's width

# From a little work to all of the time; the scale is a square root, so that small shares differ.
HEAT: Final = ("#fffdf7", "#fef0d9", "#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#b30000")
TICKS: Final = (0.0, 0.05, 0.25, 0.5, 1.0)
DARK_FROM: Final = 0.6  # share of the time from which on text is white
WAITING: Final = "#dfe7f1"
IDLE: Final = "#ececec"
MEMORIES: Final = {
    "memory:NVMM": "#3f7d20",
    "memory:DMABuf": "#1f5fa8",
    "memory:GLMemory": "#6b3fa0",
}
OTHER_MEMORY: Final = "#8a5a00"

STYLE: Final = """
text { font: 12px 'DejaVu Sans', Verdana, 'Segoe UI', Arial, sans-serif; fill: #1c2026 }
.page { fill: #ffffff }
.title { font-size: 17px; font-weight: bold }
.name { font-size: 13px; font-weight: bold }
.small { font-size: 11px }
.soft { fill: #5b6470 }
.white, .white.soft { fill: #ffffff }
.box { stroke: #5b6470; stroke-width: 1 }
.waits { stroke-dasharray: 5 3 }
.link { fill: none; stroke: #7b8592; stroke-width: 1.6 }
.tip { fill: #7b8592 }
.on-page { fill: #1c2026 }
.caps { font-size: 11px; fill: #3a4350; stroke: #ffffff; stroke-width: 4px; paint-order: stroke }
.badge { font-size: 10px; fill: #ffffff; font-weight: bold }
@media (prefers-color-scheme: dark) {
  .page { fill: #14171c }
  .on-page, .on-page.soft { fill: #e6e9ee }
  .caps { fill: #c9d0da; stroke: #14171c }
  .link { stroke: #8f99a6 }
  .tip { fill: #8f99a6 }
}
"""
_CONTROL: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def picture(trace: Trace) -> str:
    """Return an SVG that needs no other file; titles say more of what is pointed at."""
    elements = [each for each in trace.elements if each.present]
    names = [each.path for each in elements]
    links = [each for each in trace.links if {each.source, each.sink} <= set(names)]
    plan = layout(names, [(each.source, each.sink) for each in links])
    width = max(NARROWEST, round(plan.columns * PITCH[0] - PITCH[0] + BOX[0]) + 2 * EDGE)
    height = HEAD + max(1, plan.layers) * PITCH[1] - (PITCH[1] - BOX[1]) + EDGE + 14
    indent = (width - (plan.columns - 1) * PITCH[0] - BOX[0]) / 2
    places = {
        name: (indent + column * PITCH[0], HEAD + layer * PITCH[1])
        for name, (column, layer) in plan.places.items()
    }
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="where the time of a pipeline goes">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        *_head(trace, width),
        *_links(links, plan, places, indent),
        *(line for each in elements for line in _box(each, *places[each.path])),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _head(trace: Trace, width: float) -> Iterator[str]:
    there = (each for each in trace.elements if each.present)
    working = [each for each in there if not each.waits and each.buffers]
    most = max(working, key=lambda each: each.share, default=None)
    yield _text(EDGE, 34, f"Where the time goes: {duration(trace.seconds)}", "title on-page")
    if most is not None:
        said = f"most work: {most.name}, {percent(most.share)} of the time"
        yield _text(EDGE, 56, _short(said, 44), "on-page soft")
    left = width - EDGE - SCALE
    yield '<defs><linearGradient id="heat">'
    yield from (
        f'<stop offset="{number / (len(HEAT) - 1):.3f}" stop-color="{color}"/>'
        for number, color in enumerate(HEAT)
    )
    yield "</linearGradient></defs>"
    yield f'<rect class="box" x="{left}" y="22" width="{SCALE}" height="12" fill="url(#heat)"/>'
    for tick in TICKS:
        x = left + SCALE * math.sqrt(tick)
        anchor = "start" if tick == 0 else "end" if tick == 1 else "middle"
        yield _text(x, 48, f"{tick * 100:.0f} %", "small on-page soft", anchor)
    yield _text(left, 66, "work, as a share of the time", "small on-page soft")
    yield (
        f'<rect class="box waits" x="{left + SCALE - 58}" y="56" width="18" height="12" '
        f'fill="{WAITING}"/>'
    )
    yield _text(left + SCALE, 66, "waits", "small on-page soft", "end")


def _box(element: TracedElement, x: float, y: float) -> Iterator[str]:
    width, height = BOX
    seen, working = bool(element.buffers), not element.waits
    fill = (_heat(element.share) if working else WAITING) if seen else IDLE
    tone = " white" if seen and working and element.share >= DARK_FROM else ""
    yield f"<g><title>{_safe(_told(element))}</title>"
    yield (
        f'<rect class="box{"" if working else " waits"}" x="{x:.1f}" y="{y:.1f}" width="{width}" '
        f'height="{height}" rx="7" fill="{fill}"/>'
    )
    yield _text(x + 10, y + 20, _short(element.name, 25), f"name{tone}")
    inside = element.path.rpartition("/")[0]
    kind = ", ".join(filter(None, (element.factory, f"in {inside}" if inside else "")))
    yield _text(x + 10, y + 37, _short(kind, 31), f"small soft{tone}")
    if not seen:
        yield _text(x + 10, y + 58, "no buffer has come", "small soft")
    else:
        times = f"{duration(element.median)}, p95 {duration(element.p95)}"
        yield _text(x + 10, y + 58, times, f"small{tone}")
        share = percent(element.share) if working else "waits"
        yield _text(
            x + width - 10, y + 58, share, f"{'name' if working else 'small soft'}{tone}", "end"
        )
    if element.extracted:
        yield from _tab(element, x + width + 6, y + height)
    yield "</g>"


def _tab(element: TracedElement, right: float, y: float) -> Iterator[str]:
    """Draw what the extractors on its pads take, at the edge of its box."""
    label = f"extractors {percent(element.extract_share)}"
    width = 6.6 * len(label) + 10
    tone = " white" if element.extract_share >= DARK_FROM else ""
    yield (
        f'<rect class="box" x="{right - width:.1f}" y="{y - 4:.1f}" width="{width:.1f}" '
        f'height="18" rx="9" fill="{_heat(element.extract_share)}"/>'
    )
    yield _text(right - width / 2, y + 9, label, f"small{tone}", "middle")


def _links(
    links: Sequence[TracedLink],
    plan: Layout,
    places: Mapping[str, tuple[float, float]],
    indent: float,
) -> Iterator[str]:
    """Draw lines from the lower edge of one box to the upper edge of another, then their labels."""
    leaving: Counter[str] = Counter(each.source for each in links)
    arriving: Counter[str] = Counter(each.sink for each in links)
    ordered = sorted(links, key=lambda each: places[each.sink][0])
    starts = _ports(ordered, leaving, [each.source for each in ordered])
    ordered_in = sorted(links, key=lambda each: places[each.source][0])
    ends = _ports(ordered_in, arriving, [each.sink for each in ordered_in])
    labels = []
    for link in links:
        (x, y), (to_x, to_y) = places[link.source], places[link.sink]
        start = (x + starts[id(link)], y + BOX[1])
        end = (to_x + ends[id(link)], to_y - 7)
        route = plan.routes.get((link.source, link.sink), [])
        corners = [
            (indent + column * PITCH[0] + BOX[0] / 2, y + (number + 1) * PITCH[1] + BOX[1] / 2)
            for number, column in enumerate(route)
        ]
        # It is straight beside its label.
        alone = leaving[link.source] == 1
        straight = (start[0], start[1] + STRAIGHT) if alone else (end[0], end[1] - STRAIGHT)
        way = [start, straight, *corners, end] if alone else [start, *corners, straight, end]
        yield f"<g><title>{_safe(_told_of(link))}</title>"
        yield f'<path class="link" {_stroke(link)}d="{_curve(way)}"/>'
        left, right, high = end[0] - 4.5, end[0] + 4.5, to_y - 9
        points = f"{end[0]:.1f},{to_y:.1f} {left:.1f},{high:.1f} {right:.1f},{high:.1f}"
        yield f'<polygon class="tip" points="{points}"/></g>'
        labels.append((link, *(start if alone else end), alone))
    for link, x, y, alone in labels:
        yield from _label(link, x + 9, y + 29 if alone else y - 28)


def _ports(
    links: Sequence[TracedLink], total: Counter[str], ends: Sequence[str]
) -> dict[int, float]:
    """Spread the links of a box along its edge, in the order of what they lead to."""
    seen: defaultdict[str, int] = defaultdict(int)
    ports = {}
    for link, end in zip(links, ends, strict=True):
        seen[end] += 1
        ports[id(link)] = BOX[0] * seen[end] / (total[end] + 1)
    return ports


def _label(link: TracedLink, x: float, y: float) -> Iterator[str]:
    yield f"<g><title>{_safe(_told_of(link))}</title>"
    if link.media:
        yield _text(x, y, _short(link.media, 30), "caps")
    if link.features:
        badge = f"{link.features}, {link.memory}" if link.is_on_card else link.features
        width = 7.4 * len(badge) + 14
        yield (
            f'<rect x="{x:.1f}" y="{y + 6:.1f}" width="{width:.1f}" height="16" rx="8" '
            f'fill="{MEMORIES.get(link.features, OTHER_MEMORY)}"/>'
        )
        yield _text(x + width / 2, y + 17.5, badge, "badge", "middle")
    yield "</g>"


def _stroke(link: TracedLink) -> str:
    if not link.features:
        return ""
    return f'style="stroke: {MEMORIES.get(link.features, OTHER_MEMORY)}; stroke-width: 2.4" '


def _curve(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = points
    path = [f"M{x:.1f},{y:.1f}"]
    for to_x, to_y in rest:
        middle = (y + to_y) / 2
        path.append(f"C{x:.1f},{middle:.1f} {to_x:.1f},{middle:.1f} {to_x:.1f},{to_y:.1f}")
        x, y = to_x, to_y
    return " ".join(path)


def _heat(share: float) -> str:
    place = math.sqrt(min(1.0, max(0.0, share))) * (len(HEAT) - 1)
    low = min(int(place), len(HEAT) - 2)
    return _mixed(HEAT[low], HEAT[low + 1], place - low)


def _mixed(first: str, second: str, part: float) -> str:
    pairs = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * part):02x}" for low, high in pairs)


def _told(element: TracedElement) -> str:
    what = {
        "passes": "from arrival to departure",
        "takes": "in its own functions",
        "makes": "between two pushes",
    }[element.kind]
    lines = [f"{element.path} ({element.factory})", f"{element.buffers:,} buffers"]
    if element.buffers:
        times = (element.median, element.p95, element.longest)
        numbers = zip(("median", "p95", "longest"), map(duration, times), strict=True)
        lines.append(f"{what}: " + ", ".join(f"{name} {time}" for name, time in numbers))
        lines.append(WAITS.get(element.waits, f"work: {percent(element.share)} of the time"))
    if element.extracted:
        share = percent(element.extract_share)
        lines.append(f"extractors on its pads: {element.extracted:,} calls, {share} of the time")
    return "\n".join(lines)


def _told_of(link: TracedLink) -> str:
    lines = [
        f"{link.source}.{link.source_pad} to {link.sink}.{link.sink_pad}",
        f"{link.buffers:,} buffers" + (f" of {link.memory}" if link.memory else ""),
        link.caps or "no caps yet",
    ]
    return "\n".join(lines)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" class={quoteattr(kind)}{where}>{_safe(text)}</text>'


def _safe(text: str) -> str:
    return escape(redact(_CONTROL.sub("�", text)))
