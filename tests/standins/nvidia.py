"""Batches of NVIDIA's metadata, made by NVIDIA's own library or laid out by hand.

The library comes with the package of a test dependency, whose Python is not imported. Fields are
written by the offsets of tables, which do not come from the code under test.
"""

from __future__ import annotations

import ctypes
import functools
import platform

import pytest

from pythiags.gst import Gst
from pythiags.testing.carriers import DeepStream
from pythiags.testing.carriers import nvidia as made
from pythiags.testing.carriers.nvidia import (
    BATCH,
    BATCH_GST_META,
    CLASSIFIER,
    DISTRIBUTION,
    FRAME,
    I32,
    LABEL,
    OBJECT_5,
    OBJECT_9,
    POOL,
    U32,
    NvidiaBatch,
    P,
    Struct,
)

USER = {"data": (40, P)}
DISPLAY = {
    "num_rects": (40, U32), "num_labels": (44, U32), "num_lines": (48, U32),
    "num_circles": (56, U32), "rect": (64, "4f"),
}  # fmt: skip
DISPLAY_5 = {**DISPLAY, "rect_1": (64 + 104, "4f"), "text": (1728, P), "line": (3392, "4I"),
             "circle": (5312, "3I"), "circle_1": (5312 + 96, "3I")}  # fmt: skip
DISPLAY_9 = {**DISPLAY, "rect_1": (64 + 112, "4f"), "text": (1856, P), "line": (3520, "4I"),
             "circle": (5440, "3I"), "circle_1": (5440 + 96, "3I")}  # fmt: skip


glib = ctypes.CDLL("libglib-2.0.so.0")
gst = ctypes.CDLL("libgstreamer-1.0.so.0")
for name in ("g_malloc0", "g_list_append", "g_list_prepend", "g_strdup"):
    getattr(glib, name).restype = ctypes.c_void_p
glib.g_list_append.argtypes = glib.g_list_prepend.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
glib.g_malloc0.argtypes = [ctypes.c_size_t]
glib.g_free.argtypes = [ctypes.c_void_p]
glib.g_strdup.argtypes = [ctypes.c_char_p]


def text(value):
    """Allocate a text that the library will free."""
    return glib.g_strdup(value.encode() if isinstance(value, str) else value)


@functools.cache
def libraries():
    """Load libnvds_meta and libnvdsgst_meta; None where NVIDIA has no package for the machine."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return None
    meta, gst_meta = made.libraries()
    pointer = ctypes.c_void_p
    for name, arguments in {
        "nvds_add_display_meta_to_frame": [pointer, pointer],
        "nvds_add_user_meta_to_batch": [pointer, pointer],
        "nvds_add_user_meta_to_frame": [pointer, pointer],
        "nvds_add_user_meta_to_obj": [pointer, pointer],
        "nvds_remove_obj_meta_from_frame": [pointer, pointer],
        "nvds_get_user_meta_type": [ctypes.c_char_p],
        "nvds_acquire_display_meta_from_pool": [pointer],
        "nvds_acquire_user_meta_from_pool": [pointer],
    }.items():
        function = getattr(meta, name)
        function.argtypes = arguments
        function.restype = pointer if "acquire" in name else ctypes.c_int
    gst_meta.nvds_meta_api_get_type.restype = ctypes.c_size_t
    gst_meta.gst_buffer_get_nvds_batch_meta.argtypes = [pointer]
    gst_meta.gst_buffer_get_nvds_batch_meta.restype = pointer
    return meta, gst_meta


def needs_library():
    """Skip where NVIDIA has no package for this machine; on x86-64 it must be there."""
    if libraries() is None:
        pytest.skip(f"{DISTRIBUTION} has no libraries for {platform.machine()}")


class Nvidia(NvidiaBatch):
    """A batch of DeepStream 9, made by NVIDIA's functions."""

    def __init__(self, frames=4):
        libraries()
        super().__init__(frames)

    @property
    def display_fields(self):
        return DISPLAY_9 if self.object_fields is OBJECT_9 else DISPLAY_5

    def display(self, frame, **values):
        display = self.acquire("display", self.display_fields).set(**values)
        self.meta.nvds_add_display_meta_to_frame(frame.address, display.address)
        return display

    def user(self, holder, **values):
        user = self.acquire("user", USER).set(**values)
        name = {2: "frame", 3: "obj"}.get(holder["meta_type"], "batch")
        getattr(self.meta, f"nvds_add_user_meta_to_{name}")(holder.address, user.address)
        return user


_by_hand = {}  # address -> the batch, and how many buffers have it


def _share(address):
    batch, holders = _by_hand[address]
    _by_hand[address] = batch, holders + 1


def _release(address):
    batch, holders = _by_hand.pop(address)
    if holders > 1:
        _by_hand[address] = batch, holders - 1


