# Fields: descriptors that read and write one member of the C struct behind a view.

from pythiags.errors import MetadataReleased

cdef dict _KEEP = {  # what to keep instead of a view, for the message of MetadataReleased
    "ObjectMeta": "obj_label, confidence, or (rect_params.left, rect_params.top, ...)",
    "FrameMeta": "frame_num, source_id or buf_pts",
}
_KEEP.update({f"NvDs{name}": what for name, what in _KEEP.items()})


cdef inline Py_ssize_t _place(const void *member, const void *start) noexcept:
    """Return where a member of a struct lies, in bytes from the start of the struct."""
    return <const char *>member - <const char *>start


@cython.freelist(256)
cdef class View:
    """A live view of one struct of a batch: reading and writing go straight to the memory.

    A view keeps the batch's memory alive, not the buffer: once the buffer is gone, every access
    raises ``MetadataReleased``. Two views are equal if they show the same
    struct. Views cannot be pickled or copied: keep the values instead.
    """

    cdef char *at
    cdef char *part_of  # what takes it along when it is removed: the struct itself, or what holds it
    cdef PtBatch *batch
    cdef unsigned seen  # the removals from the batch that do not concern what it shows
    cdef object __weakref__

    def __cinit__(self):
        self.batch = NULL
        self.at = self.part_of = NULL

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    def __eq__(self, other):
        if type(self) is not type(other):
            return NotImplemented
        cdef View view = other
        return self.at == view.at and _is_removed(self) == _is_removed(view)

    def __hash__(self):
        return <Py_hash_t>(<size_t>self.at >> 4)

    def __repr__(self):
        name = type(self).__name__
        if self.batch is NULL or self.batch.released:
            return f"<{name} (released)>"
        if _is_removed(self):
            return f"<{name} (removed)>"
        return f"<{name} {_summary(self)}>"

    def __reduce_ex__(self, protocol):
        from pythiags.errors import LiveMetadataError

        raise LiveMetadataError(
            f"{type(self).__name__} is live metadata, valid only as long as its buffer: "
            "it cannot be pickled or copied",
            hint=f"keep plain values: {_KEEP.get(type(self).__name__, 'the attributes you need')}",
        )


cdef str _summary(View view):
    """The plain attributes of a view, as name=value."""
    parts = []
    for name, field in type(view).__dict__.items():
        if isinstance(field, (Float, Double, Int, Uint, Uint64, Label, Text)):
            parts.append(f"{name}={getattr(view, name)!r}")
    return " ".join(parts)


cdef View _view(type cls, PtBatch *batch, void *at):
    """A view of `at` within `batch`."""
    cdef View view = <View>cls.__new__(cls)
    view.at = view.part_of = <char *>at
    view.batch = pt_batch_ref(batch)
    view.seen = batch.removals
    return view


cdef View _part(View whole, type cls, void *at):
    """A view of what ends with what another view shows: a struct within it, or behind a pointer."""
    cdef View view = _view(cls, whole.batch, at)
    view.part_of = whole.part_of
    return view


cdef int _released(View view, str name) except -1:
    what = type(view).__name__
    if view.batch is not NULL and not view.batch.released:
        raise MetadataReleased(
            f"{what}.{name} was used after it was removed",
            hint="copy what you need before you remove it",
        )
    raise MetadataReleased(
        f"{what}.{name} was used after its buffer was released",
        hint=f"copy what you need while the probe runs, for example {_KEEP.get(what, name)}",
    )


cdef inline int _alive(View view, str name) except -1:
    if view.batch is NULL or view.batch.released:
        return _released(view, name)
    if view.seen != view.batch.removals and _is_removed(view):
        return _released(view, name)
    return 0


cdef bint _is_removed(View view) noexcept:
    """Whether what it shows went back to NVIDIA's pool, alone or with what it belonged to."""
    cdef PtBatch *batch = view.batch
    cdef unsigned removals
    cdef bint removed
    if batch is NULL or batch.released or view.seen == batch.removals:
        return False
    _lock(batch)
    removals = batch.removals
    removed = pt_nv_is_removed(batch, view.part_of, view.seen)
    _unlock(batch)
    if not removed:
        view.seen = removals
    return removed


cdef int _growing(View view, str name) except -1:
    """Whether something may be added to what the view shows."""
    _alive(view, name)
    what = None
    if view.batch.is_analytics and name in ("add_display", "add_user_meta"):
        what = "GstAnalytics has no place for it"
    elif view.batch.is_analytics and view.batch.read_only:
        what = "GstAnalytics can be added to in a probe that was attached with writable=True"
    elif view.batch.read_only:
        what = "nothing can be added to regions of interest"
    if what is not None:
        raise TypeError(
            f"{type(view).__name__}.{name}: {what}; expected DeepStream's or portable metadata"
        )
    view.batch.grown = True
    return 0


