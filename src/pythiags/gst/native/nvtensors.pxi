# What networks put out, on NVIDIA's metadata: tensors and segmentation.

cdef PtNvTensors _any_nv_tensors
cdef PtNvTensors *_nv_tensors = &_any_nv_tensors
cdef PtNvDims _any_nv_dims
cdef PtNvDims *_nv_dims = &_any_nv_dims
cdef PtNvLayer _any_nv_layer
cdef PtNvLayer *_nv_layer = &_any_nv_layer
cdef PtNvSegmentation _any_nv_segmentation
cdef PtNvSegmentation *_nv_segmentation = &_any_nv_segmentation


@cython.final
cdef class NvDsInferNetworkInfo(View):
    """NvDsInferNetworkInfo: the size of a network's input."""

    width = Uint(0, readonly=True)
    height = Uint(sizeof(int), readonly=True)
    channels = Uint(2 * sizeof(int), readonly=True)


@cython.final
cdef class NvDsInferDims(View):
    """NvDsInferDims: a shape."""

    numDims = Uint(_place(&_nv_dims.count, _nv_dims), readonly=True)
    numElements = Uint(_place(&_nv_dims.elements, _nv_dims), readonly=True)

    @property
    def d(self):
        """Eight sizes, of which the first ``numDims`` count."""
        _alive(self, "d")
        return tuple([(<PtNvDims *>self.at).sizes[i] for i in range(8)])


@cython.final
cdef class NvDsInferLayerInfo(View):
    """NvDsInferLayerInfo: one output of a network."""

    dataType = Int(_place(&_nv_layer.data_type, _nv_layer))
    bindingIndex = Int(_place(&_nv_layer.binding_index, _nv_layer))
    layerName = Text(_place(&_nv_layer.name, _nv_layer), readonly=True)
    isInput = Int(_place(&_nv_layer.is_input, _nv_layer))
    inferDims = Struct(NvDsInferDims, _place(&_nv_layer.dims, _nv_layer), sizeof(PtNvDims))
    cdef void *memory

    @property
    def dims(self):
        """The shape, without the batch."""
        _alive(self, "dims")
        cdef PtNvLayer *layer = <PtNvLayer *>self.at
        return tuple([layer.dims.sizes[i] for i in range(min(layer.dims.count, 8))])

    @property
    def buffer(self):
        """The address of the numbers in the CPU's memory; None where they are not there."""
        _alive(self, "buffer")
        return None if self.memory is NULL else <size_t>self.memory

    def to_array(self):
        """Copy the numbers from the CPU's memory, as an array of the shape ``dims``.

        Raises:
            ValueError: They are not in the CPU's memory, or of a type that numpy lacks.
        """
        import numpy

        _alive(self, "to_array")
        cdef int kind = (<PtNvLayer *>self.at).data_type
        types = (numpy.float32, numpy.float16, numpy.int8, numpy.int32, numpy.int64, numpy.uint8)
        if self.memory is NULL or not 0 <= kind < len(types):
            raise ValueError(f"layer {self.layerName!r} has no numbers that the CPU can read")
        array = numpy.empty(self.dims, types[kind])
        cdef char[::1] bytes_of = array.reshape(-1).view(numpy.int8)
        if len(bytes_of):
            memcpy(&bytes_of[0], self.memory, len(bytes_of))
        return array


@cython.final
cdef class NvDsInferTensorMeta(View):
    """NvDsInferTensorMeta: what a network put out (``output-tensor-meta=1``)."""

    unique_id = Uint(_place(&_nv_tensors.unique_id, _nv_tensors), readonly=True)
    num_output_layers = Uint(_place(&_nv_tensors.num_output_layers, _nv_tensors), readonly=True)
    gpu_id = Int(_place(&_nv_tensors.gpu_id, _nv_tensors))
    network_info = Struct(
        NvDsInferNetworkInfo, _place(&_nv_tensors.width, _nv_tensors), 3 * sizeof(int)
    )
    maintain_aspect_ratio = Int(_place(&_nv_tensors.maintain_aspect_ratio, _nv_tensors))

    def output_layers_info(self, unsigned index):
        """Return a layer; its ``buffer`` and ``to_array()`` are of the CPU's memory.

        Raises:
            IndexError: There are fewer layers.
        """
        _alive(self, "output_layers_info")
        cdef PtNvTensors *tensors = <PtNvTensors *>self.at
        if tensors.layers is NULL or index >= tensors.num_output_layers:
            raise IndexError(f"expected a layer below {tensors.num_output_layers}, got {index}")
        layer = <NvDsInferLayerInfo>_part(self, NvDsInferLayerInfo, tensors.layers + index)
        layer.memory = NULL if tensors.host is NULL else tensors.host[index]
        return layer

    def layers(self):
        """Return all layers, by their names."""
        found = [self.output_layers_info(i) for i in range(self.num_output_layers)]
        return {layer.layerName: layer for layer in found}


@cython.final
cdef class NvDsInferSegmentationMeta(View):
    """NvDsInferSegmentationMeta: a class for each pixel."""

    classes = Uint(_place(&_nv_segmentation.classes, _nv_segmentation), readonly=True)
    width = Uint(_place(&_nv_segmentation.width, _nv_segmentation), readonly=True)
    height = Uint(_place(&_nv_segmentation.height, _nv_segmentation), readonly=True)

    def get_segmentation_masks(self):
        """Copy the class of each pixel, -1 for none: int32 of shape (height, width)."""
        _alive(self, "get_segmentation_masks")
        cdef PtNvSegmentation *of = <PtNvSegmentation *>self.at
        return _numbers_at(of.class_map, "int32", (of.height, of.width))

    def get_probabilities(self):
        """Copy the probability of each class at each pixel: float32 of shape (classes, height, width).

        None where the network's element gave none.
        """
        _alive(self, "get_probabilities")
        cdef PtNvSegmentation *of = <PtNvSegmentation *>self.at
        if of.probabilities is NULL:
            return None
        return _numbers_at(of.probabilities, "float32", (of.classes, of.height, of.width))


cdef object _numbers_at(const void *memory, str kind, shape):
    """A copy of numbers of four bytes; zeros where there is no memory."""
    import numpy

    array = numpy.zeros(shape, kind)
    cdef char[::1] bytes_of = array.reshape(-1).view(numpy.int8)
    if memory is not NULL and len(bytes_of):
        memcpy(&bytes_of[0], memory, len(bytes_of))
    return array

_name_fields([
    NvDsInferNetworkInfo, NvDsInferDims, NvDsInferLayerInfo, NvDsInferTensorMeta, NvDsInferSegmentationMeta,
])
