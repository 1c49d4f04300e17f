# One pass over a batch: each object as plain tuples, without a view in between.

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


cdef object _box(type cls, const PtObject *of, int which):
    """The box that is drawn (0), the detector's (1) or the tracker's (2)."""
    if which == 0:
        return _bbox_tuple(
            cls, of.rect_params.left, of.rect_params.top, of.rect_params.width, of.rect_params.height
        )
    cdef const PtBbox *box = &of.detector_bbox if which == 1 else &of.tracker_bbox
    return _bbox_tuple(cls, box.left, box.top, box.width, box.height)


cdef class _DetectionReader:
    """What is wanted of the objects, and the classes of the tuples that they become."""

    cdef type detection
    cdef type bbox
    cdef object labels
    cdef bint any_confidence
    cdef float min_confidence
    cdef int box

    cdef list read(self, PtBatch *batch):
        cdef list found = []
        cdef PtNode *node = batch.frames.head
        while node is not NULL:
            self.read_frame(<PtFrame *>node, found)
            node = node.next
        return found

    cdef read_frame(self, const PtFrame *frame, list found):
        cdef object source_id = frame.source_id
        cdef object frame_num = frame.frame_num
        cdef object pts = frame.buf_pts
        cdef const PtObject *of = <const PtObject *>frame.objects.head
        while of is not NULL:
            if self.any_confidence or of.confidence >= self.min_confidence:
                label = _text(of.obj_label)
                if self.labels is None or label in self.labels:
                    found.append(self.detect(of, label, source_id, frame_num, pts))
            of = <const PtObject *>of.node.next

    cdef object detect(self, const PtObject *of, label, source_id, frame_num, pts):
        # The box first: a collection of garbage must not meet a tuple that is half filled.
        box = _box(self.bbox, of, self.box)
        detection = pt_tuple_new(self.detection, 9)
        _set(detection, 0, label)
        _set(detection, 1, of.class_id)
        _set(detection, 2, <double>of.confidence)
        _set(detection, 3, box)
        _set(detection, 4, of.object_id)
        _set(detection, 5, source_id)
        _set(detection, 6, frame_num)
        _set(detection, 7, pts)
        _set(detection, 8, of.unique_component_id)
        return detection
