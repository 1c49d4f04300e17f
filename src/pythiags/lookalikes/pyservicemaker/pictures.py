"""Pictures as buffers of GStreamer, made of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pythiags.gst import Gst

if TYPE_CHECKING:
    from pythiags.lookalikes.pyservicemaker.tensors import ColorFormat

__all__ = ["picture"]

CHANNELS: Final = {"RGB": 3, "RGBA": 4}


def picture(numbers: Any, order: str, color: ColorFormat) -> Gst.Buffer:
    """Return a buffer with a picture, whose rows are padded as GStreamer wants them.

    Args:
        numbers: Of any type that fits into bytes.
        order: The order of its dimensions: "HWC" or "CHW".
        color: What it is.

    Raises:
        ValueError: It has another shape.
    """
    from pythiags.gst import GstVideo

    name = color.name
    array = np.asarray(numbers)
    if order.upper() == "CHW" and array.ndim == len("CHW"):
        array = array.transpose(1, 2, 0)
    width, height = _size(array, name)
    info = _info(name, width, height)
    data = np.zeros(info.size, np.uint8)
    if name in CHANNELS:
        rows = data.reshape(height, info.stride[0])[:, : width * CHANNELS[name]]
        rows[:] = array.reshape(height, width * CHANNELS[name])
    else:
        _fill_planes(data, array.reshape(-1), info)
    buffer = Gst.Buffer.new_wrapped(data.tobytes())
    GstVideo.buffer_add_video_meta_full(
        *(buffer, GstVideo.VideoFrameFlags.NONE, info.finfo.format, width, height),
        *(info.finfo.n_planes, list(info.offset), list(info.stride)),
    )
    return buffer


def _size(array: Any, name: str) -> tuple[int, int]:
    channels = CHANNELS.get(name)
    if channels is not None:
        if array.ndim == len("HWC") and array.shape[2] == channels and array.size:
            return int(array.shape[1]), int(array.shape[0])
        wanted = f"(height, width, {channels})"
    else:
        if array.ndim == len("HW") and array.size and array.shape[0] % 3 == 0:
            return int(array.shape[1]), int(array.shape[0]) * 2 // 3
        wanted = "(height * 3 / 2, width)"
    raise ValueError(
        f"Tensor.wrap(ColorFormat.{name}): expected the shape {wanted}, got {tuple(array.shape)}; "
        'as_tensor(…, "CHW") is for those whose channels come first'
    )


def _info(name: str, width: int, height: int) -> Any:
    from pythiags.gst import GstVideo

    info = GstVideo.VideoInfo()
    info.set_format(GstVideo.VideoFormat.from_string(name), width, height)
    return info


def _fill_planes(data: Any, flat: Any, info: Any) -> None:
    """Copy the planes of I420, each row to where GStreamer has it."""
    start = 0
    for plane in range(info.finfo.n_planes):
        width, height = (
            (info.width, info.height)
            if plane == 0
            else (
                (info.width + 1) // 2,
                (info.height + 1) // 2,
            )
        )
        stride, offset = info.stride[plane], info.offset[plane]
        rows = data[offset : offset + stride * height].reshape(height, stride)[:, :width]
        rows[:] = flat[start : start + width * height].reshape(height, width)
        start += width * height