cdef class Field:
    """One member of a struct: knows its name, its view class and where it lies."""

    cdef readonly str name
    cdef readonly type owner
    cdef Py_ssize_t offset
    cdef Py_ssize_t shifts  # how often a batch's foreign_shift lies before it: see nvlayout.h

    def __init__(self, Py_ssize_t offset, *, Py_ssize_t shifts=0):
        self.offset = offset
        self.shifts = shifts

    def __delete__(self, view):
        raise AttributeError(f"{self.name} cannot be deleted")


cdef inline char *_at(Field field, object view) except NULL:
    """Where the field lies in this view's struct."""
    if type(view) is not field.owner:
        raise TypeError(f"{field.name} belongs to {field.owner}, not to {type(view).__name__}")
    _alive(<View>view, field.name)
    return (<View>view).at + field.offset + field.shifts * (<View>view).batch.foreign_shift


cdef _refuse(Field field, str expected, value):
    raise TypeError(f"{field.owner.__name__}.{field.name}: expected {expected}, got {value!r}")


cdef object _integer(Field field, value, low, high):
    """`value` as an int within its bounds; a float is refused, as pyds does."""
    try:
        number = value.__index__()
    except AttributeError:
        number = None
    if number is None or not low <= number <= high:
        _refuse(field, f"an integer from {low} to {high}", value)
    return number


cdef class Float(Field):
    """A 32-bit float."""

    def __get__(self, view, owner):
        if view is None:
            return self
        return (<float *>_at(self, view))[0]

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        try:
            (<float *>at)[0] = value
        except TypeError:
            _refuse(self, "a number", value)


cdef class Double(Field):
    """A 64-bit float."""

    def __get__(self, view, owner):
        if view is None:
            return self
        return (<double *>_at(self, view))[0]

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        try:
            (<double *>at)[0] = value
        except TypeError:
            _refuse(self, "a number", value)


cdef class Int(Field):
    """A signed 32-bit integer."""

    def __get__(self, view, owner):
        if view is None:
            return self
        return (<int *>_at(self, view))[0]

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        (<int *>at)[0] = _integer(self, value, -0x80000000, 0x7FFFFFFF)


cdef class Uint(Field):
    """An unsigned 32-bit integer."""

    cdef unsigned high
    cdef bint readonly

    def __init__(
        self, Py_ssize_t offset, *, unsigned high=0xFFFFFFFF, bint readonly=False,
        Py_ssize_t shifts=0,
    ):
        self.offset = offset
        self.shifts = shifts
        self.high = high
        self.readonly = readonly

    def __get__(self, view, owner):
        if view is None:
            return self
        return (<unsigned *>_at(self, view))[0]

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        if self.readonly:
            raise AttributeError(f"{self.owner.__name__}.{self.name} is read-only")
        (<unsigned *>at)[0] = _integer(self, value, 0, self.high)


cdef class Uint64(Field):
    """An unsigned 64-bit integer."""

    def __get__(self, view, owner):
        if view is None:
            return self
        return (<uint64_t *>_at(self, view))[0]

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        (<uint64_t *>at)[0] = _integer(self, value, 0, 0xFFFFFFFFFFFFFFFF)


cdef class Label(Field):
    """A text of at most 127 bytes of UTF-8 within the struct; longer ones are cut."""

    def __get__(self, view, owner):
        if view is None:
            return self
        return _label_text(_at(self, view))

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        pt_set_label(at, _utf8(self, value))


cdef class Text(Field):
    """A text of any length, or None. (pyds gives its address as an int instead.)

    Args:
        offset: Where its pointer lies.
        lasting: NVIDIA's library never frees it, and shares it between copies.
        readonly: It cannot be set.
    """

    cdef bint lasting
    cdef bint readonly

    def __init__(self, Py_ssize_t offset, *, bint lasting=False, bint readonly=False):
        self.offset = offset
        self.lasting = lasting
        self.readonly = readonly

    def __get__(self, view, owner):
        if view is None:
            return self
        cdef char *at = _at(self, view)
        if (<View>view).batch.foreign is not NULL:
            return _nv_text(<View>view, <const char **>at)
        cdef const char *text = (<const char **>at)[0]
        return None if text is NULL else _text(text)

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        if self.readonly:
            raise AttributeError(f"{self.owner.__name__}.{self.name} is read-only")
        encoded = None if value is None else _utf8(self, value)
        cdef const char *text = NULL
        if encoded is not None:
            text = encoded
        if (<View>view).batch.foreign is not NULL:
            _nv_set_text(<View>view, <char **>at, text, self.lasting)
        else:
            (<const char **>at)[0] = pt_batch_strdup((<View>view).batch, text)


