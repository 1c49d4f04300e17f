# The times of frames that avenc_mpeg4 gives none, mended without the GIL.

cdef extern from "encodertimes.h" nogil:
    void pt_encoder_mend_times(GstElement *)


def mend_encoder_times(encoder):
    """Have the frames of an avenc_mpeg4 carry the times of their pictures, where it gives them none.

    GStreamer 1.22's does not. It may be called again for the same one.

    Args:
        encoder: An avenc_mpeg4, a Gst.Element.
    """
    cdef GstElement *native = <GstElement *>pt_unwrap_object(encoder, GST_TYPE_ELEMENT)
    if native is NULL:
        raise TypeError(f"expected a Gst.Element, got {type(encoder).__name__}")
    pt_encoder_mend_times(native)
