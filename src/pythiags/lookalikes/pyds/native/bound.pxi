# Objects that show a C struct, as pybind11 makes them; and their casts.

cdef dict _kinds = {}  # kind -> class
cdef int _next_kind = FIRST_PLAIN_KIND


@cython.no_gc
cdef class Block:
    """Memory that Python owns, zeroed; and what pointers in it point to."""

    cdef char *at
    cdef size_t size
    cdef dict texts  # where a pointer lies -> its text
    cdef object kept  # what else it points to

    def __cinit__(self, size_t size):
        self.at = <char *>pt_block_new(size)
        self.size = size
        self.texts = {}

    def __dealloc__(self):
        cdef size_t text
        for text in self.texts.values():
            pt_block_free(<void *>text)
        pt_block_free(self.at)

    cdef const char *own(self, const char **pointer, const char *text):
        """Let a pointer point to a copy of a text, in the place of the one that it had."""
        cdef size_t old = self.texts.pop(<size_t>pointer, 0)
        cdef char *copy = pt_block_strdup(text)
        if copy is not NULL:
            self.texts[<size_t>pointer] = <size_t>copy
        pointer[0] = copy
        pt_block_free(<void *>old)
        return copy


@cython.no_gc
cdef class Bound:
    """A C struct, shown where it lies. Equal to another one that shows the same.

    It keeps the memory of the batch, not the buffer: what is read once the buffer is gone is what
    was there at last, and in strict mode an error.
    """

    cdef char *at
    cdef PtBatch *batch
    cdef object keeper  # what else keeps the memory; OWNED: the batch has nothing but this
    cdef object __weakref__

    def __init__(self):
        _make(self)

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    def __eq__(self, other):
        return type(self) is type(other) and self.at == (<Bound>other).at

    def __hash__(self):
        return <Py_hash_t>(<size_t>self.at >> 4)

    def __repr__(self):
        return f"<pyds.{type(self).__name__} object at {<size_t>self.at:#x}>"

    def __reduce_ex__(self, protocol):
        raise TypeError(f"cannot pickle 'pyds.{type(self).__name__}' object")


cdef object OWNED = object()
cdef dict _layouts = {}  # class -> Caster


cdef _make(Bound bound):
    """The memory of an object that a constructor makes: of the class that `define` gave it."""
    cdef Caster caster = _caster_of(type(bound))
    if bound.at is not NULL:
        return
    if caster.kind < KIND_LIST:
        bound.batch = pt_batch_new(0)
        bound.keeper = OWNED
        bound.at = <char *>_new_node(caster.kind, bound.batch)
        return
    block = Block(caster.size)
    bound.keeper = block
    bound.at = (<Block>block).at


cdef void *_new_node(int kind, PtBatch *batch) noexcept:
    if kind == KIND_FRAME:
        return pt_batch_new_frame(batch)
    if kind == KIND_OBJECT:
        return pt_batch_new_object(batch)
    if kind == KIND_DISPLAY:
        return pt_batch_new_display(batch)
    if kind == KIND_CLASSIFIER:
        return pt_batch_new_classifier(batch)
    if kind == KIND_LABEL:
        return pt_batch_new_label(batch)
    if kind == KIND_USER:
        return pt_batch_new_user(batch)
    return batch


cdef tuple _NOTHING = ()


cdef Bound _show(type cls, void *at, PtBatch *batch, object keeper):
    """The object for a struct; None for NULL."""
    if at is NULL:
        return None
    cdef Bound bound = <Bound>_new(cls)
    bound.at = <char *>at
    bound.keeper = keeper
    if batch is not NULL:
        bound.batch = pt_batch_ref(batch)
    return bound


cdef inline object _new(type cls):
    cdef PyTypeObject *kind = <PyTypeObject *>cls
    cdef PyObject *made = kind.tp_new(kind, <PyObject *>_NOTHING, NULL)
    if made is NULL:
        raise MemoryError
    found = <object>made
    Py_DECREF(found)
    return found


cdef extern from "Python.h":
    void Py_DECREF(object)


