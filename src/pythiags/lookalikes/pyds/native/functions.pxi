# pyds's functions on batches: locks, pools, adding, removing, clearing.


def gst_buffer_get_nvds_batch_meta(buffer):
    """Return the batch of a buffer, or None. It is asked for by ``hash(buffer)``, its address."""
    cdef PtBatch *batch = pt_buffer_get_batch(_buffer_at(buffer, "gst_buffer_get_nvds_batch_meta"))
    if batch is NULL:
        return None
    if _strict:
        _watch(batch)
    return _show(_kinds[KIND_BATCH], batch, batch, None)


cdef GstBuffer *_buffer_at(address, str function) except NULL:
    if not isinstance(address, int):
        _incompatible(function, "buffer: int, which is hash(buffer)", address)
    if address < 0 or address > 0xFFFFFFFFFFFFFFFF:
        _incompatible(function, "buffer: int, which is hash(buffer)", address)
    cdef void *at = <void *><size_t>address
    if not pt_is_buffer(at):
        raise ValueError(
            f"{function}: there is no buffer at {address:#x}; expected hash(info.get_buffer()), "
            "and the buffer still alive"
        )
    return <GstBuffer *>at


cdef PtBatch *_batch_in(value, str what) except NULL:
    cdef Bound bound = _expect(value, KIND_BATCH, what)
    return bound.batch


def nvds_acquire_meta_lock(batch_meta):
    """Lock the metadata of a batch; a thread may do so more than once."""
    cdef PtBatchMore *batch = <PtBatchMore *>_batch_in(batch_meta, "batch_meta")
    with nogil:
        g_rec_mutex_lock(&batch.meta_mutex)


def nvds_release_meta_lock(batch_meta):
    """Unlock it."""
    cdef PtBatchMore *batch = <PtBatchMore *>_batch_in(batch_meta, "batch_meta")
    g_rec_mutex_unlock(&batch.meta_mutex)


def nvds_create_batch_meta(max_batch_size):
    """Make a batch that belongs to no buffer."""
    if not _is_number(max_batch_size) or not 0 <= max_batch_size <= 0xFFFFFFFF:
        _incompatible("nvds_create_batch_meta", "max_batch_size: int", max_batch_size)
    cdef PtBatch *batch = pt_batch_new(max_batch_size)
    shown = _show(_kinds[KIND_BATCH], batch, batch, None)
    pt_batch_unref(batch)
    return shown


def nvds_destroy_batch_meta(batch_meta):
    """Let go of a batch that was made; its memory is freed once nothing shows it."""
    pt_batch_release(_batch_in(batch_meta, "batch_meta"))
    return True


# ---- pools ----


cdef Bound _acquire(batch_meta, int kind):
    cdef PtBatch *batch = _batch_in(batch_meta, "batch_meta")
    cdef void *node = _new_node(kind, batch)
    if kind == KIND_USER:
        (<PtUser *>node).meta_type = KIND_USER
    if _strict:
        _watch(batch).acquired[<size_t>node] = (_kinds[kind].__name__, _place())
    return _show(_kinds[kind], node, batch, None)


def nvds_acquire_frame_meta_from_pool(batch_meta):
    """Return a frame that is on no list yet."""
    return _acquire(batch_meta, KIND_FRAME)


def nvds_acquire_obj_meta_from_pool(batch_meta):
    """Return an object that is on no list yet; all is zero, its ``object_id`` too."""
    return _acquire(batch_meta, KIND_OBJECT)


def nvds_acquire_classifier_meta_from_pool(batch_meta):
    """Return a classifier that is on no list yet."""
    return _acquire(batch_meta, KIND_CLASSIFIER)


def nvds_acquire_label_info_meta_from_pool(batch_meta):
    """Return a label that is on no list yet."""
    return _acquire(batch_meta, KIND_LABEL)


def nvds_acquire_display_meta_from_pool(batch_meta):
    """Return a display meta that is on no list yet."""
    return _acquire(batch_meta, KIND_DISPLAY)


