# Views of NVIDIA's batches and frames, under pyds's names; and where a buffer's batch comes from.

from pythiags.errors import MetadataLayoutError

cdef PtNvDisplay _any_nv_display
cdef PtNvDisplay *_nv_display = &_any_nv_display
cdef PtNvDisplayTail _any_nv_drawn
cdef PtNvFrame _any_nv_frame
cdef PtNvFrame *_nv_frame = &_any_nv_frame
cdef PtNvBatch _any_nv_batch
cdef PtNvBatch *_nv_batch = &_any_nv_batch


cdef inline Py_ssize_t _nv_drawn(const void *member) noexcept:
    """Return where a member of a display meta's tail lies, from its start, unshifted."""
    return (
        sizeof(PtNvDisplay) + PT_MAX_DISPLAY * sizeof(PtRect) + _place(member, &_any_nv_drawn)
    )


@cython.final
cdef class NvDsDisplayMeta(View):
    """NvDsDisplayMeta: up to 16 each of rectangles, texts, lines, arrows and circles to draw."""

    base_meta = Base(0)
    num_rects = Uint(_place(&_nv_display.num_rects, _nv_display), high=PT_MAX_DISPLAY)
    num_labels = Uint(_place(&_nv_display.num_labels, _nv_display), high=PT_MAX_DISPLAY)
    num_lines = Uint(_place(&_nv_display.num_lines, _nv_display), high=PT_MAX_DISPLAY)
    num_arrows = Uint(_place(&_nv_display.num_arrows, _nv_display), high=PT_MAX_DISPLAY)
    num_circles = Uint(_place(&_nv_display.num_circles, _nv_display), high=PT_MAX_DISPLAY)
    rect_params = Structs(RectParams, sizeof(PtNvDisplay), sizeof(PtRect), grows=True)
    text_params = Structs(
        TextParams, _nv_drawn(&_any_nv_drawn.text_params), sizeof(PtText), shifts=PT_MAX_DISPLAY
    )
    line_params = Structs(
        LineParams, _nv_drawn(&_any_nv_drawn.line_params), sizeof(PtLine), shifts=PT_MAX_DISPLAY
    )
    arrow_params = Structs(
        ArrowParams, _nv_drawn(&_any_nv_drawn.arrow_params), sizeof(PtNvArrow),
        shifts=PT_MAX_DISPLAY,
    )
    circle_params = Structs(
        CircleParams, _nv_drawn(&_any_nv_drawn.circle_params), sizeof(PtNvCircle),
        shifts=PT_MAX_DISPLAY,
    )
    misc_osd_data = Numbers(_nv_drawn(&_any_nv_drawn.misc_osd_data), shifts=PT_MAX_DISPLAY)


@cython.final
cdef class NvDsSensorInfo(View):
    """NvDsSensorInfo: which camera or file a frame comes from, where its source element says so."""

    source_id = Uint(_place(&_nv_frame.sensor.source_id, &_nv_frame.sensor))
    uri = Text(_place(&_nv_frame.sensor.uri, &_nv_frame.sensor), readonly=True)
    sensor_id = Text(_place(&_nv_frame.sensor.sensor_id, &_nv_frame.sensor), readonly=True)
    sensor_name = Text(_place(&_nv_frame.sensor.sensor_name, &_nv_frame.sensor), readonly=True)


