"""``check`` and an nvdsmetamux's file: it says beforehand what the element would at its start."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.starting import said_at_start

from pythiags import portable
from pythiags.description import Description
from pythiags.gst._gst import metamux_file_problems
from pythiags.gst.check import check

HEAD = "[property]\nenable=1\nactive-pad=sink_1\n"
MODEL = "[group-0]\nsrc-ids-model-1=0;1\n"


@pytest.fixture
def write(tmp_path):
    def make(text):
        path = tmp_path / "metamux.txt"
        path.write_text(text)
        return path

    return make


def problems(properties):
    portable.install(["nvdsmetamux"])
    links = "fakesrc ! queue ! m. fakesrc ! queue ! m."
    return check(Description(f"nvdsmetamux name=m {properties} ! fakesink {links}"))


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        (HEAD + MODEL, []),
        (MODEL, ["error"]),
        (f"{HEAD}{MODEL}src-ids-model=1\n", ["error"]),
        (f"{HEAD}pts-tolerence=1\n[user-configs]\nsrc-ids-model-1=0\n", ["warning", "warning"]),
        (f"{HEAD}pts-tolerence=1\npts-tolerance=-1\n", ["warning", "error"]),
    ],
)
def test_it_says_what_the_element_says(write, text, severities):
    path = write(text)
    found = [(each.severity, each.message) for each in problems(f"config-file={path}")]
    assert found == said_at_start(f"nvdsmetamux config-file={path}")
    assert [severity for severity, _ in found] == severities
    assert all(str(path) in message for _, message in found)


@pytest.mark.parametrize("properties", ["active-pad=sink_2", "config-file={path}"])
def test_an_active_pad_that_is_not_there(write, properties):
    path = write(HEAD.replace("sink_1", "sink_2"))
    (problem,) = problems(properties.format(path=path))
    assert problem.message == "there is no pad 'sink_2', which active-pad names"
    assert problem.hint == "the 2 pads are numbered from sink_0 on, in the order of their links"


def test_the_active_pad_that_is_set_last_counts(write):
    path = write(HEAD.replace("sink_1", "sink_2"))
    assert problems(f"config-file={path} active-pad=sink_0") == []


def test_a_file_that_is_not_there_is_told_of_once(tmp_path):
    (problem,) = problems(f"config-file={tmp_path / 'none.txt'}")
    assert problem.code == "missing-file"


def test_a_file_is_not_needed():
    assert problems("") == []


PIECES = [HEAD, MODEL, "[user-configs]\n", "src-ids-model-", "pts-tolerance=", "1;2;", *";[]=\n#'-"]


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES)).map("".join).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(text)
    error, notes, _ = metamux_file_problems(str(path))
    assert all(str(path) in said for said in (error, *notes) if said)
