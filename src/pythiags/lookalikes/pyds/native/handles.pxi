# Handles: what pyds gives where C has a pointer of no type, as capsules.

cdef enum:
    KIND_UNKNOWN = 0
    KIND_BATCH = 1  # up to here as NvDsMetaType has them
    KIND_FRAME = 2
    KIND_OBJECT = 3
    KIND_DISPLAY = 4
    KIND_CLASSIFIER = 5
    KIND_LABEL = 6
    KIND_USER = 7
    KIND_LIST = 8
    FIRST_PLAIN_KIND = 16

cdef struct Handle:
    PtBatch *batch  # NULL: the memory belongs to none
    int kind


cdef void _drop_handle(object capsule) noexcept:
    cdef Handle *handle = <Handle *>PyCapsule_GetContext(capsule)
    if handle.batch is not NULL:
        pt_batch_unref(handle.batch)
    g_free(handle)


cdef object _capsule(void *at, PtBatch *batch, int kind):
    """A capsule that keeps the batch, whose memory it points to; None for NULL."""
    if at is NULL:
        return None
    cdef Handle *handle = <Handle *>g_malloc(sizeof(Handle))
    handle.batch = NULL if batch is NULL else pt_batch_ref(batch)
    handle.kind = kind
    capsule = PyCapsule_New(at, NULL, NULL)
    PyCapsule_SetContext(capsule, handle)
    PyCapsule_SetDestructor(capsule, _drop_handle)
    return capsule


cdef extern from "Python.h":
    int PyCapsule_SetDestructor(object, void (*)(object) noexcept) except -1
    void (*PyCapsule_GetDestructor(object))(object) noexcept


cdef Handle *_handle_of(object capsule):
    """NULL: the capsule is not one of ours."""
    if PyCapsule_GetDestructor(capsule) != &_drop_handle:
        return NULL
    return <Handle *>PyCapsule_GetContext(capsule)


cdef void *_address_in(object capsule) except? NULL:
    return PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule))
