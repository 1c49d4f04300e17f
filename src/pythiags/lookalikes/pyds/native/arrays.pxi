# Memory as numpy arrays.


@cython.no_gc
cdef class Memory:
    """Memory as a buffer of up to three dimensions, for numpy; `keeper` keeps it."""

    cdef object keeper
    cdef void *at
    cdef bytes format
    cdef int dimensions
    cdef bint readonly
    cdef Py_ssize_t shape[3]
    cdef Py_ssize_t strides[3]
    cdef Py_ssize_t itemsize

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        buffer.buf = self.at
        buffer.obj = self
        buffer.len = self.itemsize
        for i in range(self.dimensions):
            buffer.len *= self.shape[i]
        buffer.itemsize = self.itemsize
        buffer.readonly = self.readonly
        buffer.ndim = self.dimensions
        buffer.format = self.format
        buffer.shape = self.shape
        buffer.strides = self.strides
        buffer.suboffsets = NULL
        buffer.internal = NULL


cdef object _numbers(void *at, Py_ssize_t count, Py_ssize_t size, bytes format, keeper):
    """A live one-dimensional array."""
    import numpy

    cdef Memory memory = Memory.__new__(Memory)
    memory.keeper = keeper
    memory.at = at
    memory.format = format
    memory.dimensions = 1
    memory.shape[0] = count
    memory.strides[0] = memory.itemsize = size
    return numpy.asarray(memory)


cdef class Misc(Field):
    """``gint64[4]``, which pyds binds as four of 32 bits; its elements can be written."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return _numbers(_at(self, bound), 4, sizeof(int), b"i", bound)

    def __set__(self, bound, value):
        _refuse(self, "nothing: write to its elements", value)


cdef class Reserved(Field):
    """``gint64[4]`` that portable metadata does not have: zeros that cannot be written."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        import numpy

        _at(self, bound)
        zeros = numpy.zeros(4, numpy.int32)
        zeros.flags.writeable = False
        return zeros

    def __set__(self, bound, value):
        _refuse(self, "nothing: portable metadata does not have it", value)


cdef size_t MOST_MASK_VALUES = 1 << 26  # a mask of 8192 * 8192


cdef class MaskSize(Uint):
    """The bytes of a mask: no more than its memory has.

    Raises:
        ValueError: They are more.
    """

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        cdef PtMask *mask = <PtMask *>(<Bound>bound).at
        cdef size_t size = _integer(self, value, 0, 0xFFFFFFFF)
        cdef size_t room = max(<size_t>mask.size, pt_block_size(mask.data))
        if mask.data is not NULL and size > room:
            raise ValueError(
                f"{self.owner}.{self.name}: the mask has memory of {room} bytes, got {size}; "
                "alloc_mask_array makes room for width * height values"
            )
        (<unsigned *>at)[0] = size


cdef class MaskData(Pointer):
    """The values of a mask: memory of ``pyds.alloc_buffer`` or ``memdup``, of its size or more; or None.

    Raises:
        ValueError: It is other memory, or less.
    """

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        cdef PtMask *mask = <PtMask *>(<Bound>bound).at
        cdef void *data = _to_store(self, value)
        if data is not NULL and data is not mask.data and pt_block_size(data) < max(mask.size, 1):
            raise ValueError(
                f"{self.owner}.{self.name}: expected memory of {mask.size} bytes, which the size says, "
                "from pyds.alloc_buffer or memdup; alloc_mask_array makes and sets it"
            )
        (<void **>at)[0] = data


class MaskMethods:
    """What NvOSD_MaskParams does besides its fields."""

    __slots__ = ()

    def get_mask_array(self):
        """The mask, as a live float32 array of ``size / 4`` values; reshape to (height, width)."""
        cdef Bound bound = <Bound?>self
        _usable(bound, "get_mask_array")
        cdef PtMask *mask = <PtMask *>bound.at
        return _numbers(
            mask.data, 0 if mask.data is NULL else mask.size // sizeof(float), sizeof(float), b"f",
            bound,
        )

    def alloc_mask_array(self):
        """Make room for ``width * height`` values, and return them as ``get_mask_array`` does.

        Raises:
            MemoryError: They are more than 8192 * 8192.
        """
        cdef Bound bound = <Bound?>self
        _usable(bound, "alloc_mask_array")
        cdef PtMask *mask = <PtMask *>bound.at
        cdef size_t values = <size_t>mask.width * mask.height
        cdef size_t size = values * sizeof(float)
        cdef void *data
        if values > MOST_MASK_VALUES:
            raise MemoryError(
                f"alloc_mask_array: a mask of {mask.width} * {mask.height} is larger than "
                f"{MOST_MASK_VALUES} values"
            )
        data = (
            _allocated(size, "alloc_mask_array") if bound.batch is NULL
            else pt_batch_alloc(bound.batch, size)
        )
        mask.data, mask.size = <float *>data, size
        return self.get_mask_array()
