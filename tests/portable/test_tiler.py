"""nvmultistreamtiler on a CPU: where tiles lie, what they show, and where their boxes go."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

SINK = "fakesink name=sink sync=false enable-last-sample=true"
GREYS = (40, 80, 120, 160, 200)


def grey(pad, level=None, n=2, size=(64, 48), colours="bt601"):
    """A source of one grey level; the level of its luma is what a test finds again."""
    value = GREYS[pad] if level is None else level
    colour = f"0xff{value:02x}{value:02x}{value:02x}"
    caps = f"video/x-raw,format=NV12,width={size[0]},height={size[1]},framerate=30/1"
    caps += f",colorimetry={colours}"
    pattern = f"pattern=solid-color foreground-color={colour}"
    return f"videotestsrc num-buffers={n} {pattern} ! {caps} ! m.sink_{pad}"


def text(pads, tiler, n=2):
    sources = " ".join(grey(pad, n=n) for pad in pads)
    mux = f"nvstreammux name=m width=64 height=48 batch-size={len(pads)}"
    tiles = f"nvmultistreamtiler name=t {tiler}"
    return f"{sources} {mux} ! {tiles} ! nvvideoconvert ! video/x-raw ! {SINK}"


def luma(one, width, height):
    _caps, data = one.last()
    return np.frombuffer(data, np.uint8, width * height).reshape(height, width)


def level(pad):
    """Luma in the 16 to 235 range of BT.601 for a grey of 0 to 255."""
    return round(16 + GREYS[pad] * 219 / 255)


def tile(picture, row, column, rows, columns):
    height, width = picture.shape[0] // rows, picture.shape[1] // columns
    return picture[row * height : (row + 1) * height, column * width : (column + 1) * width]


def test_tiles_go_row_by_row(run):
    picture = luma(run(text(range(4), "rows=2 columns=2 width=160 height=120")), 160, 120)
    for pad in range(4):
        shown = tile(picture, pad // 2, pad % 2, 2, 2)
        assert np.abs(shown.astype(int) - level(pad)).max() <= 1


@pytest.mark.parametrize("method", [0, 1])
@pytest.mark.parametrize(
    "colours", list(itertools.permutations(["bt601", "bt709", "1:3:0:0"], 2)), ids="-".join
)
def test_sources_of_other_colours_stay_in_their_tiles(run, colours, method):
    sources = " ".join(grey(pad, colours=colours[pad % 2]) for pad in range(4))
    mux = "nvstreammux name=m width=64 height=48 batch-size=4"
    tiler = "nvmultistreamtiler rows=2 columns=2 width=160 height=120"
    tiler += f" interpolation-method={method}"
    one = run(f"{sources} {mux} ! {tiler} ! nvvideoconvert ! video/x-raw ! {SINK}")
    picture = luma(one, 160, 120)
    for pad in range(4):
        # videotestsrc writes the same luma, whatever the range.
        shade = level(pad) if colours[pad % 2] == "1:3:0:0" else GREYS[pad]
        expected = shade if colours[0] == "1:3:0:0" else 16 + shade * 219 / 255
        shown = tile(picture, pad // 2, pad % 2, 2, 2)
        assert np.abs(shown.astype(int) - expected).max() <= 3  # it rounds several times


def test_tiles_without_a_source_are_black(run):
    picture = luma(run(text([0, 2], "rows=2 columns=2 width=160 height=120")), 160, 120)
    assert (tile(picture, 0, 1, 2, 2) == 16).all()
    assert (tile(picture, 1, 1, 2, 2) == 16).all()
    assert np.abs(tile(picture, 1, 0, 2, 2).astype(int) - level(2)).max() <= 1


def test_the_grid_grows_for_more_sources_than_tiles(run):
    picture = luma(run(text(range(4), "rows=1 columns=1 width=160 height=120")), 160, 120)
    assert np.abs(tile(picture, 1, 1, 2, 2).astype(int) - level(3)).max() <= 1


@pytest.mark.parametrize(
    ("sources", "grown"), [(range(4), "2 rows and 2 columns"), ([2], "1 rows and 3 columns")]
)
def test_a_grid_that_grows_warns_once(run, sources, grown):
    (warning,) = run(text(sources, "rows=1 columns=2 width=160 height=120")).warnings
    assert "1 rows and 2 columns" in warning
    assert grown in warning


def test_a_grid_that_is_large_enough_does_not_warn(run):
    assert run(text(range(4), "rows=2 columns=2 width=160 height=120")).warnings == []


def test_one_source_can_fill_the_picture(run):
    one = run(text(range(4), "rows=2 columns=2 width=160 height=120 show-source=2"))
    assert np.abs(luma(one, 160, 120).astype(int) - level(2)).max() <= 1


def test_a_source_that_ends_leaves_its_tile_black(run):
    sources = f"{grey(0, n=2)} {grey(1, n=20)}"
    one = run(
        f"{sources} nvstreammux name=m width=64 height=48 batch-size=2"
        " ! nvmultistreamtiler rows=1 columns=2 width=160 height=48 ! nvvideoconvert"
        f" ! video/x-raw ! {SINK}"
    )
    picture = luma(one, 160, 48)
    assert (picture[:, :80] == 16).all()
    assert (picture[:, 80:] > 16).all()


def test_a_source_without_a_frame_keeps_its_last_one(build):
    live = "is-live=true"
    fast, slow = (grey(0, n=30), grey(1, n=40))
    fast = fast.replace("videotestsrc", f"videotestsrc {live}").replace("30/1", "100/1")
    slow = slow.replace("videotestsrc", f"videotestsrc {live}").replace("30/1", "10/1")
    one = build(
        f"{fast} {slow} nvstreammux name=m width=64 height=48 batch-size=2"
        " batched-push-timeout=5000 ! nvmultistreamtiler name=t rows=1 columns=2 width=160"
        " height=48 ! nvvideoconvert name=c"
        f" ! video/x-raw ! identity eos-after=20 ! {SINK}"
    )
    pictures = []

    def note(_sink, buffer, _pad):
        rows = np.frombuffer(buffer.extract_dup(0, 160 * 48), np.uint8).reshape(48, 160)
        pictures.append((rows[0, 0] > 16, rows[0, 159] > 16))

    one["sink"].connect("handoff", note)
    one.play()
    first = next(i for i, (_left, right) in enumerate(pictures) if right)
    assert len(pictures) > first + 5
    assert all(right for _left, right in pictures[first:])


def test_the_mosaic_is_one_frame_with_the_objects_of_all_tiles(build):
    one = build(text(range(4), "rows=2 columns=2 width=128 height=96", n=3))

    def add(frame):
        found = frame.add_object()
        found.obj_label = f"of {frame.source_id}"
        box = found.rect_params
        box.left, box.top, box.width, box.height = 16, 12, 32, 24

    one.edit("m", add)
    seen = []

    def read(_pad, info):
        batch = BatchMeta.of(info)
        for frame in batch.iter_frames():
            boxes = {}
            for found in frame.iter_objects():
                box = found.rect_params
                boxes[found.obj_label] = (box.left, box.top, box.width, box.height)
            size = (frame.source_frame_width, frame.source_frame_height)
            seen.append((frame.frame_num, size, boxes))

    one.probes.append(attach(one["t"].get_static_pad("src"), read))
    assert one.play().error is None
    assert [number for number, _size, _boxes in seen] == [0, 1, 2]
    for _number, size, boxes in seen:
        assert size == (128, 96)
        assert boxes == {
            "of 0": (16, 12, 32, 24),
            "of 1": (80, 12, 32, 24),
            "of 2": (16, 60, 32, 24),
            "of 3": (80, 60, 32, 24),
        }


def test_sizes_become_multiples_of_four_as_deepstreams_do(run):
    one = run(text([0], "width=61 height=50"))
    caps, _ = one.last()
    structure = caps.get_structure(0)
    assert (structure.get_value("width"), structure.get_value("height")) == (64, 52)


def test_a_buffer_without_metadata_is_an_error_that_says_what_is_missing(run):
    one = run(
        "videotestsrc num-buffers=2 ! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12"
        f" ! nvmultistreamtiler ! {SINK}"
    )
    assert "nvstreammux" in one.error


def test_what_is_not_supported_is_refused_by_name(run):
    assert "square-seq-grid" in run(text([0], "square-seq-grid=true")).error


@pytest.mark.parametrize(
    ("name", "default"),
    [("rows", 1), ("columns", 1), ("width", 1920), ("height", 1080), ("show-source", -1)],
)
def test_defaults_are_deepstreams(build, name, default):
    tiler = build(text([0], ""))["t"]
    assert tiler.get_property(name) == default


@pytest.mark.parametrize("grid", ["rows=1024 columns=1", "rows=1 columns=1024"])
def test_tiles_of_no_size_are_refused(run, grid):
    assert "is too small for" in run(text([0], f"{grid} width=64 height=64")).error
