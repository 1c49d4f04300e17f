"""Pictures of frames as arrays: right pixels whatever the rows and planes, and never a crash."""

import ctypes
import gc
import os
import subprocess
import sys

import cv2
import gi
import numpy as np
import pytest
from standins.pads import flowing_pad

from pythiags.errors import ImageError, MetadataReleased
from pythiags.gst import Gst
from pythiags.gst._gst import Picture, map_picture
from pythiags.gst.image import CONVERT, frame_image
from pythiags.gst.probe import attach

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

GENERATOR = np.random.default_rng(7)


def noise(*shape):
    return GENERATOR.integers(0, 256, shape, np.uint8)


def raw(pixel_format, width, height, features="memory:SystemMemory"):
    return f"video/x-raw({features}),format={pixel_format},width={width},height={height}"


def seen_by_a_probe(buffer, caps, look):
    """What `look` gives for the info that a probe gets of a buffer."""
    pad, seen = flowing_pad(caps), []

    def callback(pad, info):
        try:
            seen.append(look(info))
        except Exception as error:  # noqa: BLE001
            seen.append(error)

    with attach(pad, callback):
        pad.push(buffer)
    if isinstance(seen[0], Exception):
        raise seen[0]
    return seen[0]


def image_of(buffer, caps, **options):
    return seen_by_a_probe(buffer, caps, lambda info: frame_image(info, **options))


def padded(rows, stride):
    """Rows of bytes as they lie in memory, `stride` bytes from one to the next."""
    memory = noise(len(rows), stride)
    flat = rows.reshape(len(rows), -1)
    memory[:, : flat.shape[1]] = flat
    return memory.tobytes()


# ---- packed ----


