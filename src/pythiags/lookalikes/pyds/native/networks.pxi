# What networks put out, of the portable nvinfer and of GStreamer's elements: see native/tensors.h.

cdef extern from "tensors.h" nogil:
    ctypedef struct PtTensor:
        const char *name
        int type
        unsigned dims_count
        const size_t *dims
        GstBuffer *data
        const void *host
    ctypedef struct PtTensors:
        unsigned count
        PtTensor *tensors
        unsigned unique_id
        unsigned width, height, channels
    ctypedef struct PtSegmentation:
        unsigned width, height, count, unique_id
        int *class_map
        const float *probabilities
    bint pt_segmentation_read(const PtSegmentation *, int *)

cdef extern from "gst/gst.h" nogil:
    size_t gst_buffer_extract(GstBuffer *, size_t, void *, size_t)

cdef struct LayerInfo:  # as NvDsInferLayerInfo is
    int type
    unsigned dims_count
    unsigned dims[8]
    unsigned elements
    int binding
    const char *name
    void *buffer
    int is_input

# GstTensorDataType -> NvDsInferDataType
cdef dict _DATA_TYPES = {11: 0, 10: 1, 1: 2, 3: 3, 4: 4, 6: 5}
cdef PtTensors _any_tensors
cdef PtSegmentation _any_segmentation


def network_places():
    """Where members lie in tensors and segmentations."""
    return {
        "unique_id": _place_of(&_any_tensors.unique_id, &_any_tensors),
        "count": _place_of(&_any_tensors.count, &_any_tensors),
        "network": _place_of(&_any_tensors.width, &_any_tensors),
        "tensors": sizeof(PtTensors),
        "segmentation": sizeof(PtSegmentation),
        "classes": _place_of(&_any_segmentation.count, &_any_segmentation),
        "width": _place_of(&_any_segmentation.width, &_any_segmentation),
        "height": _place_of(&_any_segmentation.height, &_any_segmentation),
        "segmentation_id": _place_of(&_any_segmentation.unique_id, &_any_segmentation),
        "class_map": _place_of(&_any_segmentation.class_map, &_any_segmentation),
        "probabilities": _place_of(&_any_segmentation.probabilities, &_any_segmentation),
        "layer": sizeof(LayerInfo),
    }


cdef void *_numbers_of(PtTensor *tensor, PtBatch *batch) noexcept:
    """The numbers of a tensor. Those in a buffer are copied into the batch."""
    cdef void *copy
    cdef size_t size
    if tensor.host is not NULL or tensor.data is NULL:
        return <void *>tensor.host
    size = gst_buffer_get_size(tensor.data)
    copy = pt_batch_alloc(batch, size)
    gst_buffer_extract(tensor.data, 0, copy, size)
    return copy


def layer_of(cls, meta, index, str function):
    """A layer, as an object of this class; it keeps what it points to."""
    cdef Bound bound = <Bound>meta
    cdef PtTensors *tensors = <PtTensors *>bound.at
    cdef PtTensor *tensor
    cdef LayerInfo *layer
    cdef unsigned count
    _usable(bound, function)
    if not _is_number(index):
        _incompatible(function, "a number of a layer", index)
    if not 0 <= index < tensors.count:
        raise IndexError(f"{function}: expected a layer from 0 to {tensors.count - 1}, got {index}")
    tensor = tensors.tensors + <unsigned>index
    block = Block(sizeof(LayerInfo))
    layer = <LayerInfo *>(<Block>block).at
    layer.type = _DATA_TYPES.get(tensor.type, -1)
    count = min(tensor.dims_count, <unsigned>8)
    layer.dims_count, layer.elements = count, 1
    for i in range(count):
        layer.dims[i] = tensor.dims[i]
        layer.elements *= layer.dims[i]
    layer.binding, layer.name = index, tensor.name
    layer.buffer = _numbers_of(tensor, bound.batch)
    return _show(cls, layer, bound.batch, block)


def class_map_of(meta, str function):
    """The class of each pixel, as a copy: int32 of shape (height, width)."""
    import numpy

    cdef Bound bound = <Bound>meta
    cdef PtSegmentation *of = <PtSegmentation *>bound.at
    _usable(bound, function)
    array = numpy.full((of.height, of.width), -1, numpy.int32)
    cdef int[:, ::1] numbers = array
    if of.width and of.height and not pt_segmentation_read(of, &numbers[0, 0]):
        raise ValueError(f"{function}: the mask is shorter than its size says")
    return array


def float_at(data, index):
    """A number of an array of floats behind a handle, without reading what is not there."""
    cdef float number = 0
    if not PyCapsule_CheckExact(data) or not _is_number(index):
        _incompatible("get_detections", "a handle, and a number", (data, index))
    cdef char *at = <char *>_address_in(data)
    if index < 0 or not pt_peek(at + <size_t>index * sizeof(float), &number, sizeof(float)):
        raise IndexError(f"get_detections: there is no number {index}")
    return number


class DimsMethods:
    """What NvDsInferDims shows besides its fields."""

    __slots__ = ()

    @property
    def d(self):
        """The sizes, as a live array of 8; ``numDims`` of them count."""
        cdef Bound bound = <Bound?>self
        _usable(bound, "d")
        return _numbers(bound.at + 4, 8, sizeof(unsigned), b"I", bound)
