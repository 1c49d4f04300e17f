# Which threads are a pipeline's own.

cdef extern from "streaming.h" nogil:
    ctypedef struct GstBus:
        pass
    GType GST_TYPE_BUS
    void pt_watch_streaming(GstBus *)
    bint pt_streams_for(GstBus *)


def watch_streaming(bus):
    """Watch the streaming threads of the pipeline that posts on ``bus``."""
    cdef GstBus *native = <GstBus *>pt_unwrap_object(bus, GST_TYPE_BUS)
    if native is NULL:
        raise TypeError(f"expected a Gst.Bus, got {type(bus).__name__}")
    pt_watch_streaming(native)


def streams_for(bus):
    """Return whether the calling thread streams for the pipeline that posts on ``bus``."""
    cdef GstBus *native = <GstBus *>pt_unwrap_object(bus, GST_TYPE_BUS)
    return native is not NULL and bool(pt_streams_for(native))
