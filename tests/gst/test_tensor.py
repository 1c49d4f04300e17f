"""Pictures in NVIDIA's memory as tensors of DLPack: here in memory that the CPU sees."""

import ctypes
import gc

import numpy as np
import pytest
from standins import card

import pythiags
from pythiags import portable
from pythiags.errors import ImageError, MetadataReleased
from pythiags.gst import Gst, _gst
from pythiags.gst.probe import attach

WIDTH, HEIGHT = 64, 48
PIXELS = np.random.default_rng(5).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), np.uint8)
SYSTEM, DEVICE, PINNED = 6, 2, 1


@pytest.fixture
def show():
    """``show(memory, look)``: give what ``look(info)`` says of a buffer with a surface."""
    card.libraries()
    decoded = card.Decoded(PIXELS)

    caps = card.caps(WIDTH, HEIGHT)

    def play(memory, look):
        decoded.surface.contents.memory = memory
        pipeline = Gst.parse_launch(f'appsrc name=a format=time caps="{caps}" ! fakesink name=sink')
        found = []
        pad = pipeline.get_by_name("sink").get_static_pad("sink")
        probe = attach(pad, lambda _pad, info: found.append(look(info)))
        pipeline.set_state(Gst.State.PLAYING)
        pipeline.get_by_name("a").emit("push-buffer", decoded.buffer(0))
        pipeline.get_by_name("a").emit("end-of-stream")
        wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
        message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
        pipeline.set_state(Gst.State.NULL)
        assert message.type == Gst.MessageType.EOS
        assert probe.stats().errors == {}
        probe.remove()
        return found[0]

    play.picture = decoded.surface.contents.pictures[0]
    yield play
    decoded.close()


def test_planes_are_where_the_pixels_are(show):
    def look(info):
        luma, chroma = (pythiags.frame_tensor(info, plane=plane) for plane in (0, 1))
        assert (luma.shape, luma.strides) == ((HEIGHT, WIDTH), (256, 1))
        assert (chroma.shape, chroma.strides) == ((HEIGHT // 2, WIDTH // 2, 2), (256, 2, 1))
        arrays = [np.from_dlpack(each) for each in (luma, chroma)]
        return [each.copy() for each in arrays]

    luma, chroma = show(SYSTEM, look)
    assert (luma == PIXELS[:HEIGHT]).all()
    assert (chroma.reshape(HEIGHT // 2, WIDTH) == PIXELS[HEIGHT:]).all()


def test_an_array_of_it_is_read_only_and_keeps_the_buffer(show):
    def look(info):
        return np.from_dlpack(pythiags.frame_tensor(info))

    array = show(SYSTEM, look)
    assert (array == PIXELS[:HEIGHT]).all()
    if tuple(map(int, np.__version__.split(".")[:2])) >= (2, 1):
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("memory", "device"), [(DEVICE, (2, 0)), (PINNED, (3, 0)), (SYSTEM, (1, 0))]
)
def test_it_tells_where_it_is(show, memory, device):
    assert show(memory, lambda info: pythiags.frame_tensor(info).__dlpack_device__()) == device


def test_after_the_probe_it_is_an_error(show):
    tensor = show(SYSTEM, pythiags.frame_tensor)
    with pytest.raises(MetadataReleased):
        tensor.__dlpack__()


def test_what_stays_where_it_is_is_not_copied(show):
    def look(info):
        tensor = pythiags.frame_tensor(info)
        for more in ({"copy": True}, {"dl_device": (2, 0)}):
            with pytest.raises(BufferError, match="stay where they are"):
                tensor.__dlpack__(**more)
        return tensor.__dlpack__(copy=False, dl_device=(1, 0), max_version=(1, 0))

    capsule = show(SYSTEM, look)
    assert "dltensor_versioned" in repr(capsule)


def test_a_capsule_that_nobody_takes_gives_the_buffer_back(show):
    def look(info):
        buffer = info.get_buffer()
        count = ctypes.c_int.from_address(hash(buffer) + 8)  # GstMiniObject's
        before = count.value
        capsules = [pythiags.frame_tensor(info).__dlpack__(max_version=v) for v in (None, (1, 0))]
        during = count.value
        del capsules
        gc.collect()
        return during - before, count.value - before

    assert show(SYSTEM, look) == (2, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plane": 2}, "it has 2 planes, expected one with the number 2"),
        ({"plane": -1}, None),
    ],
)
def test_no_such_plane_is_told(show, change, message):
    def look(info):
        with pytest.raises(ImageError if message else OverflowError, match=message):
            pythiags.frame_tensor(info, **change)
        return True

    assert show(SYSTEM, look)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("planes", 9, "expected one with the number 5"), ("data", None, "its pixels have no address")],
)
def test_a_picture_that_is_described_wrongly_is_told(show, field, value, message):
    def look(info):
        with pytest.raises(ImageError, match=message):
            pythiags.frame_tensor(info, plane=5)
        return True

    kept = getattr(show.picture, field)
    setattr(show.picture, field, value)
    try:
        assert show(SYSTEM, look)
    finally:
        setattr(show.picture, field, kept)


def test_a_picture_in_ordinary_memory_is_refused_with_the_way_to_it():
    portable.install()
    pipeline = Gst.parse_launch("videotestsrc num-buffers=1 ! fakesink name=sink")
    found = []

    def look(_pad, info):
        with pytest.raises(ImageError, match="in ordinary memory") as raised:
            pythiags.frame_tensor(info)
        found.append(raised.value.hint)

    probe = attach(pipeline.get_by_name("sink").get_static_pad("sink"), look)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
    pipeline.set_state(Gst.State.NULL)
    probe.remove()
    assert message is not None
    assert "frame_image(info, frame)" in found[0]


def test_it_cannot_be_made_by_hand():
    with pytest.raises(TypeError, match="frame_tensor"):
        _gst.FrameTensor()
