"""Pictures in DeepStream's own memory, through its pyds: what the CPU does not see by itself.

Written after its documentation and that of ``NvBufSurface``; never run on NVIDIA's hardware.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

import numpy as np

from pythiags.errors import ImageError
from pythiags.gst import _gst

if TYPE_CHECKING:
    import numpy.typing as npt

    from pythiags.metadata import model

__all__ = ["surface_image"]

DEFAULT, CUDA_DEVICE = 0, 2  # NvBufSurfaceMemType; the default is the device's, but on a Jetson

_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601

# pyds maps a picture once, however often it is asked: who unmaps it does so for all.
_mapped: WeakValueDictionary[tuple[int, int], _gst.Surface] = WeakValueDictionary()


def surface_image(
    pyds: Any, info: Any, frame: model.FrameMeta, convert: str | None
) -> npt.NDArray[np.uint8]:
    """Return the picture of a frame whose metadata is pyds's; see ``pythiags.frame_image()``.

    Raises:
        ImageError: The CPU cannot see the memory, or the format is neither RGBA nor RGB.
    """
    place = _gst.buffer_address(info), frame.batch_id
    surface = _mapped.get(place)
    if surface is None:
        surface = _mapped[place] = _map(pyds, info, place)
    image = np.asarray(surface)
    if convert is None or convert == "RGBA"[: image.shape[2]]:
        return image
    return _reordered(image, convert)


def _map(pyds: Any, info: Any, place: tuple[int, int]) -> _gst.Surface:
    kind = _gst.nvidia_memory_type(info)
    if kind == CUDA_DEVICE or (kind == DEFAULT and not _is_jetson()):
        raise ImageError(
            "the picture is in GPU memory",
            expected="memory that the CPU can access",
            hint="nvbuf-memory-type=3 for nvstreammux, and for each nvvideoconvert after it",
        )
    try:
        pixels = pyds.get_nvds_buf_surface(*place)
    except RuntimeError as problem:
        raise ImageError(
            f"DeepStream cannot map this picture: {problem}",
            expected="RGBA",
            hint="put nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA before the extractor",
        ) from problem
    unmap = functools.partial(pyds.unmap_nvds_buf_surface, *place) if _is_jetson() else _nothing
    return _gst.Surface(info, pixels, unmap)


def _nothing() -> None:
    """Only a Jetson has to map memory for the CPU."""


@functools.cache
def _is_jetson() -> bool:
    try:
        return b"nvidia,tegra" in Path("/proc/device-tree/compatible").read_bytes()
    except OSError:
        return False


def _reordered(image: npt.NDArray[np.uint8], convert: str) -> npt.NDArray[np.uint8]:
    if convert == "GRAY8":
        gray: npt.NDArray[np.uint8] = np.rint(image[..., :3] @ np.array(_LUMA)).astype(np.uint8)
        return gray
    result = np.full((*image.shape[:2], len(convert)), 255, np.uint8)
    for channel, name in enumerate(convert.replace("x", "A")):
        source = "RGBA".index(name)
        if source < image.shape[2]:
            result[..., channel] = image[..., source]
    return result
