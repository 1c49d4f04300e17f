"""Batches of DeepStream's metadata, made by NVIDIA's own library.

It is DeepStream's, or that of the package ``nvidia-deepstream-videodecode-cu13``, which runs
without a GPU. Fields are written at the offsets of NVIDIA's public headers, by tables that the code
under test does not use.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.metadata
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pythiags.gst import Gst

__all__ = ["NvidiaBatch", "Struct", "as_bytes", "libraries", "library_origin", "why_missing"]

DISTRIBUTION: Final = "nvidia-deepstream-videodecode-cu13"
PACKAGED: Final = "nvidia/deepstream_videodecode/_libs"
INSTALLED: Final = Path("/opt/nvidia/deepstream")
NAMES: Final = ("libnvds_meta.so", "libnvdsgst_meta.so")
BATCH_GST_META: Final = 4097

P, U32, I32, U64, I64, F32 = "P", "I", "i", "Q", "q", "f"

Fields = dict[str, tuple[int, str]]
BASE: Final[Fields] = {"batch_meta": (0, P), "meta_type": (8, I32)}
BATCH: Final[Fields] = {
    "max_frames_in_batch": (40, U32), "num_frames_in_batch": (44, U32), "frame_pool": (48, P),
    "object_pool": (56, P), "classifier_pool": (64, P), "frames": (96, P), "users": (104, P),
}  # fmt: skip
POOL: Final[Fields] = {"element_size": (8, U32)}
FRAME: Final[Fields] = {
    "pad_index": (40, U32), "batch_id": (44, U32), "frame_num": (48, I32), "buf_pts": (56, U64),
    "ntp_timestamp": (64, U64), "source_id": (72, U32), "source_frame_width": (80, U32),
    "source_frame_height": (84, U32), "num_obj_meta": (96, U32), "bInferDone": (100, I32),
    "objects": (104, P), "displays": (112, P), "users": (120, P), "misc": (128, I64),
    "pipeline_width": (160, U32), "pipeline_height": (164, U32), "sensor_uri": (176, P),
    "sensor_id": (184, P), "sensor_name": (192, P),
}  # fmt: skip
OBJECT: Final[Fields] = {
    "parent": (40, P), "unique_component_id": (48, I32), "class_id": (52, I32),
    "object_id": (56, U64), "detector": (64, "4f"), "tracker": (80, "4f"), "confidence": (96, F32),
    "tracker_confidence": (100, F32), "rect": (104, "4f"), "border_width": (120, U32),
}  # fmt: skip
OBJECT_5: Final[Fields] = {
    **OBJECT, "mask_data": (208, P), "mask_size": (216, U32), "mask_width": (224, U32),
    "mask_height": (228, U32), "display_text": (232, P), "x_offset": (240, U32),
    "label": (336, "128s"), "classifiers": (464, P), "users": (472, P), "misc": (480, I64),
}  # fmt: skip
OBJECT_9: Final[Fields] = {
    **OBJECT, "rotation_angle": (208, F32), "mask_data": (216, P), "mask_size": (224, U32),
    "mask_width": (232, U32), "mask_height": (236, U32), "display_text": (240, P),
    "x_offset": (248, U32), "label": (344, "128s"), "classifiers": (472, P), "users": (480, P),
    "misc": (488, I64),
}  # fmt: skip
OBJECTS: Final = {544: OBJECT_5, 552: OBJECT_9}  # by element_size
CLASSIFIER: Final[Fields] = {
    "num_labels": (40, U32), "unique_component_id": (44, I32), "labels": (48, P),
    "classifier_type": (56, P),
}  # fmt: skip
LABEL: Final[Fields] = {
    "num_classes": (40, U32), "label": (44, "128s"), "long_label": (176, P), "class_id": (184, U32),
    "label_id": (188, U32), "probability": (192, F32),
}  # fmt: skip


class Struct:
    """Memory at an address, whose fields are written and read by a table."""

    def __init__(self, address: int, fields: Mapping[str, tuple[int, str]]) -> None:
        self.address = address
        self.fields = {**BASE, **fields}

    def __getitem__(self, name: str) -> Any:
        """Return a field; several numbers as a tuple."""
        offset, code = self.fields[name]
        memory = ctypes.string_at(self.address + offset, struct.calcsize(code))
        value = struct.unpack(code, memory)
        return value if len(value) > 1 else value[0]

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a field."""
        offset, code = self.fields[name]
        values = value if isinstance(value, tuple) else (value,)
        memory = struct.pack(code, *values)
        ctypes.memmove(self.address + offset, memory, len(memory))

    def set(self, **values: Any) -> Struct:
        """Set several fields and return the struct itself."""
        for name, value in values.items():
            self[name] = value
        return self


def as_bytes(label: str | bytes) -> bytes:
    """Return a label as nvinfer writes it: cut at 127 bytes, also inside a character."""
    encoded = label.encode() if isinstance(label, str) else label
    return encoded[:127]


# ---- the library ----


def _folders() -> Iterator[Path]:
    """Give the folders where it may be: DeepStream's first, the newest before the others."""
    yield INSTALLED / "deepstream" / "lib"
    yield from sorted(INSTALLED.glob("deepstream-*/lib"), reverse=True)
    try:
        yield Path(str(importlib.metadata.distribution(DISTRIBUTION).locate_file(PACKAGED)))
    except importlib.metadata.PackageNotFoundError:
        return