class ByHand:
    """A batch laid out by the tables: DeepStream 5.0 to 8.0, of which no library is to be had."""

    object_fields, display_fields = OBJECT_5, DISPLAY_5

    def __init__(self, frames=4, *, object_size=544, frame_size=232, classifier_size=64):
        self.memory = []
        self.batch = self._new(192, BATCH, 1).set(max_frames_in_batch=frames)
        self.address = self.batch.address
        for name, size in (
            ("object", object_size), ("frame", frame_size), ("classifier", classifier_size),
        ):  # fmt: skip
            pool = self._new(56, POOL, 0).set(element_size=size)
            self.batch[f"{name}_pool"] = pool.address
        self.frame_size, self.object_size = frame_size, object_size

    def _new(self, size, fields, meta_type):
        memory = (ctypes.c_uint64 * (-(-size // 8)))()
        self.memory.append(memory)
        made = Struct(ctypes.addressof(memory), fields)
        if meta_type:
            made["meta_type"] = meta_type
            made["batch_meta"] = self.batch.address if hasattr(self, "batch") else made.address
        return made

    def append(self, holder, name, item):
        holder[name] = glib.g_list_append(holder[name], item.address)

    def prepend(self, holder, name, item):
        holder[name] = glib.g_list_prepend(holder[name], item.address)

    def frame(self, **values):
        frame = self._new(max(self.frame_size, 200), FRAME, 2).set(**values)
        self.append(self.batch, "frames", frame)
        self.batch["num_frames_in_batch"] += 1
        return frame

    def obj(self, frame, parent=None, **values):
        obj = self._new(self.object_size, self.object_fields, 3).set(**values)
        obj["parent"] = 0 if parent is None else parent.address
        self.prepend(frame, "objects", obj)
        frame["num_obj_meta"] += 1
        return obj

    def classifier(self, obj, **values):
        classifier = self._new(64, CLASSIFIER, 5).set(**values)
        self.prepend(obj, "classifiers", classifier)
        return classifier

    def label(self, classifier, **values):
        label = self._new(200, LABEL, 6).set(**values)
        self.prepend(classifier, "labels", label)
        classifier["num_labels"] += 1
        return label

    def display(self, frame, **values):
        display = self._new(7040, self.display_fields, 4).set(**values)
        self.prepend(frame, "displays", display)
        return display

    def user(self, holder, **values):
        user = self._new(48, USER, 7).set(**values)
        self.prepend(holder, "users", user)
        return user

    def attach(self, buffer):
        """Put it on a buffer; copies of the buffer share it, and the last frees it."""
        _by_hand[self.address] = self, 1
        add_meta(hash(buffer), self.address)
        return buffer


class ByHand9(ByHand):
    """A batch laid out by the tables as DeepStream 9 does."""

    object_fields, display_fields = OBJECT_9, DISPLAY_9

    def __init__(self, frames=4):
        super().__init__(frames, object_size=552)


META = {"data": (16, P), "kind": (32, I32)}


def add_meta(buffer, data, kind=BATCH_GST_META):
    """Add an NvDsMeta laid out by hand, which NVIDIA's functions neither copy nor free."""
    gst.gst_buffer_add_meta.argtypes = [ctypes.c_void_p] * 3
    gst.gst_buffer_add_meta.restype = ctypes.c_void_p
    meta = gst.gst_buffer_add_meta(buffer, _own_meta_info(), None)
    Struct(meta, META).set(data=data, kind=kind)


_INIT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_FREE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_TRANSFORM = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 5)


@_INIT
def _init_meta(meta, _parameters, _buffer):
    ctypes.memset(meta + 16, 0, 72 - 16)
    return True


@_FREE
def _free_meta(meta, _buffer):
    _release(Struct(meta, META)["data"])


@_TRANSFORM
def _copy_meta(target, meta, _source, _kind, _parameters):
    address = Struct(meta, META)["data"]
    _share(address)
    add_meta(target, address)
    return True


@functools.cache
def _own_meta_info():
    gst.gst_meta_api_type_register.restype = ctypes.c_size_t
    gst.gst_meta_register.restype = ctypes.c_void_p
    gst.gst_meta_register.argtypes = [
        ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, _INIT, _FREE, _TRANSFORM,
    ]  # fmt: skip
    if libraries() is not None:
        api = libraries()[1].nvds_meta_api_get_type()
    else:
        tags = (ctypes.c_char_p * 2)(b"nvdsmeta", None)
        api = gst.gst_meta_api_type_register(b"NvDsMetaAPI", tags)
    return gst.gst_meta_register(api, b"NvDsMetaByHand", 72, _init_meta, _free_meta, _copy_meta)


def make(batch_class, scene):
    """Make a batch that holds a scene of :mod:`pythiags.testing`."""
    return DeepStream(batch_class).batch(scene)


def buffer_of(batch_class, scene):
    """Make a buffer that has a scene."""
    return make(batch_class, scene).attach(Gst.Buffer.new())
