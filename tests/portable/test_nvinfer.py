"""nvinfer, from its properties to its hand-over: preprocessing, batches, intervals and errors."""

from __future__ import annotations

import weakref

import gi
import numpy as np
import pytest
from faults.harness import until

from pythiags import App, portable
from pythiags.errors import ConfigError
from pythiags.gst import Gst
from pythiags.gst._gst import set_infer_engine
from pythiags.inference import ClassAttributes
from pythiags.portable.nvinfer import Engine, Plan

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

SIZE = (3, 64, 64)
COLORS = ("red", "green", "blue", "alpha")


class Recorder:
    """An engine that keeps the tensors and returns prepared results."""

    def __init__(self, found=(), **plan):
        self.tensors = []
        self.found = np.array(found, np.float32).reshape(-1, 6)
        self.closed = False
        defaults = {
            "infer_dims": SIZE,
            "model_color_format": 0,
            "maintain_aspect_ratio": False,
            "symmetric_padding": False,
            "scaling_filter": 1,
            "net_scale_factor": 1.0,
            "offsets": (0.0, 0.0, 0.0),
            "interval": 0,
            "unique_id": 1,
            "classes": (ClassAttributes(label="ball"),),
        }
        self.plan = Plan(**(defaults | plan))

    def infer(self, tensor):
        self.tensors.append(tensor.copy())
        return [self.found] * len(tensor)

    def close(self):
        self.closed = True


class Factory:
    """Makes recording engines, as last configured, and keeps them."""

    def __init__(self):
        self.engines, self.plan, self.found = [], {}, ()

    def __call__(self, settings):
        self.engines.append(Recorder(self.found, **self.plan))
        self.engines[-1].settings = settings
        return self.engines[-1]


@pytest.fixture
def factory():
    """What gives every nvinfer a recording engine meanwhile."""
    made = Factory()
    set_infer_engine(made)
    yield made
    set_infer_engine(portable._open_engine)


@pytest.fixture
def record(factory, run):
    """``record(text, **plan)``: run a pipeline and give its recording engine."""

    def play(text, **plan):
        factory.plan = plan
        assert run(text).error is None
        return factory.engines[-1]

    return play


@pytest.fixture
def find(factory, collect):
    """``find(found, text, read, **plan)``: what becomes of frames where a network finds this."""

    def play(found, text, read, **plan):
        factory.plan, factory.found = plan, found
        return collect(text + "nvinfer ! fakesink name=sink", read)

    return play


def source(color, size="width=64,height=64", form="I420"):
    return (
        f"videotestsrc num-buffers=1 pattern=solid-color foreground-color=0x{0xFF000000 | color:x}"
        f" ! video/x-raw,format={form},{size} ! "
    )


@pytest.mark.parametrize("form", ["RGBA", "BGR", "NV12", "I420"])
def test_a_plain_colour_reaches_the_network_in_its_channel_order(record, form):
    for color_format, channel in ((0, 0), (1, 2)):
        engine = record(
            source(0xFF0000, form=form) + "nvinfer ! fakesink name=sink",
            model_color_format=color_format,
        )
        (tensor,) = engine.tensors
        means = tensor.mean(axis=(0, 2, 3))
        assert means[channel] == pytest.approx(255, abs=3)
        assert np.delete(means, channel) == pytest.approx(0, abs=3)


def test_values_are_scaled_after_the_offsets_are_taken_off(record):
    engine = record(
        source(0x204060, form="RGBA") + "nvinfer ! fakesink name=sink",
        net_scale_factor=0.5,
        offsets=(10.0, 20.0, 30.0),
    )
    means = engine.tensors[0].mean(axis=(0, 2, 3))
    assert means == pytest.approx([(32 - 10) / 2, (64 - 20) / 2, (96 - 30) / 2])


@pytest.mark.parametrize(("symmetric", "first"), [(False, 0), (True, 16)])
def test_the_letterbox_is_black_and_where_nvinfer_puts_it(record, symmetric, first):
    engine = record(
        source(0xFFFFFF, "width=128,height=64", "RGBA") + "nvinfer ! fakesink name=sink",
        maintain_aspect_ratio=True,
        symmetric_padding=symmetric,
    )
    rows = engine.tensors[0].mean(axis=(0, 1, 3))
    expected = np.zeros(64)
    expected[first : first + 32] = 255
    assert rows == pytest.approx(expected)


def test_an_interval_skips_batches_without_the_engine(record):
    source = "videotestsrc num-buffers=10 ! video/x-raw,width=64,height=64 ! "
    engine = record(source + "nvinfer ! fakesink name=sink", interval=3)
    assert len(engine.tensors) == 3
    engine = record(source + "nvinfer ! fakesink name=sink", interval=0)
    assert len(engine.tensors) == 10


