# Lists of metadata: links as pyds has them, and native iterators.

cdef inline PtNode *_on_a_list(PtNode *node) noexcept:
    """The first node from here on that was not removed; NULL: there is none."""
    while node is not NULL and node.list is NULL:
        node = node.next
    return node


@cython.final
cdef class GList:
    """A link of a list: ``data`` is the view, ``next`` and ``prev`` are links or None.

    The link of what was removed still has its ``next``.
    """

    cdef PtNode *node
    cdef PtBatch *batch
    cdef type cls

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    def __eq__(self, other):
        return type(other) is GList and self.node == (<GList>other).node

    def __hash__(self):
        return <Py_hash_t>(<size_t>self.node >> 4)

    cdef GList _to(self, PtNode *node, str name):
        if self.batch is NULL or self.batch.released:
            raise MetadataReleased(f"GList.{name} was used after its buffer was released")
        return None if node is NULL else _link(self.batch, node, self.cls)

    @property
    def data(self):
        """The view of what the link holds; with pyds it would have to be cast first."""
        self._to(NULL, "data")
        return _view(self.cls, self.batch, self.node)

    @property
    def next(self):
        """The following link, or None."""
        self._to(NULL, "next")
        return self._to(_on_a_list(self.node.next), "next")

    @property
    def prev(self):
        """The link before, or None."""
        self._to(NULL, "prev")
        return self._to(self.node.prev, "prev")


cdef GList _link(PtBatch *batch, PtNode *node, type cls):
    cdef GList link = GList.__new__(GList)
    link.batch = pt_batch_ref(batch)
    link.node = node
    link.cls = cls
    return link


@cython.final
@cython.no_gc
@cython.freelist(16)
cdef class _Each:
    """Walks a list; nodes may be removed meanwhile, and are not given any more."""

    cdef PtNode *node
    cdef PtBatch *batch
    cdef type cls

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    def __iter__(self):
        return self

    def __next__(self):
        cdef PtNode *node = _on_a_list(self.node)
        if node is NULL:
            self.node = NULL
            raise StopIteration
        if self.batch.released:
            raise MetadataReleased(
                f"a list of {self.cls.__name__} was read after its buffer was released",
                hint="read it while the probe runs",
            )
        self.node = node.next
        return _view(self.cls, self.batch, node)


cdef _Each _each(View view, PtList *nodes, type cls):
    cdef _Each each = _Each.__new__(_Each)
    each.batch = pt_batch_ref(view.batch)
    each.node = nodes.head
    each.cls = cls
    return each


cdef int _remove(View holder, PtList *nodes, View node) except -1:
    _alive(holder, "remove")
    _alive(node, "remove")
    if not pt_list_remove(nodes, <PtNode *>node.at):
        raise ValueError(f"{node!r} is not on {holder!r}")
    return 0
