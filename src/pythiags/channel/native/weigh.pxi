"""One walk through an event: what it weighs, and whether it holds anything that dies with a buffer.

Runs for every event in the streaming thread, hence in C: about 10 microseconds for a list of 100
small dicts.
"""

import sys

# What a type is to the walk; pythiags.channel.weighing sorts types that are not known here.
LEAF, LIVE, FIELDS, ARRAY = range(4)
PICTURE = object()  # what an array may be a view of, to be copied when it is sent

cdef int DEPTH = 32  # deeper than that, or after that many visits, the walk looks no further:
cdef int VISITS = 200_000  # an event may hold itself

class Field(str):
    """The name of an attribute, to distinguish it from a dictionary's key in a path."""

    __slots__ = ()


cdef struct Walk:
    int visits
    bint live  # a live object was found, and is the first of the path
    int pictures


cdef bint owns_memory(array) except -1:
    """Whether an array, or the array that it is a view of, has memory of its own: most have."""
    kind = type(array)
    owner = array.base
    while type(owner) is kind:
        owner = owner.base
    return owner is None


cdef class Weigher:
    """Weighs events; keeps what ``sort_type`` said about each type, so that it is asked once.

    Args:
        sort_type: Gives LEAF, LIVE, FIELDS or ARRAY for a type.
        fields: Gives (name, value) pairs of an instance whose type is FIELDS.
        base: Gives the live object that an ARRAY is a view of, PICTURE, or None.
    """

    cdef dict verdicts
    cdef object sort_type, fields, base

    def __init__(self, sort_type, fields, base):
        self.verdicts = {}
        self.sort_type = sort_type
        self.fields = fields
        self.base = base

    def weigh(self, object event):
        """Return (bytes, None, how many views of pictures), or (0, a live object, its path of keys)."""
        cdef Walk walk
        cdef list path = []
        walk.visits = walk.pictures = 0
        walk.live = False
        cdef Py_ssize_t total = self.visit(event, 0, path, &walk)
        if not walk.live:
            return total, None, walk.pictures
        live = path.pop(0)
        path.reverse()
        return 0, live, path

    cdef Py_ssize_t visit(self, object it, int depth, list path, Walk *walk) except -1:
        cdef type kind = type(it)
        walk.visits += 1
        if it is None or kind is bool:
            return 8
        if kind is int or kind is float:
            return 32
        if kind is str:
            return 56 + 4 * len(<str>it) if not (<str>it).isascii() else 56 + len(<str>it)
        if kind is bytes:
            return 33 + len(<bytes>it)
        if depth >= DEPTH or walk.visits > VISITS:
            return 64
        if kind is list or kind is tuple:
            return self.visit_items(it, depth, path, walk)
        if kind is dict:
            return self.visit_dict(<dict>it, depth, path, walk)
        if kind is set or kind is frozenset:
            return self.visit_items(tuple(it), depth, path, walk)
        return self.visit_other(it, depth, path, walk)

    cdef Py_ssize_t visit_items(self, items, int depth, list path, Walk *walk) except -1:
        cdef Py_ssize_t total = 56 + 8 * len(items), index = 0
        for item in items:
            total += self.visit(item, depth + 1, path, walk)
            if walk.live:
                path.append(index)
                return 0
            index += 1
        return total

    cdef Py_ssize_t visit_dict(self, dict items, int depth, list path, Walk *walk) except -1:
        cdef Py_ssize_t total = 64 + 48 * len(items)
        for key, item in items.items():
            total += self.visit(item, depth + 1, path, walk)
            if walk.live:
                path.append(key)
                return 0
        return total

    cdef Py_ssize_t visit_other(self, it, int depth, list path, Walk *walk) except -1:
        cdef object kind = type(it)
        cdef Py_ssize_t total = 64
        verdict = self.verdicts.get(kind)
        if verdict is None:
            verdict = self.verdicts[kind] = self.sort_type(kind)
        if verdict == LEAF:
            return sys.getsizeof(it)
        if verdict == ARRAY:
            if kind is not memoryview and owns_memory(it):
                return 112 + it.nbytes
            live = self.base(it)
            if live is PICTURE:
                walk.pictures += 1
            if live is None or live is PICTURE:
                return 112 + it.nbytes
            return self.found(live, path, walk)
        if verdict == LIVE:
            return self.found(it, path, walk)
        if isinstance(it, tuple):
            return self.visit_named_tuple(<tuple>it, depth, path, walk)
        for name, item in self.fields(it):
            total += 16 + self.visit(item, depth + 1, path, walk)
            if walk.live:
                path.append(name)
                return 0
        return total

    cdef Py_ssize_t visit_named_tuple(
        self, tuple items, int depth, list path, Walk *walk
    ) except -1:
        cdef Py_ssize_t total = self.visit_items(items, depth, path, walk)
        names = getattr(items, "_fields", None) if walk.live else None
        if names is not None:
            path[-1] = Field(names[path[-1]])
        return total

    cdef Py_ssize_t found(self, it, list path, Walk *walk) except -1:
        walk.live = True
        path.append(it)
        return 0
