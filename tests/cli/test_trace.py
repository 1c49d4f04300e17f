"""--trace on the command line."""

import json
from xml.etree import ElementTree as ET

import pytest

TEXT = "videotestsrc num-buffers=9 ! identity name=here ! fakesink"


def test_a_table_at_the_end(command):
    done = command("launch", TEXT, "--trace")
    assert (done.code, done.out) == (0, "")
    summary, gap, titles, *rows = done.err.splitlines()
    assert summary.startswith("9 frames")
    assert gap == ""
    assert titles.split() == ["element", "buffers", "median", "p95", "max", "work"]
    assert [row.split()[0] for row in rows] == ["videotestsrc0", "here", "fakesink0", "work:"]


def test_a_picture(command, folder):
    done = command("launch", TEXT, "--trace=where.svg")
    assert done.code == 0
    assert done.err.endswith("wrote where.svg: a browser shows it\n")
    assert ET.parse(folder / "where.svg").getroot().get("role") == "img"


def test_as_json(command):
    done = command("launch", TEXT, "--trace", "--json-logs")
    lines = [json.loads(line) for line in done.err.splitlines()]
    (trace,) = [line["trace"] for line in lines if "trace" in line]
    assert [each["buffers"] for each in trace["elements"]] == [9, 9, 9]
    assert trace["links"][0]["source"] == "videotestsrc0"


def test_a_run_that_fails_is_told_as_well(command):
    done = command("launch", "videotestsrc ! identity error-after=3 ! fakesink", "--trace")
    assert done.code == 4
    assert "p95" in done.err


@pytest.mark.parametrize("name", ["where.png", "videotestsrc", "nowhere/where.svg"])
def test_what_is_no_file_for_a_picture(command, name):
    done = command("launch", f"--trace={name}", TEXT)
    assert done.code == 2
    assert "frames" not in done.err
    assert (
        "ends in .svg" in done.err or "does not end in .svg" in done.err or "no folder" in done.err
    )


def test_the_option_before_the_pipeline(command):
    done = command("launch", "--trace", *TEXT.split())
    assert done.code == 2
    assert "'videotestsrc' does not end in .svg" in done.err


def test_a_picture_that_cannot_be_written(command, folder):
    (folder / "where.svg").mkdir()
    done = command("launch", TEXT, "--trace=where.svg")
    assert done.code == 2
    assert "where.svg: cannot write the picture" in done.err
    assert done.err.startswith("9 frames"), "the run was not in vain"
