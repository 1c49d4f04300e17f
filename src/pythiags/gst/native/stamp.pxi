# A detector that always finds the same: see stamp.h.

cdef extern from "stamp.h" nogil:
    unsigned long pt_stamp_attach(GstPad *pad, const PtBatch *scene)


def stamp(pad, source):
    """Give every buffer that passes a pad the objects of one buffer, without the GIL.

    For tests and benchmarks of what reads objects: a detector that always finds the same. Each
    frame of a buffer gets copies of all that the first frame of ``source`` bears; a buffer without
    metadata gets a copy of ``source``'s.

    Args:
        pad: A ``Gst.Pad``.
        source: A ``Gst.Buffer`` with portable metadata.

    Returns:
        The probe's number, for ``pad.remove_probe``.

    Raises:
        TypeError: ``pad`` is not a ``Gst.Pad``, or ``source`` no buffer.
        ValueError: ``source`` bears no frame.
    """
    cdef GstPad *native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
    if native is NULL:
        raise TypeError(f"expected a Gst.Pad, got {pad!r}")
    cdef PtBatch *batch = pt_buffer_get_batch(_buffer_of(_bearer(source)))
    if batch is NULL or batch.frames.head is NULL:
        raise ValueError("the buffer bears no frame")
    return pt_stamp_attach(native, batch)
