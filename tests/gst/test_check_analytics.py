"""``check`` and an nvdsanalytics's file: it says beforehand what the element would at its start."""

from __future__ import annotations

import pytest
from standins.starting import said_at_start

from pythiags import portable
from pythiags.description import Description
from pythiags.gst.check import check

HEAD = "[property]\nenable=1\nconfig-width=64\nconfig-height=48\n"
REGION = "[roi-filtering-stream-0]\nenable=1\nroi-Door=1;1;9;1;9;9\n"


@pytest.fixture
def write(tmp_path):
    def make(text):
        path = tmp_path / "zones.txt"
        path.write_text(text)
        return path

    return make


def problems(path):
    portable.install(["nvdsanalytics"])
    return check(Description(f"fakesrc ! nvdsanalytics config-file={path} ! fakesink"))


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        (HEAD + REGION, []),
        (HEAD + REGION.replace(";9\n", "\n"), ["error"]),
        (f"{HEAD}osd-mod=1\n{REGION}inverse-rio=1\n", ["warning", "warning"]),
        (f"{HEAD}osd-mod=1\n[roi-filtering-stream-1]\n", ["warning", "error"]),
    ],
)
def test_it_says_what_the_element_says(write, text, severities):
    path = write(text)
    found = [(each.severity, each.message) for each in problems(path)]
    assert found == said_at_start(f"nvdsanalytics config-file={path}")
    assert [severity for severity, _ in found] == severities
    assert all(str(path) in message for _, message in found)


def test_problems_are_at_the_property(write):
    (problem,) = problems(write(REGION))
    assert (problem.code, str(problem.position)) == ("bad-config", "1:37")


def test_a_file_that_is_not_there_is_told_of_once(tmp_path):
    (problem,) = problems(tmp_path / "none.txt")
    assert problem.code == "missing-file"


def test_no_file_at_all():
    portable.install(["nvdsanalytics"])
    (problem,) = check(Description("fakesrc ! nvdsanalytics ! fakesink"))
    assert (problem.severity, problem.message) == (
        "warning", "nvdsanalytics has no configuration file"
    )  # fmt: skip
