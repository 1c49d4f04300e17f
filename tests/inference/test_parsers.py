"""Parsers of one's own: how they are registered and found, and what they may give."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags import nvinfer_parser
from pythiags.errors import ConfigError
from pythiags.inference import Mask, Network, choose_decoder, keys, load_parsers, parsers

SHAPES = {"out": (2, 3, 4)}
OUTPUTS = {"out": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "all": np.array([7.0])}


@pytest.fixture(autouse=True)
def own_names():
    """Take the names back that a test registers."""
    before = dict(parsers._parsers)
    yield
    parsers._parsers.clear()
    parsers._parsers.update(before)


def network(**more):
    return Network(64, 32, np.full(3, 0.5, np.float32), **more)


def decode(given, kind=keys.DETECTOR, **more):
    """What the first of two pictures has, whose parser gives this."""
    seen = []

    @nvinfer_parser("NvDsInferParseMine")
    def mine(outputs, of):
        seen.append((outputs, of))
        return given

    of = network(**more)
    first, _ = choose_decoder(SHAPES, of, "NvDsInferParseMine", kind=kind)(OUTPUTS, 2)
    assert [tuple(outputs["out"].shape) for outputs, _ in seen] == [(3, 4)] * 2
    assert [float(outputs["out"][0, 0]) for outputs, _ in seen] == [0, 12]
    assert all(outputs["all"].shape == (1,) and same is of for outputs, same in seen)
    return first


def test_a_detectors_parser_gives_rows():
    boxes, scores, classes, masks = decode([(2, 0.9, 4, 8, 10, 20)])
    assert boxes.tolist() == [[4, 8, 14, 28]]
    assert (scores.tolist(), classes.tolist(), masks) == ([pytest.approx(0.9)], [2], ())
    assert decode([]).boxes.shape == (0, 4)
    assert decode(np.zeros((0, 6))).scores.shape == (0,)


def test_a_parser_of_instances_gives_a_mask_with_each_row():
    rows = [(1, 0.9, 4, 8, 10, 20, np.ones((2, 3))), (1, 0.8, 4, 8, 10, 20, None)]
    found = decode(rows, keys.INSTANCES)
    one, none = found.masks
    assert (one.data.tolist(), one.width, one.height, none) == ([[1] * 3] * 2, 3, 2, None)
    points = Mask(np.zeros(6, np.float32), 64, 32)
    assert decode([(0, 0.9, 0, 0, 1, 1, points)], keys.INSTANCES).masks == (points,)
    assert decode([(0, 0.9, 0, 0, 1, 1)], keys.INSTANCES).masks == (None,)


def test_a_classifiers_parser_gives_labels_or_has_them_from_the_file():
    labels = (("red", "blue"), ("car",))
    found = decode([(0, 1, 0.9), (1, 5, 0.8), (2, 0, 0.7, "own")], keys.CLASSIFIER, labels=labels)
    assert [tuple(each) for each in found] == [
        (0, 1, 0.9, "blue"),
        (1, 5, 0.8, None),
        (2, 0, 0.7, "own"),
    ]


def test_a_segmentations_parser_gives_a_map():
    found = decode(np.array([[0, 1], [-1, 2]]), keys.SEGMENTATION)
    assert (found.class_map.tolist(), found.class_map.dtype) == ([[0, 1], [-1, 2]], np.int32)
    assert (found.classes, found.probabilities) == (3, None)


@pytest.mark.parametrize(
    ("given", "kind", "expected"),
    [
        (None, keys.DETECTOR, "rows of class id"),
        ([(1, 2, 3)], keys.DETECTOR, "rows of class id"),
        (["a" * 6], keys.DETECTOR, "rows of class id"),
        (7, keys.INSTANCES, "mask"),
        ([(1, 2, 3)], keys.INSTANCES, "mask"),
        ([(0, 0.9, 0, 0, 1, 1, [1, 2])], keys.INSTANCES, "mask"),
        ([(1,)], keys.CLASSIFIER, "rows of attribute"),
        ("ab", keys.CLASSIFIER, "rows of attribute"),
        ([1, 2], keys.SEGMENTATION, "[height, width]"),
    ],
)
def test_what_cannot_be_read_names_the_parser_and_what_it_should_give(given, kind, expected):
    with pytest.raises(ConfigError) as problem:
        decode(given, kind)
    assert "'NvDsInferParseMine' gives what cannot be read" in problem.value.message
    assert "mine" in problem.value.where
    assert expected in problem.value.expected
    assert problem.value.got == repr(given)


def test_a_parser_of_ones_own_goes_before_the_decoder_of_that_name():
    nvinfer_parser("NvDsInferParseYolo")(lambda outputs, network: [(0, 1, 0, 0, 4, 4)])
    (found,) = choose_decoder({"o": (1, 9, 9)}, network(), "NvDsInferParseYolo")({}, 1)
    assert found.boxes.tolist() == [[0, 0, 4, 4]]


@pytest.mark.parametrize(
    ("name", "kind", "hint"),
    [
        ("NvDsInferParseYolof", keys.DETECTOR, "did you mean 'NvDsInferParseYolo'?"),
        ("NvDsInferParseYoloPoses", keys.INSTANCES, "did you mean 'NvDsInferParseYoloPose'?"),
        ("Whatever", keys.DETECTOR, "or omit parse-bbox-func-name"),
        ("Whatever", keys.INSTANCES, "@pythiags.nvinfer_parser('Whatever')"),
        ("NvDsInferParseYoloSeg", keys.DETECTOR, "parse-bbox-instance-mask-func-name"),
    ],
)
def test_an_unknown_parser_has_the_way_to_write_one_told(name, kind, hint):
    with pytest.raises(ConfigError) as problem:
        choose_decoder({"o": (1, 9, 9)}, network(), name, kind=kind)
    assert problem.value.message == f"unknown parser {name!r}"
    assert hint in problem.value.hint


def test_an_unknown_parser_has_the_nearest_told_and_where_the_others_are():
    with pytest.raises(ConfigError) as problem:
        choose_decoder({"o": (1, 9, 9)}, network(), "NvDsInferParseNanoDetPlus")
    expected = problem.value.expected
    assert "the nearest are NvDsInferParseNanoDet, " in expected
    assert "the documentation of nvinfer lists them all" in expected
    assert expected.count("NvDsInfer") == 3


FILE = """
import pythiags

@pythiags.nvinfer_parser("NvDsInferParseFile{}")
def parse(outputs, network):
    return []
"""


def test_a_file_is_run_once_and_again_when_it_has_changed(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(FILE.format(1))
    load_parsers(file, "here")
    function = parsers.find_parser("NvDsInferParseFile1")
    load_parsers(file, "here")
    assert parsers.find_parser("NvDsInferParseFile1") is function
    file.write_text(FILE.format(2))
    import os

    os.utime(file, (1, 1))
    load_parsers(file, "here")
    assert "NvDsInferParseFile2" in parsers.registered()


@pytest.mark.parametrize("content", ["1 +", "import nowhere_to_be_found", "raise OSError('no')"])
def test_a_file_that_raises_is_an_error_with_its_place(tmp_path, content):
    file = tmp_path / "mine.py"
    file.write_text(content)
    with pytest.raises(ConfigError) as problem:
        load_parsers(file, "config.txt:7: custom-lib-path")
    assert "custom-lib-path: " in problem.value.message
    assert (problem.value.where, problem.value.got) == (
        "config.txt:7: custom-lib-path",
        str(file),
    )
