# cython: language_level=3, binding=False
"""Records of detections, decoded to tuples or to rows: loops over the memory of ``gst/native/records.h``."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.ref cimport Py_INCREF, PyObject
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy, memset

from pythiags.checks import shown
from pythiags.metadata.tuples import Bbox, Detection

cdef extern from "tuples.h":
    object pt_tuple_new(type, Py_ssize_t)
    void pt_tuple_set "PyTuple_SET_ITEM"(object, Py_ssize_t, PyObject *)
    ctypedef struct PtColumnsRow:
        char label[508]
        char class_id[4]
        char confidence[4]
        char box[16]
        char object_id[8]
        char source_id[4]
        char frame_num[4]
        char pts[8]
        char component_id[4]

cdef extern from "Python.h":
    object PyUnicode_DecodeUTF8(const char *, Py_ssize_t, const char *)
    Py_ssize_t PyUnicode_GetLength(object) except -1
    uint32_t *PyUnicode_AsUCS4(object, uint32_t *, Py_ssize_t, int) except NULL

cdef type _bbox = Bbox
cdef type _detection = Detection

cdef enum:
    MAGIC = 0x31445450
    OBJECT_BYTES = 40  # of all columns: object_id, confidence, box, class_id, component_id, label
    CHARACTERS = 127  # of a label in a row

cdef struct Head:  # PtRecordHead
    uint32_t magic, frames, objects, texts, text_bytes, reserved

cdef struct Frame:  # PtRowFrame
    uint64_t pts
    int32_t frame_num
    uint32_t source_id, objects, reserved


cdef inline void _set(object target, Py_ssize_t index, object item):
    Py_INCREF(item)
    pt_tuple_set(target, index, <PyObject *>item)


# The memory may have come from a file, at any address.
cdef inline double _float_at(const char *column, Py_ssize_t place) noexcept:
    cdef float value
    memcpy(&value, column + 4 * place, 4)
    return value


cdef inline int32_t _int_at(const char *column, Py_ssize_t place) noexcept:
    cdef int32_t value
    memcpy(&value, column + 4 * place, 4)
    return value


cdef inline uint64_t _id_at(const char *column, Py_ssize_t place) noexcept:
    cdef uint64_t value
    memcpy(&value, column + 8 * place, 8)
    return value


# ---- a record taken apart ----

cdef class _Record:
    cdef Py_buffer view
    cdef Head head
    cdef Py_ssize_t count
    cdef const char *frames
    cdef const char *columns
    cdef list texts

    def __cinit__(self, memory):
        PyObject_GetBuffer(memory, &self.view, PyBUF_SIMPLE)
        if self.view.len >= <Py_ssize_t>sizeof(Head):
            memcpy(&self.head, self.view.buf, sizeof(Head))
        cdef Head *head = &self.head
        cdef uint64_t frames_bytes = <uint64_t>head.frames * sizeof(Frame)
        cdef uint64_t columns_bytes = <uint64_t>head.objects * OBJECT_BYTES
        cdef uint64_t size = sizeof(Head) + frames_bytes + columns_bytes + head.text_bytes
        if head.magic != MAGIC or size > <uint64_t>self.view.len:
            raise ValueError(f"{shown(memory)} is not a record of detections")
        self.count = head.objects
        self.frames = <const char *>self.view.buf + sizeof(Head)
        self.columns = self.frames + frames_bytes
        self.texts = self._texts(self.columns + columns_bytes, head.text_bytes)

    def __dealloc__(self):
        PyBuffer_Release(&self.view)

    cdef list _texts(self, const char *at, size_t left):
        cdef list texts = []
        cdef const char *end
        while left:
            end = <const char *>memchr(at, 0, left)
            if end is NULL:
                break
            texts.append(PyUnicode_DecodeUTF8(at, end - at, "replace"))
            left -= end - at + 1
            at = end + 1
        return texts

    cdef Frame frame(self, uint32_t number) noexcept:
        cdef Frame frame
        memcpy(&frame, self.frames + number * sizeof(Frame), sizeof(Frame))
        return frame

    cdef uint32_t label_number(self, Py_ssize_t place) noexcept:
        return <uint32_t>_int_at(self.columns + (OBJECT_BYTES - 4) * self.count, place)

    cdef object text(self, uint32_t number):
        if number >= <size_t>len(self.texts):
            raise ValueError(f"the record has no text {number}")
        return self.texts[number]

    cdef int check_count(self) except -1:
        """See that the frames have the objects that there are."""
        cdef uint64_t count = 0
        cdef uint32_t number
        for number in range(self.head.frames):
            count += self.frame(number).objects
        if count != <uint64_t>self.count:
            raise ValueError(
                f"the record has {self.count} objects, and its frames another number"
            )
        return 0


# ---- tuples ----

cdef object _detect(_Record record, Py_ssize_t place, object source_id, object frame_num, object pts):
    """The object at a place."""
    cdef Py_ssize_t step = 4 * record.count, side
    cdef const char *column = record.columns + 2 * step  # the first with four bytes an item
    # The box first: a collection of garbage must not meet a tuple that is half filled.
    label = record.text(record.label_number(place))
    box = pt_tuple_new(_bbox, 4)
    for side in range(4):
        _set(box, side, _float_at(column + (1 + side) * step, place))
    detection = pt_tuple_new(_detection, 9)
    _set(detection, 0, label)
    _set(detection, 1, _int_at(column + 5 * step, place))
    _set(detection, 2, _float_at(column, place))
    _set(detection, 3, box)
    _set(detection, 4, _id_at(record.columns, place))
    _set(detection, 5, source_id)
    _set(detection, 6, frame_num)
    _set(detection, 7, pts)
    _set(detection, 8, _int_at(column + 6 * step, place))
    return detection


def detections(memory):
    """Return a record's objects, as tuples.

    Args:
        memory: The record.

    Raises:
        ValueError: It is none, a label is not among its texts, or its frames have more or fewer
            objects.
    """
    cdef _Record record = _Record(memory)
    cdef list found = []
    cdef Py_ssize_t place = 0
    cdef uint32_t number, left
    cdef Frame frame
    record.check_count()
    for number in range(record.head.frames):
        frame = record.frame(number)
        source_id, frame_num, pts = frame.source_id, frame.frame_num, frame.pts
        for left in range(frame.objects):
            found.append(_detect(record, place, source_id, frame_num, pts))
            place += 1
    return found


# ---- rows ----

cdef int _put_label(PtColumnsRow *row, object label) except -1:
    """Write a label, and zeros behind it."""
    cdef Py_ssize_t length = PyUnicode_GetLength(label)
    if length > CHARACTERS:
        raise ValueError(
            f"the record has a label of {length} characters, expected {CHARACTERS} at most"
        )
    if length:
        PyUnicode_AsUCS4(label, <uint32_t *>row.label, CHARACTERS, 0)
    memset(row.label + 4 * length, 0, 4 * (CHARACTERS - length))
    return 0


cdef void _put_numbers(PtColumnsRow *row, _Record record, Py_ssize_t place, Frame *frame) noexcept:
    cdef Py_ssize_t step = 4 * record.count, side
    cdef const char *column = record.columns + 2 * step + 4 * place
    memcpy(row.object_id, record.columns + 8 * place, 8)
    memcpy(row.confidence, column, 4)
    for side in range(4):
        memcpy(row.box + 4 * side, column + (1 + side) * step, 4)
    memcpy(row.class_id, column + 5 * step, 4)
    memcpy(row.component_id, column + 6 * step, 4)
    memcpy(row.source_id, &frame.source_id, 4)
    memcpy(row.frame_num, &frame.frame_num, 4)
    memcpy(row.pts, &frame.pts, 8)


def rows(memory, make):
    """Return a record's objects, as an array of ``DETECTION_DTYPE``.

    Args:
        memory: The record.
        make: Makes an array for a number of objects.

    Raises:
        ValueError: As for ``detections``, or what was made has rows of another size.
    """
    cdef _Record record = _Record(memory)
    cdef Py_buffer target
    cdef PtColumnsRow *row
    cdef uint32_t number, left, label, last = 0
    cdef Py_ssize_t place = 0
    cdef Frame frame
    record.check_count()
    made = make(record.count)
    PyObject_GetBuffer(made, &target, PyBUF_WRITABLE)
    try:
        if target.len != record.count * <Py_ssize_t>sizeof(PtColumnsRow):
            raise ValueError(f"expected rows of {sizeof(PtColumnsRow)} bytes")
        row = <PtColumnsRow *>target.buf
        for number in range(record.head.frames):
            frame = record.frame(number)
            for left in range(frame.objects):
                label = record.label_number(place)
                if place and label == last:  # as a rule: it is copied faster than written again
                    memcpy(row.label, (row - 1).label, sizeof(row.label))
                else:
                    _put_label(row, record.text(label))
                last = label
                _put_numbers(row, record, place, &frame)
                place += 1
                row += 1
    finally:
        PyBuffer_Release(&target)
    return made
