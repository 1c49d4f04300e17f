"""Pictures in DeepStream's memory: what pyds shows, on the stand-in."""

import gc
import struct

import numpy as np
import pytest
from standins.nvidia import ByHand, buffer_of, make

from pythiags.channel import Channel
from pythiags.errors import ImageError
from pythiags.gst import Gst, carriers, nvsurface
from pythiags.gst.carriers import frames_per_batch
from pythiags.gst.image import CONVERT, frame_image
from pythiags.testing import SceneFrame

PIXELS = np.random.default_rng(5).integers(0, 256, (4, 6, 4), np.uint8)


@pytest.fixture(autouse=True)
def fresh_lookup():
    carriers.find_pyds.cache_clear()
    yield
    carriers.find_pyds.cache_clear()


@pytest.fixture
def jetson(monkeypatch):
    monkeypatch.setattr(nvsurface, "_is_jetson", lambda: True)


@pytest.fixture
def surface(pyds):
    """A buffer with DeepStream's metadata and two pictures, and its second frame."""
    buffer = buffer_of(ByHand, [SceneFrame(), SceneFrame()])
    pyds.standin_surface(hash(buffer), 0, np.zeros((4, 6, 4), np.uint8))
    pyds.standin_surface(hash(buffer), 1, PIXELS)
    _, frame = frames_per_batch(buffer)
    return buffer, frame


def test_a_view_of_what_pyds_shows(surface):
    buffer, frame = surface
    image = frame_image(buffer, frame)
    assert (image == PIXELS).all()
    assert np.shares_memory(image, PIXELS)
    assert not image.flags.writeable


def test_without_a_frame_it_is_the_first(surface):
    assert not frame_image(surface[0]).any()


@pytest.mark.parametrize("convert", CONVERT)
@pytest.mark.parametrize("channels", [3, 4])
def test_channels_are_reordered(surface, pyds, convert, channels):
    buffer, frame = surface
    pyds.standin_surface(hash(buffer), 1, PIXELS[..., :channels])
    image = frame_image(buffer, frame, convert=convert)
    if convert == "GRAY8":
        expected = PIXELS[..., :3] @ [0.299, 0.587, 0.114]
        assert np.abs(image - expected).max() <= 0.51
        return
    assert image.shape == (4, 6, len(convert))
    for channel, name in enumerate(convert):
        source = "RGBA".find(name)
        if name in "RGB" or (name == "A" and channels == 4):
            assert (image[..., channel] == PIXELS[..., source]).all()
        elif name == "A":
            assert (image[..., channel] == 255).all()


def test_a_kept_view_keeps_the_buffer(surface):
    buffer, frame = surface
    before = buffer.mini_object.refcount
    image = frame_image(buffer, frame)
    assert buffer.mini_object.refcount == before + 1
    crop = image[1:, 2:]
    del image
    gc.collect()
    assert (crop == PIXELS[1:, 2:]).all()
    del crop
    assert buffer.mini_object.refcount == before


def test_an_event_gets_a_copy(surface):
    channel = Channel(on_full="block")
    channel.put({"crop": frame_image(*surface)[:2]})
    crop = channel.get(1)["crop"]
    assert (crop == PIXELS[:2]).all()
    assert crop.flags.owndata


def test_a_jetson_is_told_when_nobody_looks_any_more(surface, pyds, jetson):
    buffer, frame = surface
    one, other = frame_image(buffer, frame), frame_image(buffer, frame)
    assert pyds.mapped == [(hash(buffer), 1)]
    del one
    gc.collect()
    assert pyds.mapped == [(hash(buffer), 1)]
    del other
    gc.collect()
    assert pyds.mapped == []


def test_nothing_else_is_told(surface, pyds):
    image = frame_image(*surface)
    del image
    gc.collect()
    assert len(pyds.mapped) == 1


def test_another_format_says_what_to_do(surface, pyds):
    buffer, frame = surface
    pyds.standin_surface(hash(buffer), 1, "NV12")
    with pytest.raises(ImageError, match=r"not NV12(.|\n)*format=RGBA"):
        frame_image(buffer, frame)


@pytest.mark.parametrize(
    ("kind", "on_jetson", "visible"),
    [(0, False, False), (0, True, True), (2, False, False), (2, True, False), (3, False, True)],
)
def test_memory_of_the_gpu_is_never_touched(pyds, monkeypatch, kind, on_jetson, visible):
    """Reading it would end the process: pyds does not look."""
    monkeypatch.setattr(nvsurface, "_is_jetson", lambda: on_jetson)
    buffer = Gst.Buffer.new_wrapped(struct.pack("5I44x", 0, 1, 1, 1, kind))
    make(ByHand, [SceneFrame()]).attach(buffer)
    pyds.standin_surface(hash(buffer), 0, PIXELS)
    (frame,) = frames_per_batch(buffer)
    if visible:
        assert (frame_image(buffer, frame) == PIXELS).all()
        return
    with pytest.raises(ImageError, match="nvbuf-memory-type=3"):
        frame_image(buffer, frame)
    assert pyds.mapped == []


def test_a_frame_of_pyds_will_do(surface, pyds):
    frame = pyds.NvDsFrameMeta()
    frame.batch_id = 1
    assert (frame_image(surface[0], frame) == PIXELS).all()
