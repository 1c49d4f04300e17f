"""Pictures of frames where they lie on a card, for libraries of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.errors import ImageError
from pythiags.gst import _gst
from pythiags.gst.carriers import frames_per_batch

if TYPE_CHECKING:
    from pythiags.metadata import model

__all__ = ["frame_tensor"]


def frame_tensor(
    info: Any, frame: model.FrameMeta | None = None, *, plane: int = 0
) -> _gst.FrameTensor:
    """Return the picture of a frame as a tensor in the memory of the card, without a copy.

    ``cupy.from_dlpack()``, ``torch.from_dlpack()`` and the like make an array of it, of uint8. RGBA
    has one plane, ``(height, width, 4)``. NV12 has two: the luma ``(height, width)`` and, as plane
    1, the chroma ``(height / 2, width / 2, 2)``.

    The tensor is valid within the extractor. An array that was made of it stays readable and keeps
    its buffer, which cannot be used again meanwhile. Do not write to it.

    Args:
        info: The info that the extractor was called with.
        frame: The frame, from ``frames_per_batch()``; None: the first, or only one.
        plane: Of NV12: 0 or 1.

    Raises:
        ImageError: The picture is not in NVIDIA's memory, or has no such plane.
        MetadataReleased: ``info`` is the info of a call that has returned.
        TypeError: ``info`` is something else.
    """
    frame = next(frames_per_batch(info), None) if frame is None else frame
    tensor = _gst.map_tensor(info, 0 if frame is None else frame.batch_id, plane)
    if tensor is None:
        raise ImageError(
            "the picture is in ordinary memory",
            expected="a picture in the memory of a card",
            hint="frame_image(info, frame) gives it as a numpy array",
        )
    return tensor
