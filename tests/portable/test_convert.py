"""nvvideoconvert on a CPU: pixels as GStreamer's converters give them, metadata along with them."""

from __future__ import annotations

import gi
import numpy as np
import pytest

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

SINK = "fakesink name=sink sync=false enable-last-sample=true"
NVMM = "video/x-raw(memory:NVMM)"
RGB = ["RGB", "BGR", "RGBA", "BGRx"]
FORMATS = ["NV12", "I420", "RGBA", "BGRx", "RGB", "BGR", "GRAY8"]
EVERY_FORMAT = [
    *FORMATS,
    *("P010_10LE", "Y444", "Y42B", "YUY2", "UYVY", "YVYU", "GBR", "GRAY16_LE"),
    *("BGR10A2_LE", "RGB10A2_LE", "UYVP"),
]
MUX = "m.sink_0 nvstreammux name=m width=64 height=48 batch-size=1"


def source(format="NV12", n=1, size=(64, 48)):  # noqa: A002
    caps = f"video/x-raw,format={format},width={size[0]},height={size[1]}"
    return f"videotestsrc num-buffers={n} ! {caps}"


# These have loops of their own: test_pixels.py compares them.
QUICK = [(yuv, rgb) for yuv in ("NV12", "I420") for rgb in RGB] + [
    ("RGBA", "NV12"),
    ("RGBA", "I420"),
]
PAIRS = [(a, b) for a in ("NV12", "RGBA", "I420") for b in FORMATS if (a, b) not in QUICK]
# Kr, Kb of ITU-R BT.601 and BT.709; the names are GStreamer's.
MATRICES = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}


