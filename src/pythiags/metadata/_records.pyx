# cython: language_level=3, binding=False
"""The loop that makes tuples of a record's columns; ``records`` knows the rest of its memory."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.ref cimport Py_INCREF, PyObject
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcpy

from pythiags.metadata.tuples import Bbox, Detection

cdef extern from "tuples.h":
    object pt_tuple_new(type, Py_ssize_t)
    void pt_tuple_set "PyTuple_SET_ITEM"(object, Py_ssize_t, PyObject *)

cdef type _bbox = Bbox
cdef type _detection = Detection

cdef enum:
    OBJECT_BYTES = 40  # of all columns: object_id, confidence, box, class_id, component_id, label


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


cdef object _detect(const char *columns, Py_ssize_t count, Py_ssize_t place,
                    object label, object source_id, object frame_num, object pts):
    """The object at a place."""
    cdef const char *column = columns + 8 * count  # the first of those with four bytes an item
    cdef Py_ssize_t step = 4 * count, side
    # The box first: a collection of garbage must not meet a tuple that is half filled.
    box = pt_tuple_new(_bbox, 4)
    for side in range(4):
        _set(box, side, _float_at(column + (1 + side) * step, place))
    detection = pt_tuple_new(_detection, 9)
    _set(detection, 0, label)
    _set(detection, 1, _int_at(column + 5 * step, place))
    _set(detection, 2, _float_at(column, place))
    _set(detection, 3, box)
    _set(detection, 4, _id_at(columns, place))
    _set(detection, 5, source_id)
    _set(detection, 6, frame_num)
    _set(detection, 7, pts)
    _set(detection, 8, _int_at(column + 6 * step, place))
    return detection


cdef list _all(const char *columns, Py_ssize_t count, list frames, list texts):
    cdef list found = []
    cdef const char *labels = columns + (OBJECT_BYTES - 4) * count
    cdef Py_ssize_t place = 0, end = 0
    cdef uint32_t label
    for pts, frame_num, source_id, objects, _ in frames:
        end += <uint32_t>objects
        if end > count:
            break
        while place < end:
            label = <uint32_t>_int_at(labels, place)
            if label >= <size_t>len(texts):
                raise ValueError(f"the record has no text {label}")
            found.append(
                _detect(columns, count, place, texts[label], source_id, frame_num, pts)
            )
            place += 1
    if end != count:
        raise ValueError(f"the record has {count} objects, and its frames another number")
    return found


def detections(memory, Py_ssize_t count, Py_ssize_t at, list frames, list texts):
    """Return a record's objects.

    Args:
        memory: The record.
        count: How many objects.
        at: Where the columns begin.
        frames: A tuple of each frame: its time, number and source, how many objects, and a zero.
        texts: The labels, each once.

    Raises:
        ValueError: It ends within the columns, a label is not among the texts, or the frames have
            more or fewer objects.
    """
    cdef Py_buffer view
    PyObject_GetBuffer(memory, &view, PyBUF_SIMPLE)
    try:
        if at < 0 or count < 0 or at > view.len or count > (view.len - at) // OBJECT_BYTES:
            raise ValueError(f"the record ends within its {count} objects")
        return _all(<const char *>view.buf + at, count, frames, texts)
    finally:
        PyBuffer_Release(&view)
