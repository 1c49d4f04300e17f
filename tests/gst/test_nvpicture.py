"""Pictures in DeepStream's memory that the CPU sees: NvBufSurface laid out by hand."""

import ctypes
import gc
import struct

import numpy as np
import pytest
from standins.nvidia import ByHand, make

from pythiags.errors import ImageError
from pythiags.gst import Gst, carriers
from pythiags.gst.carriers import frames_per_batch
from pythiags.gst.image import frame_image
from pythiags.testing import SceneFrame

PINNED, UNIFIED, SYSTEM, RGBA, BGR, NV12, GRAY8 = 1, 3, 6, 19, 28, 6, 1
WIDTH, HEIGHT, PITCH = 6, 4, 256
PIXELS = np.random.default_rng(6).integers(0, 256, (2, HEIGHT, WIDTH, 4), np.uint8)


@pytest.fixture(autouse=True)
def no_pyds(monkeypatch):
    monkeypatch.setattr(carriers, "find_pyds", lambda: pytest.fail("pyds was looked for"))
    monkeypatch.setattr("pythiags.gst.image.find_pyds", lambda: None)


class Surface:
    """An NvBufSurface with its pictures, and the buffer that holds it."""

    def __init__(
        self, pictures=PIXELS, *, kind=SYSTEM, color=RGBA, size=384, layout=0, room=None, frame=200,
        planes=None, length=64,
    ):  # fmt: skip
        self.rows, blocks = [], []
        for pixels in pictures:
            memory = np.zeros((8, PITCH), np.uint8)
            flat = pixels.reshape(len(pixels), -1)
            memory[: len(flat), : flat.shape[1]] = flat
            self.rows.append(memory)
            count = 1 if planes is None else len(planes)
            pitches = [PITCH] * count + [0] * (4 - count)
            offsets = list(planes or [0]) + [0] * (4 - count)
            block = struct.pack(
                "<5I4xQI4xQ", WIDTH, HEIGHT, PITCH, color, layout, 0,
                memory.nbytes if room is None else room, memory.ctypes.data,
            )  # fmt: skip
            block += struct.pack("<I8I4I4I", count, *[0] * 8, *pitches, *offsets)
            blocks.append(block.ljust(size, b"\0"))
        self.list = ctypes.create_string_buffer(b"".join(blocks))
        head = struct.pack(
            "<3IB3xi4xQ", 0, len(pictures), len(pictures), 1, kind, ctypes.addressof(self.list)
        )
        self.buffer = Gst.Buffer.new_wrapped(head.ljust(length, b"\0"))
        batch = make(
            lambda frames: ByHand(frames, frame_size=frame), [SceneFrame()] * len(pictures)
        )
        batch.attach(self.buffer)

    def frames(self):
        return list(frames_per_batch(self.buffer))


@pytest.mark.parametrize("kind", [PINNED, UNIFIED, SYSTEM])
def test_a_view_of_the_memory_itself(kind):
    surface = Surface(kind=kind)
    images = [frame_image(surface.buffer, frame) for frame in surface.frames()]
    for image, pixels, rows in zip(images, PIXELS, surface.rows, strict=True):
        assert (image == pixels).all()
        assert image.strides == (PITCH, 4, 1)
        assert np.shares_memory(image, rows)
        assert not image.flags.writeable


@pytest.mark.parametrize(("size", "frame"), [(384, 192), (384, 200), (416, 232)])
def test_where_the_second_slot_lies_depends_on_the_version(size, frame):
    surface = Surface(size=size, frame=frame)
    _, second = surface.frames()
    assert (frame_image(surface.buffer, second) == PIXELS[1]).all()


def test_other_formats():
    surface = Surface(PIXELS[..., :3], color=BGR)
    assert (frame_image(surface.buffer) == PIXELS[0, ..., :3]).all()
    assert (frame_image(surface.buffer, convert="RGB") == PIXELS[0, ..., 2::-1]).all()
    surface = Surface(PIXELS[..., 0], color=GRAY8)
    assert (frame_image(surface.buffer) == PIXELS[0, ..., 0]).all()


def test_planes_lie_where_the_surface_says():
    luma = np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH)
    chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    both = np.vstack([luma, chroma])
    surface = Surface([both], color=NV12, planes=[0, HEIGHT * PITCH])
    assert (frame_image(surface.buffer) == both).all()
    assert (frame_image(surface.buffer, convert="GRAY8").shape) == (HEIGHT, WIDTH)


def test_a_kept_view_keeps_the_buffer():
    surface = Surface()
    frame = surface.frames()[0]
    before = surface.buffer.mini_object.refcount
    crop = frame_image(surface.buffer, frame)[1:]
    assert surface.buffer.mini_object.refcount == before + 1
    assert (crop == PIXELS[0, 1:]).all()
    del crop
    gc.collect()
    assert surface.buffer.mini_object.refcount == before


@pytest.mark.parametrize(
    "what",
    [
        {"kind": 0}, {"kind": 2}, {"kind": 4}, {"kind": 5}, {"kind": 7}, {"layout": 1},
        {"color": 29}, {"color": 0}, {"color": 10_000}, {"planes": [0, 512]}, {"planes": [4096]},
        {"length": WIDTH * HEIGHT * 16},
    ],
    ids=str,
)  # fmt: skip
def test_what_the_cpu_does_not_see_or_nobody_knows_is_not_read(what):
    """It is left to pyds, which is not here."""
    surface = Surface(**what)
    with pytest.raises(ImageError):
        frame_image(surface.buffer, surface.frames()[0])


@pytest.mark.parametrize("room", [0, 100, 3 * PITCH + 23])
def test_a_surface_that_is_too_short_is_not_read(room):
    surface = Surface(room=room)
    with pytest.raises(ImageError):
        frame_image(surface.buffer, surface.frames()[0])


def test_a_slot_that_is_not_there():
    surface = Surface()
    frame = surface.frames()[1]
    frame.batch_id = 2
    with pytest.raises(ImageError):
        frame_image(surface.buffer, frame)
