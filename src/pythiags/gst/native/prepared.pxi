# What the portable nvdspreprocess attaches to a batch, under pyds's names. See native/prepared.h.

cdef PtRoi _any_roi
cdef PtRoi *_roi = &_any_roi
cdef PtPreparedTensor _any_prepared_tensor
cdef PtPreparedTensor *_prepared_tensor = &_any_prepared_tensor


@cython.final
cdef class RoiMeta(View):
    """NvDsRoiMeta: a region, or an object, that is a picture of the tensor."""

    roi = Struct(RectParams, _place(&_roi.roi, _roi), sizeof(PtRect))
    scale_ratio_x = Double(_place(&_roi.scale_ratio_x, _roi))
    scale_ratio_y = Double(_place(&_roi.scale_ratio_y, _roi))
    offset_left = Double(_place(&_roi.offset_left, _roi))
    offset_top = Double(_place(&_roi.offset_top, _roi))
    classifier_meta_list = Nodes(ClassifierMeta, _place(&_roi.classifiers, _roi))
    roi_user_meta_list = Nodes(UserMeta, _place(&_roi.users, _roi))

    @property
    def frame_meta(self):
        """The frame that it is of."""
        _alive(self, "frame_meta")
        return _view(FrameMeta, self.batch, (<PtRoi *>self.at).frame)

    @property
    def object_meta(self):
        """The object that it is, or None for a region of the frame."""
        _alive(self, "object_meta")
        cdef PtObject *of = (<PtRoi *>self.at).object
        return None if of is NULL else _view(ObjectMeta, self.batch, of)


@cython.final
cdef class PreProcessTensorMeta(View):
    """NvDsPreProcessTensorMeta: the tensor."""

    buffer_size = Uint64(_place(&_prepared_tensor.buffer_size, _prepared_tensor))
    data_type = Int(_place(&_prepared_tensor.data_type, _prepared_tensor))
    gpu_id = Uint(_place(&_prepared_tensor.gpu_id, _prepared_tensor))
    meta_id = Uint(_place(&_prepared_tensor.meta_id, _prepared_tensor))
    maintain_aspect_ratio = Int(_place(&_prepared_tensor.maintain_aspect_ratio, _prepared_tensor))

    cdef LayerInfo layer(self):
        return _view(LayerInfo, self.batch, &(<PtPreparedTensor *>self.at).tensor)

    @property
    def tensor_name(self):
        """The name of the network's input that it is for."""
        _alive(self, "tensor_name")
        return self.layer().layerName

    @property
    def tensor_shape(self):
        """How many regions, and the shape of each."""
        _alive(self, "tensor_shape")
        return list(self.layer().dims)

    @property
    def raw_tensor_buffer(self):
        """The address of the numbers."""
        _alive(self, "raw_tensor_buffer")
        return self.layer().buffer

    def to_array(self):
        """Return the numbers, as a read-only array that lasts, whatever becomes of the buffer."""
        _alive(self, "to_array")
        return self.layer().to_array()


@cython.final
cdef class PreProcessBatchMeta(View):
    """GstNvDsPreProcessBatchMeta: what nvdspreprocess made of a batch, as a user meta of it."""

    @property
    def target_unique_ids(self):
        """The networks that it is for, by their ``gie-unique-id``."""
        _alive(self, "target_unique_ids")
        cdef PtPrepared *of = <PtPrepared *>self.at
        return [of.target_ids[i] for i in range(of.target_count)]

    @property
    def tensor_meta(self):
        """The tensor, or None."""
        _alive(self, "tensor_meta")
        cdef PtPreparedTensor *of = (<PtPrepared *>self.at).tensor
        return None if of is NULL else _view(PreProcessTensorMeta, self.batch, of)

    @property
    def roi_vector(self):
        """The regions, in the tensor's order."""
        _alive(self, "roi_vector")
        cdef PtPrepared *of = <PtPrepared *>self.at
        return [_view(RoiMeta, self.batch, of.rois + i) for i in range(of.roi_count)]


_name_fields([RoiMeta, PreProcessTensorMeta])
