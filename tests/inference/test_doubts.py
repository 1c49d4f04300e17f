"""Results that cannot be right: what is left out, what stays, and what is said of it, once."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from pythiags.inference import Candidates, Doubts, Network

NETWORK = Network(64, 64, np.full(3, 0.5, np.float32))
INF, NAN = float("inf"), float("nan")


@pytest.fixture
def settle(caplog):
    """``settle((score, class)...)``: what stays of one picture's candidates, and the warnings."""
    doubts = Doubts("net.onnx", NETWORK)

    def look(*found):
        caplog.clear()
        scores, classes = zip(*found, strict=True)
        boxes = np.arange(4 * len(found), dtype=np.float32).reshape(-1, 4)
        with caplog.at_level(logging.WARNING, "pythiags.nvinfer"):
            kept = doubts.settle(Candidates(boxes, np.float32(scores), np.intp(classes)))
        assert len(kept.boxes) == len(kept.scores) == len(kept.classes)
        pairs = zip(kept.scores.tolist(), kept.classes.tolist(), strict=True)
        return list(pairs), [record.getMessage() for record in caplog.records]

    return look


def test_what_is_right_passes_without_a_word(settle):
    assert settle((0.5, 0), (1.0, 2), (1.0001, 1)) == (
        [(0.5, 0), (1.0, 2), (pytest.approx(1.0001), 1)],
        [],
    )


@pytest.mark.parametrize("odd", [INF, -INF, NAN])
def test_confidences_that_are_not_finite_are_left_out(settle, odd):
    kept, said = settle((0.5, 0), (odd, 1))
    assert kept == [(0.5, 0)]
    assert ["net.onnx: infinite and NaN" in text for text in said] == [True]
    assert settle((odd, 1)) == ([], [])  # said before


def test_confidences_above_1_stay_and_are_reported(settle):
    kept, said = settle((0.5, 0), (7.25, 1))
    assert kept == [(0.5, 0), (7.25, 1)]
    assert ["reach 7.25" in text and "sigmoid" in text for text in said] == [True]
    assert settle((9, 1))[1] == []


@pytest.mark.parametrize("number", [3, 80, 2**40])
def test_classes_beyond_the_configured_ones_are_left_out(settle, number):
    kept, said = settle((0.5, 0), (0.5, number))
    assert kept == [(0.5, 0)]
    assert [f"class {number}" in text and "0 to 2" in text for text in said] == [True]


def test_each_kind_of_doubt_is_told_for_itself(settle):
    assert len(settle((INF, 0), (2, 0), (0.5, 9))[1]) == 3


def test_nothing_found_is_no_doubt():
    nothing = Candidates(
        np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.intp)
    )
    assert Doubts("here", NETWORK).settle(nothing) is nothing
