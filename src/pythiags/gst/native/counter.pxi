# Buffers that pass a pad, counted without the GIL.

cdef extern from "counter.h" nogil:
    ctypedef struct PtCounter
    PtCounter *pt_counter_new(GstPad *)
    uint64_t pt_counter_read(PtCounter *)
    void pt_counter_stop(PtCounter *)
    void pt_counter_free(PtCounter *)


cdef class BufferCounter:
    """Counts the buffers that pass a pad, from now on until ``stop()``."""

    cdef PtCounter *_counter

    def __cinit__(self, pad):
        cdef GstPad *native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
        if native is NULL:
            raise TypeError(f"expected a Gst.Pad, got {type(pad).__name__}")
        self._counter = pt_counter_new(native)

    def __dealloc__(self):
        if self._counter is not NULL:
            pt_counter_free(self._counter)

    @property
    def count(self):
        """How many have passed."""
        return pt_counter_read(self._counter)

    def stop(self):
        """Take the probe off the pad; the count stays. May be called again."""
        pt_counter_stop(self._counter)
