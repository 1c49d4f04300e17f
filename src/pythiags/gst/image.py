"""Pictures of frames as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pythiags.errors import ImageError
from pythiags.gst import _gst
from pythiags.gst.carriers import find_pyds, frames_per_batch
from pythiags.gst.nvsurface import surface_image
from pythiags.suggest import meant

if TYPE_CHECKING:
    import numpy.typing as npt

    from pythiags.metadata import model

__all__ = ["CONVERT", "frame_image"]

#: What a picture can be converted to.
CONVERT: Final = (
    *("BGR", "RGB", "BGRA", "RGBA", "ABGR", "ARGB", "BGRx", "RGBx", "xBGR", "xRGB"),
    "GRAY8",
)


def frame_image(
    info: Any, frame: model.FrameMeta | None = None, *, convert: str | None = None
) -> npt.NDArray[np.uint8]:
    """Return the picture of one frame, rows first: ``image[top:bottom, left:right]`` is a crop.

    It is as large as what the boxes of the frame's objects refer to. As it lies in memory its shape
    is ``(height, width, 3)`` for RGB and BGR, ``(height, width, 4)`` for RGBA, BGRx and the like,
    ``(height, width)`` for GRAY8; and ``(height * 3 // 2, width)`` for NV12, NV21, I420 and YV12,
    luma above chroma, as OpenCV's ``cvtColor`` takes them: there the coordinates of a crop are
    right for the luma alone, so use ``convert``.

    Without ``convert`` this is a read-only view of the stream's own memory where that is possible;
    where planes have gaps between them it is a copy. Use a view within the extractor. A
    ``Channel`` copies those that an event holds; one that is kept elsewhere stays
    readable, and its buffer cannot be reused, so that a source with few buffers may come
    to a halt.

    Args:
        info: The info that the extractor was called with.
        frame: The frame, from ``frames_per_batch()``; None: the first, or only one.
        convert: A format to convert to, which makes a copy unless the picture has it: ``"BGR"`` as
            OpenCV expects it, ``"RGB"``, ``"GRAY8"`` or another of ``CONVERT``.

    Raises:
        ImageError: The CPU cannot access the picture, or its format is not supported.
        MetadataReleased: ``info`` is the info of a call that has returned.
        TypeError: ``info`` is something else.
    """
    if convert is not None and convert not in CONVERT:
        raise ImageError(
            f"cannot convert to {convert!r}",
            expected=", ".join(CONVERT),
            hint=meant(str(convert), CONVERT),
        )
    picture = None
    if _gst.may_be_nvmm(info):
        frame = next(frames_per_batch(info), None) if frame is None else frame
        if isinstance(frame, _gst.NvDsFrameMeta):
            picture = _gst.map_surface(info, frame)
        pyds = find_pyds() if picture is None and _is_deepstreams(frame) else None
        if pyds is not None and frame is not None:
            return surface_image(pyds, info, frame, convert)
    if picture is None:
        picture = _gst.map_picture(info, 0 if frame is None else frame.batch_id)
    if convert is not None and convert != picture.format:
        channels = () if convert == "GRAY8" else (len(convert),)
        image = np.empty((picture.height, picture.width, *channels), np.uint8)
        picture.convert(image, convert)
        return image
    return _as_it_is(picture)


def _is_deepstreams(frame: object) -> bool:
    """Whether a frame is DeepStream's own, through pythiags's views or through pyds."""
    return isinstance(frame, _gst.NvDsFrameMeta) or hasattr(type(frame), "cast")


def _as_it_is(picture: _gst.Picture) -> npt.NDArray[np.uint8]:
    if picture.shape is None:
        raise ImageError(
            f"{picture.format} of {picture.width}x{picture.height} pixels is not an array",
            expected="packed 8-bit pixels; or NV12, NV21, I420, YV12 of even width and height",
            hint='frame_image(info, frame, convert="BGR")',
        )
    if picture.in_one:
        return np.asarray(picture)
    image = np.empty(picture.shape, np.uint8)
    picture.copy(image)
    return image
