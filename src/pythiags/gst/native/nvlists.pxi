# NVIDIA's metadata: its lock, its texts, and its lists, each read whole before the first item is given.

cdef PtNv _nv(PtBatch *batch) noexcept:
    cdef PtNv found
    found.batch = <PtNvBatch *>batch.foreign
    found.shift = batch.foreign_shift
    found.object_size = found.frame_size = 0
    return found


cdef inline void _lock(PtBatch *batch) noexcept:
    """Take the meta lock. Its holder may wait for the GIL, so the GIL is released while waiting."""
    cdef GRecMutex *mutex = &(<PtNvBatch *>batch.foreign).meta_mutex
    if not g_rec_mutex_trylock(mutex):
        with nogil:
            g_rec_mutex_lock(mutex)


cdef inline void _unlock(PtBatch *batch) noexcept:
    g_rec_mutex_unlock(&(<PtNvBatch *>batch.foreign).meta_mutex)


cdef object _nv_text(View view, const char **at):
    _lock(view.batch)
    try:
        return None if at[0] is NULL else _text(at[0])
    finally:
        _unlock(view.batch)


cdef _nv_set_text(View view, char **at, const char *text, bint lasting):
    """NVIDIA's library frees a text with g_free; one that lasts it neither frees nor copies."""
    cdef char *old = NULL
    _lock(view.batch)
    if lasting:
        at[0] = <char *>g_intern_string(text)
    else:
        old = at[0]
        at[0] = g_strdup(text)
    _unlock(view.batch)
    g_free(old)


@cython.final
@cython.no_gc
@cython.freelist(16)
cdef class _NvItems:
    """The items of one list, in their order: an iterator over views, and what links refer to.

    It is taken whole, under the lock: what is added meanwhile is not in it, and the view of what is
    removed meanwhile says so.
    """

    cdef GPtrArray *items
    cdef PtBatch *batch
    cdef type cls
    cdef unsigned place
    cdef unsigned seen  # the removals before it was taken

    def __dealloc__(self):
        if self.batch is not NULL:
            g_ptr_array_unref(self.items)
            pt_batch_unref(self.batch)

    def __iter__(self):
        return self

    def __next__(self):
        if self.place >= self.items.len:
            raise StopIteration
        if self.batch.released:
            raise MetadataReleased(
                f"a list of {self.cls.__name__} was read after its buffer was gone",
                hint="read it while the probe runs",
            )
        self.place += 1
        return self.view(self.place - 1)

    cdef View view(self, unsigned place):
        """A view of an item, which knows if that was removed since."""
        cdef View view = _view(self.cls, self.batch, self.items.pdata[place])
        view.seen = self.seen
        return view


cdef _NvItems _nv_items(View holder, str name, const GNode **head, PtNvKind kind, type cls):
    cdef _NvItems items
    _alive(holder, name)
    items = _NvItems.__new__(_NvItems)
    items.batch = pt_batch_ref(holder.batch)
    items.items = g_ptr_array_new()
    items.cls = cls
    items.place = 0
    _lock(holder.batch)
    items.seen = holder.batch.removals
    pt_nv_list(items.items, head[0], kind, holder.batch.foreign_shift)
    _unlock(holder.batch)
    return items


@cython.final
cdef class NvDsGList:
    """A link of a list: ``data`` is the view, ``next`` and ``prev`` are links or None.

    The list is in the documented order, as it was when its head was read.
    """

    cdef _NvItems items
    cdef unsigned place

    def __eq__(self, other):
        return type(other) is NvDsGList and self._at() == (<NvDsGList>other)._at()

    def __hash__(self):
        return <Py_hash_t>(<size_t>self._at() >> 4)

    cdef void *_at(self) noexcept:
        return self.items.items.pdata[self.place]

    cdef NvDsGList _to(self, long place, str name):
        if self.items.batch.released:
            raise MetadataReleased(f"GList.{name} was used after its buffer was gone")
        return None if not 0 <= place < self.items.items.len else _nv_link(self.items, place)

    @property
    def data(self):
        """The view of what the link holds; with pyds it would have to be cast first."""
        self._to(self.place, "data")
        return self.items.view(self.place)

    @property
    def next(self):
        """The following link, or None."""
        return self._to(<long>self.place + 1, "next")

    @property
    def prev(self):
        """The link before, or None."""
        return self._to(<long>self.place - 1, "prev")


cdef NvDsGList _nv_link(_NvItems items, unsigned place):
    cdef NvDsGList link = NvDsGList.__new__(NvDsGList)
    link.items = items
    link.place = place
    return link


cdef NvDsGList _nv_head(_NvItems items):
    return _nv_link(items, 0) if items.items.len else None
