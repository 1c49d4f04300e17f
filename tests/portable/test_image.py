"""Pictures of the frames of a batch, and crops of their objects."""

import numpy as np
import pytest

from pythiags import frame_image, frames_per_batch, last_bbox, objects_per_frame
from pythiags.errors import ImageError
from pythiags.gst.probe import attach

COLOURS = {"red": (0, 0, 255), "green": (0, 255, 0), "blue": (255, 0, 0)}
BATCH = "nvstreammux name=m width=64 height=48 batch-size=3"


def sources(count=3):
    caps = "video/x-raw,format=NV12,width=64,height=48,framerate=30/1"
    return " ".join(
        f"videotestsrc num-buffers=2 pattern={colour} ! {caps} ! nvvideoconvert ! m.sink_{number}"
        for number, colour in list(enumerate(COLOURS))[:count]
    )


@pytest.fixture
def looks(build):
    """``looks(text, look)``: what ``look`` gives for each buffer at the element named here."""

    def play(text, look):
        one, seen = build(text), []
        probe = attach(one["here"].get_static_pad("src"), lambda pad, info: seen.append(look(info)))
        one.probes.append(probe)
        assert one.play().error is None
        assert probe.stats().errors == {}
        return seen

    return play


def by_source(info, **options):
    return {
        frame.source_id: frame_image(info, frame, **options).copy()
        for frame in frames_per_batch(info)
    }


@pytest.mark.parametrize("convert", ["", "! nvvideoconvert ! video/x-raw(memory:NVMM),format=BGRx"])
def test_each_frame_has_its_own_picture(looks, convert):
    text = f"{sources()} {BATCH} {convert} ! identity name=here ! fakesink name=sink sync=false"
    batches = looks(text, lambda info: by_source(info, convert="BGR"))
    assert [sorted(batch) for batch in batches] == [[0, 1, 2]] * 2
    for batch in batches:
        for image, colour in zip(batch.values(), COLOURS.values(), strict=True):
            assert image.shape == (48, 64, 3)
            assert np.abs(image.astype(int) - colour).max() <= 3


def test_the_planes_of_a_batch_are_as_opencv_takes_them(looks):
    text = f"{sources()} {BATCH} ! identity name=here ! fakesink name=sink sync=false"
    (first, _) = looks(text, by_source)
    assert [image.shape for image in first.values()] == [(72, 64)] * 3


def test_a_batch_of_one_and_what_a_demuxer_gives(looks):
    text = (
        f"{sources(1)} nvstreammux name=m width=64 height=48 batch-size=1 ! nvstreamdemux name=d "
        "d.src_0 ! identity name=here ! fakesink name=sink sync=false"
    )
    for batch in looks(text, lambda info: by_source(info, convert="RGB")):
        assert np.abs(batch[0].astype(int) - (255, 0, 0)).max() <= 3


def test_the_tiler_gives_one_picture_for_all(looks):
    text = (
        f"{sources()} {BATCH} ! nvmultistreamtiler rows=1 columns=3 width=192 height=48 "
        "! identity name=here ! fakesink name=sink sync=false"
    )
    for image in looks(text, lambda info: frame_image(info, convert="BGR").copy()):
        assert image.shape == (48, 192, 3)
        for number, colour in enumerate(COLOURS.values()):
            tile = image[8:40, 64 * number + 8 : 64 * number + 56].astype(int)
            assert np.abs(tile - colour).max() <= 3


def test_a_box_cuts_its_object_out(build, looks):
    """A white ball on black, and a box around its bright pixels: the crop has all of them."""
    text = (
        "videotestsrc num-buffers=3 pattern=ball ! video/x-raw,width=128,height=96,framerate=30/1 "
        "! nvvideoconvert ! m.sink_0 nvstreammux name=m width=64 height=48 batch-size=1 "
        "! identity name=mark ! identity name=here ! fakesink name=sink sync=false"
    )

    def look(info):
        (frame,) = frames_per_batch(info)
        image = frame_image(info, frame, convert="GRAY8")
        bright = np.argwhere(image > 128)
        (top, left), (bottom, right) = bright.min(0), bright.max(0) + 1
        obj = frame.add_object()
        box = obj.rect_params
        box.left, box.top, box.width, box.height = left, top, right - left, bottom - top
        (found,) = objects_per_frame(frame)
        box = last_bbox(found)
        crop = image[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
        return int((crop > 128).sum()) == len(bright) > 20

    assert looks(text, look) == [True] * 3


def test_a_slot_that_is_not_there(looks):
    def look(info):
        frame = next(iter(frames_per_batch(info)))
        frame.batch_id = 7
        with pytest.raises(ImageError, match="no picture in slot 7"):
            frame_image(info, frame)
        return True

    text = f"{sources()} {BATCH} ! identity name=here ! fakesink name=sink sync=false"
    assert looks(text, look) == [True] * 2


def test_a_kept_view_is_not_drawn_on(build):
    """Who keeps a view sees what was there, though an element behind draws in place."""
    text = (
        f"{sources(1)} nvstreammux name=m width=64 height=48 batch-size=1 ! nvvideoconvert "
        "! video/x-raw(memory:NVMM),format=RGBA ! identity name=here ! nvdsosd "
        "! identity name=drawn ! fakesink name=sink sync=false"
    )
    one, kept, then, drawn = build(text), [], [], []

    def keep(pad, info):
        (frame,) = frames_per_batch(info)
        box = frame.add_object().rect_params
        box.left, box.top, box.width, box.height, box.border_width = 10, 10, 30, 20, 4
        box.border_color.set(0, 0, 1, 1)
        kept.append(frame_image(info, frame))
        then.append(kept[-1].copy())

    probes = [
        attach(one["here"].get_static_pad("src"), keep),
        attach(
            one["drawn"].get_static_pad("src"),
            lambda pad, info: drawn.append(frame_image(info).copy()),
        ),
    ]
    one.probes += probes
    assert one.play().error is None
    assert [probe.stats().errors for probe in probes] == [{}, {}]
    for view, before, after in zip(kept, then, drawn, strict=True):
        assert (view == before).all()
        assert (after != before).any()
