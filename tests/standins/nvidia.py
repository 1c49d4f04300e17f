"""Batches of NVIDIA's metadata, made by NVIDIA's own library or laid out by hand.

The library comes with the package of a test dependency, whose Python is not imported. Fields are
written by the offsets of the tables below, which do not come from the code under test.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.metadata
import platform
import struct

import pytest

from pythiags.gst import Gst

DISTRIBUTION = "nvidia-deepstream-videodecode-cu13"
FOLDER = "nvidia/deepstream_videodecode/_libs"
BATCH_GST_META = 4097

P, U32, I32, U64, I64, F32 = "P", "I", "i", "Q", "q", "f"

BASE = {"batch_meta": (0, P), "meta_type": (8, I32)}
BATCH = {
    "max_frames_in_batch": (40, U32), "num_frames_in_batch": (44, U32), "frame_pool": (48, P),
    "object_pool": (56, P), "classifier_pool": (64, P), "frames": (96, P), "users": (104, P),
}  # fmt: skip
POOL = {"element_size": (8, U32)}
FRAME = {
    "pad_index": (40, U32), "batch_id": (44, U32), "frame_num": (48, I32), "buf_pts": (56, U64),
    "ntp_timestamp": (64, U64), "source_id": (72, U32), "source_frame_width": (80, U32),
    "source_frame_height": (84, U32), "num_obj_meta": (96, U32), "bInferDone": (100, I32),
    "objects": (104, P), "displays": (112, P), "users": (120, P), "misc": (128, I64),
    "pipeline_width": (160, U32), "pipeline_height": (164, U32), "sensor_uri": (176, P),
    "sensor_id": (184, P), "sensor_name": (192, P),
}  # fmt: skip
OBJECT = {
    "parent": (40, P), "unique_component_id": (48, I32), "class_id": (52, I32),
    "object_id": (56, U64), "detector": (64, "4f"), "tracker": (80, "4f"), "confidence": (96, F32),
    "tracker_confidence": (100, F32), "rect": (104, "4f"), "border_width": (120, U32),
}  # fmt: skip
OBJECT_5 = {
    **OBJECT, "mask_data": (208, P), "mask_size": (216, U32), "mask_width": (224, U32),
    "mask_height": (228, U32), "display_text": (232, P), "x_offset": (240, U32),
    "label": (336, "128s"), "classifiers": (464, P), "users": (472, P), "misc": (480, I64),
}  # fmt: skip
OBJECT_9 = {
    **OBJECT, "rotation_angle": (208, F32), "mask_data": (216, P), "mask_size": (224, U32),
    "mask_width": (232, U32), "mask_height": (236, U32), "display_text": (240, P),
    "x_offset": (248, U32), "label": (344, "128s"), "classifiers": (472, P), "users": (480, P),
    "misc": (488, I64),
}  # fmt: skip
CLASSIFIER = {
    "num_labels": (40, U32), "unique_component_id": (44, I32), "labels": (48, P),
    "classifier_type": (56, P),
}  # fmt: skip
LABEL = {
    "num_classes": (40, U32), "label": (44, "128s"), "long_label": (176, P), "class_id": (184, U32),
    "label_id": (188, U32), "probability": (192, F32),
}  # fmt: skip
USER = {"data": (40, P)}
DISPLAY = {
    "num_rects": (40, U32), "num_labels": (44, U32), "num_lines": (48, U32),
    "num_circles": (56, U32), "rect": (64, "4f"),
}  # fmt: skip
DISPLAY_5 = {**DISPLAY, "rect_1": (64 + 104, "4f"), "text": (1728, P), "line": (3392, "4I"),
             "circle": (5312, "3I"), "circle_1": (5312 + 96, "3I")}  # fmt: skip
DISPLAY_9 = {**DISPLAY, "rect_1": (64 + 112, "4f"), "text": (1856, P), "line": (3520, "4I"),
             "circle": (5440, "3I"), "circle_1": (5440 + 96, "3I")}  # fmt: skip


class Struct:
    """Memory at an address, whose fields are written and read by a table."""

    def __init__(self, address, fields):
        self.address = address
        self.fields = {**BASE, **fields}

    def __getitem__(self, name):
        offset, code = self.fields[name]
        memory = ctypes.string_at(self.address + offset, struct.calcsize(code))
        value = struct.unpack(code, memory)
        return value if len(value) > 1 else value[0]

    def __setitem__(self, name, value):
        offset, code = self.fields[name]
        values = value if isinstance(value, tuple) else (value,)
        memory = struct.pack(code, *values)
        ctypes.memmove(self.address + offset, memory, len(memory))

    def set(self, **values):
        for name, value in values.items():
            self[name] = value
        return self


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
    folder = importlib.metadata.distribution(DISTRIBUTION).locate_file(FOLDER)
    meta = ctypes.CDLL(str(folder / "libnvds_meta.so"))
    gst_meta = ctypes.CDLL(str(folder / "libnvdsgst_meta.so"))
    pointer = ctypes.c_void_p
    for name, arguments in {
        "nvds_create_batch_meta": [ctypes.c_uint],
        "nvds_add_frame_meta_to_batch": [pointer, pointer],
        "nvds_add_obj_meta_to_frame": [pointer, pointer, pointer],
        "nvds_add_classifier_meta_to_object": [pointer, pointer],
        "nvds_add_label_info_meta_to_classifier": [pointer, pointer],
        "nvds_add_display_meta_to_frame": [pointer, pointer],
        "nvds_add_user_meta_to_batch": [pointer, pointer],
        "nvds_add_user_meta_to_frame": [pointer, pointer],
        "nvds_add_user_meta_to_obj": [pointer, pointer],
        "nvds_remove_obj_meta_from_frame": [pointer, pointer],
        "nvds_get_user_meta_type": [ctypes.c_char_p],
        **{
            f"nvds_acquire_{kind}_meta_from_pool": [pointer]
            for kind in ("frame", "obj", "classifier", "label_info", "display", "user")
        },
    }.items():
        function = getattr(meta, name)
        function.argtypes = arguments
        function.restype = pointer if "acquire" in name or "create" in name else ctypes.c_int
    gst_meta.gst_buffer_add_nvds_meta.argtypes = [pointer] * 5
    gst_meta.gst_buffer_add_nvds_meta.restype = pointer
    gst_meta.nvds_meta_api_get_type.restype = ctypes.c_size_t
    gst_meta.gst_buffer_get_nvds_batch_meta.argtypes = [pointer]
    gst_meta.gst_buffer_get_nvds_batch_meta.restype = pointer
    return meta, gst_meta


def needs_library():
    """Skip where NVIDIA has no package for this machine; on x86-64 it must be there."""
    if libraries() is None:
        pytest.skip(f"{DISTRIBUTION} has no libraries for {platform.machine()}")


class Nvidia:
    """A batch of DeepStream 9, made by NVIDIA's functions."""

    object_fields, display_fields = OBJECT_9, DISPLAY_9

    def __init__(self, frames=4):
        self.meta, self.gst_meta = libraries()
        self.address = self.meta.nvds_create_batch_meta(frames)
        self.batch = Struct(self.address, BATCH).set(max_frames_in_batch=frames)

    def _acquire(self, kind, fields):
        acquire = getattr(self.meta, f"nvds_acquire_{kind}_meta_from_pool")
        return Struct(acquire(self.address), fields)

    def frame(self, **values):
        frame = self._acquire("frame", FRAME).set(**values)
        self.meta.nvds_add_frame_meta_to_batch(self.address, frame.address)
        return frame

    def obj(self, frame, parent=None, **values):
        obj = self._acquire("obj", self.object_fields).set(**values)
        above = None if parent is None else parent.address
        self.meta.nvds_add_obj_meta_to_frame(frame.address, obj.address, above)
        return obj

    def classifier(self, obj, **values):
        classifier = self._acquire("classifier", CLASSIFIER).set(**values)
        self.meta.nvds_add_classifier_meta_to_object(obj.address, classifier.address)
        return classifier

    def label(self, classifier, **values):
        label = self._acquire("label_info", LABEL).set(**values)
        self.meta.nvds_add_label_info_meta_to_classifier(classifier.address, label.address)
        return label

    def display(self, frame, **values):
        display = self._acquire("display", self.display_fields).set(**values)
        self.meta.nvds_add_display_meta_to_frame(frame.address, display.address)
        return display

    def user(self, holder, **values):
        user = self._acquire("user", USER).set(**values)
        name = {2: "frame", 3: "obj"}.get(holder["meta_type"], "batch")
        getattr(self.meta, f"nvds_add_user_meta_to_{name}")(holder.address, user.address)
        return user

    def attach(self, buffer):
        """Put it on a buffer, which frees it, as DeepStream's elements do."""
        functions = (
            ctypes.cast(getattr(self.meta, f"nvds_batch_meta_{name}_func"), ctypes.c_void_p)
            for name in ("copy", "release")
        )
        meta = self.gst_meta.gst_buffer_add_nvds_meta(hash(buffer), self.address, None, *functions)
        Struct(meta, {"kind": (32, I32)})["kind"] = BATCH_GST_META
        return buffer


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
    batch = batch_class(max(len(scene), 1))
    for slot, described in enumerate(scene):
        frame = batch.frame(
            batch_id=slot, source_id=described.source_id, pad_index=described.source_id,
            frame_num=described.frame_num, buf_pts=described.pts,
            source_frame_width=described.width, source_frame_height=described.height,
        )  # fmt: skip
        _add_objects(batch, frame, described.objects)
    return batch


def as_bytes(label):
    """A label as nvinfer writes it: cut at 127 bytes, also inside a character."""
    encoded = label.encode() if isinstance(label, str) else label
    return encoded[:127]


def _add_objects(batch, frame, objects):
    added = []
    for described in objects:
        box = tuple(described.bbox)
        obj = batch.obj(
            frame, None if described.parent is None else added[described.parent],
            label=as_bytes(described.label), class_id=described.class_id,
            unique_component_id=described.component_id, confidence=described.confidence,
            object_id=described.object_id, rect=box, detector=box,
        )  # fmt: skip
        added.append(obj)
        if described.labels:
            classifier = batch.classifier(obj)
            for label in described.labels:
                batch.label(
                    classifier, label=as_bytes(label.label), class_id=label.class_id,
                    probability=label.confidence,
                )  # fmt: skip


def buffer_of(batch_class, scene):
    """Make a buffer that has a scene."""
    return make(batch_class, scene).attach(Gst.Buffer.new())
