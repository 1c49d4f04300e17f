"""nvvidconv, nvjpegdec and nvegltransform: the names that pipelines for a Jetson use."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags.gst import Gst

SIZE = (96, 64)


def raw(width, height):
    return f"video/x-raw,format=RGBA,width={width},height={height}"


RAW = raw(*SIZE)
LAST = "fakesink name=sink enable-last-sample=true"


def pixels(played):
    caps, data = played.last()
    structure = caps.get_structure(0)
    height, width = structure.get_value("height"), structure.get_value("width")
    return np.frombuffer(data, np.uint8).reshape(height, width, 4)


def test_nvvidconv_uses_the_area_between_its_edges(run):
    source = f"videotestsrc num-buffers=1 pattern=smpte ! {RAW}"
    whole = pixels(run(f"{source} ! {LAST}"))
    part = pixels(
        run(f"{source} ! nvvidconv left=16 right=64 top=8 bottom=40 ! {raw(48, 32)} ! {LAST}")
    )
    assert (part == whole[8:40, 16:64]).all()


def test_edges_that_enclose_nothing_crop_nothing(run):
    source = f"videotestsrc num-buffers=1 pattern=smpte ! {RAW}"
    whole = pixels(run(f"{source} ! {LAST}"))
    assert (pixels(run(f"{source} ! nvvidconv left=16 ! {RAW} ! {LAST}")) == whole).all()


def test_edges_may_be_set_in_any_order_and_are_read_back(build):
    one = build("nvvidconv name=c ! fakesink name=sink")
    for name, value in (("bottom", 40), ("left", 16), ("top", 8), ("right", 64)):
        one["c"].set_property(name, value)
    assert one["c"].get_property("src-crop") == "16:8:48:32"
    assert one["c"].get_property("right") == 64


def test_nvvidconv_flips_and_has_the_words_of_a_jetson(run):
    source = f"videotestsrc num-buffers=1 pattern=smpte ! {RAW}"
    whole = pixels(run(f"{source} ! {LAST}"))
    played = run(
        f"{source} ! nvvidconv name=c flip-method=2 interpolation-method=5-Tap bl-output=false "
        f"! {RAW} ! {LAST}"
    )
    assert (pixels(played) == whole[::-1, ::-1]).all()
    assert played["c"].get_property("interpolation-method").value_nick == "5-Tap"


@pytest.mark.parametrize(
    ("after", "memory"),
    [
        ("fakesink name=sink enable-last-sample=true", "memory:NVMM"),
        (f"video/x-raw ! {LAST}", "memory:SystemMemory"),
        (f"video/x-raw(memory:NVMM) ! {LAST}", "memory:NVMM"),
    ],
)
def test_nvjpegdec_decodes_into_either_memory(run, after, memory):
    raw_i420 = raw(*SIZE).replace("RGBA", "I420")
    source = f"videotestsrc num-buffers=3 pattern=smpte ! {raw_i420}"
    caps, data = run(f"{source} ! jpegenc quality=95 ! nvjpegdec ! {after}").last()
    assert caps.get_features(0).contains(memory)
    before = np.frombuffer(run(f"{source} ! {LAST}").last()[1], np.uint8)
    decoded = np.frombuffer(data, np.uint8)
    assert np.abs(before[: SIZE[0] * SIZE[1]].astype(int) - decoded[: SIZE[0] * SIZE[1]]).mean() < 3


def test_nvjpegdec_stands_in_a_pipeline_for_a_camera(run):
    source = f"videotestsrc num-buffers=3 ! {RAW} ! videoconvert ! jpegenc"
    played = run(
        f"{source} ! jpegparse ! nvjpegdec max-errors=-1 idct-method=float ! nvvidconv "
        f"! {RAW} ! {LAST}"
    )
    assert played.error is None
    assert played.rendered == 3


@pytest.mark.parametrize("sink", ["nveglglessink", "nv3dsink"])
def test_nvegltransform_hands_pictures_to_a_renderer(run, sink):
    source = f"videotestsrc num-buffers=3 ! {RAW} ! nvvideoconvert ! video/x-raw(memory:NVMM)"

    def show_on_fakesink(pipeline):
        inner = Gst.ElementFactory.make("fakesink", "inner")
        pipeline.get_by_name("sink").set_property("video-sink", inner)

    played = run(
        f"{source} ! nvegltransform name=t ! {sink} name=sink sync=false", prepare=show_on_fakesink
    )
    assert played.error is None
    between = played["t"].get_static_pad("src").get_current_caps()
    assert between.get_features(0).contains("memory:EGLImage")
    assert played["sink"].get_property("stats").get_value("rendered") == 3


def test_nvegltransform_takes_no_plain_memory():
    template = Gst.ElementFactory.make("nvegltransform").get_pad_template("sink")
    assert not template.get_caps().can_intersect(Gst.Caps.from_string("video/x-raw,format=RGBA"))
