"""What building adds to ``Gst.parse_launch``: names that do not collide with GStreamer's own."""

import pytest

from pythiags import App, portable
from pythiags.description import Description
from pythiags.gst import Gst
from pythiags.gst.build import build


def names(pipeline):
    return sorted(child.get_name() for child in pipeline.children)


def made_number(factory):
    return int(Gst.ElementFactory.make(factory).get_name().removeprefix(factory))


@pytest.mark.parametrize(
    ("text", "factory"),
    [
        ("videotestsrc ! fakesink", "videotestsrc"),
        ("videotestsrc ! queue ! queue ! queue ! fakesink", "queue"),
        ("videotestsrc ! queue2 ! fakesink", "queue2"),
        ("videotestsrc ! queue name=queue7 ! queue ! fakesink", "queue"),
        ("videotestsrc ! ( queue ! queue ) ! fakesink", "queue"),
        ("videotestsrc ! capsfilter ! video/x-raw,width={w} ! fakesink", "capsfilter"),
        ("videotestsrc ! nvvideoconvert ! nvvideoconvert ! fakesink", "nvvideoconvert"),
        ("videotestsrc ! decodebin ! fakesink", "decodebin"),
    ],
)
def test_an_element_made_without_a_name_can_be_added(text, factory):
    portable.install(["nvvideoconvert"])
    values = {"w": 64} if "{w}" in text else {}
    for _ in range(2):
        with App(text, **values) as app:
            made = [Gst.ElementFactory.make(factory) for _ in range(5)]
            for element in made:
                app.pipeline.add(element)  # with gst-python's overrides it returns nothing
            assert all(element.get_parent() == app.pipeline for element in made)


def test_names_do_not_depend_on_what_was_built_before():
    text = "fakesrc ! queue ! queue2 ! queue ! fakesink"
    first = names(build(Description(text)))
    Gst.ElementFactory.make("queue")
    assert names(build(Description(text))) == first
    assert first == ["fakesink0", "fakesrc0", "queue0", "queue1", "queue2-0"]


def test_no_more_names_are_passed_over_than_needed():
    before = made_number("progressreport")
    # GStreamer 1.20 makes up a name for an element that is given one, too.
    own = 2 if Gst.version() < (1, 22) else 0
    build(Description("fakesrc ! progressreport ! progressreport ! fakesink"))
    assert made_number("progressreport") == max(before + 1, 2) + own
    build(Description("fakesrc ! progressreport ! progressreport ! fakesink"))
    assert made_number("progressreport") == max(before + 1, 2) + own + 1 + own


def test_references_to_automatic_names_are_those_of_gstreamer():
    text = "fakesrc ! queue2-0. queue2 ! fakesink"
    pipeline = build(Description(text))
    assert pipeline.get_by_name("queue2-0").get_static_pad("sink").is_linked()
