"""Colours and chroma sites of YUV pictures go from input to output; pixels keep their meaning."""

from __future__ import annotations

import gi
import numpy as np
import pytest

from pythiags.gst import Gst

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

SINK = "fakesink name=sink sync=false enable-last-sample=true"
NVMM = "video/x-raw(memory:NVMM)"
# By default the one is BT.709, the other BT.601.
HD, SD = (1280, 720), (640, 360)
GIVEN = ["", "colorimetry=bt601", "colorimetry=bt709,chroma-site=jpeg", "colorimetry=1:4:0:0"]


def source(format, size, colours="", extra="num-buffers=1"):  # noqa: A002
    caps = f"video/x-raw,format={format},width={size[0]},height={size[1]},framerate=30/1"
    return f"videotestsrc {extra} ! {caps}{',' + colours if colours else ''}"


def info_of(caps):
    plain = caps.copy()
    plain.set_features(0, None)
    return GstVideo.VideoInfo.new_from_caps(plain)


def colours_of(caps):
    info = info_of(caps)
    return info.colorimetry.to_string(), info.chroma_site


def defaults(format, size, colours):  # noqa: A002
    text = f"video/x-raw,format={format},width={size[0]},height={size[1]},framerate=30/1"
    return colours_of(Gst.Caps.from_string(f"{text}{',' + colours if colours else ''}"))


def same_pixels(ours, theirs, *, moved):
    """Scaling takes other pixels than GStreamer's does, which shows at edges and in noise."""
    difference = np.abs(np.frombuffer(ours, np.uint8).astype(int) - np.frombuffer(theirs, np.uint8))
    return (difference <= 1).mean() > 0.8 if moved else difference.max() <= 1


def scaled(formats, sizes, caps, colours):
    """The same by GStreamer's own elements, which get the colours of ``caps``."""
    structure = caps.get_structure(0)
    named = [
        f"{field}={structure.get_string(field)}"
        for field in ("colorimetry", "chroma-site")
        if structure.has_field(field)
    ]
    return (
        f"{source(formats[0], sizes[0], colours)} ! videoscale method=nearest-neighbour"
        f" ! video/x-raw,width={sizes[1][0]},height={sizes[1][1]},{','.join(named)}"
        f" ! videoconvert dither=none ! video/x-raw,format={formats[1]},{','.join(named)} ! {SINK}"
    )


@pytest.mark.parametrize("colours", GIVEN)
@pytest.mark.parametrize(("before", "after"), [(HD, SD), (SD, HD), (HD, HD), (SD, SD)])
@pytest.mark.parametrize(
    "formats", [("NV12", "NV12"), ("I420", "NV12"), ("NV12", "I420"), ("Y444", "NV12")]
)
def test_nvvideoconvert_keeps_them(run, formats, before, after, colours):
    caps, ours = run(
        f"{source(formats[0], before, colours)} ! nvvideoconvert ! "
        f"video/x-raw,format={formats[1]},width={after[0]},height={after[1]} ! {SINK}"
    ).last()
    assert colours_of(caps) == defaults(formats[0], before, colours)
    _, theirs = run(scaled(formats, (before, after), caps, colours)).last()
    assert same_pixels(ours, theirs, moved=before != after)


def test_other_colours_are_made_where_they_are_asked_for(run):
    before = source("NV12", SD, "colorimetry=bt601,chroma-site=jpeg")
    wanted = "video/x-raw,format=NV12,colorimetry=bt709"
    caps, ours = run(f"{before} ! nvvideoconvert ! {wanted} ! {SINK}").last()
    assert colours_of(caps) == ("bt709", GstVideo.VideoChromaSite.JPEG)
    _, theirs = run(
        f"{before} ! videoconvert dither=none ! {wanted},chroma-site=jpeg ! {SINK}"
    ).last()
    assert ours == theirs
    assert ours != run(f"{before} ! {SINK}").last()[1]


def test_of_several_colours_the_inputs_are_taken(run):
    wanted = "video/x-raw,format=NV12,colorimetry={bt601,bt709}"
    for colours in ("bt601", "bt709"):
        before = source("I420", SD, f"colorimetry={colours}")
        caps, _ = run(f"{before} ! nvvideoconvert ! {wanted} ! {SINK}").last()
        assert caps.get_structure(0).get_string("colorimetry") == colours


@pytest.mark.parametrize("colours", GIVEN)
@pytest.mark.parametrize(("before", "after"), [(HD, SD), (SD, HD), (HD, HD)])
@pytest.mark.parametrize("format", ["NV12", "I420"])
def test_nvstreammux_keeps_them(run, format, before, after, colours):  # noqa: A002
    caps, ours = run(
        f"{source(format, before, colours)} ! m.sink_0 nvstreammux name=m width={after[0]}"
        f" height={after[1]} batch-size=1 interpolation-method=0"
        f" ! nvvideoconvert ! video/x-raw ! {SINK}"
    ).last()
    assert colours_of(caps) == defaults(format, before, colours)
    _, theirs = run(scaled((format, "NV12"), (before, after), caps, colours)).last()
    assert same_pixels(ours, theirs, moved=before != after)


def two(batch_size, colours=("bt709", "bt601"), size=SD, pattern="smpte"):
    extra = f"num-buffers=1 pattern={pattern}"
    given = [f"colorimetry={name},chroma-site=mpeg2" for name in colours]
    sources = " ".join(
        f"{source('I420', HD, each, extra)} ! m.sink_{number}" for number, each in enumerate(given)
    )
    return f"{sources} nvstreammux name=m width={size[0]} height={size[1]} batch-size={batch_size}"


@pytest.mark.parametrize("size", [SD, HD])
def test_the_pictures_of_a_batch_have_the_colours_of_their_sources(build, size):
    end = "sync=false async=false enable-last-sample=true"
    one = build(
        f"{two(2, size=size)} ! nvvideoconvert ! {NVMM},format=I420 ! nvvideoconvert"
        f" ! {NVMM},format=NV12 ! nvstreamdemux name=d"
        f" d.src_0 ! fakesink name=sink {end} d.src_1 ! fakesink name=other {end}"
    )
    assert one.play().error is None
    (first, bright), (second, dark) = one.last(), one.last("other")
    assert [caps.get_structure(0).get_string("colorimetry") for caps in (first, second)] == [
        *("bt709", "bt601")
    ]
    for colours, pixels in (("bt709", bright), ("bt601", dark)):
        alone = build(
            f"{source('I420', HD, f'colorimetry={colours},chroma-site=mpeg2')} ! m.sink_0"
            f" nvstreammux name=m width={size[0]} height={size[1]} batch-size=1 ! {SINK}"
        ).play()
        assert alone.last()[1] == pixels


@pytest.mark.parametrize("size", [SD, HD])
def test_batches_of_one_have_one_kind_of_colours(build, size):
    """Their caps are those of the first source: what comes with other colours is converted."""
    one = build(f"{two(1, size=size, pattern='red')} ! nvvideoconvert ! video/x-raw ! {SINK}")
    seen = {}

    def note(_sink, buffer, _pad):
        seen[len(seen)] = buffer.extract_dup(0, buffer.get_size())

    one["sink"].connect("handoff", note)
    assert one.play().error is None
    red = [np.frombuffer(seen[i], np.uint8) for i in range(2)]
    assert np.abs(red[0].astype(int) - red[1]).max() <= 3