def test_the_interval_may_be_set_while_it_plays_and_the_batch_size_may_not(factory):
    text = "videotestsrc is-live=true ! video/x-raw,width=64,height=64 ! nvinfer name=pgie"
    with App(f"{text} ! fakesink") as app:
        app.start()
        (engine,) = factory.engines

        def await_frames(count):
            goal = app.stats().frames + count
            until(lambda: app.stats().frames >= goal, f"{count} frames")

        await_frames(3)
        app.set("pgie", "interval", 1_000_000)
        await_frames(3)
        inferred = len(engine.tensors)
        await_frames(9)
        assert len(engine.tensors) == inferred
        with pytest.raises(ConfigError, match="only while 'pgie' is READY; it is PLAYING"):
            app.set("pgie", "batch-size", 2)


# ---- metadata ----

BALL = (0, 0.75, 16, 8, 20, 10)
"""Class, confidence, left, top, width, height in the network's 64x64 pixels."""


def boxes(_frame, objects):
    return [
        tuple(getattr(each.rect_params, side) for side in ("left", "top", "width", "height"))
        for each in objects
    ]


def test_an_object_is_filled_as_deepstream_fills_it(find):
    def read(frame, objects):
        (each,) = objects
        rect, text = each.rect_params, each.text_params
        org = each.detector_bbox_info.org_bbox_coords
        white, black = (text.font_params.font_color, text.text_bg_clr)
        return {
            "frame": (frame.num_obj_meta, frame.bInferDone),
            "ids": (each.class_id, each.object_id, each.unique_component_id, each.obj_label),
            "confidence": (each.confidence, each.parent),
            "rect": (rect.left, rect.top, rect.width, rect.height, rect.border_width),
            "border": [getattr(rect.border_color, c) for c in COLORS],
            "background": rect.has_bg_color,
            "org": (org.left, org.top, org.width, org.height),
            "text": (text.display_text, text.x_offset, text.y_offset, text.set_bg_clr),
            "font": (text.font_params.font_name, text.font_params.font_size),
            "white": [getattr(white, c) for c in COLORS],
            "black": [getattr(black, c) for c in COLORS],
        }

    ((seen,),) = find([BALL], source(0, "width=128,height=256"), read, unique_id=4)
    assert seen == {
        "frame": (1, 1),
        "ids": (0, 2**64 - 1, 4, "ball"),
        "confidence": (0.75, None),
        "rect": (32, 32, 40, 40, 3),
        "border": [1, 0, 0, 1],
        "background": 0,
        "org": (32, 32, 40, 40),
        "text": ("ball", 32, 22, 1),
        "font": ("Serif", 11),
        "white": [1, 1, 1, 1],
        "black": [0, 0, 0, 1],
    }


def test_left_and_top_stay_in_the_frame_and_the_size_stays(find):
    wide = source(0, "width=128,height=64")  # 64 x 32 at the top, or from row 16 on
    plan = {"maintain_aspect_ratio": True, "symmetric_padding": True}
    over_the_top = (0, 0.9, 10, 10, 20, 20)
    text = []

    def read(frame, objects):
        text.append(objects[0].text_params.y_offset)
        return boxes(frame, objects)

    assert find([over_the_top], wide, read, **plan) == [[[(20, 0, 40, 40)]]]
    assert text == [0]


def test_the_letterbox_is_taken_off_again(find):
    inside = (0, 0.9, 10, 20, 20, 10)
    wide = source(0, "width=128,height=64")
    plan = {"maintain_aspect_ratio": True}
    assert find([inside], wide, boxes, **plan) == [[[(20, 40, 40, 20)]]]
    assert find([inside], wide, boxes, symmetric_padding=True, **plan) == [[[(20, 8, 40, 20)]]]
    tall = source(0, "width=32,height=64")  # 32 x 64, from column 16 on
    assert find([inside], tall, boxes, symmetric_padding=True, **plan) == [[[(0, 20, 20, 10)]]]


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({}, True),
        ({"filtered_out": True}, False),
        ({"min_size": (20, 10)}, True),
        ({"min_size": (21, 0)}, False),
        ({"min_size": (0, 11)}, False),
        ({"max_size": (20, 10)}, True),
        ({"max_size": (19, 0)}, False),
        ({"max_size": (0, 9)}, False),
        ({"roi_offsets": (8, 0)}, True),
        ({"roi_offsets": (9, 0)}, False),
        ({"roi_offsets": (0, 46)}, True),
        ({"roi_offsets": (0, 47)}, False),
    ],
)
def test_objects_are_left_out_by_class_size_and_place(find, limits, kept):
    classes = (ClassAttributes(label="ball", **limits),)
    assert find([BALL], source(0), boxes, classes=classes) == [[[(16, 8, 20, 10)] if kept else []]]