def nvds_acquire_user_meta_from_pool(batch_meta):
    """Return a user meta that is on no list yet."""
    return _acquire(batch_meta, KIND_USER)


# ---- adding ----


cdef PtNode *_to_add(Bound holder, Bound item) except NULL:
    cdef PtNode *node = <PtNode *>item.at
    what = type(item).__name__
    if holder.batch is not item.batch:
        raise ValueError(
            f"the {what} is of another batch: acquire it from this one, with "
            "nvds_acquire_..._from_pool(batch_meta)"
        )
    if node.list is not NULL:
        raise ValueError(f"the {what} was added before")
    if _strict:
        _watch(item.batch).acquired.pop(<size_t>node, None)
    return node


def nvds_add_frame_meta_to_batch(batch_meta, frame_meta):
    """Append a frame to the batch."""
    cdef Bound batch = _expect(batch_meta, KIND_BATCH, "batch_meta")
    cdef Bound frame = _expect(frame_meta, KIND_FRAME, "frame_meta")
    pt_batch_take_frame(batch.batch, <PtFrame *>_to_add(batch, frame))


def nvds_add_obj_meta_to_frame(frame_meta, obj_meta, obj_parent):
    """Add an object to a frame, with the object that it was found within, or None."""
    cdef Bound frame = _expect(frame_meta, KIND_FRAME, "frame_meta")
    cdef Bound item = _expect(obj_meta, KIND_OBJECT, "obj_meta")
    cdef PtObject *parent = NULL
    if obj_parent is not None:
        parent = <PtObject *>_struct_of(obj_parent, KIND_OBJECT, "obj_parent")
        if (<Bound>obj_parent).batch is not frame.batch:
            raise ValueError("obj_parent is of another batch")
    pt_frame_take_object(<PtFrame *>frame.at, <PtObject *>_to_add(frame, item), parent)


def nvds_add_classifier_meta_to_object(obj_meta, classifier_meta):
    """Add a classifier to an object."""
    cdef Bound holder = _expect(obj_meta, KIND_OBJECT, "obj_meta")
    cdef Bound item = _expect(classifier_meta, KIND_CLASSIFIER, "classifier_meta")
    pt_list_append(&(<PtObject *>holder.at).classifiers, _to_add(holder, item))


def nvds_add_label_info_meta_to_classifier(classifier_meta, label_info_meta):
    """Add a label to a classifier."""
    cdef Bound holder = _expect(classifier_meta, KIND_CLASSIFIER, "classifier_meta")
    cdef Bound item = _expect(label_info_meta, KIND_LABEL, "label_info_meta")
    pt_classifier_take_label(<PtClassifier *>holder.at, <PtLabel *>_to_add(holder, item))


def nvds_add_display_meta_to_frame(frame_meta, display_meta):
    """Add a display meta to a frame: nvdsosd draws it."""
    cdef Bound holder = _expect(frame_meta, KIND_FRAME, "frame_meta")
    cdef Bound item = _expect(display_meta, KIND_DISPLAY, "display_meta")
    pt_list_append(&(<PtFrame *>holder.at).displays, _to_add(holder, item))


cdef PtList *_users_of(holder, int kind, str what) except NULL:
    cdef Bound bound = _expect(holder, kind, what)
    if kind == KIND_BATCH:
        return &bound.batch.users
    if kind == KIND_FRAME:
        return &(<PtFrame *>bound.at).users
    return &(<PtObject *>bound.at).users


cdef _add_user(holder, int kind, str what, user_meta):
    cdef PtList *users = _users_of(holder, kind, what)
    cdef Bound item = _expect(user_meta, KIND_USER, "user_meta")
    pt_list_append(users, _to_add(<Bound>holder, item))


def nvds_add_user_meta_to_batch(batch_meta, user_meta):
    """Append a user meta to the batch."""
    _add_user(batch_meta, KIND_BATCH, "batch_meta", user_meta)


def nvds_add_user_meta_to_frame(frame_meta, user_meta):
    """Add a user meta to a frame."""
    _add_user(frame_meta, KIND_FRAME, "frame_meta", user_meta)


