# Structs that lie one after another, and vectors, as pyds shows them.

cdef dict _items = {}  # class -> (class of its items, where their number lies)


def set_items(cls, items, Py_ssize_t count):
    """Tell what ``list()`` of a class gives, and where the number of them lies."""
    _items[cls] = (items, count)


class ListMethods:
    """``list()`` of what begins with a pointer to an array of structs."""

    __slots__ = ()

    def list(self):
        """Iterate over the items, once."""
        cdef Bound bound = <Bound?>self
        _usable(bound, "list")
        cls, count = _items[_caster_of(type(bound)).cls]
        return _each_of(bound, cls, count)


def _each_of(Bound bound, cls, Py_ssize_t count):
    cdef size_t size = _caster_of(cls).size
    cdef char *first = (<char **>bound.at)[0]
    cdef unsigned number = (<unsigned *>(bound.at + count))[0]
    if first is not NULL:
        for place in range(number):
            yield _show(cls, first + <size_t>place * size, bound.batch, _keeper(bound))


class ReidMethods:
    """What NvDsObjReid does besides its field."""

    __slots__ = ()

    def get_host_reid_vector(self):
        """The features, as a copy: float32 of ``featureSize`` values."""
        cdef Bound bound = <Bound?>self
        _usable(bound, "get_host_reid_vector")
        cdef void *host = (<void **>bound.at)[1]
        count = 0 if host is NULL else (<unsigned *>bound.at)[0]
        return _numbers(host, count, sizeof(float), b"f", bound).copy()


def flow_vectors_of(meta):
    """The vectors of an optical flow, as a copy: float32 of two values each."""
    import numpy

    if meta is None:
        _incompatible("get_optical_flow_vectors", "data: pyds.NvDsOpticalFlowMeta", meta)
    cdef Bound bound = <Bound>meta
    _usable(bound, "data")
    cdef size_t count = 2 * <size_t>(<unsigned *>bound.at)[0] * (<unsigned *>bound.at)[1]
    numbers = numpy.zeros(count, numpy.int16)
    cdef short[::1] shorts = numbers
    if count and not pt_peek((<void **>bound.at)[3], &shorts[0], count * sizeof(short)):
        raise ValueError("get_optical_flow_vectors: there are fewer vectors than rows * cols")
    return numbers.astype(numpy.float32)