cdef inline int _usable(Bound bound, str what) except -1:
    if bound.at is NULL:
        raise TypeError(f"{type(bound).__name__}.__init__() must be called when overriding __init__")
    if _strict and bound.batch is not NULL and bound.batch.released:
        _misuse(
            f"{type(bound).__name__}.{what} was used after its buffer was gone",
            "copy what you need while the probe runs",
        )
    return 0


cdef Caster _caster_of(type cls):
    for base in cls.__mro__:
        found = _layouts.get(base)
        if found is not None:
            return found
    raise TypeError(f"{cls.__name__} has no constructor")


cdef bint _is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


@cython.final
cdef class Caster:
    """``Class.cast``: takes a handle, an object or None, and for most classes an address."""

    cdef type cls
    cdef readonly int kind
    cdef size_t size
    cdef bint addresses

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return _BoundCast(instance)

    def __call__(self, data):
        cdef Handle *handle
        if PyCapsule_CheckExact(data):
            handle = _handle_of(data)
            if handle is not NULL:
                return self.show(_address_in(data), handle.kind, handle.batch, None)
            return self.show(_address_in(data), KIND_UNKNOWN, NULL, data)
        if isinstance(data, Bound):
            return self.of_bound(<Bound>data)
        if data is None:
            return None
        if isinstance(data, GList):
            return self.show((<GList>data).node, KIND_LIST, (<GList>data).batch, data)
        if self.addresses and _is_number(data):
            return self.of_address(data)
        _incompatible(f"{self.cls.__name__}.cast", "a handle, an object of pyds or None", data)

    cdef of_bound(self, Bound data):
        if type(data) is self.cls:
            return data
        return self.show(data.at, _caster_of(type(data)).kind, data.batch, data)

    cdef of_address(self, address):
        if address < 0 or address > 0xFFFFFFFFFFFFFFFF:
            _incompatible(f"{self.cls.__name__}.cast", "an address", address)
        if address == 0:
            return None
        known = _known_addresses.get(address)
        if known is not None:
            return self(known)
        cdef void *at = <void *><size_t>address
        cdef size_t size = pt_block_size(at)
        cdef char last
        if self.kind < FIRST_PLAIN_KIND or (
            size < self.size if size else not pt_peek(at + self.size - 1, &last, 1)
        ):
            raise ValueError(
                f"{self.cls.__name__}.cast: there is no such struct at {address:#x}; "
                "addresses come from pyds.get_ptr and pyds.memdup"
            )
        return _show(self.cls, at, NULL, None)

    cdef show(self, void *at, int kind, PtBatch *batch, keeper):
        if kind == self.kind or (kind == KIND_UNKNOWN and self.kind >= FIRST_PLAIN_KIND):
            return _show(self.cls, at, batch, keeper)
        name = "GList" if kind == KIND_LIST else getattr(_kinds.get(kind), "__name__", "something")
        _misuse(
            f"{self.cls.__name__}.cast was given a {name}, whose memory means something else",
            "cast it to what it is: check base_meta.meta_type of a user meta; of a list pass node.data",
        )
        return self.cls()  # nothing but zeros


@cython.final
cdef class _BoundCast:
    """``instance.cast()`` gives the instance."""

    cdef object instance

    def __init__(self, instance):
        self.instance = instance

    def __call__(self, *arguments):
        if arguments:
            _incompatible("cast", "no argument, as it is called on an object", arguments)
        return self.instance


def define(str name, fields, *, size_t size=0, int kind=0, bint addresses=True, bases=()):
    """Make a class of pyds.

    Args:
        name: Its name in pyds.
        fields: Its attributes.
        size: Of the struct, in bytes.
        kind: The number of NvDsMetaType, for metadata; 0: any other struct.
        addresses: Whether ``cast`` takes addresses, too.
        bases: What else it is derived from.
    """
    global _next_kind
    cdef Caster caster = Caster()
    if not kind:
        kind = _next_kind
        _next_kind += 1
    caster.kind, caster.size, caster.addresses = kind, size, addresses
    names = {"__slots__": (), "__module__": "pyds", "cast": caster, **fields}
    cls = type(name, (*bases, Bound), names)
    caster.cls = cls
    _layouts[cls] = caster
    _kinds[kind] = cls
    for attribute, field in fields.items():
        if isinstance(field, Field):
            (<Field>field).name = attribute
            (<Field>field).owner = name
    return cls
