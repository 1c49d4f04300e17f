# What GStreamer's elements and the portable nvinfer say of networks, under pyds's names: tensors, and masks of
# whole pictures.

cdef extern from "gst/gst.h" nogil:
    size_t gst_buffer_get_size(GstBuffer *)
    size_t gst_buffer_extract(GstBuffer *, size_t, void *, size_t)

cdef tuple _TENSOR_TYPES = (  # numpy's names, as GstTensorDataType numbers them; "": numpy has none
    "", "int8", "int16", "int32", "int64", "", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "", "", "bool", "complex64", "complex128",
)
cdef dict _NV_TYPES = {  # NvDsInferDataType
    "float32": 0, "float16": 1, "int8": 2, "int32": 3, "int64": 4, "uint8": 5,
}


@cython.final
cdef class LayerInfo(View):
    """NvDsInferLayerInfo: one tensor."""

    cdef str type_name(self):
        cdef int kind = (<PtTensor *>self.at).type
        return _TENSOR_TYPES[kind] if 0 <= kind < len(_TENSOR_TYPES) else ""

    @property
    def layerName(self):
        """What the tensor is, or None."""
        _alive(self, "layerName")
        cdef const char *name = (<PtTensor *>self.at).name
        return None if name is NULL else _text(name)

    @property
    def dataType(self):
        """The number of NvDsInferDataType, or -1 for a type that DeepStream has not."""
        _alive(self, "dataType")
        return _NV_TYPES.get(self.type_name(), -1)

    @property
    def dims(self):
        """The shape, without the batch where nvinfer wrote it; elsewhere mostly with it."""
        _alive(self, "dims")
        cdef PtTensor *of = <PtTensor *>self.at
        return tuple([of.dims[i] for i in range(of.dims_count)])

    @property
    def buffer(self):
        """The address of nvinfer's numbers; None of a tensor that another element wrote."""
        _alive(self, "buffer")
        cdef const void *host = (<PtTensor *>self.at).host
        return None if host is NULL else <size_t>host

    def to_array(self):
        """Return the numbers, as an array of the shape ``dims``.

        Of nvinfer's tensors it is a read-only array over the memory that the network's outputs are in, which
        lasts as long as the array, whatever becomes of the buffer; of others a copy.

        Raises:
            ValueError: They are of a type that numpy lacks, or not as many as the shape says.
        """
        import numpy

        _alive(self, "to_array")
        cdef PtTensor *of = <PtTensor *>self.at
        name = self.type_name()
        if of.host is not NULL and name:
            array = _array(self, <char *>of.host, of.size, 1, b"B").view(name).reshape(self.dims)
            array.flags.writeable = False
            return array
        if of.data is NULL or not name:
            raise ValueError(f"tensor {self.layerName!r} has no numbers that numpy can read")
        size = gst_buffer_get_size(of.data)
        count = int(numpy.prod(self.dims, dtype=object)) if of.dims_count else 1
        if count * numpy.dtype(name).itemsize != size:
            raise ValueError(
                f"tensor {self.layerName!r}: expected {count} numbers of {name}, got {size} bytes"
            )
        flat = numpy.empty(count, name)
        cdef char[::1] bytes_of = flat.view(numpy.int8)
        if size:
            gst_buffer_extract(of.data, 0, &bytes_of[0], size)
        return flat.reshape(self.dims, order="F" if of.columns_first else "C")


@cython.final
cdef class TensorMeta(View):
    """NvDsInferTensorMeta: what a network put out, as nvinfer and GStreamer's elements attach it."""

    @property
    def unique_id(self):
        """The ``gie-unique-id`` of the nvinfer; 0 where another element wrote it."""
        _alive(self, "unique_id")
        return (<PtTensors *>self.at).unique_id

    @property
    def network_info(self):
        """Width, height and channels of the network's input; 0 each where another element wrote it."""
        _alive(self, "network_info")
        return _view(NvDsInferNetworkInfo, self.batch, &(<PtTensors *>self.at).width)

    @property
    def maintain_aspect_ratio(self):
        """Whether the picture kept its proportions in the network's input."""
        _alive(self, "maintain_aspect_ratio")
        return (<PtTensors *>self.at).maintain_aspect_ratio

    @property
    def symmetric_padding(self):
        """Whether it lay in the middle of it, then."""
        _alive(self, "symmetric_padding")
        return (<PtTensors *>self.at).symmetric_padding

    @property
    def num_output_layers(self):
        """How many tensors there are."""
        _alive(self, "num_output_layers")
        return (<PtTensors *>self.at).count

    def output_layers_info(self, unsigned index):
        """Return a tensor.

        Raises:
            IndexError: There are fewer.
        """
        _alive(self, "output_layers_info")
        cdef PtTensors *of = <PtTensors *>self.at
        if index >= of.count:
            raise IndexError(f"expected a tensor below {of.count}, got {index}")
        return _view(LayerInfo, self.batch, of.tensors + index)

    def layers(self):
        """Return all tensors, by their names."""
        found = [self.output_layers_info(i) for i in range(self.num_output_layers)]
        return {layer.layerName: layer for layer in found}


@cython.final
cdef class SegmentationMeta(View):
    """NvDsInferSegmentationMeta: a class, or a region, for each pixel of a mask."""

    @property
    def unique_id(self):
        """The ``gie-unique-id`` of the nvinfer; 0 where another element wrote it."""
        _alive(self, "unique_id")
        return (<PtSegmentation *>self.at).unique_id

    @property
    def classes(self):
        """How many classes or regions there are."""
        _alive(self, "classes")
        return (<PtSegmentation *>self.at).count

    @property
    def width(self):
        """The width of the mask."""
        _alive(self, "width")
        return (<PtSegmentation *>self.at).width

    @property
    def height(self):
        """The height of the mask."""
        _alive(self, "height")
        return (<PtSegmentation *>self.at).height

    def get_segmentation_masks(self):
        """Copy the class or region of each pixel, -1 for none: int32 of shape (height, width).

        Raises:
            ValueError: The mask cannot be read.
        """
        import numpy

        _alive(self, "get_segmentation_masks")
        cdef PtSegmentation *of = <PtSegmentation *>self.at
        array = numpy.full((of.height, of.width), -1, numpy.int32)
        cdef int[:, ::1] numbers = array
        if of.width and of.height and not pt_segmentation_read(of, &numbers[0, 0]):
            raise ValueError(
                "the mask cannot be read: it is shorter than its size says, or no grey picture"
            )
        return array

    def get_probabilities(self):
        """Copy what the network put out for each class and pixel, as float32 in its own order.

        None where it gave none, or another element wrote the mask.
        """
        import numpy

        _alive(self, "get_probabilities")
        cdef PtSegmentation *of = <PtSegmentation *>self.at
        if of.probabilities is NULL:
            return None
        flat = _array(self, <char *>of.probabilities, of.probabilities_size // 4, 4, b"f")
        planes = (of.count, of.height, of.width)
        return flat.reshape(planes).copy() if numpy.prod(planes) == len(flat) else flat.copy()
