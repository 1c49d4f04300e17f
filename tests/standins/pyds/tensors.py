"""What networks put out, as pyds binds it: read only."""

from __future__ import annotations

import ctypes

import numpy as np

from .memory import Bound, Field, Handle, Integer, Part, Unsigned, define, read, show


class _Fixed(Field):
    """An attribute of a struct that cannot be set."""

    def __init__(self, field):
        super().__init__(field.offset)
        self.get = field.get


class _Name(Field):
    def get(self, instance, at):
        address = read(at, "P")
        return ctypes.string_at(address).decode() if address else ""


class _Sizes(Field):
    def get(self, instance, at):
        return np.frombuffer((ctypes.c_uint32 * 8).from_address(at), np.uint32)


NvDsInferDims = define(
    "NvDsInferDims", 40, numDims=Unsigned(0), d=_Sizes(4), numElements=Unsigned(36)
)
NvDsInferLayerInfo = define(
    "NvDsInferLayerInfo", 72, dataType=Integer(0), inferDims=Part(4, NvDsInferDims),
    dims=Part(4, NvDsInferDims), bindingIndex=Integer(44), layerName=_Name(48), buffer=Handle(56),
    isInput=Integer(64),
)  # fmt: skip
NvDsInferNetworkInfo = define(
    "NvDsInferNetworkInfo", 12, width=Unsigned(0), height=Unsigned(4), channels=Unsigned(8)
)


class NvDsInferTensorMeta(Bound):
    __slots__ = ()
    __module__ = "pyds"
    _size = 72
    unique_id, num_output_layers = _Fixed(Unsigned(0)), _Fixed(Unsigned(4))
    out_buf_ptrs_host, out_buf_ptrs_dev = _Fixed(Handle(16)), _Fixed(Handle(24))
    gpu_id, priv_data = _Fixed(Integer(32)), _Fixed(Handle(40))
    network_info = _Fixed(Part(48, NvDsInferNetworkInfo))

    def output_layers_info(self, index):
        first = read(self._address + 8, "P")
        return show(NvDsInferLayerInfo, first + index * NvDsInferLayerInfo._size, self)


NvDsInferSegmentationMeta = define(
    "NvDsInferSegmentationMeta", 48, classes=_Fixed(Unsigned(0)), width=_Fixed(Unsigned(4)),
    height=_Fixed(Unsigned(8)), class_map=_Fixed(Handle(16)),
    class_probabilities_map=_Fixed(Handle(24)), priv_data=_Fixed(Handle(32)),
)  # fmt: skip


def get_nvds_LayerInfo(meta, index):  # noqa: N802
    """A layer whose ``buffer`` points to the CPU's memory."""
    layer = meta.output_layers_info(index)
    host = read(meta._address + 16, "P")
    ctypes.memmove(layer._address + 56, host + 8 * index, 8)
    return layer


def get_segmentation_masks(meta):
    """A copy of the classes."""
    address, shape = read(meta._address + 16, "P"), (meta.height, meta.width)
    numbers = (ctypes.c_int32 * (shape[0] * shape[1])).from_address(address)
    return np.frombuffer(numbers, np.int32).reshape(shape).copy()
