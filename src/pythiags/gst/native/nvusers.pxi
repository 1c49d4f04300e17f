# What NVIDIA's user metas hold: tensors, segmentation, a tracker's past frames, analytics.

cdef PtNvTensors _any_nv_tensors
cdef PtNvTensors *_nv_tensors = &_any_nv_tensors
cdef PtNvLayer _any_nv_layer
cdef PtNvLayer *_nv_layer = &_any_nv_layer
cdef PtNvSegmentation _any_nv_segmentation
cdef PtNvSegmentation *_nv_segmentation = &_any_nv_segmentation

cdef enum:  # NvDsMetaType: what never moved, and what DeepStream 8.0 numbers at compile time
    _NV_TENSORS = 12
    _NV_SEGMENTATION = 13
    _NV_PAST_FRAMES = 15
    _NV_ANALYTICS_FRAME = 32
    _NV_ANALYTICS_OBJECT = 33
    _NV_FIRST_USER = 8193


cdef int _known_type(int meta_type) noexcept:
    """The number of DeepStream 9.1; before 8.0 nvdsanalytics asked for its numbers by name."""
    if meta_type >= _NV_FIRST_USER:
        if meta_type == pt_nv_named_type("NVIDIA.DSANALYTICSFRAME.USER_META"):
            return _NV_ANALYTICS_FRAME
        if meta_type == pt_nv_named_type("NVIDIA.DSANALYTICSOBJ.USER_META"):
            return _NV_ANALYTICS_OBJECT
    return meta_type


@cython.final
cdef class NvDsUserMeta(View):
    """NvDsUserMeta: anything, on a batch, a frame or an object."""

    base_meta = Base(0)

    @property
    def known_type(self):
        """``base_meta.meta_type`` as ``pythiags.metadata.MetaType`` numbers it.

        Before DeepStream 8.0 the numbers of nvdsanalytics differ from run to run.
        """
        _alive(self, "known_type")
        return _known_type((<PtNvBase *>self.at).meta_type)

    @property
    def user_meta_data(self):
        """The Python object, a view where the kind is known, else a capsule around its address."""
        _alive(self, "user_meta_data")
        cdef void *data = (<PtNvUser *>self.at).user_meta_data
        if data is NULL:
            return None
        if pt_nv_holds_python(<PtNvUser *>self.at):
            return <object>data
        cdef int meta_type = (<PtNvBase *>self.at).meta_type
        cls = _NV_PAYLOADS.get(_known_type(meta_type))
        if cls is None:
            return PyCapsule_New(data, NULL, NULL)
        view = _view(cls, self.batch, data)
        if cls is NvDsAnalyticsObjInfo:
            (<NvDsAnalyticsObjInfo>view).is_numbered = meta_type < _NV_FIRST_USER
        return view


# ---- networks ----


@cython.final
cdef class NvDsInferNetworkInfo(View):
    """NvDsInferNetworkInfo: the size of a network's input."""

    width = Uint(0, readonly=True)
    height = Uint(sizeof(int), readonly=True)
    channels = Uint(2 * sizeof(int), readonly=True)


@cython.final
cdef class NvDsInferLayerInfo(View):
    """NvDsInferLayerInfo: one output of a network."""

    dataType = Int(_place(&_nv_layer.data_type, _nv_layer))
    bindingIndex = Int(_place(&_nv_layer.binding_index, _nv_layer))
    layerName = Text(_place(&_nv_layer.name, _nv_layer), readonly=True)
    isInput = Int(_place(&_nv_layer.is_input, _nv_layer))
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
        layer = <NvDsInferLayerInfo>_view(NvDsInferLayerInfo, self.batch, tensors.layers + index)
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


# ---- a tracker's past frames ----


@cython.final
cdef class NvDsTargetMiscDataFrame(View):
    """NvDsTargetMiscDataFrame, before 6.4 NvDsPastFrameObj: a tracked object in an earlier frame."""

    frameNum = Uint(0, readonly=True)
    tBbox = Struct(RectParams, 8, sizeof(PtRect))
    confidence = Float(sizeof(PtNvPastFrame), shifts=1)
    age = Uint(sizeof(PtNvPastFrame) + sizeof(float), shifts=1)


