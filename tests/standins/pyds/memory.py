"""What pybind11 does: objects that show C structs, attributes with C types, casts.

A struct is real memory. Python owns what a constructor made; everything else is shown where it
lies, whether or not it is still there. Two looks at one address give one object while it is alive.
"""

from __future__ import annotations

import ctypes
import functools
import struct
import sys
from weakref import WeakValueDictionary

import numpy as np

glib = ctypes.CDLL("libglib-2.0.so.0")
glib.g_strdup.argtypes, glib.g_strdup.restype = [ctypes.c_char_p], ctypes.c_void_p
glib.g_free.argtypes = [ctypes.c_void_p]
glib.g_malloc0.argtypes, glib.g_malloc0.restype = [ctypes.c_size_t], ctypes.c_void_p

_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_new_capsule.restype = ctypes.py_object
_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.argtypes, _pointer_of.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p

_shown = WeakValueDictionary()  # by address and class


def incompatible():
    return TypeError(
        "(): incompatible function arguments. The following argument types are supported:"
    )


def capsule(address):
    return _new_capsule(address, None, None) if address else None


def is_capsule(value):
    return type(value).__name__ == "PyCapsule"


def address_in(handle):
    """The address in a capsule, or of a bound object."""
    return handle._address if isinstance(handle, Bound) else _pointer_of(handle, None)


def read(address, code):
    return struct.unpack(code, ctypes.string_at(address, struct.calcsize(code)))[0]


def write(address, code, value):
    memory = struct.pack(code, value)
    ctypes.memmove(address, memory, len(memory))


def show(cls, address, keeper=None):
    """The object for a struct at an address; it keeps another object alive, not the memory."""
    if not address:
        return None
    found = _shown.get((address, cls))
    if found is None:
        found = _shown[address, cls] = cls.__new__(cls)
        found._address, found._memory = address, keeper
    return found


class _Cast:
    """Bound as a method, called on the class: ``Class.cast(x)``; ``instance.cast()`` is itself."""

    def __get__(self, instance, cls):
        if instance is None:
            return functools.partial(_cast, cls)
        return functools.partial(_cast, cls, instance)


def _cast(cls, *arguments):
    if len(arguments) != 1:
        raise incompatible()
    handle = arguments[0]
    if handle is None:
        return None
    if type(handle) is int:
        return show(cls, handle)
    if is_capsule(handle) or isinstance(handle, Bound):
        return show(cls, address_in(handle), handle if isinstance(handle, Bound) else None)
    raise incompatible()


class Bound:
    """A bound struct: no ``__dict__``, nothing may be added, cannot be pickled."""

    __slots__ = ("__weakref__", "_address", "_memory")
    _size = 8

    def __init__(self):
        self._memory = (ctypes.c_uint64 * (-(-self._size // 8)))()
        self._address = ctypes.addressof(self._memory)
        _shown[self._address, type(self)] = self

    def __reduce__(self):
        raise TypeError(f"cannot pickle '{type(self).__module__}.{type(self).__name__}' object")

    cast = _Cast()


def define(name, size, **fields):
    return type(name, (Bound,), {"__slots__": (), "_size": size, "__module__": "pyds", **fields})


# ---- attributes ----


class Field:
    def __init__(self, offset):
        self.offset = offset

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return self if instance is None else self.get(instance, instance._address + self.offset)

    def __set__(self, instance, value):
        self.set(instance._address + self.offset, value)

    def __delete__(self, instance):
        raise AttributeError(f"can't delete attribute '{self.name}'")

    def get(self, instance, at):
        raise NotImplementedError

    def set(self, at, value):
        raise AttributeError(f"can't set attribute '{self.name}'")


class Integer(Field):
    code, low, high = "i", -(2**31), 2**31 - 1

    def get(self, instance, at):
        return read(at, self.code)

    def set(self, at, value):
        if isinstance(value, (float, str)) or not isinstance(value, (int, np.integer, np.float32)):
            raise incompatible()
        if not self.low <= value <= self.high:
            raise incompatible()
        write(at, self.code, int(value))


class Unsigned(Integer):
    code, low, high = "I", 0, 2**32 - 1


class Unsigned64(Integer):
    code, low, high = "Q", 0, 2**64 - 1


class Unsigned16(Integer):
    code, low, high = "H", 0, 2**16 - 1


class Float(Field):
    code = "f"

    def get(self, instance, at):
        return read(at, self.code)

    def set(self, at, value):
        if not isinstance(value, (int, float, np.number)):
            raise incompatible()
        write(at, self.code, value)


class Double(Float):
    code = "d"


def encoded(value):
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise incompatible()


class Label(Field):
    """A char array: what is written is copied without a NUL and without a limit."""

    def get(self, instance, at):
        return ctypes.string_at(at, 128).partition(b"\0")[0].decode()

    def set(self, at, value):
        text = encoded(value)
        ctypes.memmove(at, text, len(text))


class Text(Field):
    """A text behind a pointer: takes str or bytes, reads as the address."""

    def __init__(self, offset, *, interned=False):
        super().__init__(offset)
        self.interned = interned

    def get(self, instance, at):
        return read(at, "P")

    def set(self, at, value):
        old = read(at, "P")
        write(at, "P", glib.g_strdup(encoded(value)))
        if old and not self.interned:
            glib.g_free(old)


class Part(Field):
    """A struct within the struct: a reference; assigning copies."""

    def __init__(self, offset, cls):
        super().__init__(offset)
        self.cls = cls

    def get(self, instance, at):
        return show(self.cls, at, instance)

    def set(self, at, value):
        if not isinstance(value, self.cls):
            raise incompatible()
        ctypes.memmove(at, value._address, self.cls._size)


class Parts(Part):
    """An array of structs: each look gives a new list of references."""

    def __init__(self, offset, cls, count=16):
        super().__init__(offset, cls)
        self.count = count

    def get(self, instance, at):
        return [show(self.cls, at + i * self.cls._size, instance) for i in range(self.count)]

    def set(self, at, value):
        raise AttributeError(f"can't set attribute '{self.name}'")


_referred = {}  # what Python made and C memory points to: never given back


def _address_to_store(value):
    if value is None:
        return 0
    address = address_in(value)
    if isinstance(value, Bound):
        _referred[address] = value
    return address


class Pointer(Field):
    """A pointer to another struct; None where it is NULL."""

    def __init__(self, offset, name):
        super().__init__(offset)
        self.target = name

    def get(self, instance, at):
        return show(_named(instance, self.target), read(at, "P"))

    def set(self, at, value):
        if value is not None and type(value).__name__ != self.target:
            raise incompatible()
        write(at, "P", _address_to_store(value))


def _named(instance, name):
    return getattr(sys.modules[type(instance).__module__], name)


class Handle(Field):
    """A ``void *``: reads as a new capsule each time; takes a capsule, a bound object or None."""

    def get(self, instance, at):
        return capsule(read(at, "P"))

    def set(self, at, value):
        if value is not None and not is_capsule(value) and not isinstance(value, Bound):
            raise incompatible()
        write(at, "P", _address_to_store(value))


class Misc(Field):
    """``gint64[4]``, bound as four of 32 bits; only its elements can be written."""

    def get(self, instance, at):
        return np.frombuffer((ctypes.c_int32 * 4).from_address(at), np.int32)

    def set(self, at, value):
        raise incompatible()


class Unbound(Field):
    """A member of a type that pyds does not know."""

    def get(self, instance, at):
        raise TypeError("Unable to convert function return value to a Python type!")
