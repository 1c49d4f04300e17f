"""Buffers on their way through dsmetaconvert, for conformance and the tests of the element."""

from __future__ import annotations

from contextlib import contextmanager

from pythiags import portable
from pythiags.gst import Gst
from pythiags.testing import carriers
from pythiags.testing.carriers.holding import held

CAPS = "video/x-raw,format=GRAY8,width=640,height=480,framerate=30/1"
PATIENCE = 20 * Gst.SECOND  # only so that a fault does not hang


class Line:
    """A pipeline of elements between an appsrc and an appsink, to push single buffers through.

    Args:
        text: The elements.
    """

    def __init__(self, text, caps=CAPS):
        portable.install()
        self.pipeline = Gst.parse_launch(
            f'appsrc name=in format=time caps="{caps}" ! {text} '
            "! appsink name=out sync=false enable-last-sample=false"
        )
        self.source, self.sink = map(self.pipeline.get_by_name, ("in", "out"))
        self.pipeline.set_state(Gst.State.PLAYING)

    def push(self, buffer):
        """Return what comes out for a buffer, which nobody else has; the caller must not keep it.

        Raises:
            RuntimeError: An element posted an error.
        """
        self.source.emit("push-buffer", buffer)
        del buffer
        sample = self.sink.emit("try-pull-sample", PATIENCE)
        if sample is None:
            raise RuntimeError("; ".join(self.messages(Gst.MessageType.ERROR)) or "nothing came")
        return sample.get_buffer()

    def messages(self, kind):
        """Return the texts of errors or warnings so far."""
        bus, found = self.pipeline.get_bus(), []
        while message := bus.pop_filtered(kind):
            parse = message.parse_error if kind == Gst.MessageType.ERROR else message.parse_warning
            found.append(parse()[0].message)
        return found

    def close(self):
        self.pipeline.set_state(Gst.State.NULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def through(buffer, text):
    """Push one buffer through elements, and return what has come out."""
    with Line(text) as line:
        return line.push(buffer)


TO_DEEPSTREAM = "dsmetaconvert to=deepstream"
TO_PORTABLE = "dsmetaconvert to=portable"
THERE_AND_BACK = f"{TO_DEEPSTREAM} ! {TO_PORTABLE}"


class Converted(carriers.Portable):
    """Portable metadata that dsmetaconvert has made NVIDIA's, in a probe behind it."""

    name = "portable, as NVIDIA's"

    @contextmanager
    def carry(self, scene):
        """Make a buffer with the scene, convert it and hold it up in a probe."""
        buffer = Gst.Buffer.new()
        self.put(buffer, scene)
        with held(through(buffer, TO_DEEPSTREAM)) as info:
            del buffer
            yield info


class ThereAndBack(carriers.Portable):
    """Portable metadata that was NVIDIA's in between."""

    name = "portable, there and back"

    @contextmanager
    def carry(self, scene):
        """Make a buffer with the scene, convert it and hold it up in a probe."""
        buffer = Gst.Buffer.new()
        self.put(buffer, scene)
        with held(through(buffer, THERE_AND_BACK)) as info:
            del buffer
            yield info