cdef inline str _text(const char *text):
    return text[:strlen(text)].decode("utf-8", "replace")


cdef inline str _label_text(const char *label):
    """The text of a fixed field, which may lack its final NUL."""
    return label[:pt_nv_label_length(label)].decode("utf-8", "replace")


cdef bytes _utf8(Field field, value):
    """`value` as C wants it: UTF-8, up to the first NUL."""
    if isinstance(value, str):
        return (<str>value).encode("utf-8", "replace")
    if isinstance(value, bytes):
        return value
    _refuse(field, "a str", value)


cdef class Struct(Field):
    """A struct within the struct: shown by a view of its own, assigned by value."""

    cdef type cls
    cdef size_t size

    def __init__(self, type cls, Py_ssize_t offset, size_t size, *, Py_ssize_t shifts=0):
        self.cls = cls
        self.offset = offset
        self.size = size
        self.shifts = shifts

    def __get__(self, view, owner):
        if view is None:
            return self
        cdef char *at = _at(self, view)
        return _part(<View>view, self.cls, at)

    def __set__(self, view, value):
        cdef char *at = _at(self, view)
        if type(value) is not self.cls:
            _refuse(self, f"a {self.cls.__name__}", value)
        _alive(<View>value, self.name)
        if at != (<View>value).at:
            _assign(<View>view, at, <View>value, self.size)


cdef class Structs(Field):
    """An array of structs: a new list of views at each access, as pyds returns it."""

    cdef type cls
    cdef size_t size
    cdef bint grows  # each has a batch's foreign_shift bytes more

    def __init__(
        self, type cls, Py_ssize_t offset, size_t size, *, bint grows=False, Py_ssize_t shifts=0
    ):
        self.cls = cls
        self.offset = offset
        self.size = size
        self.grows = grows
        self.shifts = shifts

    def __get__(self, view, owner):
        if view is None:
            return self
        cdef char *at = _at(self, view)
        cdef View whole = <View>view
        cdef size_t size = self.size + (whole.batch.foreign_shift if self.grows else 0)
        return [_part(whole, self.cls, at + i * size) for i in range(PT_MAX_DISPLAY)]

    def __set__(self, view, value):
        raise AttributeError(f"{self.name} is read-only: write to its elements")


cdef class Numbers(Field):
    """Four 64-bit integers: a live numpy array; of NVIDIA's a copy, and four may be assigned."""

    def __get__(self, view, owner):
        if view is None:
            return self
        cdef char *at = _at(self, view)
        return _array(view, at, 4, sizeof(int64_t), b"q")

    def __set__(self, view, value):
        cdef int64_t *at = <int64_t *>_at(self, view)
        cdef int64_t[4] numbers
        if (<View>view).batch.foreign is NULL:
            raise AttributeError(f"{self.name} cannot be replaced: write to its elements")
        if len(value) != 4:
            _refuse(self, "four integers", value)
        for i in range(4):
            numbers[i] = _integer(self, value[i], -0x8000000000000000, 0x7FFFFFFFFFFFFFFF)
        memcpy(at, numbers, sizeof(numbers))


cdef class Nodes(Field):
    """The head of a list, or None if it is empty.

    Args:
        cls: What the list holds.
        offset: Where it lies.
        related: GstAnalytics has it among the relations.
    """

    cdef type cls
    cdef bint related

    def __init__(self, type cls, Py_ssize_t offset, *, bint related=False):
        self.cls = cls
        self.offset = offset
        self.related = related

    def __get__(self, view, owner):
        if view is None:
            return self
        cdef PtList *nodes = <PtList *>_at(self, view)
        if self.related:
            pt_analytics_relate((<View>view).batch)
        cdef PtNode *head = nodes.head
        return None if head is NULL else _link((<View>view).batch, head, self.cls)

    def __set__(self, view, value):
        raise AttributeError(f"{self.name} is read-only: use the add_... and remove methods")


cdef _name_fields(classes):
    """Tell each field of these view classes its name and its class."""
    cdef Field field
    for cls in classes:
        for name, value in cls.__dict__.items():
            if isinstance(value, Field):
                field = value
                field.name = name
                field.owner = cls
