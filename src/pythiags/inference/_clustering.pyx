# cython: language_level=3, binding=True, embedsignature=True, boundscheck=False, wraparound=False
"""From a detector's scores to objects, without the GIL: see native/."""

from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, int64_t


cdef extern from "suppress.h" nogil:
    ptrdiff_t pt_suppress(const float *boxes, size_t count, float threshold, size_t most,
                          int64_t *kept)

cdef extern from "best.h" nogil:
    ctypedef struct PtScores:
        const float *data
        size_t boxes, classes
        ptrdiff_t box
        ptrdiff_t step "class"

    ptrdiff_t pt_best_classes(const PtScores *scores, const float *thresholds, Py_ssize_t *places,
                              float *best, Py_ssize_t *numbers)

cdef extern from "objects.h" nogil:
    enum: PT_NO_MEMORY
    enum: PT_OBJECT

    ctypedef struct PtCandidates:
        const float *boxes
        const float *scores
        const Py_ssize_t *classes
        size_t count

    ctypedef struct PtLimits:
        float overlap, least, most

    ptrdiff_t pt_objects(const PtCandidates *found, float width, float height,
                         const PtLimits *limits, size_t classes, int suppress, float *objects)

cdef extern from "group.h" nogil:
    ptrdiff_t pt_group(const int32_t *boxes, size_t count, int threshold, double eps,
                       int32_t *means)


def suppress(const float[:, ::1] boxes, float threshold, size_t most, int64_t[::1] kept):
    """Write the places of the boxes that stay to `kept` and return how many they are.

    Args:
        boxes: Corners, the best box first.
        threshold: Intersection over union above which the lesser box goes.
        most: How many stay at most.
        kept: As long as `boxes`.
    """
    cdef size_t count = boxes.shape[0]
    cdef ptrdiff_t written
    if boxes.shape[1] != 4 or <size_t>kept.shape[0] < count:
        raise ValueError("boxes must be [n, 4] and kept must have n places")
    if not count:
        return 0
    with nogil:
        written = pt_suppress(&boxes[0, 0], count, threshold, most, &kept[0])
    if written < 0:
        raise MemoryError
    return written


def group(const int32_t[:, ::1] boxes, int threshold, double eps, int32_t[:, ::1] means):
    """Write the mean boxes of the groups to `means` and return how many they are.

    Args:
        boxes: Corners in whole pixels.
        threshold: Largest group that is dropped.
        eps: How far apart neighbours may lie, relative to their size.
        means: As large as `boxes`.
    """
    cdef size_t count = boxes.shape[0]
    cdef ptrdiff_t written
    if boxes.shape[1] != 4 or means.shape[1] != 4 or <size_t>means.shape[0] < count:
        raise ValueError("boxes and means must be [n, 4]")
    if not count:
        return 0
    with nogil:
        written = pt_group(&boxes[0, 0], count, threshold, eps, &means[0, 0])
    if written < 0:
        raise MemoryError
    return written


def best_classes(const float[:, :] scores, const float[::1] thresholds, Py_ssize_t[::1] places,
                 float[::1] best, Py_ssize_t[::1] numbers):
    """Find the boxes whose best class reaches its threshold, and return how many they are.

    Args:
        scores: [boxes, classes], in any order of memory.
        thresholds: Of each class.
        places: Gets the boxes' places. Like the next two it has room for all boxes.
        best: Gets the scores of their best classes.
        numbers: Gets those classes.
    """
    cdef PtScores of
    cdef ptrdiff_t count
    cdef Py_ssize_t room = min(places.shape[0], best.shape[0], numbers.shape[0])
    of.boxes, of.classes = scores.shape[0], scores.shape[1]
    if scores.shape[1] > thresholds.shape[0] or room < scores.shape[0]:
        raise ValueError("there must be a threshold for each class, and a place for each box")
    if not of.boxes or not of.classes:
        return 0
    of.data = &scores[0, 0]
    of.box = scores.strides[0] // <Py_ssize_t>sizeof(float)
    of.step = scores.strides[1] // <Py_ssize_t>sizeof(float)
    with nogil:
        count = pt_best_classes(&of, &thresholds[0], &places[0], &best[0], &numbers[0])
    if count < 0:
        raise MemoryError
    return count


def objects(const float[:, ::1] boxes, const float[::1] scores, const Py_ssize_t[::1] classes,
            size, const float[:, ::1] limits, bint suppress, float[:, ::1] rows):
    """Write the objects among the candidates of a picture to `rows` and return how many they are.

    Args:
        boxes: Corners.
        scores: Their confidences.
        classes: Their classes.
        size: Width and height of the network's input.
        limits: Of each class: the intersection over union above which the lesser box goes, the
            lowest confidence of an object, the most objects (below 0: any number).
        suppress: Whether boxes go because they overlap.
        rows: [boxes, 6]: class, confidence, left, top, width, height.
    """
    cdef PtCandidates found
    cdef ptrdiff_t written
    cdef float width, height
    width, height = size
    found.count = boxes.shape[0]
    if (boxes.shape[1] != 4 or scores.shape[0] != boxes.shape[0]
            or classes.shape[0] != boxes.shape[0] or limits.shape[1] != 3
            or rows.shape[0] < boxes.shape[0] or rows.shape[1] != PT_OBJECT):
        raise ValueError("the arrays must be [n, 4], [n], [n], [classes, 3] and [n, 6]")
    if not found.count or not limits.shape[0]:
        return 0
    found.boxes, found.scores, found.classes = &boxes[0, 0], &scores[0], &classes[0]
    with nogil:
        written = pt_objects(&found, width, height, <const PtLimits *>&limits[0, 0],
                             limits.shape[0], suppress, &rows[0, 0])
    if written == PT_NO_MEMORY:
        raise MemoryError
    if written < 0:
        raise IndexError("a candidate is of a class that has no attributes")
    return written


def are_sound(const float[:] scores, const Py_ssize_t[:] classes, Py_ssize_t count,
              float most):
    """Return whether all scores are finite and at most so high, and all classes below `count`."""
    cdef Py_ssize_t i
    cdef bint sound = scores.shape[0] == classes.shape[0]
    if sound:
        with nogil:
            for i in range(scores.shape[0]):
                sound = (sound and -most <= scores[i] <= most and 0 <= classes[i] < count)
    return bool(sound)
