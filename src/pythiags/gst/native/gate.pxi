# The source pads of live sources, watched without the GIL.

cdef extern from "gate.h" nogil:
    ctypedef struct PtGate
    PtGate *pt_gate_new(GstPad *)
    uint64_t pt_gate_count(PtGate *)
    int64_t pt_gate_last(PtGate *)
    int pt_gate_has_ended(PtGate *)
    void pt_gate_close(PtGate *, int)
    int pt_gate_is_pushing(PtGate *)
    void pt_gate_stop(PtGate *)
    void pt_gate_free(PtGate *)


cdef class Gate:
    """Watches the buffers and the end of stream of a source pad, from now on until ``stop()``."""

    cdef PtGate *_gate

    def __cinit__(self, pad):
        cdef GstPad *native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
        if native is NULL:
            raise TypeError(f"expected a Gst.Pad, got {type(pad).__name__}")
        self._gate = pt_gate_new(native)

    def __dealloc__(self):
        if self._gate is not NULL:
            pt_gate_free(self._gate)

    @property
    def count(self):
        """How many buffers have passed."""
        return pt_gate_count(self._gate)

    @property
    def last(self):
        """When the last buffer came, as ``time.monotonic()`` has it, or None."""
        last = pt_gate_last(self._gate)
        return last / 1e6 if last else None

    @property
    def ended(self):
        """Whether the end of the stream has come, and no new stream behind it."""
        return bool(pt_gate_has_ended(self._gate))

    @property
    def pushing(self):
        """Whether downstream has not returned from a buffer yet."""
        cdef int pushing
        with nogil:
            pushing = pt_gate_is_pushing(self._gate)
        return bool(pushing)

    def close(self, closed=True):
        """Let no end of stream pass, or let it pass again."""
        pt_gate_close(self._gate, closed)

    def stop(self):
        """Take the probe off the pad; the counters stay. May be called again."""
        with nogil:
            pt_gate_stop(self._gate)
