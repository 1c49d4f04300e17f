# Views of batches and frames, under pyds's names; and where a buffer's batch comes from.

cdef PtDisplay _any_display
cdef PtDisplay *_display = &_any_display
cdef PtFrame _any_frame
cdef PtFrame *_frame = &_any_frame
cdef PtBatch _any_batch
cdef PtBatch *_batch = &_any_batch


@cython.final
cdef class DisplayMeta(View):
    """NvDsDisplayMeta: up to 16 each of rectangles, texts, lines, arrows and circles to draw."""

    base_meta = Base(0)
    num_rects = Uint(_place(&_display.num_rects, _display), high=PT_MAX_DISPLAY)
    num_labels = Uint(_place(&_display.num_labels, _display), high=PT_MAX_DISPLAY)
    num_lines = Uint(_place(&_display.num_lines, _display), high=PT_MAX_DISPLAY)
    num_arrows = Uint(_place(&_display.num_arrows, _display), high=PT_MAX_DISPLAY)
    num_circles = Uint(_place(&_display.num_circles, _display), high=PT_MAX_DISPLAY)
    rect_params = Structs(RectParams, _place(&_display.rect_params, _display), sizeof(PtRect))
    text_params = Structs(TextParams, _place(&_display.text_params, _display), sizeof(PtText))
    line_params = Structs(LineParams, _place(&_display.line_params, _display), sizeof(PtLine))
    arrow_params = Structs(ArrowParams, _place(&_display.arrow_params, _display), sizeof(PtArrow))
    circle_params = Structs(CircleParams, _place(&_display.circle_params, _display), sizeof(PtCircle))


