# One pass over a batch: each object as plain tuples, without a view in between.

cdef extern from "rows.h" nogil:
    ctypedef enum PtBox:
        pass
    ctypedef struct PtRow:
        uint64_t object_id
        PtBbox box
        float confidence
        int class_id, component_id
        unsigned label
    ctypedef struct PtRowFrame:
        uint64_t pts
        int frame_num
        unsigned source_id, objects
    ctypedef struct PtWanted:
        PtBox box
        bint any_confidence
        float min_confidence
        unsigned lane, lanes
    ctypedef struct GArray:
        char *data
        unsigned len
    ctypedef struct PtRows:
        GArray *frames
        GArray *rows
        GPtrArray *texts
    void pt_rows_init(PtRows *)
    void pt_rows_clear(PtRows *)
    void pt_rows_read(PtRows *, const PtBatch *, const PtWanted *)
    void pt_rows_read_nv(PtRows *, const PtNv *, const PtWanted *)
    void pt_rows_read_analytics(
        PtRows *, GstBuffer *, const GstCaps *, int, const PtWanted *
    )

cdef inline void _set(object target, Py_ssize_t index, object item):
    Py_INCREF(item)
    pt_tuple_set(target, index, <PyObject *>item)


cdef object _bbox_tuple(type cls, float left, float top, float width, float height):
    box = pt_tuple_new(cls, 4)
    _set(box, 0, <double>left)
    _set(box, 1, <double>top)
    _set(box, 2, <double>width)
    _set(box, 3, <double>height)
    return box


cdef class _DetectionReader:
    """What is wanted of the objects, and the classes of the tuples that they become."""

    cdef type detection
    cdef type bbox
    cdef object labels
    cdef PtWanted wanted
    cdef PtRows rows

    def __cinit__(self):
        pt_rows_init(&self.rows)

    def __dealloc__(self):
        pt_rows_clear(&self.rows)

    cdef list read(self, PtBatch *batch):
        cdef PtNv found
        if batch.foreign is NULL:
            pt_rows_read(&self.rows, batch, &self.wanted)
        else:
            found = _nv(batch)
            _lock(batch)
            pt_rows_read_nv(&self.rows, &found, &self.wanted)
            _unlock(batch)
        return self.all()

    cdef list all(self):
        cdef list found = []
        cdef list texts = self.texts()
        cdef const PtRowFrame *frame = <const PtRowFrame *>self.rows.frames.data
        cdef const PtRow *row = <const PtRow *>self.rows.rows.data
        cdef unsigned i, j
        for i in range(self.rows.frames.len):
            source_id, frame_num, pts = frame.source_id, frame.frame_num, frame.pts
            for j in range(frame.objects):
                label = texts[row.label]
                if label is not None:
                    found.append(self.detect(row, label, source_id, frame_num, pts))
                row += 1
            frame += 1
        return found

    cdef list texts(self):
        """The labels, each made once; None in place of one that is not wanted."""
        cdef unsigned i
        cdef list texts = [
            _text(<const char *>self.rows.texts.pdata[i]) for i in range(self.rows.texts.len)
        ]
        if self.labels is None:
            return texts
        return [text if text in self.labels else None for text in texts]

    cdef object detect(self, const PtRow *row, label, source_id, frame_num, pts):
        # The box first: a collection of garbage must not meet a tuple that is half filled.
        box = _bbox_tuple(self.bbox, row.box.left, row.box.top, row.box.width, row.box.height)
        detection = pt_tuple_new(self.detection, 9)
        _set(detection, 0, label)
        _set(detection, 1, row.class_id)
        _set(detection, 2, <double>row.confidence)
        _set(detection, 3, box)
        _set(detection, 4, row.object_id)
        _set(detection, 5, source_id)
        _set(detection, 6, frame_num)
        _set(detection, 7, pts)
        _set(detection, 8, row.component_id)
        return detection


cdef _DetectionReader _reader(type detection, type bbox, labels, min_confidence, int box):
    for cls, size in ((detection, 9), (bbox, 4)):
        if not issubclass(cls, tuple) or len(getattr(cls, "_fields", ())) != size:
            raise TypeError(f"expected a named tuple of {size} fields, got {cls!r}")
    cdef _DetectionReader reader = _DetectionReader()
    reader.detection, reader.bbox, reader.labels = detection, bbox, labels
    reader.wanted.box = <PtBox>box
    reader.wanted.any_confidence = min_confidence is None
    if min_confidence is not None:
        reader.wanted.min_confidence = min_confidence
    reader.wanted.lanes = 1
    return reader


cdef list _detections(PtBatch *batch, type detection, type bbox, labels, min_confidence, int box):
    return _reader(detection, bbox, labels, min_confidence, box).read(batch)


def analytics_detections(
    source, type detection, type bbox, *, labels=None, min_confidence=None, int box=0
):
    """Read the objects of GstAnalytics in one pass, without a batch; see ``BatchMeta.detections``.

    None if the buffer has none, or a carrier that is looked for before it, or in a probe a batch
    that was made already, which may have grown.
    """
    source = _bearer(source)
    if type(source) is ProbeInfo and (<ProbeInfo>source).plain is not NULL:
        return None
    cdef unsigned carriers = pt_carriers_on(_buffer_of(source))
    if carriers & 3 or not carriers & 4:
        return None
    cdef _DetectionReader reader = _reader(detection, bbox, labels, min_confidence, box)
    cdef GstCaps *caps = NULL
    cdef unsigned long long number = 0
    cdef NativeProbe probe
    if type(source) is ProbeInfo:
        probe = (<ProbeInfo>source).probe
        number = (<ProbeInfo>source).buffer_number
        probe.bears_objects = probe.bears_analytics = True
        caps = probe.current_caps()
    try:
        # Looked up again: the GIL was released in between.
        pt_rows_read_analytics(&reader.rows, _buffer_of(source), caps, <int>number, &reader.wanted)
    finally:
        if caps is not NULL:
            gst_caps_unref(caps)
    return reader.all()
