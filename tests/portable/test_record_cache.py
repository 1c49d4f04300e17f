"""What smart-record keeps of the frames that pass: from a key frame on, and never without bound."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import pytest

from pythiags.gst import Gst

URISRC = Path(__file__).parents[2] / "src" / "pythiags" / "portable" / "urisrc"
KEPT, GAP = 10, 60  # seconds: the length of the cache; the longest time between key frames


class Cache(ctypes.Structure):
    """PtRecordCache, whose first field is a GQueue."""

    _fields_ = (
        ("head", ctypes.c_void_p),
        ("tail", ctypes.c_void_p),
        ("count", ctypes.c_uint),
        ("caps", ctypes.c_void_p),
        ("length", ctypes.c_uint64),
        ("last", ctypes.c_uint64),
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("cache") / "recordcache.so"
    flags = subprocess.check_output(
        ["pkg-config", "--cflags", "--libs", "gstreamer-1.0"], text=True
    ).split()
    words = ["cc", "-std=gnu11", "-Wall", "-Werror", "-shared", "-fPIC", "-o", path]
    subprocess.check_call([*words, URISRC / "recordcache.c", *flags])
    return ctypes.CDLL(str(path))


@pytest.fixture
def add(library):
    """``add(second, key=True)``: a frame passes. How many are kept then."""
    cache = Cache(length=KEPT * Gst.SECOND, last=Gst.CLOCK_TIME_NONE)
    library.gst_mini_object_ref.restype = ctypes.c_void_p
    library.pt_record_cache_add.argtypes = (ctypes.c_void_p, ctypes.c_void_p)

    def one(second, *, key):
        buffer = Gst.Buffer.new()
        buffer.pts = second * Gst.SECOND
        if not key:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        taken = library.gst_mini_object_ref(ctypes.c_void_p(hash(buffer)))
        library.pt_record_cache_add(ctypes.byref(cache), taken)
        return cache.count

    yield one
    library.pt_record_cache_clear(ctypes.byref(cache))


def test_what_is_kept_begins_with_a_key_frame(add):
    counts = [add(second, key=second % 4 == 0) for second in range(100)]
    assert max(counts) <= KEPT + 2 * 4
    assert counts[-1] >= KEPT


def test_a_camera_without_key_frames_does_not_fill_the_memory(add):
    counts = [add(second, key=second == 0) for second in range(1000)]
    assert max(counts) <= KEPT + GAP + 2


def test_key_frames_that_are_far_apart_are_kept(add):
    """The second is old enough before the third comes: then the first one goes, no more."""
    counts = [add(second, key=second % 50 == 0) for second in range(100)]
    assert counts[KEPT + GAP] == KEPT + GAP + 1
    assert counts[-1] == 50


def test_the_newest_frame_stays(add):
    assert [add(second, key=True) for second in (0, 1000)] == [1, 1]
    assert [add(second, key=False) for second in (2000, 2001)] == [1, 2]
