# Adding to NVIDIA's metadata and removing from it, through NVIDIA's own functions.

from pythiags.errors import MissingDependency


cdef _can_write(PtNvAddable kind):
    cdef const char *missing = pt_nv_missing(kind)
    if missing is not NULL:
        raise MissingDependency(
            f"libnvds_meta has no function {missing.decode()}",
            hint="DeepStream's metadata can only be added to in the process that DeepStream's "
            "elements run in",
        )


cdef int _check_parent(View holder, const PtNvFrame *frame, View parent) except -1:
    """See that a parent is on a frame of the holder's batch, NULL: on none."""
    cdef bint there
    _lock(holder.batch)
    there = frame is not NULL and pt_nv_home(holder.batch, parent.at) is frame
    _unlock(holder.batch)
    if not there:
        raise ValueError("a parent must be an object of the same frame")
    return 0


cdef View _nv_add(View holder, str name, PtNvAddable kind, type cls, View parent=None):
    """Acquire a meta from its pool and add it; a view of it."""
    _alive(holder, name)
    _can_write(kind)
    cdef PtNvBatch *batch = <PtNvBatch *>holder.batch.foreign
    cdef void *at = holder.at
    cdef void *above = NULL
    cdef void *item
    if parent is not None:
        _alive(parent, name)
        above = parent.at
    with nogil:
        if kind == PT_NV_OBJECT:
            item = pt_nv_add_object(holder.batch, <PtNvFrame *>at, above)
        else:
            item = pt_nv_add(kind, batch, at, above)
    _alive(holder, name)
    if item is NULL:
        raise MemoryError(f"the pool of {cls.__name__} is empty")
    return _view(cls, holder.batch, item)


cdef int _nv_remove(View holder, PtNvAddable kind, GNode **head, View item) except -1:
    _alive(holder, "remove")
    if _is_removed(item):
        raise ValueError(f"{item!r} is not on {holder!r}")
    _alive(item, "remove")
    _can_write(kind)
    cdef void *at = holder.at
    cdef void *gone = item.at
    cdef bint removed
    cdef PtNvBatch *batch = <PtNvBatch *>holder.batch.foreign
    with nogil:
        g_rec_mutex_lock(&batch.meta_mutex)
        if kind == PT_NV_OBJECT:
            removed = pt_nv_remove_object(holder.batch, item.batch, <PtNvFrame *>at, gone)
        else:
            removed = pt_nv_remove(holder.batch, item.batch, kind, head, at, gone)
        g_rec_mutex_unlock(&batch.meta_mutex)
    if not removed:
        raise ValueError(f"{item!r} is not on {holder!r}")
    return 0


cdef View _nv_add_user(View holder, PtNvAddable kind, data, int meta_type):
    """Attach a Python object, which every copy of the buffer refers to too."""
    _alive(holder, "add_user_meta")
    _can_write(kind)
    cdef PtNvBatch *batch = <PtNvBatch *>holder.batch.foreign
    cdef void *at = holder.at
    cdef void *held = pt_python_ref(<void *>data)
    cdef void *item
    with nogil:
        item = pt_nv_add_user(kind, batch, at, meta_type, held)
    if item is NULL:
        pt_python_unref(held)
        raise MemoryError("the pool of user metas is empty")
    _alive(holder, "add_user_meta")
    return _view(NvDsUserMeta, holder.batch, item)
