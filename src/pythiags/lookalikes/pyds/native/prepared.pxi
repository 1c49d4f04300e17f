# What the portable nvdspreprocess attaches: structs that refer to others, and vectors. See native/prepared.h.

cdef PtRoi _any_roi
cdef PtPreparedTensor _any_prepared_tensor
cdef PtPrepared _any_prepared


def prepared_places():
    """Where members lie in what nvdspreprocess attaches."""
    return {
        "roi": sizeof(PtRoi),
        "frame": _place_of(&_any_roi.frame, &_any_roi),
        "object": _place_of(&_any_roi.object, &_any_roi),
        "scale_ratio_x": _place_of(&_any_roi.scale_ratio_x, &_any_roi),
        "scale_ratio_y": _place_of(&_any_roi.scale_ratio_y, &_any_roi),
        "offset_left": _place_of(&_any_roi.offset_left, &_any_roi),
        "offset_top": _place_of(&_any_roi.offset_top, &_any_roi),
        "classifiers": _place_of(&_any_roi.classifiers, &_any_roi),
        "users": _place_of(&_any_roi.users, &_any_roi),
        "tensor": sizeof(PtPreparedTensor),
        "buffer": _place_of(&_any_prepared_tensor.tensor.host, &_any_prepared_tensor),
        "name": _place_of(&_any_prepared_tensor.tensor.name, &_any_prepared_tensor),
        "buffer_size": _place_of(&_any_prepared_tensor.buffer_size, &_any_prepared_tensor),
        "data_type": _place_of(&_any_prepared_tensor.data_type, &_any_prepared_tensor),
        "gpu_id": _place_of(&_any_prepared_tensor.gpu_id, &_any_prepared_tensor),
        "meta_id": _place_of(&_any_prepared_tensor.meta_id, &_any_prepared_tensor),
        "aspect": _place_of(&_any_prepared_tensor.maintain_aspect_ratio, &_any_prepared_tensor),
        "batch": sizeof(PtPrepared),
        "tensor_of": _place_of(&_any_prepared.tensor, &_any_prepared),
    }


cdef class Reference(Field):
    """A pointer to a struct: an object that shows it, or None. It cannot be set.

    Args:
        offset: Where the pointer lies.
        cls: The class of the struct.
    """

    cdef type cls

    def __init__(self, Py_ssize_t offset, type cls):
        self.offset = offset
        self.cls = cls
        self.readonly = True

    def __get__(self, bound, owner):
        if bound is None:
            return self
        return _show(self.cls, (<void **>_at(self, bound))[0], (<Bound>bound).batch, None)

    def __set__(self, bound, value):
        _to_set(self, bound)


cdef class _Vector(Field):
    """A C++ vector: a list, copied when it is read. It cannot be set."""

    def __init__(self):
        self.readonly = True

    def __set__(self, bound, value):
        _to_set(self, bound)


cdef class TensorShape(_Vector):
    """The shape of a tensor of nvdspreprocess."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef PtTensor *of = &(<PtPreparedTensor *>_at(self, bound)).tensor
        return [of.dims[i] for i in range(of.dims_count)]


cdef class TargetIds(_Vector):
    """The networks that a tensor of nvdspreprocess is for."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef PtPrepared *of = <PtPrepared *>_at(self, bound)
        return [of.target_ids[i] for i in range(of.target_count)]


def regions_of(prepared, type cls):
    """The regions of what nvdspreprocess attached, as objects of this class."""
    cdef Bound bound = <Bound?>prepared
    cdef PtPrepared *of = <PtPrepared *>bound.at
    _usable(bound, "rois")
    return [_show(cls, of.rois + i, bound.batch, None) for i in range(of.roi_count)]


cdef class Regions(_Vector):
    """The regions of a tensor of nvdspreprocess, live."""

    cdef type cls

    def __init__(self, type cls):
        self.readonly = True
        self.cls = cls

    def __get__(self, bound, owner):
        if bound is None:
            return self
        _at(self, bound)
        return regions_of(bound, self.cls)
