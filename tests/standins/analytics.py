"""GstAnalytics for tests: GStreamer's own library, or the stand-in for GStreamer before 1.24.

It is called with ctypes, by the signatures of GStreamer's public headers.
"""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import gi
import pytest

from pythiags.gst import Gst

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

LIBRARY = "libgstanalytics-1.0.so.0"
PART_OF, CONTAINS, RELATES = 2, 4, 8
ROOM = (5, 1024)  # what GStreamer's own shorthand asks for

glib = ctypes.CDLL("libglib-2.0.so.0")
glib.g_quark_from_string.argtypes = [ctypes.c_char_p]
glib.g_quark_from_string.restype = ctypes.c_uint32
_opened = []


class Mtd(ctypes.Structure):
    """GstAnalyticsMtd."""

    _fields_ = (("id", ctypes.c_uint), ("meta", ctypes.c_void_p))


def build(*options):
    """Compile the stand-in and return its path."""
    compiler = shutil.which("cc")
    assert compiler, "gcc is among the packages in setup/aptitude.build.list"
    folder = tempfile.TemporaryDirectory(prefix="pythiags-analytics")
    _opened.append(folder)
    path = Path(folder.name) / LIBRARY
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "gstreamer-1.0", "gstreamer-video-1.0"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    source = Path(__file__).with_name("gstanalytics.c")
    words = [compiler, "-shared", "-fPIC", "-Wall", "-Werror", f"-Wl,-soname,{LIBRARY}", *options]
    subprocess.run([*words, "-o", path, source, *flags], check=True, timeout=100)
    return path


@functools.cache
def library():
    """Load the library: GStreamer's if there is one."""
    try:
        loaded = ctypes.CDLL(LIBRARY)
    except OSError:
        loaded = ctypes.CDLL(str(build()))
        loaded.standin = True
    loaded.gst_buffer_add_analytics_relation_meta_full.restype = ctypes.c_void_p
    return loaded


def is_standin():
    """Whether it is the stand-in that is loaded."""
    return bool(getattr(library(), "standin", False))


def needs(function):
    """Skip the test where the library, GStreamer's own, is too old for a function."""
    if not hasattr(library(), function):
        pytest.skip(f"{Gst.version_string()} has no {function}")
    return getattr(library(), function)


def quark(text):
    """The quark of a text."""
    return glib.g_quark_from_string(text.encode() if isinstance(text, str) else text)


def _kept(buffer):
    """The address of a buffer, with a reference for whoever gets it."""
    gst = ctypes.CDLL("libgstreamer-1.0.so.0")
    gst.gst_mini_object_ref.restype = ctypes.c_void_p
    return ctypes.c_void_p(gst.gst_mini_object_ref(ctypes.c_void_p(hash(buffer))))


TENSOR_TYPES = {"int32": 3, "uint8": 6, "float16": 10, "float32": 11, "bfloat16": 13}


def _tensor_words(name, array, kind=None, size=None):
    data = Gst.Buffer.new_wrapped(array.tobytes(order="A")[:size])
    order = 1 if array.flags.f_contiguous and not array.flags.c_contiguous else 0
    dims = (ctypes.c_size_t * array.ndim)(*array.shape)
    number = TENSOR_TYPES[kind or str(array.dtype)]
    return quark(name), number, _kept(data), order, ctypes.c_size_t(array.ndim), dims


def add_tensors(buffer, **arrays):
    """Attach tensors to a buffer, as inference elements do from GStreamer 1.26 on."""
    add, new = needs("gst_buffer_add_tensor_meta"), needs("gst_tensor_new_simple")
    add.restype = new.restype = ctypes.c_void_p
    meta = ctypes.c_void_p(add(ctypes.c_void_p(hash(buffer))))
    made = [new(*_tensor_words(name, array)) for name, array in arrays.items()]
    glib.g_malloc.argtypes, glib.g_malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    size = len(made) * ctypes.sizeof(ctypes.c_void_p)
    memory = glib.g_malloc(size)
    ctypes.memmove(memory, (ctypes.c_void_p * len(made))(*made), size)
    needs("gst_tensor_meta_set")(meta, len(made), ctypes.c_void_p(memory))


class Stream(ctypes.Structure):
    """GstAnalyticsBatchStream."""

    _fields_ = (
        ("index", ctypes.c_uint), ("sticky_events", ctypes.c_void_p),
        ("sticky_count", ctypes.c_size_t), ("objects", ctypes.c_void_p),
        ("count", ctypes.c_size_t), ("padding", ctypes.c_void_p * 4),
    )  # fmt: skip


class Batch(ctypes.Structure):
    """GstAnalyticsBatchMeta, behind its GstMeta."""

    _fields_ = (("meta", ctypes.c_void_p * 2), ("streams", ctypes.c_void_p),
                ("count", ctypes.c_size_t))  # fmt: skip


