"""Pictures in NVIDIA's memory, where the CPU sees it; what needs a card is refused by name."""

import ctypes
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pythiags import portable
from pythiags.gst import Gst

portable.install()

WIDTH, HEIGHT, PITCH = 34, 18, 64
PIXELS = np.random.default_rng(7).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), np.uint8)
SYSTEM, DEVICE = 6, 2
NV12, RGBA = 6, 19
CAPS = f"video/x-raw(memory:NVMM),format=NV12,width={WIDTH},height={HEIGHT},framerate=10/1"
CONVERT = "nvvideoconvert ! video/x-raw,format=NV12"
WAYS = {
    "nvvideoconvert": f"! {CONVERT}",
    "nvstreammux": f"! m.sink_0 nvstreammux name=m width={WIDTH} height={HEIGHT} "
    f"batch-size=1 ! {CONVERT}",
}


class Surface:
    """An NvBufSurface of DeepStream 9, laid out by NVIDIA's public header."""

    def __init__(
        self, memory=SYSTEM, colour=NV12, filled=1, width=WIDTH, *, address=None, pitch=PITCH
    ):
        self.data = np.zeros((HEIGHT * 3 // 2, PITCH), np.uint8)
        self.data[:, :WIDTH] = PIXELS
        self.picture = ctypes.create_string_buffer(416)
        pack = struct.pack_into
        pack("5I", self.picture, 0, width, HEIGHT, PITCH, colour, 0)
        address = self.data.ctypes.data if address is None else address
        pack("I4xQ", self.picture, 32, self.data.size, address)
        pack("I", self.picture, 48, 2)
        pack("2I", self.picture, 48 + 36, pitch, pitch)
        pack("2I", self.picture, 48 + 52, 0, PITCH * HEIGHT)
        self.head = bytearray(72)
        pack("3I", self.head, 0, 0, 1, filled)
        pack("I", self.head, 16, memory)
        pack("Q", self.head, 24, ctypes.addressof(self.picture))

    def buffer(self):
        buffer = Gst.Buffer.new_wrapped(bytes(self.head))
        buffer.pts, buffer.duration = Gst.SECOND, Gst.SECOND // 10
        return buffer


def play(way, surface):
    """Returns the pixels that came out, or the text of the error."""
    text = f"appsrc name=source format=time {WAYS[way]} ! appsink name=sink sync=false"
    pipeline = Gst.parse_launch(text)
    source, sink = (pipeline.get_by_name(name) for name in ("source", "sink"))
    source.set_property("caps", Gst.Caps.from_string(CAPS))
    pipeline.set_state(Gst.State.PLAYING)
    try:
        source.emit("push-buffer", surface.buffer())
        source.emit("end-of-stream")
        sample = sink.emit("pull-sample")
        if sample is None:
            message = pipeline.get_bus().timed_pop_filtered(10 * Gst.SECOND, Gst.MessageType.ERROR)
            return message.parse_error()[0].message
        buffer = sample.get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        stride = -(-WIDTH // 4) * 4
        return np.frombuffer(data, np.uint8).reshape(-1, stride)[:, :WIDTH]
    finally:
        pipeline.set_state(Gst.State.NULL)


@pytest.mark.parametrize("way", WAYS)
def test_the_picture_is_read_as_it_is(way):
    assert (play(way, Surface()) == PIXELS).all()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"colour": RGBA}, "its colour format is number 19, expected NV12"),
        ({"filled": 2}, "it has 2 pictures, and room for 1"),
        ({"filled": 0}, "it has 0 pictures, expected at least 1"),
        ({"width": WIDTH - 2}, "it has 32x18 pixels, but its caps say 34x18"),
        ({"address": 0}, "its pixels have no address"),
        ({"pitch": WIDTH - 1}, "its rows have 33 bytes, expected 34 at least"),
    ],
)
def test_what_cannot_be_read_is_told(way, changed, message):
    assert message in str(play(way, Surface(**changed)))


WITHOUT_LIBRARIES = """
import test_nvmemory as test
for way in test.WAYS:
    print(test.play(way, test.Surface(memory=test.DEVICE)))
"""


def test_a_card_without_its_libraries_is_told():
    """In a program of its own: other tests load libraries of that name."""
    words = [sys.executable, "-c", WITHOUT_LIBRARIES]
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environ)
    told = done.stdout.splitlines()
    assert len(told) == len(WAYS)
    for line in told:
        assert "NvBufSurfTransform is not in this process" in line
