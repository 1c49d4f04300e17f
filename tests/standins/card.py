"""A card that is none: NVIDIA's surfaces in memory that says it is a card's."""

from __future__ import annotations

import ctypes
import functools
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from pythiags.gst import Gst, _gst

SOURCE = Path(__file__).with_name("nvbufsurface.c")
LIBRARIES = ("libnvbufsurface.so", "libnvbufsurftransform.so")
NV12, DEVICE = 6, 2
U32, U64, POINTER = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_void_p


class Picture(ctypes.Structure):
    """``NvBufSurfaceParams`` of DeepStream 9."""

    _fields_ = (
        *((name, U32) for name in ("width", "height", "pitch", "format", "layout")),
        *(("descriptor", U64), ("size", U32), ("data", POINTER), ("planes", U32)),
        *(
            (name, U32 * 4)
            for name in ("widths", "heights", "pitches", "offsets", "sizes", "bytes")
        ),
        ("rest", POINTER * 33),
    )


class Surface(ctypes.Structure):
    """``NvBufSurface`` of DeepStream 9."""

    _fields_ = (
        *(("gpu", U32), ("batch", U32), ("filled", U32), ("contiguous", ctypes.c_bool)),
        *(("memory", U32), ("pictures", ctypes.POINTER(Picture)), ("rest", POINTER * 5)),
    )


class _Create(ctypes.Structure):
    _fields_ = (
        *((name, U32) for name in ("gpu", "width", "height", "size")),
        *(("contiguous", ctypes.c_bool), ("format", U32), ("layout", U32), ("memory", U32)),
        ("rest", POINTER * 4),
    )


@functools.cache
def libraries():
    """Compile and load them, for all of this process."""
    folder = Path(tempfile.mkdtemp(prefix="pythiags-card-"))
    loaded = []
    for name in LIBRARIES:
        path = str(folder / name)
        words = ["cc", "-O2", "-shared", "-fPIC", f"-Wl,-soname={name}", "-o", path, str(SOURCE)]
        subprocess.run(words, check=True)
        loaded.append(ctypes.CDLL(path))
        (folder / name).unlink()
    folder.rmdir()
    assert _gst.nvidia_is_here()
    return loaded


def surfaces():
    """Return how many surfaces there are."""
    return libraries()[0].standin_surfaces()


def transforms():
    """Return how often pictures were converted."""
    return libraries()[1].standin_transforms()


def planes(picture):
    """Return the planes of a picture, as arrays [rows, bytes] without padding, to be written to."""
    found = []
    for plane in range(picture.planes):
        rows, pitch = picture.heights[plane], picture.pitches[plane]
        memory = (ctypes.c_uint8 * (rows * pitch)).from_address(
            picture.data + picture.offsets[plane]
        )
        wide = picture.widths[plane] * picture.bytes[plane]
        found.append(np.frombuffer(memory, np.uint8).reshape(rows, pitch)[:, :wide])
    return found


class Decoded:
    """A picture as NVIDIA's decoder gives it; its memory lasts as long as this does.

    Args:
        pixels: NV12, uint8[height * 3 / 2, width].
        gpu: The number of the card.
    """

    def __init__(self, pixels, gpu=0):
        create, _ = libraries()
        height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
        wanted = _Create(gpu=gpu, width=width, height=height, format=NV12, memory=DEVICE)
        self.surface = ctypes.POINTER(Surface)()
        assert create.NvBufSurfaceCreate(ctypes.byref(self.surface), 1, ctypes.byref(wanted)) == 0
        self.surface.contents.filled = 1
        luma, chroma = planes(self.surface.contents.pictures[0])
        luma[:], chroma[:] = pixels[:height], pixels[height:]

    def buffer(self, number):
        """Make a buffer of it, the so many-th of ten a second."""
        buffer = Gst.Buffer.new_wrapped(bytes(self.surface.contents))
        buffer.duration = Gst.SECOND // 10
        buffer.pts = number * buffer.duration
        return buffer

    def close(self):
        libraries()[0].NvBufSurfaceDestroy(self.surface)


def surface_of(buffer):
    """Return the surface that a buffer holds; it is the buffer's."""
    data = buffer.extract_dup(0, buffer.get_size())
    return Surface.from_buffer_copy(data)


def caps(width, height, feature="(memory:NVMM)"):
    return f"video/x-raw{feature},format=NV12,width={width},height={height},framerate=10/1"
