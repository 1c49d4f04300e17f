# cython: language_level=3, binding=True, embedsignature=True, boundscheck=False, wraparound=False
"""The two loops of clustering that are quadratic, without the GIL: see native/."""

from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, int64_t


cdef extern from "suppress.h" nogil:
    ptrdiff_t pt_suppress(const float *boxes, size_t count, float threshold, size_t most,
                          int64_t *kept)

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
