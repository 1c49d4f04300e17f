"""Show one picture in each format; print, for each, how its texture differs from the reference."""

import sys
import time

import numpy as np
from kivy.core.window import Window  # noqa: F401 - opens the window, and with it GL

from pythiags.gst import Gst
from pythiags.gst._gst import pull_frame
from pythiags.kivy.frames import FrameTexture


def play(pixel_format, width, height):
    caps = f"video/x-raw,format={pixel_format},width={width},height={height}"
    pipeline = Gst.parse_launch(f"videotestsrc num-buffers=1 ! {caps} ! appsink name=sink")
    pipeline.set_state(Gst.State.PLAYING)
    return pipeline, pipeline.get_by_name("sink")


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition}"


def reference(width, height):
    pipeline, sink = play("RGBA", width, height)
    (plane,) = pull_frame(sink, 20 * Gst.SECOND).planes
    pixels = np.asarray(plane).reshape(height, width, 4).astype(int)
    pipeline.set_state(Gst.State.NULL)
    return pixels


for pixel_format in sys.argv[1:]:
    for width, height in ((320, 240), (322, 10), (321, 11)):
        pipeline, sink = play(pixel_format, width, height)
        shown = FrameTexture(sink)
        wait_for(shown.update)
        assert not shown.update(), "the same frame twice"
        assert shown.texture.size == (width, height)
        pixels = np.frombuffer(shown.texture.pixels, np.uint8).reshape(height, width, 4).astype(int)
        expected = reference(width, height)
        if pixel_format == "GRAY8":  # reading a luminance texture back gives its red channel
            expected[..., 0] = 16 + expected[..., :3] @ (0.299, 0.587, 0.114) * 219 / 255
            expected[..., 1:3] = 0
        off = np.abs(pixels[..., :3] - expected[..., :3])[: height * 2 // 3]  # below it is noise
        print(pixel_format, width, height, int(off.max()))
        pipeline.set_state(Gst.State.NULL)
