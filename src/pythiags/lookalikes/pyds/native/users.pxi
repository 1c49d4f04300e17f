# User metas: what they hold, and who copies and frees it.

cdef dict _payload_kinds = {}  # PtPayload -> the kind of what such a user meta holds


def payload_is(int payload, type cls):
    """Tell what the user metas of native code hold: PtPayload's number, and the class that shows it."""
    kind = _caster_of(cls).kind
    if _payload_kinds.setdefault(payload, kind) != kind:
        raise ValueError(f"payloads of number {payload} are no {cls.__name__}s but something else")


cdef class UserData(Field):
    """``user_meta_data``: reads as a handle; takes one, an object of pyds, or None."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef PtUser *user = <PtUser *>_at(self, bound)
        return _capsule(
            user.data, (<Bound>bound).batch, _payload_kinds.get(user.payload, KIND_UNKNOWN)
        )

    def __set__(self, bound, value):
        cdef PtUser *user = <PtUser *>_to_set(self, bound)
        user.data = _to_store(self, value)


# ---- copies and releases in Python: one function of each for the whole process ----

cdef object _copyfunc = None
cdef object _releasefunc = None
cdef bint _unset = False


cdef void *_copy_in_python(void *data) noexcept nogil:
    cdef PyGILState_STATE state
    cdef void *copy = NULL
    if pt_python_enter(&state):
        with gil:
            copy = _call_copyfunc(data)
        pt_python_leave(state)
    return copy


cdef void _release_in_python(void *data) noexcept nogil:
    cdef PyGILState_STATE state
    if pt_python_enter(&state):
        with gil:
            _call_releasefunc(data)
        pt_python_leave(state)


cdef object _as_user_meta(void *data):
    """A handle of a user meta with this data, as the functions are given one."""
    shown = _kinds[KIND_USER]()
    cdef PtUser *user = <PtUser *>(<Bound>shown).at
    user.data = data
    return _capsule(user, (<Bound>shown).batch, KIND_USER)


cdef void *_call_copyfunc(void *data) noexcept:
    if _copyfunc is None:
        return NULL
    try:
        copied = _copyfunc(_as_user_meta(data), None)
        if copied is None:
            return NULL
        if isinstance(copied, int):
            return <void *><size_t>copied
        return _to_store(_copied, copied)
    except BaseException:
        _print_exception()
    return NULL


cdef void _call_releasefunc(void *data) noexcept:
    if _releasefunc is None:
        return
    try:
        _releasefunc(_as_user_meta(data), None)
    except BaseException:
        _print_exception()


cdef UserData _copied = UserData(0)
_copied.name, _copied.owner = "the copy function's result", "NvDsUserMeta"


cdef _print_exception():
    import sys

    sys.excepthook(*sys.exc_info())


cdef PtUser *_user_and_function(meta, func, str name) except NULL:
    if not callable(func):
        _incompatible(name, "func: a function of (user_meta, user_data)", func)
    return <PtUser *>_struct_of(meta, KIND_USER, name)


def user_copyfunc(meta, func):
    """Have a Python function copy the data of this user meta, and of all others that have one."""
    global _copyfunc
    cdef PtUser *user = _user_and_function(meta, func, "user_copyfunc")
    if not _unset:
        _copyfunc = func
        user.copy = _copy_in_python


def user_releasefunc(meta, func):
    """Have a Python function release the data of this user meta, and of all others that have one."""
    global _releasefunc
    cdef PtUser *user = _user_and_function(meta, func, "user_releasefunc")
    if not _unset:
        _releasefunc = func
        user.free = _release_in_python


def set_user_copyfunc(meta, func):
    """The older name of ``user_copyfunc``."""
    user_copyfunc(meta, func)


def set_user_releasefunc(meta, func):
    """The older name of ``user_releasefunc``."""
    user_releasefunc(meta, func)


def register_user_copyfunc(func):
    """Do nothing, as in pyds."""
    if not callable(func):
        _incompatible("register_user_copyfunc", "a function", func)


def register_user_releasefunc(func):
    """Do nothing, as in pyds."""
    if not callable(func):
        _incompatible("register_user_releasefunc", "a function", func)


def unset_callback_funcs():
    """Let go of both functions; none can be set any more."""
    global _copyfunc, _releasefunc, _unset
    _copyfunc = _releasefunc = None
    _unset = True


def _close():
    pt_python_close(2_000_000)  # microseconds


import atexit

atexit.register(_close)  # nobody comes in once the interpreter goes down

# ---- data that C copies and frees ----

cdef extern from "messages.h" nogil:
    int PT_PAYLOAD_EVENT_MSG, PT_PAYLOAD_CUSTOM
    void *pt_event_msg_copy(void *) noexcept
    void pt_event_msg_free(void *) noexcept
    void *pt_custom_copy(void *) noexcept
    void pt_custom_free(void *) noexcept


def carry_event_msg(user_meta):
    """Have C copy and free the message that this user meta will hold."""
    cdef PtUser *user = <PtUser *>_struct_of(user_meta, KIND_USER, "user_meta")
    user.copy, user.free = pt_event_msg_copy, pt_event_msg_free
    user.payload = <PtPayload>PT_PAYLOAD_EVENT_MSG


def carry_custom(user_meta):
    """Have C copy and free the custom struct that this user meta will hold."""
    cdef PtUser *user = <PtUser *>_struct_of(user_meta, KIND_USER, "user_meta")
    user.copy, user.free = pt_custom_copy, pt_custom_free
    user.payload = <PtPayload>PT_PAYLOAD_CUSTOM


def allocate(type cls):
    """Return an object of this class whose memory is C's: nothing frees it by itself."""
    cdef Caster caster = _caster_of(cls)
    return _show(cls, pt_block_new(caster.size), NULL, None)
