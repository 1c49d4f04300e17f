# What NVIDIA's tracker attaches: the past frames of its objects.


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
        cdef size_t size = sizeof(PtPastFrame)
        if self.batch.foreign is not NULL:
            size = pt_nv_past_frame_size(
                of, <const PtNvBatch *>self.batch.foreign, self.batch.foreign_shift
            )
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
    return iter([_part(holder, cls, first + i * size) for i in range(count)])


@cython.final
cdef class NvDsObjReid(View):
    """NvDsObjReid: what tells an object from others, as a vector (``outputReidTensor`` of nvtracker)."""

    @property
    def featureSize(self):
        """How many numbers the vector has."""
        _alive(self, "featureSize")
        return (<PtNvReid *>self.at).feature_size

    def get_host_reid_vector(self):
        """Copy the vector, as float32; None where it is not in the CPU's memory."""
        _alive(self, "get_host_reid_vector")
        cdef PtNvReid *of = <PtNvReid *>self.at
        return None if of.host is NULL else _numbers_at(of.host, "float32", (of.feature_size,))


_name_fields([NvDsTargetMiscDataFrame])
