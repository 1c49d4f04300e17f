# Planes of pictures in NVIDIA's memory, as DLPack has tensors: see dlpack.h.

from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_IsValid, PyCapsule_New

cdef extern from "dlpack.h" nogil:
    ctypedef struct PtDlManaged:
        void (*deleter)(PtDlManaged *)
    ctypedef struct PtDlVersioned:
        void (*deleter)(PtDlVersioned *)
    ctypedef struct PtDlPlane:
        int device, number, dimensions
        long long shape[3]
        long long strides[3]
    bint pt_plane_find(PtDlPlane *, GstBuffer *, unsigned, unsigned, const GstCaps *, char **)
    PtDlManaged *pt_tensor_new(const PtDlPlane *, GstBuffer *)
    PtDlVersioned *pt_tensor_new_versioned(const PtDlPlane *, GstBuffer *)


@cython.final
cdef class FrameTensor:
    """A plane of a picture, where it lies: any library that knows DLPack makes an array of it.

    It is valid within the probe's call. Arrays that were made of it keep the buffer.

    Attributes:
        shape: Rows and columns, and samples of a pixel if there are several; of bytes.
        strides: Bytes from one to the next, in each of these directions.
    """

    cdef object bearer
    cdef PtDlPlane plane

    def __init__(self):
        raise TypeError("a FrameTensor comes from frame_tensor()")

    @property
    def shape(self):
        return tuple([self.plane.shape[i] for i in range(self.plane.dimensions)])

    @property
    def strides(self):
        return tuple([self.plane.strides[i] for i in range(self.plane.dimensions)])

    def __dlpack_device__(self):
        """Return DLPack's type and number of the device: ``(2, 0)`` is the first card."""
        return self.plane.device, self.plane.number

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        """Return a capsule with the tensor; see the array API standard.

        Its pixels are written: no stream has to wait for them.

        Raises:
            BufferError: Another device or a copy is asked for.
            MetadataReleased: The probe's call has returned.
        """
        cdef GstBuffer *buffer = _buffer_of(self.bearer)
        if copy or dl_device not in (None, self.__dlpack_device__()):
            raise BufferError("the pixels stay where they are: copy the array that you make of them")
        if max_version is not None and max_version >= (1, 0):
            return PyCapsule_New(
                pt_tensor_new_versioned(&self.plane, buffer), "dltensor_versioned",
                _drop_versioned_tensor,
            )
        return PyCapsule_New(pt_tensor_new(&self.plane, buffer), "dltensor", _drop_tensor)


cdef void _drop_tensor(object capsule) noexcept:
    """Whoever makes an array of a capsule renames it, and calls the deleter."""
    cdef PtDlManaged *tensor
    if PyCapsule_IsValid(capsule, "dltensor"):
        tensor = <PtDlManaged *>PyCapsule_GetPointer(capsule, "dltensor")
        tensor.deleter(tensor)


cdef void _drop_versioned_tensor(object capsule) noexcept:
    cdef PtDlVersioned *tensor
    if PyCapsule_IsValid(capsule, "dltensor_versioned"):
        tensor = <PtDlVersioned *>PyCapsule_GetPointer(capsule, "dltensor_versioned")
        tensor.deleter(tensor)


def map_tensor(source, unsigned slot, unsigned plane):
    """Find a plane of a picture in NVIDIA's memory; None: the picture is elsewhere.

    Args:
        source: The info that a probe's callback gets.
        slot: Of a batch.
        plane: Its number.

    Raises:
        ImageError: There is no such picture or plane.
        MetadataReleased: ``source`` is the info of a callback that has returned.
    """
    bearer = _bearer(source)
    cdef FrameTensor tensor = FrameTensor.__new__(FrameTensor)
    cdef GstCaps *caps = _caps_of(bearer)
    cdef char *problem = NULL
    cdef bint found = pt_plane_find(
        &tensor.plane, _buffer_of(bearer), slot, plane, caps, &problem
    )
    if caps is not NULL:
        gst_caps_unref(caps)
    if problem is not NULL:
        text = (<bytes>problem).decode()
        video_g_free(problem)
        raise ImageError(f"the picture is no tensor: {text}")
    tensor.bearer = bearer
    return tensor if found else None
