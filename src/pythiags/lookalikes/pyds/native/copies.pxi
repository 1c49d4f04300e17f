# pyds's functions that copy what is on a list to another batch or frame.

cdef extern from "copy.h" nogil:
    PtFrame *pt_frame_copy_into(const PtFrame *, PtBatch *)
    void pt_frame_copy_contents(const PtFrame *, PtFrame *)


cdef PtList *_list_behind(meta_list, int kind, str what) except? NULL:
    """The list that a link is on; NULL: there is none."""
    if meta_list is None:
        return NULL
    if not isinstance(meta_list, GList) or (<GList>meta_list).kind != kind:
        _incompatible(what, f"a list of pyds.{_kinds[kind].__name__}, or None", meta_list)
    return <PtList *>(<GList>meta_list).node.list


def nvds_copy_frame_meta_list(src_frame_meta_list, dst_batch_meta):
    """Append copies of all frames of a list to a batch."""
    cdef PtList *nodes = _list_behind(src_frame_meta_list, KIND_FRAME, "src_frame_meta_list")
    cdef PtBatch *target = _batch_in(dst_batch_meta, "dst_batch_meta")
    cdef PtNode *node = NULL if nodes is NULL else nodes.head
    cdef PtNode *last = NULL if nodes is NULL else nodes.tail
    while node is not NULL:
        pt_frame_copy_into(<PtFrame *>node, target)
        node = NULL if node == last else node.next


cdef _copy_users(meta_list, Bound target, PtList *users):
    cdef PtList *nodes = _list_behind(meta_list, KIND_USER, "src_user_meta_list")
    cdef PtNode *node = NULL if nodes is NULL else nodes.head
    cdef PtNode *last = NULL if nodes is NULL else nodes.tail
    cdef PtUser *user
    cdef PtUser *copy
    while node is not NULL:
        user = <PtUser *>node
        if user.copy is not NULL and user.data is not NULL:
            copy = pt_add_user(
                target.batch, users, user.meta_type, user.copy(user.data), user.copy, user.free
            )
            copy.payload = user.payload
        node = NULL if node == last else node.next


def nvds_copy_batch_user_meta_list(src_user_meta_list, dst_batch_meta):
    """Append copies of user metas to a batch."""
    users = _expect(dst_batch_meta, KIND_BATCH, "dst_batch_meta")
    _copy_users(src_user_meta_list, users, &(<Bound>users).batch.users)


def nvds_copy_frame_user_meta_list(src_user_meta_list, dst_frame_meta):
    """Add copies of user metas to a frame."""
    frame = _expect(dst_frame_meta, KIND_FRAME, "dst_frame_meta")
    _copy_users(src_user_meta_list, frame, &(<PtFrame *>(<Bound>frame).at).users)


cdef void _alone(PtFrame *source, PtFrame *alone, int kind) noexcept:
    """A frame with nothing of `source` but one of its lists."""
    alone[0] = source[0]
    if kind != KIND_OBJECT:
        alone.objects.head = alone.objects.tail = NULL
    if kind != KIND_DISPLAY:
        alone.displays.head = alone.displays.tail = NULL
    alone.users.head = alone.users.tail = NULL


cdef PtFrame *_frame_around(PtList *nodes, int kind) noexcept:
    if kind == KIND_OBJECT:
        return <PtFrame *>(<char *>nodes - _place_of(&_any_frame.objects, &_any_frame))
    return <PtFrame *>(<char *>nodes - _place_of(&_any_frame.displays, &_any_frame))


cdef _copy_contents(meta_list, int kind, dst_frame_meta, str what):
    cdef PtFrame alone
    cdef PtList *nodes = _list_behind(meta_list, kind, what)
    cdef Bound target = _expect(dst_frame_meta, KIND_FRAME, "dst_frame_meta")
    cdef PtBatch *between
    if nodes is NULL:
        return
    _alone(_frame_around(nodes, kind), &alone, kind)
    between = pt_batch_new(1)  # a list that is copied onto itself must not grow meanwhile
    pt_frame_copy_contents(pt_frame_copy_into(&alone, between), <PtFrame *>target.at)
    pt_batch_unref(between)


def nvds_copy_obj_meta_list(src_obj_meta_list, dst_frame_meta):
    """Add copies of objects to a frame, with all that they have."""
    _copy_contents(src_obj_meta_list, KIND_OBJECT, dst_frame_meta, "src_obj_meta_list")


def nvds_copy_display_meta_list(src_display_meta, dst_frame_meta):
    """Add copies of display metas to a frame."""
    _copy_contents(src_display_meta, KIND_DISPLAY, dst_frame_meta, "src_display_meta")
