# Where the time of a pipeline goes, measured without the GIL.

cdef extern from "trace.h" nogil:
    ctypedef struct PtTrace
    ctypedef struct PtTraceRecord:
        char *path
        char *factory
        unsigned removed
        uint64_t in_ "in"
        uint64_t out
        int64_t first, last
        PtHistogram work, stay, make, extract
    PtTrace *pt_trace_new(GstElement *)
    void pt_trace_stop(PtTrace *)
    void pt_trace_free(PtTrace *)
    ctypedef struct GPtrArray:
        void **pdata
        unsigned len
    void g_ptr_array_unref(GPtrArray *)
    GPtrArray *pt_trace_records(PtTrace *)
    uint64_t pt_trace_passed(GstPad *, const char **)


@cython.final
cdef class Tracer:
    """Measures the elements of a pipeline, from now on until ``stop()``.

    Raises:
        MissingDependency: GStreamer was built without hooks for tracers.
    """

    cdef PtTrace *_trace

    def __cinit__(self, pipeline):
        cdef GstElement *native = <GstElement *>pt_unwrap_object(pipeline, GST_TYPE_ELEMENT)
        if native is NULL:
            raise TypeError(f"expected a Gst.Pipeline, got {type(pipeline).__name__}")
        with nogil:  # here and below: it may wait for a thread that waits for the GIL
            self._trace = pt_trace_new(native)
        if self._trace is NULL:
            raise MissingDependency(
                "nothing can be traced: GStreamer was built without hooks for tracers",
                hint="build it with -Dtracer_hooks=true, as distributions do",
            )

    def __dealloc__(self):
        if self._trace is not NULL:
            with nogil:
                pt_trace_free(self._trace)

    def stop(self):
        """Measure no more; what was measured stays. May be called again."""
        with nogil:
            pt_trace_stop(self._trace)

    def read(self):
        """Return what was measured of each element, in the order of their first buffers.

        Elements that are gone are summed up in one row for each factory.

        Returns:
            Tuples of path, which is empty for a sum, factory, buffers that came, buffers that left,
            the moments of the first and the last in nanoseconds, four
            ``Histogram`` (in its own functions, from arrival to departure, between two pushes of
            its own thread, in extractors on its pads), and how many elements are gone.
        """
        cdef PtTraceRecord *record
        cdef GPtrArray *records
        cdef unsigned number
        rows = []
        with nogil:
            records = pt_trace_records(self._trace)
        try:
            for number in range(records.len):
                record = <PtTraceRecord *>records.pdata[number]
                rows.append((
                    record.path.decode("utf-8", "replace"),
                    record.factory.decode("utf-8", "replace"),
                    record.in_,
                    record.out,
                    record.first,
                    record.last,
                    _histogram(&record.work),
                    _histogram(&record.stay),
                    _histogram(&record.make),
                    _histogram(&record.extract),
                    record.removed,
                ))
        finally:
            g_ptr_array_unref(records)
        return rows

    @staticmethod
    def passed(pad):
        """Return how many buffers have left by a source pad, and the name of their memory, or None."""
        cdef const char *memory = NULL
        cdef GstPad *native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
        if native is NULL:
            raise TypeError(f"expected a Gst.Pad, got {type(pad).__name__}")
        count = pt_trace_passed(native, &memory)
        return count, (None if memory is NULL else memory.decode("utf-8", "replace"))