@pytest.mark.parametrize("pixel_format", CONVERT)
@pytest.mark.parametrize("width", [8, 7, 5, 1])
def test_padded_rows_of_packed_formats(pixel_format, width):
    channels = 1 if pixel_format == "GRAY8" else len(pixel_format)
    pixels = noise(3, width, channels)
    stride = -(-width * channels // 4) * 4
    buffer = Gst.Buffer.new_wrapped(padded(pixels, stride))
    image = image_of(buffer, raw(pixel_format, width, 3))
    assert image.shape == ((3, width) if channels == 1 else (3, width, channels))
    assert (image == pixels.reshape(image.shape)).all()


def test_the_rows_of_a_video_meta_win():
    pixels = noise(4, 6, 3)
    buffer = Gst.Buffer.new_wrapped(bytes(100) + padded(pixels, 64))
    GstVideo.buffer_add_video_meta_full(
        buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.BGR,
        6, 4, 1, [100, 0, 0, 0], [64, 0, 0, 0],
    )  # fmt: skip
    assert (image_of(buffer, raw("BGR", 6, 4)) == pixels).all()
    assert (frame_image(buffer) == pixels).all()


def test_a_view_is_of_the_streams_own_memory():
    buffer = Gst.Buffer.new_wrapped(noise(4, 8, 3).tobytes())

    def look(info):
        image, again = frame_image(info), frame_image(info)
        return np.shares_memory(image, again), image.flags.writeable, image.flags.owndata

    assert seen_by_a_probe(buffer, raw("RGB", 8, 4), look) == (True, False, False)


# ---- planes ----


@pytest.mark.parametrize("pixel_format", ["NV12", "NV21", "I420", "YV12"])
@pytest.mark.parametrize("width", [8, 6, 2])
def test_planes_are_one_array_as_opencv_takes_it(pixel_format, width):
    height = 4
    luma, blue, red = noise(height, width), noise(2, width // 2), noise(2, width // 2)
    chroma = {
        "NV12": [np.stack([blue, red], 2).reshape(2, width)],
        "NV21": [np.stack([red, blue], 2).reshape(2, width)],
        "I420": [blue, red],
        "YV12": [red, blue],
    }[pixel_format]
    memory = padded(luma, -(-width // 4) * 4)
    for plane in chroma:
        memory += padded(plane, -(-plane.shape[1] // 4) * 4)
    image = image_of(Gst.Buffer.new_wrapped(memory), raw(pixel_format, width, height))
    tight = b"".join(plane.tobytes() for plane in [luma, *chroma])
    assert image.shape == (6, width)
    assert image.tobytes() == tight
    code = getattr(cv2, f"COLOR_YUV2BGR_{pixel_format}")
    assert cv2.cvtColor(image, code).shape == (height, width, 3)


def test_planes_without_gaps_are_a_view():
    tight = Gst.Buffer.new_wrapped(noise(12, 8).tobytes())
    assert not image_of(tight, raw("NV12", 8, 8)).flags.owndata
    assert not image_of(tight, raw("I420", 8, 8)).flags.owndata


def test_planes_of_odd_size_are_refused_with_a_way_out():
    buffer = Gst.Buffer.new_wrapped(bytes(1000))
    caps = raw("I420", 7, 5)
    with pytest.raises(ImageError, match='convert="BGR"'):
        image_of(buffer, caps)
    assert image_of(buffer, caps, convert="BGR").shape == (5, 7, 3)


# ---- converted ----


@pytest.mark.parametrize("width", [8, 7])
@pytest.mark.parametrize("convert", ["BGR", "RGB", "RGBA", "xBGR", "GRAY8"])
def test_packed_formats_become_others(width, convert):
    pixels = noise(3, width, 3)
    buffer = Gst.Buffer.new_wrapped(padded(pixels, -(-width * 3 // 4) * 4))
    image = image_of(buffer, raw("RGB", width, 3), convert=convert)
    if convert == "GRAY8":
        assert np.abs(image.astype(int) - cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)).max() < 40
        return
    for channel, name in enumerate(convert):
        expected = pixels[..., "RGB".index(name)] if name in "RGB" else 255
        if name != "x":
            assert (image[..., channel] == expected).all()


@pytest.mark.parametrize("pixel_format", ["NV12", "I420", "YUY2", "I420_10LE"])
def test_what_a_decoder_gives_becomes_bgr(pixel_format, stream):
    pipeline = stream(
        "videotestsrc num-buffers=1 pattern=red ! "
        f"{raw(pixel_format, 64, 48)} ! identity name=here ! fakesink"
    )
    seen = []
    pad = pipeline.get_by_name("here").get_static_pad("src")
    with attach(pad, lambda pad, info: seen.append(frame_image(info, convert="BGR"))):
        pipeline.set_state(Gst.State.PLAYING)
        pipeline.get_bus().timed_pop_filtered(10 * Gst.SECOND, Gst.MessageType.EOS)
    assert seen[0].shape == (48, 64, 3)
    assert np.abs(seen[0].astype(int) - (0, 0, 255)).max() <= 3


IN_TURN = """
import sys
from pythiags.gst import Gst
from pythiags.gst._gst import map_picture
import gi, numpy as np
gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo

def picture(form, width):
    buffer = Gst.Buffer.new_wrapped(bytes(width * 8 * 4))
    flags = GstVideo.VideoFrameFlags.NONE
    GstVideo.buffer_add_video_meta(buffer, flags, form, width, 8)
    return map_picture(buffer, 0)

pictures = [picture(form, width) for width in (16, 32, 48)
            for form in (GstVideo.VideoFormat.YUY2, GstVideo.VideoFormat.GRAY8)]
for _ in range(int(sys.argv[1])):
    for each in pictures:
        for into in ("BGR", "xRGB"):
            target = np.empty(each.width * 8 * len(into), np.uint8)
            each.convert(target, into)
"""


def matrices(rounds):
    """How many lines GStreamer logs about the matrices of converters that it makes."""
    environment = {**os.environ, "GST_DEBUG": "video-converter:7", "GST_DEBUG_NO_COLOR": "1"}
    words = [sys.executable, "-c", IN_TURN, str(rounds)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    return done.stderr.count(":color_matrix_debug:")


def test_pictures_in_turn_need_no_new_converters():
    """Three widths, two formats and two targets."""
    assert matrices(4) == matrices(1) > 0


def test_what_it_has_already_is_not_converted():
    buffer = Gst.Buffer.new_wrapped(noise(4, 8, 3).tobytes())
    assert not image_of(buffer, raw("BGR", 8, 4), convert="BGR").flags.owndata
    assert image_of(buffer, raw("BGR", 8, 4), convert="RGB").flags.owndata


def test_what_it_cannot_be_converted_to():
    with pytest.raises(ImageError, match="did you mean 'BGR'"):
        frame_image(Gst.Buffer.new(), convert="bgr")


# ---- what is not there ----


@pytest.mark.parametrize(
    "features",
    ["memory:DMABuf", "memory:CUDAMemory", "memory:GLMemory", "memory:VAMemory"],
)
def test_memory_that_the_cpu_does_not_see_is_an_error(features):
    buffer = Gst.Buffer.new_wrapped(bytes(8 * 4 * 4))
    with pytest.raises(ImageError, match=rf"cannot access(.|\n)*{features}(.|\n)*download"):
        image_of(buffer, raw("RGBA", 8, 4, features))


@pytest.mark.parametrize("features", ["memory:NVMM", "memory:SystemMemory"])
@pytest.mark.parametrize("meta", [False, True])
def test_a_buffer_that_only_describes_its_picture_is_an_error(features, meta):
    """What NVIDIA's hardware buffers hold is a small struct, whatever their metadata say."""
    buffer = Gst.Buffer.new_wrapped(bytes(64))
    if meta:
        flags, kind = GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.NV12
        GstVideo.buffer_add_video_meta(buffer, flags, kind, 640, 480)
    with pytest.raises(ImageError, match="cannot access"):
        image_of(buffer, raw("NV12", 640, 480, features))


def test_a_buffer_without_memory_is_an_error():
    with pytest.raises(ImageError, match="cannot access"):
        image_of(Gst.Buffer.new(), raw("RGB", 8, 4))


def with_meta(memory, kind, size, offsets, strides):
    """A buffer of these blocks of memory with a GstVideoMeta."""
    buffer = Gst.Buffer.new()
    for block in memory:
        buffer = buffer.append(Gst.Buffer.new_wrapped(block))
    spare = [0] * (4 - len(offsets))
    GstVideo.buffer_add_video_meta_full(
        buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.from_string(kind),
        *size, len(offsets), offsets + spare, strides + spare,
    )  # fmt: skip
    return buffer


@pytest.mark.parametrize("missing", [0, 1, 17])
def test_the_last_row_has_to_be_there_to_its_end(missing):
    # Rows of 18 bytes, 64 apart: what is behind the last of them may be missing, no more.
    size = 3 * 64 + 18 - missing
    buffer = with_meta([bytes(size)], "BGR", (6, 4), [0], [64])
    if not missing:
        assert image_of(buffer, raw("BGR", 6, 4)).shape == (4, 6, 3)
        return
    with pytest.raises(ImageError, match="does not hold the whole picture"):
        image_of(buffer, raw("BGR", 6, 4))


@pytest.mark.parametrize(
    ("kind", "offsets", "strides", "size"),
    [
        ("NV12", [0, 64], [16, 16], 64 + 16 + 8),
        ("I420", [0, 64, 96], [16, 8, 8], 96 + 8 + 4),
        ("YUY2", [0], [32], 3 * 32 + 16),
        ("v210", [0], [128], 4 * 128),
        ("RGB8P", [0, 64], [16, 4], 64 + 1024),
    ],
)
def test_every_plane_has_to_be_there_to_its_end(kind, offsets, strides, size):
    caps = raw(kind, 8, 4)
    whole = with_meta([bytes(size)], kind, (8, 4), offsets, strides)
    assert image_of(whole, caps, convert="BGR").shape == (4, 8, 3)
    short = with_meta([bytes(size - 1)], kind, (8, 4), offsets, strides)
    with pytest.raises(ImageError, match="does not hold the whole picture"):
        image_of(short, caps, convert="BGR")


def test_a_plane_of_a_meta_has_to_be_in_one_memory():
    rows = noise(4, 8, 3)
    halves = [rows[:2].tobytes(), rows[2:].tobytes()]
    with pytest.raises(ImageError, match="does not hold the whole picture"):
        image_of(with_meta(halves, "RGB", (8, 4), [0], [24]), raw("RGB", 8, 4))
    luma, chroma = noise(4, 8), noise(2, 8)
    planes = with_meta([luma.tobytes(), chroma.tobytes()], "NV12", (8, 4), [0, 32], [8, 8])
    assert image_of(planes, raw("NV12", 8, 4)).tobytes() == luma.tobytes() + chroma.tobytes()


@pytest.mark.parametrize(
    ("kind", "size", "planes"),
    [("BGR", (8, 4), 1), ("RGB", (7, 4), 1), ("RGB", (8, 3), 1), ("NV12", (8, 4), 1)],
)
def test_a_meta_that_contradicts_the_caps_is_an_error_and_not_a_critical(kind, size, planes, capfd):
    caps = raw("NV12" if kind == "NV12" else "RGB", 8, 4)
    buffer = with_meta([bytes(500)], kind, size, [0] * planes, [24] * planes)
    with pytest.raises(ImageError, match=r"does not match the caps(.|\n)*height=\(int\)4"):
        image_of(buffer, caps)
    assert capfd.readouterr().err == ""


def test_a_meta_of_a_padded_picture_does_not_contradict_the_caps():
    rows = noise(6, 10, 3)
    buffer = with_meta([rows.tobytes()], "RGB", (10, 6), [0], [30])
    assert (image_of(buffer, raw("RGB", 8, 4)) == rows[:4, :8]).all()


@pytest.mark.parametrize(("part", "shown"), [((0, 0, 8, 4), True), ((2, 0, 6, 4), False)])
def test_a_part_that_only_a_sink_cuts_out_is_an_error(part, shown):
    buffer = Gst.Buffer.new_wrapped(bytes(96))
    meta = buffer.add_meta(GstVideo.VideoCropMeta.get_info(), None)
    # x, y, width and height, behind the two fields of a GstMeta; PyGObject shows but those.
    (ctypes.c_uint * 4).from_address(hash(meta) + 16)[:] = part
    if shown:
        assert image_of(buffer, raw("RGB", 8, 4)).shape == (4, 8, 3)
        return
    with pytest.raises(ImageError, match="cropped by its GstVideoCropMeta"):
        image_of(buffer, raw("RGB", 8, 4))


def test_a_buffer_alone_does_not_know_its_format():
    with pytest.raises(ImageError, match="the format of the picture is unknown"):
        frame_image(Gst.Buffer.new_wrapped(bytes(96)))


@pytest.mark.parametrize("caps", ["audio/x-raw,format=S16LE,rate=8000,channels=1", "video/x-h264"])
def test_what_is_no_picture_is_an_error(caps):
    with pytest.raises(ImageError, match="no raw picture"):
        image_of(Gst.Buffer.new_wrapped(bytes(96)), caps)


def test_a_format_without_an_array_says_what_to_do():
    with pytest.raises(ImageError, match='convert="BGR"'):
        image_of(Gst.Buffer.new_wrapped(bytes(64)), raw("YUY2", 8, 4))


def test_an_info_that_is_over():
    kept = []
    seen_by_a_probe(Gst.Buffer.new_wrapped(bytes(96)), raw("RGB", 8, 4), kept.append)
    with pytest.raises(MetadataReleased):
        frame_image(kept[0])


def test_something_else():
    with pytest.raises(TypeError, match="expected a probe's info"):
        frame_image("a picture")


# ---- its life ----


def test_a_kept_view_keeps_its_memory():
    pixels = noise(4, 8, 3)
    crop = image_of(Gst.Buffer.new_wrapped(pixels.tobytes()), raw("RGB", 8, 4))[1:3, 2:5]
    gc.collect()
    assert (crop == pixels[1:3, 2:5]).all()


def test_a_view_that_is_gone_keeps_nothing():
    buffer = Gst.Buffer.new_wrapped(noise(4, 8, 3).tobytes())
    before = sys.getrefcount(buffer), buffer.mini_object.refcount
    image_of(buffer, raw("RGB", 8, 4))
    gc.collect()
    assert (sys.getrefcount(buffer), buffer.mini_object.refcount) == before


def test_a_picture_cannot_be_written_to():
    image = image_of(Gst.Buffer.new_wrapped(bytes(96)), raw("RGB", 8, 4))
    with pytest.raises(ValueError, match="read-only"):
        image[0] = 1
    assert isinstance(image.base.obj, Picture)
    with pytest.raises(ValueError, match="WRITEABLE"):
        image.flags.writeable = True


def test_a_target_of_another_size_is_refused():
    def look(info):
        picture = map_picture(info, 0)
        with pytest.raises(ValueError, match="not a packed format"):
            picture.convert(np.empty(96, np.uint8), "NV12")
        for target in (np.empty(95, np.uint8), np.empty(97, np.uint8)):
            with pytest.raises(ValueError, match="a buffer for one picture"):
                picture.copy(target)
            with pytest.raises(ValueError, match="a buffer for one picture"):
                picture.convert(target, "BGR")
        return True

    assert seen_by_a_probe(Gst.Buffer.new_wrapped(bytes(96)), raw("RGB", 8, 4), look)