def test_a_class_may_have_colours_of_its_own(find):
    def read(_frame, objects):
        rect = objects[0].rect_params
        border = [getattr(rect.border_color, c) for c in COLORS]
        return border, rect.has_bg_color, [getattr(rect.bg_color, c) for c in COLORS]

    classes = (ClassAttributes(border_color=(0, 1, 0, 1), bg_color=(0, 0, 1, 0.5)),)
    (((border, has, background),),) = find([BALL], source(0), read, classes=classes)
    assert (border, has, background) == ([0, 1, 0, 1], 1, [0, 0, 1, 0.5])


def test_frames_of_skipped_batches_are_marked_and_bear_no_object(find):
    many = "videotestsrc num-buffers=7 ! video/x-raw,width=64,height=64 ! "

    def read(frame, objects):
        return frame.frame_num, frame.bInferDone, len(objects)

    seen = find([BALL], many, read, interval=2)
    assert seen == [[(n, int(n % 3 == 0), int(n % 3 == 0))] for n in range(7)]


@pytest.mark.parametrize("sources", [1, 2, 5])
def test_every_source_of_a_batch_is_inferred_and_gets_its_objects(find, factory, sources):
    shades = [40 * number for number in range(sources)]
    pads = "".join(
        source(shade * 0x010101, form="RGBA") + f"m.sink_{number} "
        for number, shade in enumerate(shades)
    )
    mux = f"nvstreammux name=m width=128 height=64 batch-size={sources} ! "

    def read(frame, objects):
        return frame.source_id, frame.bInferDone, boxes(frame, objects)

    (batch,) = find([BALL], pads + mux, read)
    assert sorted(batch) == [(number, 1, [(32, 8, 40, 10)]) for number in range(sources)]
    (tensor,) = factory.engines[-1].tensors
    assert sorted(tensor.mean(axis=(1, 2, 3))) == pytest.approx(shades)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "[property]\nbatch-size=7 # of 30\ninterval = 3\n[class-attrs-0]\ninterval=9\n"),
        ("a.yml", "class-attrs-0:\n  interval: 9\nproperty:\n  batch-size: 7\n  interval: 3\n"),
    ],
)
def test_properties_read_back_what_the_file_says_until_they_are_set(build, tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    infer = build(source(0) + "nvinfer name=pgie ! fakesink name=sink")["pgie"]
    values = ("batch-size", "interval", "unique-id")
    assert [infer.get_property(each) for each in values] == [1, 0, 15]
    infer.set_property("config-file-path", str(path))
    assert [infer.get_property(each) for each in values] == [7, 3, 15]
    infer.set_property("batch-size", 2)
    assert [infer.get_property(each) for each in values] == [2, 3, 15]
    infer.set_property("config-file-path", str(tmp_path / "none"))
    assert [infer.get_property(each) for each in values] == [2, 0, 15]


def test_a_file_that_says_what_no_property_takes_leaves_the_default(build, tmp_path):
    path = tmp_path / "config.txt"
    path.write_text("[property]\nbatch-size=0\nprocess-mode=9\ninterval=-1\ngie-unique-id=x\n")
    infer = build(source(0) + "nvinfer name=pgie ! fakesink name=sink")["pgie"]
    infer.set_property("config-file-path", str(path))
    assert infer.get_property("batch-size") == 1
    assert infer.get_property("process-mode").value_nick == "primary"
    assert infer.get_property("interval") == 0
    assert infer.get_property("unique-id") == 15


@pytest.mark.parametrize(
    ("found", "region", "expected"),
    [
        ((0, 0.9, 50, 50, 30, 30), (0, 0), (50, 50, 14, 14)),
        ((0, 0.9, 50, 50, 30, 30), (0, 4), (50, 50, 14, 10)),
        ((0, 0.9, 4, 2, 10, 10), (6, 0), (4, 6, 10, 10)),
        ((0, 0.9, 4, 60, 10, 2), (0, 10), None),
    ],
)
def test_objects_are_cut_to_the_region_if_that_is_asked_for(find, found, region, expected):
    classes = (ClassAttributes(roi_offsets=region),)
    seen = find([found], source(0), boxes, classes=classes, crop_to_roi=True)
    assert seen == [[[expected] if expected else []]]


def test_the_engine_gets_only_the_properties_that_were_set(record):
    engine = record(
        source(0) + "nvinfer config-file-path=x.txt unique-id=7 output-tensor-meta=false "
        "process-mode=secondary filter-out-class-ids=0;2 ! fakesink name=sink"
    )
    assert engine.settings == {
        "config-file-path": "x.txt",
        "unique-id": "7",
        "output-tensor-meta": "0",
        "process-mode": "2",
        "filter-out-class-ids": "0;2",
    }


def test_every_run_has_an_engine_of_its_own_and_closes_it(factory, build):
    one = build(source(0) + "nvinfer name=pgie ! fakesink name=sink")
    for number in (1, 2):
        one["pgie"].set_property("unique-id", number)
        assert one.play().error is None
        engine = factory.engines[-1]
        assert len(factory.engines) == number
        assert engine.settings == {"unique-id": str(number)}
        assert not engine.closed
        one.pipeline.set_state(Gst.State.NULL)
        assert engine.closed


def test_an_engine_and_its_network_are_gone_after_the_run(factory, build):
    one = build(source(0) + "nvinfer ! fakesink name=sink")
    assert one.play().error is None
    alive = weakref.ref(factory.engines.pop())
    one.pipeline.set_state(Gst.State.NULL)
    assert alive() is None


def test_the_picture_may_change_its_size_in_mid_stream(factory, build):
    one = build("appsrc name=source format=time ! nvinfer ! fakesink name=sink")
    one.pipeline.set_state(Gst.State.PLAYING)
    for width in (64, 128, 32):
        caps = Gst.Caps.from_string(f"video/x-raw,format=RGBA,width={width},height=64")
        content = np.full((64, width, 4), width, np.uint8).tobytes()
        sample = Gst.Sample.new(Gst.Buffer.new_wrapped(content), caps, None, None)
        one["source"].emit("push-sample", sample)
    one["source"].emit("end-of-stream")
    assert one.play().error is None
    assert [tensor.mean() for tensor in factory.engines[-1].tensors] == [64, 128, 32]


def with_meta(content, width, height):
    """RGBA rows with a GstVideoMeta of this size."""
    buffer = Gst.Buffer.new_wrapped(content.tobytes())
    flags, form = GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.RGBA
    GstVideo.buffer_add_video_meta(buffer, flags, form, width, height)
    return buffer


@pytest.mark.parametrize(
    "mux", ["", "m.sink_0 nvstreammux name=m width=64 height=64 batch-size=1 ! "]
)
@pytest.mark.parametrize("size", [(64, 64), (80, 72)])
def test_padding_that_a_video_meta_counts_in_is_not_inferred(factory, build, mux, size):
    one = build(f"appsrc name=source format=time ! {mux}nvinfer ! fakesink name=sink")
    one["source"].set_property(
        "caps",
        Gst.Caps.from_string(
            "video/x-raw(memory:NVMM),format=RGBA,width=64,height=64,framerate=10/1"
        ),
    )
    content = np.full((size[1], size[0], 4), 255, np.uint8)
    content[:64, :64] = 100
    one["source"].emit("push-buffer", with_meta(content, *size))
    one["source"].emit("end-of-stream")
    assert one.play().error is None
    (tensor,) = factory.engines[-1].tensors
    assert (tensor == 100).all()


def test_a_video_meta_that_contradicts_the_caps_is_an_error_and_not_a_critical(
    factory, build, capfd
):
    one = build("appsrc name=source format=time ! nvinfer ! fakesink name=sink")
    one["source"].set_property(
        "caps", Gst.Caps.from_string("video/x-raw,format=RGBA,width=64,height=64")
    )
    one["source"].emit("push-buffer", with_meta(np.zeros((64, 32, 4), np.uint8), 32, 64))
    assert "slot 0 of the batch cannot be read" in one.play().error
    assert "CRITICAL" not in capfd.readouterr().err


def test_an_error_of_the_configuration_is_the_elements_error(run):
    result = run(source(0) + "nvinfer ! fakesink name=sink")
    with pytest.raises(ConfigError) as problem:
        Engine({})
    assert result.error == str(problem.value)
    assert "config-file-path" in result.error


def test_an_engine_that_raises_stops_the_stream_with_its_message(run, monkeypatch):
    class Broken(Recorder):
        def infer(self, tensor):
            raise ConfigError("the network burst", hint="cool it")

    set_infer_engine(lambda settings: Broken())
    try:
        result = run(source(0) + "nvinfer ! fakesink name=sink")
    finally:
        set_infer_engine(portable._open_engine)
    assert result.error == "the network burst\n  try: cool it"


def test_an_engine_that_answers_for_more_frames_than_it_was_given_is_refused(run):
    class Talkative(Recorder):
        def infer(self, tensor):
            return [np.float32([[0, 0.5, 1, 1, 5, 5]])] * (len(tensor) + 1)

    set_infer_engine(lambda settings: Talkative())
    try:
        result = run(source(0) + "nvinfer ! fakesink name=sink")
    finally:
        set_infer_engine(portable._open_engine)
    assert "the engine returned 2 frames, expected 1" in result.error