@cython.final
cdef class FrameMeta(View):
    """NvDsFrameMeta: one picture of a batch and what was found in it."""

    base_meta = Base(0)
    pad_index = Uint(_place(&_frame.pad_index, _frame))
    batch_id = Uint(_place(&_frame.batch_id, _frame))
    frame_num = Int(_place(&_frame.frame_num, _frame))
    buf_pts = Uint64(_place(&_frame.buf_pts, _frame))
    ntp_timestamp = Uint64(_place(&_frame.ntp_timestamp, _frame))
    source_id = Uint(_place(&_frame.source_id, _frame))
    num_surfaces_per_frame = Int(_place(&_frame.num_surfaces_per_frame, _frame))
    source_frame_width = Uint(_place(&_frame.source_frame_width, _frame))
    source_frame_height = Uint(_place(&_frame.source_frame_height, _frame))
    pipeline_width = Uint(_place(&_frame.pipeline_width, _frame))
    pipeline_height = Uint(_place(&_frame.pipeline_height, _frame))
    num_obj_meta = Uint(_place(&_frame.num_obj_meta, _frame))
    bInferDone = Int(_place(&_frame.bInferDone, _frame))
    obj_meta_list = Nodes(ObjectMeta, _place(&_frame.objects, _frame))
    display_meta_list = Nodes(DisplayMeta, _place(&_frame.displays, _frame))
    frame_user_meta_list = Nodes(UserMeta, _place(&_frame.users, _frame))
    misc_frame_info = Numbers(_place(&_frame.misc_frame_info, _frame))

    @property
    def sensor_id(self):
        """None, as only the metadata of DeepStream from 8.0 on names its sensors."""
        _alive(self, "sensor_id")
        return None

    @property
    def params(self):
        """The structures that plugins attached to the whole picture, as a list of (name, fields)."""
        _alive(self, "params")
        return _params(self, &(<PtFrame *>self.at).params)

    def iter_objects(self):
        """Iterate over the objects."""
        _alive(self, "obj_meta_list")
        return _each(self, &(<PtFrame *>self.at).objects, ObjectMeta)

    def iter_displays(self):
        """Iterate over the display metas."""
        _alive(self, "display_meta_list")
        return _each(self, &(<PtFrame *>self.at).displays, DisplayMeta)

    def iter_user_metas(self):
        """Iterate over the user metas."""
        _alive(self, "frame_user_meta_list")
        return _each(self, &(<PtFrame *>self.at).users, UserMeta)

    def add_object(self, ObjectMeta parent=None):
        """Append an object, untracked and without confidence, and return it."""
        _growing(self, "add_object")
        cdef PtObject *of = NULL
        if parent is not None:
            _alive(parent, "add_object")
            of = <PtObject *>parent.at
            if of.frame is not <PtFrame *>self.at:
                raise ValueError("a parent must be an object of the same frame")
        return _view(ObjectMeta, self.batch, pt_frame_add_object(<PtFrame *>self.at, of))

    def add_display(self):
        """Append a display meta, with nothing to draw, and return it."""
        _growing(self, "add_display")
        return _view(DisplayMeta, self.batch, pt_frame_add_display(<PtFrame *>self.at))

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object; its reference is held until the batch is freed."""
        return _add_user(self, &(<PtFrame *>self.at).users, data, meta_type)

    def remove(self, meta not None):
        """Take an object, a display meta or a user meta off this frame."""
        cdef PtObject *of
        if isinstance(meta, ObjectMeta):
            _alive(self, "remove")
            _alive(<ObjectMeta>meta, "remove")
            of = <PtObject *>(<ObjectMeta>meta).at
            if of.frame is not <PtFrame *>self.at:
                raise ValueError(f"{meta!r} is not on {self!r}")
            if of.mtd and self.batch.is_analytics:
                raise TypeError("FrameMeta.remove: GstAnalytics keeps what was written to it")
            pt_frame_remove_object(of)
        elif isinstance(meta, DisplayMeta):
            _remove(self, &(<PtFrame *>self.at).displays, meta)
        else:
            _remove(self, &(<PtFrame *>self.at).users, <UserMeta?>meta)


cdef extern from "recordline.h" nogil:
    PtBatch *pt_batch_of_line(const char *, size_t, uint64_t *)


@cython.final
cdef class BatchMeta(View):
    """NvDsBatchMeta: all that is known of one buffer's frames.

    Args:
        max_frames: How many frames the batch may hold; it is not enforced.

    A batch made here belongs to no buffer until it is given to ``attach()``.
    """

    base_meta = Base(0)
    max_frames_in_batch = Uint(_place(&_batch.max_frames_in_batch, _batch))
    num_frames_in_batch = Uint(_place(&_batch.num_frames_in_batch, _batch))
    frame_meta_list = Nodes(FrameMeta, _place(&_batch.frames, _batch))
    batch_user_meta_list = Nodes(UserMeta, _place(&_batch.users, _batch))
    misc_batch_info = Numbers(_place(&_batch.misc_batch_info, _batch))

    def __init__(self, unsigned max_frames=1):
        if self.batch is NULL:
            self.batch = pt_batch_new(max_frames)
            self.at = <char *>self.batch

    @staticmethod
    def of(source):
        """Return the portable batch of a probe's info or a ``Gst.Buffer``, or None."""
        source = _bearer(source)
        cdef PtBatch *batch = pt_buffer_get_batch(_buffer_of(source))
        return None if batch is NULL else _view(BatchMeta, batch, batch)

    @staticmethod
    def of_plain(source):
        """Return a batch made of what GStreamer's own elements attach, or None if there is none.

        That is GstAnalytics, or else region-of-interest metadata: one frame with an object each.
        What is written to it goes nowhere, but objects and labels that a probe with ``writable``
        adds to GstAnalytics are on the buffer when its callback has returned.

        Within a probe it dies with the call, ``frame_num`` counts the probe's buffers, and once
        any was seen a buffer without any is a frame without objects. Elsewhere it lives as long as
        its views.
        """
        cdef PtBatch *batch
        source = _bearer(source)
        if type(source) is ProbeInfo:
            batch = (<ProbeInfo>source).read_plain()
            return None if batch is NULL else _view(BatchMeta, batch, batch)
        batch = pt_plain_read(_buffer_of(source), NULL)
        if batch is NULL:
            return None
        batch.read_only = True
        pt_params_load(batch)  # the buffer may be gone before the views are
        pt_analytics_relate(batch)
        view = _view(BatchMeta, batch, batch)
        pt_batch_unref(batch)
        return view

    @staticmethod
    def attach(target, unsigned max_frames=1):
        """Put a new batch on a buffer, in the place of any that it has, and return it.

        Args:
            target: A ``Gst.Buffer``, or the info of a probe that was attached with ``writable``.
            max_frames: How many frames the batch may hold.

        Raises:
            ValueError: The buffer is shared, so that nothing may be added to it.
        """
        target = _bearer(target)
        cdef GstBuffer *buffer = _buffer_of(target)
        if not gst_buffer_is_writable(buffer):
            raise ValueError(
                "metadata cannot be added to a buffer that is shared: "
                "attach the probe with writable=True and pass on its info"
            )
        cdef PtBatch *batch = pt_batch_new(max_frames)
        view = _view(BatchMeta, batch, batch)
        pt_buffer_add_batch(buffer, batch)
        return view

    @staticmethod
    def of_line(bytes line not None):
        """Return a batch, on no buffer, of a line of a recording; None if it has to be read field by field.

        Lines are taken whose frames and objects have numbers, boxes, texts and styles only.
        """
        cdef uint64_t pts
        cdef PtBatch *batch = pt_batch_of_line(line, len(line), &pts)
        if batch is NULL:
            return None
        view = _view(BatchMeta, batch, batch)
        pt_batch_unref(batch)
        return view

    @staticmethod
    def attach_line(target, bytes line not None):
        """Put such a batch on a buffer of one's own, and the line's time; return whether it was taken."""
        cdef GstBuffer *buffer = _buffer_of(_bearer(target))
        cdef uint64_t pts = buffer.pts
        cdef PtBatch *batch = pt_batch_of_line(line, len(line), &pts)
        if batch is NULL:
            return False
        pt_buffer_add_batch(buffer, batch)
        buffer.pts = pts
        return True

    def iter_frames(self):
        """Iterate over the frames."""
        _alive(self, "frame_meta_list")
        return _each(self, &self.batch.frames, FrameMeta)

    def iter_user_metas(self):
        """Iterate over the user metas of the batch itself."""
        _alive(self, "batch_user_meta_list")
        return _each(self, &self.batch.users, UserMeta)

    def add_frame(self):
        """Append a frame, whose ``batch_id`` is its place, and return it."""
        _alive(self, "add_frame")
        return _view(FrameMeta, self.batch, pt_batch_add_frame(self.batch))

    def add_recorded_frame(self, document):
        """Append a frame with its objects, as a line of a recording has it.

        Args:
            document: The frame, as JSON has it: ``pythiags.recording`` says with which fields.

        Returns:
            What was not taken, because it is no number, box, label or style. For each object that
            has more these are its place among the objects, its view and its part of the document,
            for the frame the same with the place -1.

        Raises:
            TypeError: A field has another type; begins with its place within the frame.
        """
        _growing(self, "add_recorded_frame")
        return _add_recorded(self.batch, document)

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object; its reference is held until the batch is freed."""
        return _add_user(self, &self.batch.users, data, meta_type)

    def remove(self, meta not None):
        """Take a frame or a user meta off this batch."""
        if isinstance(meta, FrameMeta):
            _remove(self, &self.batch.frames, meta)
            self.batch.num_frames_in_batch -= 1
        else:
            _remove(self, &self.batch.users, <UserMeta?>meta)

    def detections(
        self, type detection, type bbox, *, labels=None, min_confidence=None, int box=0
    ):
        """Read all objects of all frames in one pass.

        Args:
            detection: A subclass of tuple with nine fields, as ``pythiags.Detection``.
            bbox: A subclass of tuple with four fields, as ``pythiags.Bbox``.
            labels: Keep only objects with a label in it; None keeps all.
            min_confidence: Keep only objects of at least this confidence.
            box: Which box: 0 what is drawn, 1 the detector's, 2 the tracker's.
        """
        _alive(self, "detections")
        return _detections(self.batch, detection, bbox, labels, min_confidence, box)


cdef dict _META_TYPES = {  # NvDsMetaType
    BatchMeta: 1, FrameMeta: 2, ObjectMeta: 3, DisplayMeta: 4, ClassifierMeta: 5, LabelInfo: 6,
}

_name_fields([DisplayMeta, FrameMeta, BatchMeta])
