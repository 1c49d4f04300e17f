# NVIDIA's user metas, and what those of known types hold.

cdef enum:  # NvDsMetaType: what never moved, and what DeepStream 8.0 numbers at compile time
    _NV_TENSORS = 12
    _NV_SEGMENTATION = 13
    _NV_PAST_FRAMES = 15
    _NV_OBJECT_REID = 17
    _NV_TERMINATED_TRACKS = 18
    _NV_SHADOW_TRACKS = 19
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
        cdef void *held = pt_nv_python_of(<PtNvUser *>self.at)
        if held is not NULL:
            return <object>held
        cdef int meta_type = (<PtNvBase *>self.at).meta_type
        cls = _NV_PAYLOADS.get(_known_type(meta_type))
        if cls is None and (<PtNvBatch *>self.batch.foreign).frame_pool.element_size >= 232:
            cls = _NV_PAYLOADS_8.get(meta_type)
        if cls is None:
            return PyCapsule_New(data, NULL, NULL)
        view = _part(self, cls, data)
        if cls is NvDsAnalyticsObjInfo:
            (<NvDsAnalyticsObjInfo>view).is_numbered = meta_type < _NV_FIRST_USER
        return view


cdef dict _NV_PAYLOADS = {
    _NV_TENSORS: NvDsInferTensorMeta,
    _NV_SEGMENTATION: NvDsInferSegmentationMeta,
    _NV_PAST_FRAMES: NvDsTargetMiscDataBatch,
    _NV_ANALYTICS_FRAME: NvDsAnalyticsFrameMeta,
    _NV_ANALYTICS_OBJECT: NvDsAnalyticsObjInfo,
}

cdef dict _NV_PAYLOADS_8 = {  # before DeepStream 8.0 other numbers, or other structs, have these
    _NV_OBJECT_REID: NvDsObjReid,
    _NV_TERMINATED_TRACKS: NvDsTargetMiscDataBatch,
    _NV_SHADOW_TRACKS: NvDsTargetMiscDataBatch,
}


# What an element of another's has attached to metadata that dsmetaconvert made portable: structs that are the same in
# all releases.
cdef dict _OF_NVIDIA = {
    _NV_TENSORS: NvDsInferTensorMeta,
    _NV_SEGMENTATION: NvDsInferSegmentationMeta,
    _NV_ANALYTICS_FRAME: NvDsAnalyticsFrameMeta,
    _NV_ANALYTICS_OBJECT: NvDsAnalyticsObjInfo,
}


cdef object _of_nvidia(View owner, const PtNvUser *user):
    """A view of what it holds, the Python object, None, or a capsule."""
    cdef void *held = pt_nv_python_of(user)
    if held is not NULL:
        return <object>held
    if user.user_meta_data is NULL:
        return None
    cdef int meta_type = (<const PtNvBase *>user).meta_type
    cls = _OF_NVIDIA.get(meta_type)
    if cls is None:
        return PyCapsule_New(user.user_meta_data, NULL, NULL)
    view = _part(owner, cls, user.user_meta_data)
    if cls is NvDsAnalyticsObjInfo:
        (<NvDsAnalyticsObjInfo>view).is_numbered = True
    return view

_name_fields([NvDsUserMeta])