@cython.final
cdef class NvDsTargetMiscDataObject(View):
    """NvDsTargetMiscDataObject, before 6.4 NvDsPastFrameObjList: one tracked object."""

    @property
    def numObj(self):
        """How many earlier frames there are."""
        _alive(self, "numObj")
        return (<PtNvPastTrack *>self.at).num_obj

    @property
    def uniqueId(self):
        """The tracker's number of the object."""
        _alive(self, "uniqueId")
        return (<PtNvPastTrack *>self.at).unique_id

    @property
    def classId(self):
        """The class's number."""
        _alive(self, "classId")
        return (<PtNvPastTrack *>self.at).class_id

    @property
    def objLabel(self):
        """The class's name."""
        _alive(self, "objLabel")
        return _label_text((<PtNvPastTrack *>self.at).obj_label)

    def list(self):
        """Return the frames; the iterator serves once."""
        _alive(self, "list")
        cdef PtNvPastTrack *of = <PtNvPastTrack *>self.at
        cdef size_t size = pt_nv_past_frame_size(of, self.batch.foreign_shift)
        return _views_of(self, NvDsTargetMiscDataFrame, of.list, of.num_obj, size)


@cython.final
cdef class NvDsTargetMiscDataStream(View):
    """NvDsTargetMiscDataStream, before 6.4 NvDsPastFrameObjStream: the objects of one source."""

    @property
    def streamID(self):
        """The source's number."""
        _alive(self, "streamID")
        return (<PtNvPastStream *>self.at).stream_id

    @property
    def surfaceStreamID(self):
        """The number of the source's surface."""
        _alive(self, "surfaceStreamID")
        return (<PtNvPastStream *>self.at).surface_stream_id

    @property
    def numAllocated(self):
        """How many objects there is room for."""
        _alive(self, "numAllocated")
        return (<PtNvPastStream *>self.at).num_allocated

    @property
    def numFilled(self):
        """How many objects there are."""
        _alive(self, "numFilled")
        return (<PtNvPastStream *>self.at).num_filled

    def list(self):
        """Return the objects; the iterator serves once."""
        _alive(self, "list")
        cdef PtNvPastStream *of = <PtNvPastStream *>self.at
        return _views_of(
            self, NvDsTargetMiscDataObject, of.list, min(of.num_filled, of.num_allocated),
            sizeof(PtNvPastTrack),
        )


@cython.final
cdef class NvDsTargetMiscDataBatch(View):
    """NvDsTargetMiscDataBatch, before 6.4 NvDsPastFrameObjBatch: the sources of one batch."""

    @property
    def numAllocated(self):
        """How many sources there is room for."""
        _alive(self, "numAllocated")
        return (<PtNvPastBatch *>self.at).num_allocated

    @property
    def numFilled(self):
        """How many sources there are."""
        _alive(self, "numFilled")
        return (<PtNvPastBatch *>self.at).num_filled

    def list(self):
        """Return the sources; the iterator serves once."""
        _alive(self, "list")
        cdef PtNvPastBatch *of = <PtNvPastBatch *>self.at
        return _views_of(
            self, NvDsTargetMiscDataStream, of.list, min(of.num_filled, of.num_allocated),
            sizeof(PtNvPastStream),
        )


cdef object _views_of(View holder, type cls, char *first, unsigned count, size_t size):
    """An iterator over the structs of an array."""
    if first is NULL:
        return iter(())
    return iter([_view(cls, holder.batch, first + i * size) for i in range(count)])


# ---- nvdsanalytics: C++ containers, copied when they are read, as pyds does ----


cdef enum:
    _CXX_MOST = 65536  # items of a container, bytes of a text: more is taken for a broken one


cdef str _cxx_text(const PtCxxString *string):
    if string.text is NULL or string.length > _CXX_MOST:
        return ""
    return string.text[:string.length].decode("utf-8", "replace")


cdef list _cxx_texts(const PtCxxStrings *strings):
    cdef size_t count = 0 if strings.begin is NULL else strings.end - strings.begin
    if count > _CXX_MOST:
        return []
    return [_cxx_text(&strings.begin[i]) for i in range(count)]


cdef enum:
    _CXX_FLAG
    _CXX_NARROW
    _CXX_WIDE


cdef dict _cxx_map(const PtCxxMap *of, int kind):
    """A map from strings; `kind` is what its values are."""
    cdef dict found = {}
    cdef PtCxxTextNode *node = <PtCxxTextNode *>of.first
    cdef size_t left = min(of.count, _CXX_MOST)
    while node is not NULL and left:
        if kind == _CXX_FLAG:
            found[_cxx_text(&node.key)] = node.flag != 0
        elif kind == _CXX_NARROW:
            found[_cxx_text(&node.key)] = node.narrow
        else:
            found[_cxx_text(&node.key)] = node.wide
        node = <PtCxxTextNode *>(<PtCxxNode *>node).next
        left -= 1
    return found