def _array(pointers):
    glib.g_malloc0.argtypes, glib.g_malloc0.restype = [ctypes.c_size_t], ctypes.c_void_p
    size = max(len(pointers), 1) * ctypes.sizeof(ctypes.c_void_p)
    memory = glib.g_malloc0(size)
    ctypes.memmove(memory, (ctypes.c_void_p * len(pointers))(*pointers), 8 * len(pointers))
    return memory


def add_batch(buffer, *streams):
    """Attach a batch: for each stream what it has, buffers, buffer lists and events."""
    add = needs("gst_buffer_add_analytics_batch_meta")
    add.restype = ctypes.POINTER(Batch)
    batch = add(ctypes.c_void_p(hash(buffer))).contents
    glib.g_malloc0.argtypes, glib.g_malloc0.restype = [ctypes.c_size_t], ctypes.c_void_p
    batch.streams = glib.g_malloc0(len(streams) * ctypes.sizeof(Stream))
    batch.count = len(streams)
    made = (Stream * len(streams)).from_address(batch.streams)
    for number, (stream, objects) in enumerate(zip(made, streams, strict=True)):
        stream.index = number
        events = [each for each in objects if isinstance(each, Gst.Event)]
        others = [each for each in objects if not isinstance(each, Gst.Event)]
        stream.sticky_events = _array([_kept(each).value for each in events])
        stream.sticky_count = len(events)
        stream.objects, stream.count = _array([_kept(each).value for each in others]), len(others)


class Relations:
    """The relation meta of a buffer, added if there is none."""

    def __init__(self, buffer, room=ROOM):
        params = (ctypes.c_size_t * 2)(*room)
        add = library().gst_buffer_add_analytics_relation_meta_full
        self.meta = ctypes.c_void_p(add(ctypes.c_void_p(hash(buffer)), params))

    def _add(self, function, *arguments):
        mtd = Mtd()
        assert needs(function)(self.meta, *arguments, ctypes.byref(mtd))
        return mtd.id

    def object(self, label, box=(0, 0, 1, 1), confidence=0.5, rotation=None):
        """Add an object; its number is what comes back."""
        box, level = [ctypes.c_int(side) for side in box], ctypes.c_float(confidence)
        if rotation is None:
            return self._add("gst_analytics_relation_meta_add_od_mtd", quark(label), *box, level)
        return self._add(
            "gst_analytics_relation_meta_add_oriented_od_mtd",
            *(quark(label), *box, ctypes.c_float(rotation), level),
        )

    def classes(self, **levels):
        """Add a classification: names, and how likely each is."""
        count = len(levels)
        return self._add(
            "gst_analytics_relation_meta_add_cls_mtd",
            ctypes.c_size_t(count),
            (ctypes.c_float * count)(*levels.values()),
            (ctypes.c_uint32 * count)(*map(quark, levels)),
        )

    def track(self, number):
        """Add a track."""
        number, first = ctypes.c_uint64(number), ctypes.c_uint64(0)
        return self._add("gst_analytics_relation_meta_add_tracking_mtd", number, first)

    def group(self, *members):
        """Add a group."""
        size = ctypes.c_size_t(len(members))
        group = self._add("gst_analytics_relation_meta_add_group_mtd_with_size", size)
        mtd = Mtd(group, self.meta)
        for member in members:
            assert needs("gst_analytics_group_mtd_add_member")(ctypes.byref(mtd), member)
        return group

    def mask(self, values, *, regions, box, wide=False, kind=None, offset=0):
        """Add a segmentation: rows of region ids, the ids, and where it lies.

        `kind` and `offset` are what the mask claims instead of what it is.
        """
        rows = [bytes(row) if not wide else b"".join(v.to_bytes(2, "little") for v in row)
                for row in values]  # fmt: skip
        mask = Gst.Buffer.new_wrapped(b"".join(row + b"\xff\xff" for row in rows))
        grey = GstVideo.VideoFormat.GRAY16_LE if wide else GstVideo.VideoFormat.GRAY8
        width, height = len(values[0]), len(values)
        meta = GstVideo.buffer_add_video_meta_full(
            mask, GstVideo.VideoFrameFlags.NONE, grey, width, height, 1,
            [offset, 0, 0, 0], [len(rows[0]) + 2, 0, 0, 0],
        )  # fmt: skip
        assert meta is not None
        added = self._add(
            "gst_analytics_relation_meta_add_segmentation_mtd",
            _kept(mask),
            1,
            ctypes.c_size_t(len(regions)),
            (ctypes.c_uint * len(regions))(*regions),
            *map(ctypes.c_int, box),
        )
        if kind is not None:  # GStreamer's library takes no other than grey
            meta.format = kind
        return added

    def tensor(self, name, array):
        """Add a tensor."""
        return self._add(
            "gst_analytics_relation_meta_add_tensor_mtd_simple", *_tensor_words(name, array)
        )

    def relate(self, one, how, two):
        """Relate two mtds."""
        assert library().gst_analytics_relation_meta_set_relation(self.meta, how, one, two)
