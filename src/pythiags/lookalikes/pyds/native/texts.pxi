# Texts: within a struct, and behind a pointer.

cdef bint _terminated = True  # since pyds 1.2.2 a char array is zeroed before it is written


def terminate_labels(bint value):
    """Whether writing a char array leaves nothing of its old text, as from pyds 1.2.2 on."""
    global _terminated
    _terminated = value


cdef bytes _encoded(Field field, value):
    if isinstance(value, str):
        return (<str>value).encode()
    if isinstance(value, bytes):
        return value
    _refuse(field, "a str", value)


cdef class Label(Field):
    """A char array of 128 bytes.

    Before pyds 1.2.2 a new text is copied over the old one without a NUL, so that "car" over "person"
    reads "carson". There, too, what is longer than the array is cut here.
    """

    cdef size_t room

    def __init__(self, Py_ssize_t offset, *, size_t room=128, bint readonly=False):
        self.offset = offset
        self.room = room
        self.readonly = readonly

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef char *at = _at(self, bound)
        cdef char *end = <char *>memchr(at, 0, self.room)
        return at[: self.room if end is NULL else end - at].decode()

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        cdef bytes text = _encoded(self, value)
        cdef size_t length = min(<size_t>len(text), self.room)
        if _terminated:
            memset(at, 0, self.room)
            length = min(length, self.room - 1)
        memcpy(at, PyBytes_AsString(text), length)


cdef class Text(Field):
    """A text behind a pointer: takes str or bytes, reads as its address, for ``get_string``."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return <size_t>(<const char **>_at(self, bound))[0]

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        cdef bytes text = _encoded(self, value)
        _keep_text(<Bound>bound, <const char **>at, text)


cdef class Name(Field):
    """A text behind a pointer, which reads as a str; "" where there is none."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef const char *text = (<const char **>_at(self, bound))[0]
        return "" if text is NULL else text[:strlen(text)].decode()

    def __set__(self, bound, value):
        raise AttributeError(f"can't set attribute '{self.name}' of pyds.{self.owner}")


cdef class Address(Field):
    """A ``char *`` that is set to an address and read as one."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return <size_t>(<void **>_at(self, bound))[0]

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        number = _integer(self, value, 0, 0xFFFFFFFFFFFFFFFF)
        (<void **>at)[0] = <void *><size_t>number


# By pyds's names, and pyservicemaker's.
cdef frozenset _TEXTS = frozenset(["NvOSD_TextParams", "TextParams", "Text"])
cdef frozenset _FONTS = frozenset(["NvOSD_FontParams", "Font"])
cdef frozenset _DRAWN = _TEXTS | _FONTS


cdef _keep_text(Bound bound, const char **pointer, const char *text):
    """Copy a text to where it lies as long as the struct does. Texts of messages are C's to free."""
    if bound.batch is not NULL:
        pointer[0] = pt_batch_strdup(bound.batch, text)
    elif isinstance(bound.keeper, Block) and type(bound).__name__ in _DRAWN:
        (<Block>bound.keeper).own(pointer, text)
    else:
        pointer[0] = pt_block_strdup(text)


cdef _own_texts(type cls, Bound bound, char *at):
    """After a struct was copied: what it points to must live as long as what it was copied into."""
    cdef PtText *text = <PtText *>at
    cdef PtFont *font = <PtFont *>at
    cdef PtMask *mask = <PtMask *>at
    if cls.__name__ in _TEXTS:
        _keep_text(bound, &text.display_text, text.display_text)
        _keep_text(bound, &text.font_params.font_name, text.font_params.font_name)
    elif cls.__name__ in _FONTS:
        _keep_text(bound, &font.font_name, font.font_name)
    elif bound.batch is NULL:
        return
    elif cls.__name__ in ("NvOSD_MaskParams", "Mask") and mask.data is not NULL:
        mask.data = <float *>memcpy(pt_batch_alloc(bound.batch, mask.size), mask.data, mask.size)