@cython.final
cdef class NvDsAnalyticsFrameMeta(View):
    """NvDsAnalyticsFrameMeta: what nvdsanalytics counted in a frame."""

    @property
    def ocStatus(self):
        """Which regions are overcrowded, by name."""
        _alive(self, "ocStatus")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).ocStatus, _CXX_FLAG)

    @property
    def objInROIcnt(self):
        """How many objects each region has, by name."""
        _alive(self, "objInROIcnt")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).objInROIcnt, _CXX_NARROW)

    @property
    def objLCCurrCnt(self):
        """How many objects cross each line now, by name."""
        _alive(self, "objLCCurrCnt")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).objLCCurrCnt, _CXX_WIDE)

    @property
    def objLCCumCnt(self):
        """How many objects have crossed each line so far, by name."""
        _alive(self, "objLCCumCnt")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).objLCCumCnt, _CXX_WIDE)

    @property
    def objCnt(self):
        """How many objects there are, by class."""
        _alive(self, "objCnt")
        cdef const PtCxxMap *of = &(<PtNvAnalyticsFrame *>self.at).objCnt
        cdef dict found = {}
        cdef PtCxxNumberNode *node = <PtCxxNumberNode *>of.first
        cdef size_t left = min(of.count, _CXX_MOST)
        while node is not NULL and left:
            found[node.key] = node.value
            node = <PtCxxNumberNode *>(<PtCxxNode *>node).next
            left -= 1
        return found

    @property
    def unique_id(self):
        """The number of the nvdsanalytics."""
        _alive(self, "unique_id")
        return (<PtNvAnalyticsFrame *>self.at).unique_id


@cython.final
cdef class NvDsAnalyticsObjInfo(View):
    """NvDsAnalyticsObjInfo: which regions, lines and directions an object touches."""

    cdef bint is_numbered  # at compile time: by DeepStream 8.0 or later

    @property
    def roiStatus(self):
        """The regions that it is in."""
        _alive(self, "roiStatus")
        return _cxx_texts(&(<PtNvAnalyticsObject *>self.at).roiStatus)

    @property
    def ocStatus(self):
        """The overcrowded regions that it is in."""
        _alive(self, "ocStatus")
        return _cxx_texts(&(<PtNvAnalyticsObject *>self.at).ocStatus)

    @property
    def lcStatus(self):
        """The lines that it crosses."""
        _alive(self, "lcStatus")
        return _cxx_texts(&(<PtNvAnalyticsObject *>self.at).lcStatus)

    @property
    def dirStatus(self):
        """The direction that it goes in."""
        _alive(self, "dirStatus")
        return _cxx_text(&(<PtNvAnalyticsObject *>self.at).dirStatus)

    @property
    def objStatus(self):
        """What it does, from DeepStream 6.3 on; before, and from there to 7.1 beyond 15 bytes, empty.

        Up to 7.1 the struct does not say whether it has this text: a short text, which points to
        itself, does.
        """
        _alive(self, "objStatus")
        cdef PtNvAnalyticsObject *of = <PtNvAnalyticsObject *>self.at
        if not self.is_numbered and of.objStatus.text != of.objStatus.here:
            return ""
        return _cxx_text(&of.objStatus)

    @property
    def unique_id(self):
        """The number of the nvdsanalytics."""
        _alive(self, "unique_id")
        return (<PtNvAnalyticsObject *>self.at).unique_id


cdef dict _NV_PAYLOADS = {
    _NV_TENSORS: NvDsInferTensorMeta,
    _NV_SEGMENTATION: NvDsInferSegmentationMeta,
    _NV_PAST_FRAMES: NvDsTargetMiscDataBatch,
    _NV_ANALYTICS_FRAME: NvDsAnalyticsFrameMeta,
    _NV_ANALYTICS_OBJECT: NvDsAnalyticsObjInfo,
}

_name_fields([
    NvDsUserMeta, NvDsInferNetworkInfo, NvDsInferLayerInfo, NvDsInferTensorMeta,
    NvDsInferSegmentationMeta, NvDsTargetMiscDataFrame,
])
