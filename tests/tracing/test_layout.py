"""Boxes stand below what feeds them, beside each other, and never on each other."""

import random
from itertools import pairwise

import pytest

from pythiags.tracing.layout import layout


def check(nodes, edges):
    plan = layout(nodes, edges)
    rows = {}
    for node in nodes:
        column, layer = plan.places[node]
        assert 0 <= column <= plan.columns - 1
        assert 0 <= layer < plan.layers
        rows.setdefault(layer, []).append(column)
    for source, sink in set(edges):
        if source == sink:
            continue
        route = plan.routes[source, sink]
        above, below = plan.places[source][1], plan.places[sink][1]
        if above < below:
            assert len(route) == below - above - 1
            for layer, column in enumerate(route, above + 1):
                rows.setdefault(layer, []).append(column)
    for row in rows.values():
        for left, right in pairwise(sorted(row)):
            assert right - left > 0.999, "two stand on each other"
    return plan


def test_nothing():
    assert layout([], []).layers == 0


def test_a_chain_is_a_column():
    plan = check("abcd", [("a", "b"), ("b", "c"), ("c", "d")])
    assert [plan.places[node] for node in "abcd"] == [(0.0, layer) for layer in range(4)]


def test_a_tee_stands_in_the_middle_of_its_branches():
    plan = check("atxyz", [("a", "t"), ("t", "x"), ("t", "y"), ("t", "z")])
    columns = [plan.places[node][0] for node in "xyz"]
    assert columns == [0.0, 1.0, 2.0]
    assert plan.places["t"][0] == plan.places["a"][0] == 1.0


def test_sources_of_a_mixer_stand_in_their_order():
    edges = [(f"s{n}", f"c{n}") for n in range(8)] + [(f"c{n}", "m") for n in range(8)]
    nodes = [f"{kind}{n}" for n in range(8) for kind in "sc"] + ["m"]
    plan = check(nodes, edges)
    assert [plan.places[f"s{n}"][0] for n in range(8)] == [float(n) for n in range(8)]
    assert plan.places["m"] == (3.5, 2)


def test_a_short_branch_ends_with_what_it_feeds():
    plan = check("abcms", [("a", "b"), ("b", "c"), ("c", "m"), ("s", "m")])
    assert plan.places["s"][1] == plan.places["m"][1] - 1


def test_a_long_link_passes_by_what_stands_between():
    plan = check("abcd", [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    assert len(plan.routes["a", "d"]) == 2


@pytest.mark.parametrize(
    "edges", [[("a", "a")], [("a", "b"), ("b", "a")], [("a", "b"), ("b", "c"), ("c", "b")]]
)
def test_circles_end(edges):
    check("abc", edges)


@pytest.mark.parametrize("seed", range(30))
def test_any_graph(seed):
    generator = random.Random(seed)
    nodes = [f"n{number}" for number in range(generator.randint(1, 40))]
    edges = [tuple(generator.choices(nodes, k=2)) for _ in range(generator.randint(0, 60))]
    check(nodes, edges)