def nvds_add_user_meta_to_obj(obj_meta, user_meta):
    """Add a user meta to an object."""
    _add_user(obj_meta, KIND_OBJECT, "obj_meta", user_meta)


# ---- removing ----


cdef bint _remove(PtList *nodes, Bound item) except -1:
    if pt_list_remove(nodes, <PtNode *>item.at):
        return True
    _misuse(
        f"a {type(item).__name__} was removed from what does not have it",
        "remove it once, and from what it was added to",
    )
    return False


def nvds_remove_frame_meta_from_batch(batch_meta, frame_meta):
    """Take a frame off the batch."""
    cdef Bound batch = _expect(batch_meta, KIND_BATCH, "batch_meta")
    if _remove(&batch.batch.frames, _expect(frame_meta, KIND_FRAME, "frame_meta")):
        batch.batch.num_frames_in_batch -= 1


def nvds_remove_obj_meta_from_frame(frame_meta, obj_meta):
    """Take an object off a frame. Objects whose parent it was lose the parent."""
    cdef Bound frame = _expect(frame_meta, KIND_FRAME, "frame_meta")
    cdef Bound item = _expect(obj_meta, KIND_OBJECT, "obj_meta")
    if (<PtObject *>item.at).frame != <PtFrame *>frame.at or not pt_frame_remove_object(
        <PtObject *>item.at
    ):
        _remove(&(<PtFrame *>frame.at).objects, item)


def nvds_remove_classifier_meta_from_obj(obj_meta, classifier_meta):
    """Take a classifier off an object."""
    cdef Bound holder = _expect(obj_meta, KIND_OBJECT, "obj_meta")
    item = _expect(classifier_meta, KIND_CLASSIFIER, "classifier_meta")
    _remove(&(<PtObject *>holder.at).classifiers, item)


def nvds_remove_label_info_meta_from_classifier(classifier_meta, label_info_meta):
    """Take a label off a classifier."""
    cdef Bound holder = _expect(classifier_meta, KIND_CLASSIFIER, "classifier_meta")
    if _remove(
        &(<PtClassifier *>holder.at).labels, _expect(label_info_meta, KIND_LABEL, "label_info_meta")
    ):
        (<PtClassifier *>holder.at).num_labels -= 1


def nvds_remove_display_meta_from_frame(frame_meta, display_meta):
    """Take a display meta off a frame."""
    cdef Bound holder = _expect(frame_meta, KIND_FRAME, "frame_meta")
    _remove(&(<PtFrame *>holder.at).displays, _expect(display_meta, KIND_DISPLAY, "display_meta"))


def nvds_remove_user_meta_from_batch(batch_meta, user_meta):
    """Take a user meta off the batch; its data is released with the batch."""
    _remove(
        _users_of(batch_meta, KIND_BATCH, "batch_meta"), _expect(user_meta, KIND_USER, "user_meta")
    )


def nvds_remove_user_meta_from_frame(frame_meta, user_meta):
    """Take a user meta off a frame; its data is released with the batch."""
    _remove(
        _users_of(frame_meta, KIND_FRAME, "frame_meta"), _expect(user_meta, KIND_USER, "user_meta")
    )


def nvds_remove_user_meta_from_object(obj_meta, user_meta):
    """Take a user meta off an object; its data is released with the batch."""
    _remove(
        _users_of(obj_meta, KIND_OBJECT, "obj_meta"), _expect(user_meta, KIND_USER, "user_meta")
    )


# ---- clearing ----


cdef _clear(PtList *nodes, meta_list):
    if meta_list is not None and not isinstance(meta_list, GList):
        _incompatible("meta_list", "pyds.GList or None", meta_list)
    while meta_list is not None and nodes.head is not NULL:
        pt_list_remove(nodes, nodes.head)


def nvds_clear_frame_meta_list(batch_meta, meta_list):
    """Take all frames off the batch."""
    cdef Bound batch = _expect(batch_meta, KIND_BATCH, "batch_meta")
    _clear(&batch.batch.frames, meta_list)
    if batch.batch.frames.head is NULL:
        batch.batch.num_frames_in_batch = 0


