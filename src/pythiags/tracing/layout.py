"""Where the boxes of a graph stand: in layers from top to bottom, with few crossings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Layout", "layout"]

SWEEPS: Final = 8
Edge = tuple[str, str]


@dataclass
class Layout:
    """Places, in units of a box and its margin.

    Attributes:
        places: Column, which may lie between two, and layer of each node.
        routes: For each edge, the columns that it passes in the layers between its ends.
        columns: How many there are.
        layers: How many there are.
    """

    places: dict[str, tuple[float, int]] = field(default_factory=dict)
    routes: dict[Edge, list[float]] = field(default_factory=dict)
    columns: float = 0.0
    layers: int = 0


def layout(nodes: Sequence[str], edges: Iterable[Edge]) -> Layout:
    """Place the nodes of a graph: each below all that it is fed by.

    An edge that closes a circle is drawn, but moves nothing.
    """
    wanted = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    forward = _without_circles(nodes, wanted)
    layer = _layers(nodes, forward)
    rows, chains = _with_corners(nodes, forward, layer)
    up, down = _neighbours(chains.values())
    _untangle(rows, up, down)
    column = _columns(rows, up, down)
    found = Layout(layers=len(rows))
    found.places = {node: (column[node], layer[node]) for node in nodes}
    found.routes = {edge: [column[each] for each in chain[1:-1]] for edge, chain in chains.items()}
    found.routes |= {edge: [] for edge in wanted if edge not in found.routes}
    found.columns = max(column.values(), default=0.0) + 1
    return found


def _without_circles(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """Leave out the edges that lead back to where a walk along the others came from."""
    following = defaultdict(list)
    for source, sink in edges:
        following[source].append(sink)
    state: dict[str, int] = {}
    back: set[Edge] = set()
    for root in nodes:
        if root in state:
            continue
        state[root] = 1
        way = [(root, iter(following[root]))]
        while way:
            node, rest = way[-1]
            after = next(rest, None)
            if after is None:
                state[node] = 2
                way.pop()
            elif state.get(after) == 1:
                back.add((node, after))
            elif after not in state:
                state[after] = 1
                way.append((after, iter(following[after])))
    return [edge for edge in edges if edge not in back]


def _layers(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the length of the longest way to each node; short ways end with what they feed."""
    layer = dict.fromkeys(nodes, 0)
    before, following = defaultdict(list), defaultdict(list)
    for source, sink in edges:
        before[sink].append(source)
        following[source].append(sink)
    left = {node: len(before[node]) for node in nodes}
    ready = [node for node in nodes if not left[node]]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for after in following[node]:
            layer[after] = max(layer[after], layer[node] + 1)
            left[after] -= 1
            if not left[after]:
                ready.append(after)
    for node in reversed(order):
        if following[node]:
            layer[node] = min(layer[after] for after in following[node]) - 1
    return layer


def _with_corners(
    nodes: Sequence[str], edges: Sequence[Edge], layer: Mapping[str, int]
) -> tuple[list[list[str]], dict[Edge, list[str]]]:
    """Return the rows, with a corner wherever an edge passes a layer, and each edge's way."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in nodes:
        rows[layer[node]].append(node)
    chains = {}
    for source, sink in edges:
        between = range(layer[source] + 1, layer[sink])
        corners = [f"\0{source}\0{sink}\0{number}" for number in between]
        for corner, number in zip(corners, between, strict=True):
            rows[number].append(corner)
        chains[source, sink] = [source, *corners, sink]
    return rows, chains


def _neighbours(
    chains: Iterable[list[str]],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    up, down = defaultdict(list), defaultdict(list)
    for chain in chains:
        for above, below in pairwise(chain):
            down[above].append(below)
            up[below].append(above)
    return up, down


def _untangle(
    rows: list[list[str]], up: Mapping[str, list[str]], down: Mapping[str, list[str]]
) -> None:
    """Order each row by the middle of its neighbours in the row before, down and up in turn."""
    for sweep in range(SWEEPS):
        ordered = rows if sweep % 2 == 0 else rows[::-1]
        toward = up if sweep % 2 == 0 else down
        for fixed, row in pairwise(ordered):
            place = {node: number for number, node in enumerate(fixed)}
            own = {node: number for number, node in enumerate(row)}

            def middle(
                node: str, place: dict[str, int] = place, own: dict[str, int] = own
            ) -> float:
                near = [place[each] for each in toward.get(node, ())]  # noqa: B023 (used at once)
                return sum(near) / len(near) if near else own[node]

            row.sort(key=middle)


def _columns(
    rows: list[list[str]], up: Mapping[str, list[str]], down: Mapping[str, list[str]]
) -> dict[str, float]:
    """Move each node towards the middle of its neighbours, as far as the order leaves room."""
    column = {node: float(number) for row in rows for number, node in enumerate(row)}
    for sweep in range(SWEEPS * 2):
        ordered = rows if sweep % 2 == 0 else rows[::-1]
        toward = up if sweep % 2 == 0 else down
        for row in ordered:
            wish = []
            for node in row:
                near = toward.get(node) or down.get(node) or up.get(node) or ()
                wish.append(
                    sum(column[each] for each in near) / len(near) if near else column[node]
                )
            column.update(zip(row, _apart(wish), strict=True))
    least = min(column.values(), default=0.0)
    return {node: place - least for node, place in column.items()}


def _apart(wish: Sequence[float]) -> list[float]:
    """Return the places nearest to those that are wished, one apart at least and in their order.

    Neighbours that are too close become a block, which stands in the middle of its wishes.
    """
    blocks: list[tuple[float, int]] = []  # the wished place of the first, less its offset; how many
    for number, place in enumerate(wish):
        block = (place - number, 1)
        while blocks and blocks[-1][0] >= block[0]:
            mean, count = blocks.pop()
            total = count + block[1]
            block = ((mean * count + block[0] * block[1]) / total, total)
        blocks.append(block)
    places: list[float] = []
    for mean, count in blocks:
        places += [mean + len(places) + offset for offset in range(count)]
    return places
