"""nvosdbin on a CPU: nvdsosd with a conversion before it, drawing as its properties say."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags import frames_per_batch, objects_per_frame
from pythiags.gst.probe import attach

SIZE = (64, 48)
NVMM = (
    f"video/x-raw,format=NV12,width={SIZE[0]},height={SIZE[1]} "
    "! nvvideoconvert ! video/x-raw(memory:NVMM)"
)
MUX = f"nvstreammux name=m batch-size=1 width={SIZE[0]} height={SIZE[1]}"
TEXT = (
    f"videotestsrc num-buffers=3 pattern=black ! {NVMM} ! m.sink_0 {MUX} ! identity name=tap "
    "! nvosdbin name=osd {more} ! video/x-raw(memory:NVMM),format=RGBA ! nvvideoconvert "
    "! video/x-raw,format=RGBA ! fakesink name=sink enable-last-sample=true"
)


@pytest.fixture
def draw(build):
    """``draw(more, change)``: the last picture, with one object that ``change(object)`` set."""

    def play(more, change=lambda _object: None):
        one = build(TEXT.format(more=more))
        seen = []

        def each(frame):
            thing = frame.add_object()
            thing.rect_params.left, thing.rect_params.top = 10, 36
            thing.rect_params.width, thing.rect_params.height = 20, 8
            thing.rect_params.border_width = 1
            thing.rect_params.border_color.set(1, 1, 1, 1)
            thing.obj_label = "car"
            thing.text_params.display_text = "before"
            change(thing)

        one.edit("tap", each)
        one.probes.append(_watch(one, seen))
        assert one.play().error is None
        _, data = one.last()
        return np.frombuffer(data, np.uint8).reshape(SIZE[1], SIZE[0], 4), seen[-1]

    return play


def _watch(one, seen):
    def note(_pad, info):
        for frame in frames_per_batch(info):
            for thing in objects_per_frame(frame):
                text = thing.text_params
                seen.append(
                    (text.display_text, text.x_offset, text.y_offset, text.font_params.font_size)
                )

    return attach(one["sink"].get_static_pad("sink"), note)


def test_objects_are_drawn_on_what_it_converts(draw):
    picture, _ = draw("display-text=false")
    assert (picture[36, 12:28, :3] > 200).all()
    assert (picture[5, :, :3] < 40).all()


def test_colours_by_label_and_the_width(draw):
    picture, _ = draw(
        "display-text=false border-width=3 bbox-border-colors=car=ff0000ff;man=00ff00ff "
        "bbox-bg-colors=car=0000ffff"
    )
    assert (picture[37, 12:28, 0] > 200).all()
    assert (picture[37, 12:28, 1] < 40).all()
    assert (picture[40, 15:25, 2] > 200).all()


def test_labels_are_above_their_boxes_and_styled(draw):
    _, (text, x, y, size) = draw("text-size=7 font=Sans")
    assert (text, x, y, size) == ("before", 10, 6, 7)


def test_labels_are_put_together(draw):
    def change(thing):
        thing.object_id = (5 << 32) + 7
        for component, label in ((3, "sedan"), (2, "red")):
            classifier = thing.add_classifier()
            classifier.unique_component_id = component
            classifier.add_label().result_label = label

    assert draw("reformat-object-labels=true", change)[1][0] == "car 7 red sedan"
    more = "reformat-object-labels=true display-tracking-id=false"
    assert draw(more, change)[1][0] == "car red sedan"


def test_it_has_the_properties_of_nvdsosd(build):
    one = build("nvosdbin name=osd display-clock=true clock-font-size=20 ! fakesink name=sink")
    assert one["osd"].get_property("clock-font-size") == 20
    inner = one["osd"].get_by_name("osd")
    assert inner.get_property("display-clock")
    one["osd"].emit("set-display-text-enabled", False)
    assert not inner.get_property("display-text")
    assert not one["osd"].get_property("display-text")


def test_a_colour_that_is_none_is_refused(run):
    played = run(
        "videotestsrc num-buffers=1 ! nvosdbin bbox-bg-colors=car=blue ! fakesink name=sink"
    )
    assert "'car=blue' is not a colour of a label" in played.error
