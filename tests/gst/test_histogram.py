"""Durations: sums are exact, quantiles near, and several histograms add up."""

import random

import pytest

from pythiags.gst._gst import Histogram


def of(*values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


def test_nothing_was_counted():
    empty = Histogram()
    assert (empty.count, empty.total, empty.longest, empty.quantile(0.5)) == (0, 0, 0, 0.0)


def test_sums_are_exact():
    some = of(5, 1_000, 3_000_000_000)
    assert (some.count, some.total, some.longest) == (3, 3_000_001_005, 3_000_000_000)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("scale", [1e2, 1e5, 1e9])
def test_quantiles_are_near(share, scale):
    generator = random.Random(1)
    values = sorted(int(generator.lognormvariate(0, 1) * scale) for _ in range(5_000))
    exact = values[max(round(share * len(values)) - 1, 0)]
    assert of(*values).quantile(share) == pytest.approx(exact, rel=0.07, abs=1)


def test_a_quantile_is_never_beyond_the_longest():
    assert of(1_000_001).quantile(0.99) <= 1_000_001


def test_what_is_out_of_range_counts_at_the_ends():
    odd = of(-5, 1 << 62)
    assert odd.count == 2
    assert odd.quantile(0.1) <= 1
    assert odd.quantile(1.0) > 100e9


def test_several_add_up():
    one, other = of(1, 2, 3), of(100)
    one.merge(other)
    assert (one.count, one.total, one.longest) == (4, 106, 100)
    assert other.count == 1
    with pytest.raises(TypeError):
        one.merge(None)


def test_counts_up_to_powers_of_two_are_exact():
    some = of(3, 1_000, 1_023, 1_024, 5_000, 1 << 31)
    assert some.counts_up_to([1 << 10, 1 << 12, 1 << 32]) == [3, 4, 6, 6]
    assert some.counts_up_to([]) == [6]
    assert Histogram().counts_up_to([1 << 10]) == [0, 0]
