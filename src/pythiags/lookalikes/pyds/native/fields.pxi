# Attributes with C types: numbers, enumerations, structs within structs.

from pythiags.lookalikes.pyds.enums import NvDsMetaType


cdef class Field:
    """One member of a struct.

    Args:
        offset: Where it lies, in bytes.
        readonly: It cannot be set.
    """

    cdef readonly str name
    cdef readonly str owner
    cdef Py_ssize_t offset
    cdef bint readonly

    def __init__(self, Py_ssize_t offset, *, bint readonly=False):
        self.offset = offset
        self.readonly = readonly

    def __delete__(self, bound):
        raise AttributeError(f"can't delete attribute '{self.name}'")


cdef inline char *_at(Field field, bound) except NULL:
    if not isinstance(bound, Bound):
        _incompatible(f"{field.owner}.{field.name}", f"self: pyds.{field.owner}", bound)
    _usable(<Bound>bound, field.name)
    return (<Bound>bound).at + field.offset


cdef inline char *_to_set(Field field, bound) except NULL:
    if field.readonly:
        raise AttributeError(f"can't set attribute '{field.name}' of pyds.{field.owner}")
    return _at(field, bound)


cdef _refuse(Field field, str expected, value):
    _incompatible(f"{field.owner}.{field.name}", expected, value)


cdef object _integer(Field field, value, low, high):
    """As pybind11 takes it: no float, nothing out of range; what else is a number is converted."""
    if type(value) is not int:
        if isinstance(value, (float, str, bytes)) or not (
            hasattr(value, "__index__") or hasattr(value, "__int__")
        ):
            _refuse(field, f"an integer from {low} to {high}", value)
        value = int(value)
    if not low <= value <= high:
        _refuse(field, f"an integer from {low} to {high}", value)
    return value


cdef double _number(Field field, value) except? -1:
    if type(value) is float:
        return value
    if isinstance(value, (str, bytes)) or not (
        hasattr(value, "__float__") or hasattr(value, "__index__")
    ):
        _refuse(field, "a number", value)
    return float(value)


cdef class Float(Field):
    """A 32-bit float."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return (<float *>_at(self, bound))[0]

    def __set__(self, bound, value):
        (<float *>_to_set(self, bound))[0] = _number(self, value)


cdef class Double(Field):
    """A 64-bit float."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return (<double *>_at(self, bound))[0]

    def __set__(self, bound, value):
        (<double *>_to_set(self, bound))[0] = _number(self, value)


cdef class Int(Field):
    """A signed 32-bit integer."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return (<int *>_at(self, bound))[0]

    def __set__(self, bound, value):
        (<int *>_to_set(self, bound))[0] = _integer(self, value, -0x80000000, 0x7FFFFFFF)


cdef class Uint(Field):
    """An unsigned 32-bit integer."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return (<unsigned *>_at(self, bound))[0]

    def __set__(self, bound, value):
        (<unsigned *>_to_set(self, bound))[0] = _integer(self, value, 0, 0xFFFFFFFF)


cdef class Int16(Field):
    """A signed 16-bit integer."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return (<short *>_at(self, bound))[0]

    def __set__(self, bound, value):
        (<short *>_to_set(self, bound))[0] = _integer(self, value, -0x8000, 0x7FFF)


cdef class Uint16(Field):
    """An unsigned 16-bit integer."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return (<unsigned short *>_at(self, bound))[0]

    def __set__(self, bound, value):
        (<unsigned short *>_to_set(self, bound))[0] = _integer(self, value, 0, 0xFFFF)


cdef class Uint64(Field):
    """An unsigned 64-bit integer."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return (<uint64_t *>_at(self, bound))[0]

    def __set__(self, bound, value):
        (<uint64_t *>_to_set(self, bound))[0] = _integer(self, value, 0, 0xFFFFFFFFFFFFFFFF)


cdef class Bool(Field):
    """A C++ bool."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return _at(self, bound)[0] != 0

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        if value is not None and not hasattr(type(value), "__bool__"):
            _refuse(self, "a bool", value)
        at[0] = bool(value)


cdef class Enumerated(Field):
    """An enumeration, which takes its own members only.

    Args:
        offset: Where it lies, in bytes.
        members: The class of the enumeration.
    """

    cdef object members

    def __init__(self, Py_ssize_t offset, members, *, bint readonly=False):
        self.offset = offset
        self.members = members
        self.readonly = readonly

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return self.members.of((<int *>_at(self, bound))[0])

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        if not isinstance(value, self.members):
            _refuse(self, f"pyds.{self.members.__name__}", value)
        (<int *>at)[0] = int(value)


cdef object _keeper(Bound bound):
    """What keeps the memory of a part of this object, besides its batch."""
    if isinstance(bound.keeper, Block):
        return bound.keeper
    if bound.batch is not NULL:
        return None
    return bound if bound.keeper is None else bound.keeper


cdef class Part(Field):
    """A struct within the struct: a reference; assigning copies.

    Args:
        offset: Where it lies, in bytes.
        cls: Its class.
    """

    cdef type cls
    cdef size_t size

    def __init__(self, Py_ssize_t offset, type cls, *, bint readonly=False):
        self.offset = offset
        self.cls = cls
        self.size = _caster_of(cls).size
        self.readonly = readonly

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef char *at = _at(self, bound)
        return _show(self.cls, at, (<Bound>bound).batch, _keeper(<Bound>bound))

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        if not isinstance(value, self.cls):
            _refuse(self, f"pyds.{self.cls.__name__}", value)
        _usable(<Bound>value, self.name)
        if at != (<Bound>value).at:
            memmove(at, (<Bound>value).at, self.size)
            _own_texts(self.cls, <Bound>bound, at)


cdef class Parts(Part):
    """Sixteen structs: each look gives a new list of references."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef char *at = _at(self, bound)
        cdef PtBatch *batch = (<Bound>bound).batch
        keeper = _keeper(<Bound>bound)
        return [_show(self.cls, at + i * self.size, batch, keeper) for i in range(PT_MAX_DISPLAY)]

    def __set__(self, bound, value):
        raise AttributeError(f"can't set attribute '{self.name}' of pyds.{self.owner}")


cdef class Pointer(Field):
    """A ``void *``: reads as a capsule; takes a capsule, an object of pyds or None."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef char *at = _at(self, bound)
        return _capsule((<void **>at)[0], (<Bound>bound).batch, KIND_UNKNOWN)

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        (<void **>at)[0] = _to_store(self, value)


cdef void *_to_store(Field field, value) except? NULL:
    if value is None:
        return NULL
    if PyCapsule_CheckExact(value):
        return _address_in(value)
    if isinstance(value, Bound):
        if isinstance((<Bound>value).keeper, Block):
            (<Block>(<Bound>value).keeper).at = NULL  # C points to it now: Python does not free it
        return (<Bound>value).at
    _refuse(field, "a handle, an object of pyds or None", value)


cdef class Absent(Field):
    """A member that reads as None here, and takes None only."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        _at(self, bound)
        return None

    def __set__(self, bound, value):
        _to_set(self, bound)
        if value is not None:
            _refuse(self, "None", value)


cdef class Unbound(Field):
    """A member of a type that pyds does not know."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        raise TypeError("Unable to convert function return value to a Python type!")