def nvds_clear_obj_meta_list(frame_meta, meta_list):
    """Take all objects off a frame."""
    cdef PtFrame *frame = <PtFrame *>_struct_of(frame_meta, KIND_FRAME, "frame_meta")
    if meta_list is None:
        return
    while frame.objects.head is not NULL:
        pt_frame_remove_object(<PtObject *>frame.objects.head)


def nvds_clear_display_meta_list(frame_meta, meta_list):
    """Take all display metas off a frame."""
    _clear(&(<PtFrame *>_struct_of(frame_meta, KIND_FRAME, "frame_meta")).displays, meta_list)


def nvds_clear_batch_user_meta_list(batch_meta, meta_list):
    """Take all user metas off the batch."""
    _clear(_users_of(batch_meta, KIND_BATCH, "batch_meta"), meta_list)


def nvds_clear_frame_user_meta_list(frame_meta, meta_list):
    """Take all user metas off a frame."""
    _clear(_users_of(frame_meta, KIND_FRAME, "frame_meta"), meta_list)


def nvds_clear_obj_user_meta_list(object_meta, meta_list):
    """Take all user metas off an object."""
    _clear(_users_of(object_meta, KIND_OBJECT, "object_meta"), meta_list)


def nvds_get_nth_frame_meta(frame_meta_list, index):
    """Return a frame by its place on the list, from 0; None: there are fewer."""
    if not _is_number(index):
        _incompatible("nvds_get_nth_frame_meta", "index: int", index)
    link = frame_meta_list
    while link is not None and index > 0:
        link, index = link.next, index - 1
    return None if link is None else _kinds[KIND_FRAME].cast(link.data)


# What DeepStream has as members of NvDsMetaType from 8.0 on, and by name before. Portable metadata has
# these numbers, so that scripts of both eras find it.
cdef dict _NAMED_TYPES = {
    "NVIDIA.DSANALYTICSFRAME.USER_META": 32, "NVIDIA.DSANALYTICSOBJ.USER_META": 33,
}


def nvds_get_user_meta_type(meta_descriptor):
    """Return the number of a kind of user meta, by its name: another one in each run.

    Those of nvdsanalytics are NVDS_FRAME_META_NVDSANALYTICS and NVDS_OBJ_META_NVDSANALYTICS.
    """
    if not isinstance(meta_descriptor, str):
        _incompatible("nvds_get_user_meta_type", "meta_descriptor: str", meta_descriptor)
    if meta_descriptor in _NAMED_TYPES:
        return _NAMED_TYPES[meta_descriptor]
    return <int>(8193 + g_quark_from_string((<str>meta_descriptor).encode()))


# ---- strict mode: what a batch still owes when no buffer has it any more ----


cdef class Watch:
    """What was acquired and not attached, mapped and not unmapped; each with the place."""

    cdef readonly dict acquired
    cdef readonly dict mapped

    def __init__(self):
        self.acquired = {}
        self.mapped = {}


cdef Watch _watch(PtBatch *batch):
    cdef PtBatchMore *more = <PtBatchMore *>batch
    if more.watcher is not NULL:
        return <Watch>more.watcher
    watch = Watch()
    Py_INCREF(watch)
    more.watcher = <void *>watch
    more.on_release = _settle
    return watch


cdef void _settle(PtBatch *batch) noexcept nogil:
    cdef PyGILState_STATE state
    if pt_python_enter(&state):
        with gil:
            _report(batch)
        pt_python_leave(state)


cdef void _report(PtBatch *batch) noexcept:
    cdef PtBatchMore *more = <PtBatchMore *>batch
    if more.watcher is NULL:
        return
    watch = <Watch>more.watcher
    more.watcher = NULL
    Py_DECREF(watch)
    if _reporter is None:
        return
    for name, place in watch.acquired.values():
        _reporter(f"a {name} was acquired and never added to anything", place)
    for slot, place in watch.mapped.items():
        _reporter(
            f"get_nvds_buf_surface(..., {slot}) was not followed by unmap_nvds_buf_surface", place
        )
