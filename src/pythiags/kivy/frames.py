"""From an appsink to a Kivy texture: the newest frame, its size, its padding."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from kivy.graphics.opengl import GL_MAX_TEXTURE_SIZE, glGetIntegerv
from kivy.graphics.texture import Texture

from pythiags.errors import StreamError

if TYPE_CHECKING:
    from pythiags.gst import Gst

__all__ = ["FrameTexture"]

COLORS = {"RGB": "rgb", "BGR": "bgr", "RGBA": "rgba", "BGRA": "bgra", "GRAY8": "luminance"}
"""What Kivy calls the pixel formats that it can upload as they are."""

NO_TIME = 2**64 - 1  # GST_CLOCK_TIME_NONE
CONVERT = "put `videoconvert ! video/x-raw,format=RGBA` before the appsink"


class FrameTexture:
    """A texture that follows an appsink: one frame of it at a time, the newest.

    The appsink itself is the mailbox: it is set to keep one frame and to replace it by a newer one,
    so nothing queues up however seldom ``update()`` is called, and no Python runs in the
    streaming thread.

    Args:
        sink: The ``appsink`` element.

    Attributes:
        texture: None until the first frame, and a new one whenever size or format changed.
        frames: How many were shown.
        pts: The timestamp of the newest in nanoseconds; -1 if it has none.
    """

    def __init__(self, sink: Gst.Element) -> None:
        sink.set_property("max-buffers", 1)
        sink.set_property("drop", True)
        self._sink = sink
        self._guard = sink.connect("notify::wait-on-eos", _wait_on_eos)
        _wait_on_eos(sink)
        self._shape: tuple[int, int, str] | None = None
        self.texture: Any = None
        self.frames = 0
        self.pts = -1

    def update(self, paused: bool = False) -> bool:
        """Show the newest frame, if there is one that was not shown yet. GL's thread only.

        Args:
            paused: Show the frame that a paused pipeline waits with: the first one, or the one that
                a seek has led to.

        Returns:
            Whether the texture's pixels changed.

        Raises:
            StreamError: The frames have a format or a size that Kivy cannot upload.
        """
        frame = self._pull(preroll=paused)  # never both: pulling one drops the other
        if frame is None:
            return False
        color = COLORS.get(frame.format)
        if color is None:
            raise self._wrong_format(frame.format)
        shape = (frame.width, frame.height, color)
        if shape != self._shape:
            self.texture = self._texture(*shape)
            self._shape = shape
        self.texture.blit_buffer(_pixels(frame.planes[0]), colorfmt=color, bufferfmt="ubyte")
        self.frames += 1
        self.pts = frame.pts if frame.pts != NO_TIME else -1
        return True

    def _texture(self, width: int, height: int, color: str) -> Any:
        (limit,) = glGetIntegerv(GL_MAX_TEXTURE_SIZE)
        if max(width, height) > limit:
            raise StreamError(
                "the frames are too large for a texture of this GPU",
                where=self._sink.get_name(),
                expected=f"at most {limit} pixels a side",
                got=f"{width}x{height}",
                hint="put `videoscale ! video/x-raw,width=1920,height=1080` before the appsink",
            )
        texture = Texture.create(size=(width, height), colorfmt=color)
        texture.flip_vertical()  # video's first row is the top one, GL's the bottom one
        return texture

    def release(self) -> None:
        """Let the end pass without waiting for ``update()``, which may not be called again."""
        if self._sink.handler_is_connected(self._guard):
            self._sink.disconnect(self._guard)
        self._sink.set_property("wait-on-eos", False)

    def _pull(self, *, preroll: bool) -> Any:
        from pythiags.gst._gst import pull_frame

        try:
            return pull_frame(self._sink, preroll=preroll)
        except ValueError as error:  # its message is the caps
            raise self._wrong_format(str(error)) from None
        except BufferError as error:
            raise StreamError(str(error), where=self._sink.get_name(), hint=CONVERT) from None

    def _wrong_format(self, got: str) -> StreamError:
        return StreamError(
            "Kivy cannot show frames of this format",
            where=self._sink.get_name(),
            expected=f"video/x-raw in system memory, format {', '.join(COLORS)}",
            got=got,
            hint=CONVERT,
        )


def _wait_on_eos(sink: Gst.Element, *_: object) -> None:
    """Hold the end back until the last picture was shown.

    An App lets it pass, since it cannot know that someone pulls from this appsink.
    """
    if not sink.get_property("wait-on-eos"):
        sink.set_property("wait-on-eos", True)


def _pixels(plane: Any) -> Any:
    """Return a plane's pixels without gaps, as Kivy takes them; a copy only if rows are padded.

    Kivy asks for a writable buffer though it only reads, hence the view through ctypes. The caller
    keeps the plane's frame until the upload is done.
    """
    if plane.stride == plane.row_bytes:
        return (ctypes.c_ubyte * (plane.rows * plane.row_bytes)).from_address(plane.address)
    import numpy as np

    return np.ascontiguousarray(np.asarray(plane)).reshape(-1)
