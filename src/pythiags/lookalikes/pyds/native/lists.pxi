# Lists of metadata, as GLib's.
#
# DeepStream prepends to all lists but those of frames and of a batch's users, so that one walks them
# newest first. Portable lists are appended to: these are walked from their ends.


cdef class GList:
    """A link: ``data`` is a handle to cast, ``next`` and ``prev`` are links or None."""

    cdef PtNode *node
    cdef PtBatch *batch
    cdef int kind
    cdef bint newest_first
    cdef object own  # data, next and prev of one that Python made

    def __init__(self):
        self.own = [None, None, None]

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    def __eq__(self, other):
        if not isinstance(other, GList):
            return False
        return self is other or (self.node is not NULL and self.node == (<GList>other).node)

    def __hash__(self):
        return <Py_hash_t>(<size_t>self.node >> 4)

    def __repr__(self):
        return f"<pyds.GList object at {<size_t>self.node:#x}>"

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle 'pyds.GList' object")

    cdef int usable(self, str name) except -1:
        if self.batch is not NULL and _strict and self.batch.released:
            _misuse(
                f"GList.{name} was used after its buffer was gone",
                "walk the list while the probe runs",
            )
        return 0

    @property
    def data(self):
        """What the link holds, as a new handle at each look."""
        if self.node is NULL:
            return self.own[0]
        self.usable("data")
        return _capsule(self.node, self.batch, self.kind)

    @data.setter
    def data(self, value):
        self.set(0, value)

    @property
    def next(self):
        """The following link, or None."""
        if self.node is NULL:
            return self.own[1]
        self.usable("next")
        return _link(self.batch, self.step(self.newest_first), self.kind, self.newest_first)

    @next.setter
    def next(self, value):
        self.set(1, value)

    @property
    def prev(self):
        """The link before, or None."""
        if self.node is NULL:
            return self.own[2]
        self.usable("prev")
        return _link(self.batch, self.step(not self.newest_first), self.kind, self.newest_first)

    @prev.setter
    def prev(self, value):
        self.set(2, value)

    cdef set(self, int place, value):
        if self.node is not NULL:
            raise AttributeError("links of metadata are changed by add, remove and clear functions")
        self.own[place] = value

    cdef PtNode *step(self, bint back) except? NULL:
        cdef PtNode *node = self.node
        if node.list is NULL:
            _misuse(
                "the next link was asked of one that was removed",
                "read node.next before the function that removes",
            )
        node = node.prev if back else node.next
        while node is not NULL and node.list is NULL:
            node = node.prev if back else node.next
        return node


cdef GList _link(PtBatch *batch, PtNode *node, int kind, bint newest_first):
    if node is NULL:
        return None
    cdef GList link = GList.__new__(GList)
    link.batch = pt_batch_ref(batch)
    link.node = node
    link.kind = kind
    link.newest_first = newest_first
    return link


cdef class Nodes(Field):
    """The first link of a list, or None. None may be assigned, which drops what is on it.

    Args:
        offset: Where the list lies.
        kind: The kind of what is on it.
        newest_first: Which end is its first.
    """

    cdef int kind
    cdef bint newest_first

    def __init__(self, Py_ssize_t offset, int kind, *, bint newest_first=True):
        self.offset = offset
        self.kind = kind
        self.newest_first = newest_first

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef PtList *nodes = <PtList *>_at(self, bound)
        return _link(
            (<Bound>bound).batch, nodes.tail if self.newest_first else nodes.head, self.kind,
            self.newest_first,
        )

    def __set__(self, bound, value):
        cdef PtList *nodes = <PtList *>_to_set(self, bound)
        if value is None:
            while nodes.head is not NULL:
                pt_list_remove(nodes, nodes.head)
        elif not isinstance(value, GList) or (<GList>value).node is NULL or (
            (<GList>value).node.list is not nodes
        ):
            _refuse(self, "None or a link of this list", value)
