# The probe that extracts without Python, as Python sets it up and reads its counters.

cdef extern from "records.h" nogil:
    ctypedef struct PtRecordProbe
    PtRecordProbe *pt_record_probe_new(const PtRingApi *, PtBox)
    void pt_record_probe_unref(PtRecordProbe *)
    void pt_record_probe_set_min_confidence(PtRecordProbe *, float)
    void pt_record_probe_only_labels(PtRecordProbe *)
    void pt_record_probe_add_label(PtRecordProbe *, const char *)
    void pt_record_probe_add_ring(PtRecordProbe *, PtRing *)
    unsigned long pt_record_probe_attach(PtRecordProbe *, GstPad *)
    void pt_record_probe_mute(PtRecordProbe *)
    uint64_t pt_record_probe_refused(PtRecordProbe *, PtNv *)
    unsigned pt_record_probe_carriers(PtRecordProbe *)
    const PtHistogram *pt_record_probe_calls(PtRecordProbe *)


@cython.final
cdef class RecordProbe:
    """A probe on a pad that puts the objects of each buffer into rings, without the GIL.

    What it puts is a ``Record``, which
    ``pythiags.metadata.records`` decodes; nothing is put for a buffer without such objects.

    Args:
        pad: A ``Gst.Pad``.
        rings: The handles of one ring or more; with several, a frame goes to the one numbered
            ``source_id % len(rings)``.
        labels: Keep only objects with one of these; None keeps all.
        min_confidence: Keep only objects of at least this confidence; None keeps all.
        box: Which box: 0 what is drawn, 1 the detector's, 2 the tracker's.

    Raises:
        TypeError: ``pad`` is not a ``Gst.Pad``.
        ValueError: There is no ring, or a handle is of something else.
    """

    cdef PtRecordProbe *probe
    cdef object pad
    cdef unsigned long probe_id
    cdef object __weakref__

    def __cinit__(self, pad, rings, *, labels=None, min_confidence=None, int box=0):
        cdef GstPad *native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
        if native is NULL:
            raise TypeError(f"expected a Gst.Pad, got {pad!r}")
        if not rings:
            raise ValueError("expected at least one ring")
        self.probe = pt_record_probe_new(_ring_api, <PtBox>box)
        for handle in rings:
            pt_record_probe_add_ring(
                self.probe, <PtRing *>PyCapsule_GetPointer(handle, PT_RING_HANDLE)
            )
        if min_confidence is not None:
            pt_record_probe_set_min_confidence(self.probe, min_confidence)
        if labels is not None:
            self.only(labels)
        self.pad = pad
        with nogil:
            self.probe_id = pt_record_probe_attach(self.probe, native)

    def __dealloc__(self):
        if self.probe is not NULL:
            pt_record_probe_unref(self.probe)

    cdef only(self, labels):
        pt_record_probe_only_labels(self.probe)
        for label in labels:
            try:
                encoded = label.encode()
            except UnicodeEncodeError:  # a lone surrogate, which no metadata holds
                continue
            if b"\0" not in encoded:  # nor does it hold that
                pt_record_probe_add_label(self.probe, encoded)

    @property
    def attached(self):
        """Whether it still sees buffers."""
        return self.pad is not None

    @property
    def calls(self):
        """How long each buffer took, without waiting for room, a ``Histogram``."""
        return _histogram(pt_record_probe_calls(self.probe))

    @property
    def refused(self):
        """How many buffers had DeepStream's metadata in an unknown layout, and the error to raise."""
        cdef PtNv last
        cdef uint64_t count = pt_record_probe_refused(self.probe, &last)
        return count, MetadataLayoutError(last.object_size, last.frame_size) if count else None

    @property
    def carriers(self):
        """What the first buffer with several had; 0 if none had. See ``carriers_on``."""
        return pt_record_probe_carriers(self.probe)

    def mute(self):
        """Let buffers pass without reading them."""
        pt_record_probe_mute(self.probe)

    def remove(self):
        """Take the probe off its pad. May be called twice; what it counted can still be read."""
        cdef unsigned long probe_id = self.probe_id
        cdef object pad = self.pad
        cdef GstPad *native
        self.probe_id = 0
        self.pad = None
        if probe_id:
            native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
            with nogil:
                gst_pad_remove_probe(native, probe_id)
