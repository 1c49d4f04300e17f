"""The files that come with pythiags."""

from __future__ import annotations

from pathlib import Path

import pytest

from pythiags import data

NOTICE = Path(__file__).parent.parent.parent / "NOTICE"


def test_each_file_is_found_by_name():
    assert data.names() == [
        "config_infer_primary_nanodet.txt",
        "labels.txt",
        "nanodet_g_416.onnx",
        "pedestrians.h264",
    ]
    assert all(data.path(name).stat().st_size for name in data.names())


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(FileNotFoundError, match=r"no data file 'x'; available: .*labels\.txt"):
        data.path("x")


@pytest.mark.parametrize("name", ["nanodet_g_416.onnx", "pedestrians.h264"])
def test_what_others_made_is_in_the_notice(name):
    assert f"data/{name}" in NOTICE.read_text()
