# The hand-over between nvdspreprocess (C) and functions that make its tensors (Python): see maker.h.

cdef extern from "prepared.h" nogil:
    PtPrepared *pt_prepared_new(PtBatch *, unsigned, const uint64_t *, unsigned)
    void *pt_prepared_add_tensor(PtPrepared *, PtBatch *, const char *, int, const size_t *,
                                 unsigned)

cdef extern from "makers.h" nogil:
    ctypedef struct PtMakerInput:
        PtBatch *batch
        const unsigned char *pictures
        unsigned count, width, height, channels
        const PtRoi *rois
        const uint64_t *target_ids
        unsigned target_count
        const char *name
        int type
    ctypedef struct PtMakers:
        void *(*open)(char **settings, char **error) noexcept
        PtPrepared *(*make)(void *maker, const PtMakerInput *input, char **error) noexcept
        void (*close)(void *maker) noexcept
    PtMakers pt_python_makers
    void pt_python_makers_register()

_maker_factory = None


def set_maker_factory(factory):
    """Set what makes the tensors of every nvdspreprocess that names a function of its own.

    Args:
        factory: Called with what the file says, a dict of name to text: see
            `pythiags.inference.makers`. It returns an object with `make(pictures, regions)`, called by
            the streaming thread, and returns a tensor and the places of its regions, or None. None: there
            are no such functions.
    """
    global _maker_factory
    _maker_factory = factory
    pt_python_makers_register()


cdef void *makers_open(char **settings, char **error) noexcept:
    cdef int i = 0
    try:
        if _maker_factory is None:
            raise RuntimeError("no functions are set")
        given = {}
        while settings[i] != NULL:
            given[settings[i].decode()] = settings[i + 1].decode("utf-8", "surrogateescape")
            i += 2
        maker = _maker_factory(given)
        Py_INCREF(maker)
        return <void *>maker
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return NULL


cdef tuple makers_region(const PtRoi *roi):
    """Plain values: nothing of it dies with the buffer."""
    of = roi.object
    return (
        roi.frame.source_id, roi.frame.frame_num, roi.roi.left, roi.roi.top, roi.roi.width,
        roi.roi.height, -1 if of is NULL else of.class_id, None if of is NULL else of.object_id,
    )


cdef PtPrepared *makers_attach(const PtMakerInput *input, tensor, list places) except NULL:
    cdef size_t dims[MOST_DIMS]
    cdef const unsigned char[::1] numbers
    cdef PtPrepared *made
    cdef void *to
    cdef unsigned i
    made = pt_prepared_new(input.batch, len(places), input.target_ids, input.target_count)
    for i, place in enumerate(places):
        made.rois[i] = input.rois[<unsigned>place]
    if tensor is not None:
        for i in range(tensor.ndim):
            dims[i] = tensor.shape[i]
        to = pt_prepared_add_tensor(
            made, input.batch, input.name, input.type, dims, tensor.ndim
        )
        if tensor.nbytes:
            numbers = tensor.reshape(-1).view("u1")
            memcpy(to, &numbers[0], tensor.nbytes)
    return made


cdef PtPrepared *makers_make(void *maker, const PtMakerInput *input, char **error) noexcept:
    try:
        import numpy

        view = <const unsigned char[:input.count, :input.height, :input.width, :input.channels]>(
            <unsigned char *>input.pictures
        )
        regions = [makers_region(input.rois + i) for i in range(input.count)]
        tensor, places = (<object>maker).make(numpy.array(view), regions)
        return makers_attach(input, tensor, places)
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return NULL


cdef void makers_close(void *maker) noexcept:
    Py_DECREF(<object>maker)


pt_python_makers.open = makers_open
pt_python_makers.make = makers_make
pt_python_makers.close = makers_close