@cython.final
cdef class NvDsFrameMeta(View):
    """NvDsFrameMeta: one picture of a batch and what was found in it."""

    base_meta = Base(0)
    pad_index = Uint(_place(&_nv_frame.pad_index, _nv_frame))
    batch_id = Uint(_place(&_nv_frame.batch_id, _nv_frame))
    frame_num = Int(_place(&_nv_frame.frame_num, _nv_frame))
    buf_pts = Uint64(_place(&_nv_frame.buf_pts, _nv_frame))
    ntp_timestamp = Uint64(_place(&_nv_frame.ntp_timestamp, _nv_frame))
    source_id = Uint(_place(&_nv_frame.source_id, _nv_frame))
    num_surfaces_per_frame = Int(_place(&_nv_frame.num_surfaces_per_frame, _nv_frame))
    source_frame_width = Uint(_place(&_nv_frame.source_frame_width, _nv_frame))
    source_frame_height = Uint(_place(&_nv_frame.source_frame_height, _nv_frame))
    surface_type = Uint(_place(&_nv_frame.surface_type, _nv_frame))
    surface_index = Uint(_place(&_nv_frame.surface_index, _nv_frame))
    num_obj_meta = Uint(_place(&_nv_frame.num_obj_meta, _nv_frame))
    bInferDone = Int(_place(&_nv_frame.bInferDone, _nv_frame))
    misc_frame_info = Numbers(_place(&_nv_frame.misc_frame_info, _nv_frame))

    cdef bint has(self, Py_ssize_t size, str name) except -1:
        """Whether this DeepStream's frame is of at least this size."""
        _alive(self, name)
        return (<PtNvBatch *>self.batch.foreign).frame_pool.element_size >= size

    @property
    def pipeline_width(self):
        """The width that boxes refer to; 0 before DeepStream 6.0 and in copies of a buffer."""
        return (<PtNvFrame *>self.at).pipeline_width if self.has(200, "pipeline_width") else 0

    @property
    def pipeline_height(self):
        """The height that boxes refer to; 0 before DeepStream 6.0 and in copies of a buffer."""
        return (<PtNvFrame *>self.at).pipeline_height if self.has(200, "pipeline_height") else 0

    @property
    def sensorInfo_meta(self):
        """The camera or file, or None before DeepStream 8.0."""
        if not self.has(232, "sensorInfo_meta"):
            return None
        return _view(NvDsSensorInfo, self.batch, &(<PtNvFrame *>self.at).sensor)

    @property
    def sensor_id(self):
        """What the source element calls the camera, or None."""
        sensor = self.sensorInfo_meta
        return None if sensor is None else sensor.sensor_id

    @property
    def obj_meta_list(self):
        """The head of the objects, or None."""
        return _nv_head(self.iter_objects())

    @property
    def display_meta_list(self):
        """The head of the display metas, or None."""
        return _nv_head(self.iter_displays())

    @property
    def frame_user_meta_list(self):
        """The head of the user metas, or None."""
        return _nv_head(self.iter_user_metas())

    def iter_objects(self):
        """Iterate over the objects."""
        cdef const GNode **head = <const GNode **>&(<PtNvFrame *>self.at).objects
        return _nv_items(self, "obj_meta_list", head, PT_NV_OBJECTS, NvDsObjectMeta)

    def iter_displays(self):
        """Iterate over the display metas."""
        cdef const GNode **head = <const GNode **>&(<PtNvFrame *>self.at).displays
        return _nv_items(self, "display_meta_list", head, PT_NV_DISPLAYS, NvDsDisplayMeta)

    def iter_user_metas(self):
        """Iterate over the user metas."""
        cdef const GNode **head = <const GNode **>&(<PtNvFrame *>self.at).users
        return _nv_items(self, "frame_user_meta_list", head, PT_NV_USERS, NvDsUserMeta)

    def add_object(self, NvDsObjectMeta parent=None):
        """Add an object, untracked and without confidence, and return it."""
        if parent is not None:
            _alive(parent, "add_object")
            _check_parent(self, <const PtNvFrame *>self.at, parent)
        return _nv_add(self, "add_object", PT_NV_OBJECT, NvDsObjectMeta, parent)

    def add_display(self):
        """Add a display meta, with nothing to draw, and return it."""
        return _nv_add(self, "add_display", PT_NV_DISPLAY, NvDsDisplayMeta)

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object, which the buffer and its copies keep alive."""
        return _nv_add_user(self, PT_NV_FRAME_USER, data, meta_type)

    def remove(self, meta not None):
        """Take an object, a display meta or a user meta off this frame."""
        cdef PtNvFrame *frame = <PtNvFrame *>self.at
        if isinstance(meta, NvDsObjectMeta):
            _nv_remove(self, PT_NV_OBJECT, &frame.objects, meta)
        elif isinstance(meta, NvDsDisplayMeta):
            _nv_remove(self, PT_NV_DISPLAY, &frame.displays, meta)
        else:
            _nv_remove(self, PT_NV_FRAME_USER, &frame.users, <NvDsUserMeta?>meta)


cdef _refuse_layout(const PtNv *found):
    raise MetadataLayoutError(found.object_size, found.frame_size)


@cython.final
cdef class NvDsBatchMeta(View):
    """NvDsBatchMeta: all that is known of one buffer's frames, as DeepStream's elements wrote it."""

    base_meta = Base(0)
    max_frames_in_batch = Uint(_place(&_nv_batch.max_frames_in_batch, _nv_batch))
    num_frames_in_batch = Uint(_place(&_nv_batch.num_frames_in_batch, _nv_batch))
    misc_batch_info = Numbers(_place(&_nv_batch.misc_batch_info, _nv_batch))

    @staticmethod
    def of(source):
        """Return the DeepStream batch of a probe's info or a ``Gst.Buffer``, or None.

        Of several batches on a buffer it is the last. Within a probe the views die with the call;
        elsewhere they keep the buffer alive.

        Raises:
            MetadataLayoutError: Its layout is not known.
        """
        source = _bearer(source)
        cdef PtBatch *batch
        if type(source) is ProbeInfo:
            batch = (<ProbeInfo>source).read_nvidia()
            return None if batch is NULL else _view(NvDsBatchMeta, batch, batch.foreign)
        batch = _nv_stand_in(_buffer_of(source), True)
        if batch is NULL:
            return None
        view = _view(NvDsBatchMeta, batch, batch.foreign)
        pt_batch_unref(batch)
        return view

    @property
    def frame_meta_list(self):
        """The head of the frames, or None."""
        return _nv_head(self.iter_frames())

    @property
    def batch_user_meta_list(self):
        """The head of the batch's own user metas, or None."""
        return _nv_head(self.iter_user_metas())

    def iter_frames(self):
        """Iterate over the frames."""
        cdef const GNode **head = <const GNode **>&(<PtNvBatch *>self.at).frames
        return _nv_items(self, "frame_meta_list", head, PT_NV_FRAMES, NvDsFrameMeta)

    def iter_user_metas(self):
        """Iterate over the user metas of the batch itself."""
        cdef const GNode **head = <const GNode **>&(<PtNvBatch *>self.at).users
        return _nv_items(self, "batch_user_meta_list", head, PT_NV_USERS, NvDsUserMeta)

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object, which the buffer and its copies keep alive."""
        return _nv_add_user(self, PT_NV_BATCH_USER, data, meta_type)

    def remove(self, NvDsUserMeta meta not None):
        """Take a user meta off this batch."""
        _nv_remove(self, PT_NV_BATCH_USER, &(<PtNvBatch *>self.at).users, meta)

    def detections(
        self, type detection, type bbox, *, labels=None, min_confidence=None, int box=0
    ):
        """Read all objects of all frames in one pass; see ``BatchMeta.detections``."""
        _alive(self, "detections")
        return _detections(self.batch, detection, bbox, labels, min_confidence, box)


cdef PtBatch *_nv_stand_in(GstBuffer *buffer, bint keep) except? NULL:
    """What stands for the buffer's DeepStream batch, a reference; NULL without an error: none."""
    cdef PtNv found
    cdef PtNvVerdict verdict = pt_nv_find(buffer, &found)
    if verdict == PT_NV_NONE:
        return NULL
    if verdict == PT_NV_REFUSED:
        _refuse_layout(&found)
    return pt_nv_stand_in(&found, buffer if keep else NULL)


def nvidia_handle(View view not None):
    """Return what pyds's ``cast`` takes for a view of NVIDIA's memory: a capsule around its address.

    Raises:
        TypeError: It shows a struct of pythiags.
        MetadataReleased: Its buffer was released.
    """
    _alive(view, "handle")
    if view.batch.foreign is NULL:
        raise TypeError(f"expected metadata of DeepStream, got {view!r} of pythiags")
    return PyCapsule_New(view.at, NULL, NULL)


_name_fields([NvDsDisplayMeta, NvDsSensorInfo, NvDsFrameMeta, NvDsBatchMeta])
