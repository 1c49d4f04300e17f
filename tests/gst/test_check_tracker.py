"""``check`` and an nvtracker: it says beforehand what the element would at its start."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.starting import said_at_start

from pythiags import portable
from pythiags.description import Description
from pythiags.gst._gst import tracker_file_problems
from pythiags.gst.check import check

LIBRARY = "ll-lib-file=libnvds_nvmultiobjecttracker.so"
SDK = "/opt/nvidia/deepstream/deepstream/samples/configs/deepstream-app"


def problems(properties):
    portable.install(["nvtracker"])
    text = f"fakesrc ! nvtracker name=t {properties} ! fakesink"
    return [each for each in check(Description(text)) if each.code != "unlinked"]


def agree(properties):
    """What both say of it, which is the same."""
    found = [(each.severity, each.message) for each in problems(properties)]
    assert found == said_at_start(f"nvtracker {properties}")
    return found


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("BaseConfig:\n  minDetectorConfidence: 0.3\n", []),
        ("BaseConfig:\n  minDetectorConfidence: abc\n", ["error"]),
        ("BaseConfig:\n  minDetectorConfidnce: 0.3\n", ["warning"]),
        ("BaseConfig:\n  minDetectorConfidnce: 0.3\n  checkClassMatch: 9\n", ["warning", "error"]),
        ("property:\n  enable: 1\n", ["error"]),
        ("", ["error"]),
    ],
)
def test_it_says_what_the_element_says(tmp_path, text, severities):
    path = tmp_path / "tracker.yml"
    path.write_text(text)
    found = agree(f"{LIBRARY} ll-config-file={path}")
    assert [severity for severity, _ in found] == severities
    assert all(str(path) in message for _, message in found)


@pytest.mark.parametrize(
    "properties",
    [
        "ll-lib-file=/opt/ours/libours.so",
        'll-lib-file=""',
        f"{LIBRARY} ll-config-file=a.yml;b.yml",
        f"{LIBRARY} ll-config-file={SDK}/config_tracker_NvDCF_perf.yml",
        f"{LIBRARY} ll-config-file={SDK}/config_tracker_NvDeepSORT.yml",
        f"{LIBRARY} ll-config-file={SDK}/none.yml",
        "ll-lib-file=libnvds_mot_iou.so",
        LIBRARY,
    ],
)
def test_the_library_and_the_names_too(properties):
    agree(properties)


def test_a_missing_library_is_a_warning_that_says_what_to_write():
    (problem,) = problems("")
    assert (problem.severity, problem.code) == ("warning", "bad-config")
    assert "ll-lib-file=libnvds_nvmultiobjecttracker.so" in problem.hint


def test_a_missing_file_is_told_of_as_others_are(tmp_path):
    (tmp_path / "tracker.yml").write_text("BaseConfig:\n  minDetectorConfidence: 0.3\n")
    (problem,) = problems(f"{LIBRARY} ll-config-file={tmp_path}/trakcer.yml")
    assert problem.code == "missing-file"
    assert problem.hint == f"did you mean '{tmp_path}/tracker.yml'?"


def test_values_that_are_not_known_yet_are_not_judged():
    found = problems("ll-lib-file={library} ll-config-file={file}")
    assert [each.code for each in found] == ["missing-variable"] * 2


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_file_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_bytes(text)
    error, notes = tracker_file_problems("libnvds_nvmultiobjecttracker.so", str(path))
    assert all(str(path) in said for said in (error, *notes) if said)