def rgb_of(data, matrix, full_range, size):
    """NV12 to RGB by the textbook, in floating point, each pixel with its nearest chroma."""
    width, height = size
    rows = (width + 3) // 4 * 4
    chroma_at = rows * ((height + 1) // 2 * 2)
    luma = data[: rows * height].reshape(height, rows)[:, :width].astype(float)
    pairs = data[chroma_at:].reshape(-1, rows)[:, : (width + 1) // 2 * 2]
    chroma = pairs.reshape(len(pairs), -1, 2).repeat(2, 0).repeat(2, 1)[:height, :width] - 128.0
    if not full_range:
        luma, chroma = (luma - 16) * 255 / 219, chroma * 255 / 224
    kr, kb = matrix
    blue, red = chroma[..., 0] * 2 * (1 - kb), chroma[..., 1] * 2 * (1 - kr)
    green = -(kb * blue + kr * red) / (1 - kr - kb)
    return np.clip(luma[..., None] + np.stack([red, green, blue], -1), 0, 255)


class TestFormats:
    @pytest.mark.parametrize(("before", "after"), PAIRS)
    def test_pixels_are_videoconverts(self, run, before, after):
        _, ours = run(
            f"{source(before)} ! nvvideoconvert ! video/x-raw,format={after} ! {SINK}"
        ).last()
        _, theirs = run(
            f"{source(before)} ! videoconvert dither=none ! video/x-raw,format={after} ! {SINK}"
        ).last()
        assert ours == theirs

    @pytest.mark.parametrize("size", [(64, 48), (63, 47), (1030, 6), (2, 2)])
    @pytest.mark.parametrize("colours", ["bt601", "bt709", "1:4:0:0", "1:3:0:0"])
    def test_rgb_is_the_textbooks(self, run, colours, size):
        """Within one of 255: it is computed with 16 bits."""
        full_range = colours.startswith("1:")
        matrix = MATRICES[{"1:4:0:0": "bt601", "1:3:0:0": "bt709"}.get(colours, colours)]
        width, height = size
        before = (
            "videotestsrc num-buffers=1"
            f" ! video/x-raw,format=NV12,width={width},height={height},colorimetry={colours}"
        )
        _, nv12 = run(f"{before} ! {SINK}").last()
        _, rgba = run(f"{before} ! nvvideoconvert ! video/x-raw,format=RGBA ! {SINK}").last()
        ours = np.frombuffer(rgba, np.uint8).reshape(height, width, 4)
        theirs = rgb_of(np.frombuffer(nv12, np.uint8), matrix, full_range, size)
        assert np.abs(ours[..., :3] - theirs).max() <= 1
        assert (ours[..., 3] == 255).all()

    @pytest.mark.parametrize("format", RGB)
    @pytest.mark.parametrize("before", ["NV12", "I420"])
    def test_every_order_of_rgb_shows_the_same_picture(self, run, before, format):  # noqa: A002
        def picture(after):
            caps, data = run(f"{source(before)} ! nvvideoconvert ! {after} ! {SINK}").last()
            channels = 4 if len(caps.get_structure(0).get_string("format")) == 4 else 3
            return np.frombuffer(data, np.uint8).reshape(48, 64, channels)

        shown, rgb = picture(f"video/x-raw,format={format}"), picture("video/x-raw,format=RGB")
        order = [format.index(letter) for letter in "RGB"]
        assert (shown[..., order] == rgb).all()

    def test_memory_goes_there_and_back_without_a_copy(self, build):
        one = build(
            f"{source()} ! identity name=a ! nvvideoconvert ! {NVMM} ! nvvideoconvert"
            f" ! video/x-raw ! identity name=b ! {SINK}"
        )
        seen = {}
        for name in ("a", "b"):
            one[name].set_property("signal-handoffs", True)
            one[name].connect("handoff", lambda e, b: seen.setdefault(e.get_name(), hash(b)))
        one.play()
        caps, _ = one.last()
        assert not caps.get_features(0).contains("memory:NVMM")
        assert seen["a"] == seen["b"]

    def test_the_format_is_kept_where_it_may_be(self, run):
        caps, _ = run(f"{source('RGBA')} ! nvvideoconvert ! videoconvert ! {SINK}").last()
        assert caps.get_structure(0).get_string("format") == "RGBA"

    def test_else_the_nearest_is_taken(self, run):
        wanted = "video/x-raw,format={GRAY8,I420,RGBA}"
        caps, _ = run(f"{source()} ! nvvideoconvert ! {wanted} ! {SINK}").last()
        assert caps.get_structure(0).get_string("format") == "I420"

    def test_one_side_of_a_size_keeps_the_shape(self, run):
        caps, _ = run(f"{source()} ! nvvideoconvert ! video/x-raw,width=32 ! {SINK}").last()
        assert caps.get_structure(0).get_value("height") == 24


class TestBatches:
    def test_every_picture_is_converted(self, run):
        pads = " ".join(f"{source(size=(64, 48))} ! m.sink_{i}" for i in range(3))
        one = run(
            f"{pads} nvstreammux name=m width=64 height=48 batch-size=3 ! nvvideoconvert"
            f" ! {NVMM},width=32,height=24 ! nvstreamdemux name=d"
            f" d.src_2 ! nvvideoconvert ! video/x-raw ! {SINK}"
        )
        caps, ours = one.last()
        assert caps.get_structure(0).get_value("width") == 32
        scale = "nvvideoconvert ! video/x-raw,width=32,height=24"
        _, alone = run(f"{source()} ! {scale} ! {SINK}").last()
        assert ours == alone

    def test_several_cannot_leave_nvmm_and_the_error_says_what_to_do(self, run):
        mux = "nvstreammux name=m width=64 height=48 batch-size=2"
        one = run(f"{source()} ! m.sink_0 {mux} ! nvvideoconvert ! video/x-raw ! {SINK}")
        assert "nvstreamdemux" in one.error
        assert "nvmultistreamtiler" in one.error


def moved_box(build, convert, box, size=(64, 48)):
    """Where a box of the muxer's frame is behind a converter, and the size that it refers to."""
    one = build(f"{source(size=size)} ! {MUX} ! nvvideoconvert name=c {convert} ! {SINK}")
    seen = []

    def add(frame):
        rect = frame.add_object().rect_params
        rect.left, rect.top, rect.width, rect.height = box

    def read(_pad, info):
        for frame in BatchMeta.of(info).iter_frames():
            for found in frame.iter_objects():
                rect = found.rect_params
                seen.append((rect.left, rect.top, rect.width, rect.height))

    one.edit("m", add)
    one.probes.append(attach(one["c"].get_static_pad("src"), read))
    assert one.play().error is None
    (found,) = seen
    return found


class TestMetadata:
    @pytest.mark.parametrize(
        ("convert", "expected"),
        [
            (f"! {NVMM}", (10, 20, 8, 4)),
            ("! video/x-raw,format=RGB", (10, 20, 8, 4)),
            (f"! {NVMM},width=128,height=48", (20, 20, 16, 4)),
            (f"src-crop=8:16:32:24 ! {NVMM},width=64,height=48", (4, 8, 16, 8)),
            (f"dest-crop=32:24:32:24 ! {NVMM},width=64,height=48", (37, 34, 4, 2)),
            (f"flip-method=rotate-180 ! {NVMM}", (46, 24, 8, 4)),
            (f"flip-method=horizontal-flip ! {NVMM}", (46, 20, 8, 4)),
            (f"flip-method=vertical-flip ! {NVMM}", (10, 24, 8, 4)),
            (f"flip-method=clockwise ! {NVMM}", (24, 10, 4, 8)),
            (f"flip-method=counterclockwise ! {NVMM}", (20, 46, 4, 8)),
            (f"flip-method=upper-left-diagonal ! {NVMM}", (20, 10, 4, 8)),
            (f"flip-method=upper-right-diagonal ! {NVMM}", (24, 46, 4, 8)),
        ],
    )
    def test_a_box_stays_on_its_pixels(self, build, convert, expected):
        assert moved_box(build, convert, (10, 20, 8, 4)) == pytest.approx(expected)


TURNS = {
    "none": lambda mask: mask,
    "rotate-180": lambda mask: np.rot90(mask, 2),
    "horizontal-flip": lambda mask: mask[:, ::-1],
    "vertical-flip": lambda mask: mask[::-1],
    "clockwise": lambda mask: np.rot90(mask, -1),
    "counterclockwise": np.rot90,
    "upper-left-diagonal": np.transpose,
    "upper-right-diagonal": lambda mask: np.rot90(mask, 2).T,
}


@pytest.mark.parametrize("crop", ["", "src-crop=8:16:32:24"])
@pytest.mark.parametrize("method", TURNS)
def test_a_mask_is_turned_with_its_object(build, method, crop):
    mask = np.arange(12, dtype=np.float32).reshape(3, 4)
    one = build(
        f"{source()} ! {MUX} ! nvvideoconvert name=c flip-method={method} {crop} ! {NVMM} ! {SINK}"
    )
    seen = []

    def add(frame):
        found = frame.add_object()
        found.rect_params.width = found.rect_params.height = 10
        found.mask_params.set_mask_array(mask)

    def read(_pad, info):
        for frame in BatchMeta.of(info).iter_frames():
            for found in frame.iter_objects():
                shape = found.mask_params.height, found.mask_params.width
                seen.append(found.mask_params.get_mask_array().reshape(shape).copy())

    one.edit("m", add)
    one.probes.append(attach(one["c"].get_static_pad("src"), read))
    assert one.play().error is None
    np.testing.assert_array_equal(seen, [TURNS[method](mask)])


class TestBuffersOfOthers:
    """What other elements put on a buffer: rows of their own length, regions of interest."""

    def feed(self, build, text, buffer):
        one = build(f"appsrc name=a caps=video/x-raw,format=NV12,width=64,height=48 ! {text}")
        one["a"].emit("push-buffer", buffer)
        one["a"].emit("end-of-stream")
        return one.play()

    def padded(self):
        """Tight pixels, and a buffer of them whose rows are 96 bytes apart."""
        pixels = np.random.default_rng(1).integers(0, 256, (72, 64), np.uint8)
        rows = np.full((72, 96), 7, np.uint8)
        rows[:, :64] = pixels
        buffer = Gst.Buffer.new_wrapped(rows.tobytes())
        buffer.pts = 0
        GstVideo.buffer_add_video_meta_full(
            *(buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.NV12, 64, 48, 2),
            *([0, 96 * 48, 0, 0], [96, 96, 0, 0]),
        )
        return pixels.tobytes(), buffer

    def test_padded_rows_become_tight_for_who_cannot_read_them(self, build):
        tight, buffer = self.padded()
        text = f"nvvideoconvert ! {NVMM} ! nvvideoconvert ! video/x-raw ! {SINK}"
        assert self.feed(build, text, buffer).last()[1] == tight

    def test_and_are_passed_on_to_who_can(self, build):
        _, buffer = self.padded()
        convert = "nvvideoconvert name=c ! video/x-raw ! videoconvert ! video/x-raw,format=RGB"
        one = build(
            f"appsrc name=a caps=video/x-raw,format=NV12,width=64,height=48"
            f" ! nvvideoconvert ! {NVMM} ! {convert} ! {SINK}"
        )
        sizes = []
        note = attach(
            one["c"].get_static_pad("src"),
            lambda _pad, info: sizes.append(info.get_buffer().get_size()),
        )
        one.probes.append(note)
        one["a"].emit("push-buffer", buffer)
        one["a"].emit("end-of-stream")
        one.play()
        assert sizes == [96 * 72]

    def regions(self, build, convert, *boxes):
        """Where regions of a 64x48 picture are behind a converter."""
        buffer = Gst.Buffer.new_wrapped(bytes(64 * 72))
        buffer.pts = 0
        for number, box in enumerate(boxes):
            add = GstVideo.buffer_add_video_region_of_interest_meta
            region = add(buffer, "person", *box)
            region.id, region.parent_id = number, number - 1
            region.add_param(Gst.Structure.new_from_string(f"detection,label_id={number}"))
        one = self.feed(build, f"nvvideoconvert {convert} ! {SINK}", buffer)
        after = one["sink"].get_property("last-sample").get_buffer()
        found = {}
        for number in range(len(boxes)):
            region = GstVideo.buffer_get_video_region_of_interest_meta_id(after, number)
            if region:
                assert region.parent_id == number - 1
                assert region.get_param("detection").get_int("label_id").value == number
                found[number] = (region.x, region.y, region.w, region.h)
        return found

    @pytest.mark.parametrize(
        ("convert", "expected"),
        [
            ("! video/x-raw,width=128,height=48", (20, 20, 16, 4)),
            ("src-crop=8:16:32:24 ! video/x-raw,width=64,height=48", (4, 8, 16, 8)),
            ("dest-crop=32:24:32:24 ! video/x-raw,width=64,height=48", (37, 34, 4, 2)),
            ("flip-method=rotate-180", (46, 24, 8, 4)),
            ("flip-method=horizontal-flip", (46, 20, 8, 4)),
            ("flip-method=vertical-flip", (10, 24, 8, 4)),
            ("flip-method=clockwise", (24, 10, 4, 8)),
            ("flip-method=counterclockwise", (20, 46, 4, 8)),
            ("flip-method=upper-left-diagonal", (20, 10, 4, 8)),
            ("flip-method=upper-right-diagonal", (24, 46, 4, 8)),
            (
                "src-crop=8:16:32:24 flip-method=horizontal-flip ! video/x-raw,width=32,height=24",
                (22, 4, 8, 4),
            ),
        ],
    )
    def test_regions_of_interest_stay_on_their_pixels(self, build, convert, expected):
        assert self.regions(build, convert, (10, 20, 8, 4)) == {0: expected}

    def test_a_region_is_cut_where_it_leaves_the_picture(self, build):
        boxes = (0, 0, 16, 16), (40, 30, 20, 10), (8, 8, 32, 24), (12, 12, 4, 4)
        found = self.regions(build, "src-crop=8:8:32:24 ! video/x-raw,width=32,height=24", *boxes)
        assert found == {0: (0, 0, 8, 8), 2: (0, 0, 32, 24), 3: (4, 4, 4, 4)}


FLIPS = {
    "counterclockwise": np.rot90,
    "rotate-180": lambda p: np.rot90(p, 2),
    "clockwise": lambda p: np.rot90(p, -1),
    "horizontal-flip": lambda p: p[:, ::-1],
    "upper-right-diagonal": lambda p: np.rot90(p, 2).swapaxes(0, 1),
    "vertical-flip": lambda p: p[::-1],
    "upper-left-diagonal": lambda p: p.swapaxes(0, 1),
}


class TestGeometry:
    def rgba(self, run, convert, size, before="RGBA"):
        after = f"video/x-raw,format=RGBA,width={size[0]},height={size[1]}"
        _, data = run(f"{source(before)} ! nvvideoconvert {convert} ! {after} ! {SINK}").last()
        return np.frombuffer(data, np.uint8).reshape(size[1], size[0], 4)

    @pytest.mark.parametrize("method", FLIPS)
    def test_flips(self, run, method):
        before = self.rgba(run, "", (64, 48))
        wanted = FLIPS[method](before)
        size = (wanted.shape[1], wanted.shape[0])
        assert (self.rgba(run, f"flip-method={method}", size) == wanted).all()

    def test_a_flip_may_come_in_mid_stream(self, build):
        one = build(f"{source('RGBA', n=6)} ! nvvideoconvert name=c ! {SINK}")
        pictures = []

        def note(_sink, buffer, _pad):
            data = buffer.extract_dup(0, buffer.get_size())
            pictures.append(np.frombuffer(data, np.uint8).reshape(48, 64, 4))
            if len(pictures) == 3:
                one["c"].set_property("flip-method", 4)

        one["sink"].connect("handoff", note)
        assert one.play().error is None
        flipped = [(p[:30, ::-1] == pictures[0][:30]).all() for p in pictures]
        assert flipped == [False] * 3 + [True] * 3

    @pytest.mark.parametrize("format", ["NV12", "I420", "RGB", "GRAY8", "BGRx"])
    def test_flips_keep_luma_and_chroma_together(self, run, format):  # noqa: A002
        """Flipped twice, a picture is itself again."""
        _, once = run(f"{source(format)} ! {SINK}").last()
        _, twice = run(
            f"{source(format)} ! nvvideoconvert flip-method=clockwise ! video/x-raw,format={format}"
            f" ! nvvideoconvert flip-method=counterclockwise ! video/x-raw,format={format} ! {SINK}"
        ).last()
        assert once == twice

    def test_a_format_that_cannot_be_flipped_is_refused_by_name(self, run):
        one = run(
            f"{source('YUY2')} ! nvvideoconvert flip-method=clockwise ! video/x-raw,format=YUY2"
            f" ! {SINK}"
        )
        assert "flip-method" in one.error
        assert "YUY2" in one.error

    @pytest.mark.parametrize(
        ("format", "name", "value"),
        [("YUY2", "flip-method", 1), ("RGBA", "src-crop", "1:2:3"), ("NV12", "dest-crop", "a")],
    )
    def test_what_is_set_in_mid_stream_is_refused_once(self, build, format, name, value):  # noqa: A002
        one = build(f"{source(format, n=9)} ! nvvideoconvert name=c ! {SINK}")
        one["sink"].connect("handoff", lambda *_: one["c"].set_property(name, value))
        assert name in one.play().error
        assert one.rendered == 1
        errors = []
        while message := one.pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR):
            errors.append(message.src.get_name())
        assert "c" not in errors

    @pytest.mark.parametrize("before", ["RGBA", "NV12"])
    @pytest.mark.parametrize("format", EVERY_FORMAT)
    def test_bands_beside_an_area_are_black(self, run, before, format):  # noqa: A002
        one = run(
            f"{source(before)} ! nvvideoconvert dest-crop=16:8:32:24"
            f" ! video/x-raw,format={format} ! videoconvert ! video/x-raw,format=RGBA ! {SINK}"
        )
        picture = np.frombuffer(one.last()[1], np.uint8).reshape(48, 64, 4)
        bands = np.concatenate([picture[:6].reshape(-1, 4), picture[:, :12].reshape(-1, 4)])
        assert bands[:, :3].max() <= 1

    def test_an_area_of_the_input(self, run):
        whole = self.rgba(run, "", (64, 48))
        part = self.rgba(run, "src-crop=16:8:32:24", (32, 24))
        assert (part == whole[8:32, 16:48]).all()

    def test_an_area_of_the_output(self, run):
        small = self.rgba(run, "dest-crop=16:8:32:24", (64, 48))
        assert (small[:8, :, :3] == 0).all()
        assert (small[:, :16, :3] == 0).all()
        assert small[8:32, 16:48, :3].any()

    @pytest.mark.parametrize("area", [(16, 8, 32, 24), (0, 6, 64, 42), (7, 5, 31, 23)])
    @pytest.mark.parametrize("before", ["NV12", "I420", "RGBA"])
    def test_pixels_of_an_area_are_those_of_a_picture_of_its_size(self, run, before, area):
        """In RGB an area may begin anywhere; whatever comes in is scaled to it."""
        left, top, width, height = area
        small = self.rgba(run, "", (width, height), before)
        large = self.rgba(run, f"dest-crop={left}:{top}:{width}:{height}", (64, 48), before)
        inside = np.zeros((48, 64), bool)
        inside[top : top + height, left : left + width] = True
        assert (large[inside] == small.reshape(-1, 4)).all()
        assert (large[~inside] == (0, 0, 0, 255)).all()

    @pytest.mark.parametrize("size", [(64, 48), (32, 24)])
    @pytest.mark.parametrize(("before", "after"), [("I420", "NV12"), ("RGBA", "NV12")])
    def test_an_area_of_yuv_is_placed_with_its_chroma(self, run, before, after, size):
        def luma_and_chroma(crop, size):
            wanted = f"video/x-raw,format={after},width={size[0]},height={size[1]}"
            text = f"{source(before)} ! nvvideoconvert {crop} ! {wanted} ! {SINK}"
            rows = np.frombuffer(run(text).last()[1], np.uint8).reshape(-1, size[0])
            return rows[: size[1]], rows[size[1] :]

        expected = luma_and_chroma("", size)
        crop = f"dest-crop=16:8:{size[0]}:{size[1]}"
        luma, chroma = luma_and_chroma(crop, (96, 64))
        for plane, part, top, black in zip(
            (luma, chroma), expected, (8, 4), (16, 128), strict=True
        ):
            inside = np.zeros_like(plane, bool)
            inside[top : top + len(part), 16 : 16 + size[0]] = True
            assert (plane[inside] == part.ravel()).all()
            assert (plane[~inside] == black).all()

    @pytest.mark.parametrize("text", ["20:20:40", "a:b:c:d", "1:2:3:4:5", "0:0:-4:4", "0:0:4:0"])
    def test_what_is_no_area_is_an_error_that_shows_one(self, run, text):
        one = run(f"{source()} ! nvvideoconvert dest-crop={text} ! {SINK}")
        assert "'dest-crop'" in one.error
        assert "20:20:40:50" in one.error

    def test_an_area_beyond_the_picture_is_cut(self, run):
        part = self.rgba(run, "src-crop=32:24:900:900", (32, 24))
        assert (part == self.rgba(run, "", (64, 48))[24:, 32:]).all()


class TestSettings:
    def test_what_only_chooses_hardware_is_accepted(self, run):
        hardware = "gpu-id=0 nvbuf-memory-type=3 compute-hw=1 output-buffers=8 copy-hw=1"
        run(f"{source()} ! nvvideoconvert {hardware} ! {NVMM},format=RGBA ! {SINK}").last()

    @pytest.mark.parametrize(
        ("name", "default"),
        [("src-crop", "0:0:0:0"), ("dest-crop", "0:0:0:0"), ("output-buffers", 4), ("gpu-id", 0)],
    )
    def test_defaults_are_deepstreams(self, build, name, default):
        element = build(f"{source()} ! nvvideoconvert name=c ! {SINK}")["c"]
        assert element.get_property(name) == default

    @pytest.mark.parametrize("number", range(8))
    def test_flip_methods_have_deepstreams_numbers(self, build, number):
        names = ["none", *FLIPS]
        element = build(f"{source()} ! nvvideoconvert name=c flip-method={number} ! {SINK}")["c"]
        assert element.get_property("flip-method").value_nick == names[number]