@functools.cache
def library_path() -> Path | None:
    """Return the folder that NVIDIA's library is taken from, or None."""
    return next((f for f in _folders() if all((f / name).exists() for name in NAMES)), None)


def library_origin() -> str:
    """Return whose library it is: a folder of DeepStream's, or the package."""
    folder = library_path()
    return str(folder) if folder and INSTALLED in folder.parents else f"the package {DISTRIBUTION}"


def why_missing() -> str | None:
    """Return why there is no library of NVIDIA's to make metadata with; None: there is one."""
    if sys.maxsize < 2**32:
        return "DeepStream's metadata is of 64 bits"
    if library_path() is None:
        return f"neither DeepStream in {INSTALLED} nor the package {DISTRIBUTION} is installed"
    try:
        size = NvidiaBatch.object_bytes()
    except (OSError, AttributeError) as problem:
        return f"{library_path()} cannot be used: {problem}"
    return None if size in OBJECTS else f"objects of {size} bytes are not known"


@functools.cache
def libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    """Load libnvds_meta and libnvdsgst_meta.

    Raises:
        OSError: There is none.
    """
    folder = library_path()
    if folder is None:
        raise OSError(f"there is no {' or '.join(NAMES)}")
    meta, gst_meta = (ctypes.CDLL(str(folder / name)) for name in NAMES)
    pointer = ctypes.c_void_p
    for name, arguments in {
        "nvds_create_batch_meta": [ctypes.c_uint],
        "nvds_destroy_batch_meta": [pointer],
        "nvds_add_frame_meta_to_batch": [pointer, pointer],
        "nvds_add_obj_meta_to_frame": [pointer, pointer, pointer],
        "nvds_add_classifier_meta_to_object": [pointer, pointer],
        "nvds_add_label_info_meta_to_classifier": [pointer, pointer],
        **{
            f"nvds_acquire_{kind}_meta_from_pool": [pointer]
            for kind in ("frame", "obj", "classifier", "label_info")
        },
    }.items():
        function = getattr(meta, name)
        function.argtypes = arguments
        function.restype = pointer if "acquire" in name or "create" in name else ctypes.c_int
    gst_meta.gst_buffer_add_nvds_meta.argtypes = [pointer] * 5
    gst_meta.gst_buffer_add_nvds_meta.restype = pointer
    return meta, gst_meta


class NvidiaBatch:
    """A batch of DeepStream's metadata that belongs to no buffer yet.

    Args:
        frames: How many frames it has room for.
    """

    def __init__(self, frames: int) -> None:
        self.meta, self.gst_meta = libraries()
        self.address: int = self.meta.nvds_create_batch_meta(frames)
        # The library leaves it at 0; with 0 it crashes when the buffer is copied.
        self.batch = Struct(self.address, BATCH).set(max_frames_in_batch=frames)
        self.object_size: int = Struct(self.batch["object_pool"], POOL)["element_size"]

    @classmethod
    def object_bytes(cls) -> int:
        """Return the bytes of an object, which tell the layout; see ``OBJECTS``."""
        batch = cls(1)
        libraries()[0].nvds_destroy_batch_meta(batch.address)
        return batch.object_size

    @property
    def object_fields(self) -> Fields:
        """Where the fields of an object lie."""
        return OBJECTS[self.object_size]

    def acquire(self, kind: str, fields: Fields) -> Struct:
        """Take an element from a pool."""
        acquire = getattr(self.meta, f"nvds_acquire_{kind}_meta_from_pool")
        return Struct(acquire(self.address), fields)

    def frame(self, **values: Any) -> Struct:
        """Add a frame."""
        frame = self.acquire("frame", FRAME).set(**values)
        self.meta.nvds_add_frame_meta_to_batch(self.address, frame.address)
        return frame

    def obj(self, frame: Struct, parent: Struct | None = None, **values: Any) -> Struct:
        """Add an object to a frame."""
        obj = self.acquire("obj", self.object_fields).set(**values)
        above = None if parent is None else parent.address
        self.meta.nvds_add_obj_meta_to_frame(frame.address, obj.address, above)
        return obj

    def classifier(self, obj: Struct, **values: Any) -> Struct:
        """Add a classifier to an object."""
        classifier = self.acquire("classifier", CLASSIFIER).set(**values)
        self.meta.nvds_add_classifier_meta_to_object(obj.address, classifier.address)
        return classifier

    def label(self, classifier: Struct, **values: Any) -> Struct:
        """Add a label to a classifier."""
        label = self.acquire("label_info", LABEL).set(**values)
        self.meta.nvds_add_label_info_meta_to_classifier(classifier.address, label.address)
        return label

    def attach(self, buffer: Gst.Buffer) -> Gst.Buffer:
        """Put it on a buffer, which copies and frees it, as DeepStream's elements do."""
        functions = (
            ctypes.cast(getattr(self.meta, f"nvds_batch_meta_{name}_func"), ctypes.c_void_p)
            for name in ("copy", "release")
        )
        meta = self.gst_meta.gst_buffer_add_nvds_meta(hash(buffer), self.address, None, *functions)
        Struct(meta, {"kind": (32, I32)})["kind"] = BATCH_GST_META
        return buffer
