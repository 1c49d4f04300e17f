# Pictures of frames for numpy: mapped where they lie, copied, or converted.

from cpython.buffer cimport PyBUF_FULL_RO, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint32_t

from pythiags.errors import ImageError

cdef extern from "picture.h" nogil:
    ctypedef struct PtConverter:
        pass
    void pt_converter_clear(PtConverter *)
    ctypedef enum PtPictureResult:
        PT_PICTURE_OK
        PT_PICTURE_NO_SLOT
        PT_PICTURE_NO_LAYOUT
        PT_PICTURE_NO_VIDEO
        PT_PICTURE_ELSEWHERE
        PT_PICTURE_SHORT
        PT_PICTURE_CONTRADICTED
        PT_PICTURE_CROPPED
    ctypedef struct PtPicture:
        GstVideoFrame frame
        const uint8_t *data
        int dimensions
        Py_ssize_t shape[3]
        Py_ssize_t strides[3]
    PtPictureResult pt_picture_map(PtPicture *, GstBuffer *, unsigned, const GstCaps *)
    void pt_picture_unmap(PtPicture *)
    void pt_picture_copy(const PtPicture *, uint8_t *)
    unsigned pt_packed_bytes(int)
    bint pt_picture_convert(PtPicture *, PtConverter *, int, uint8_t *)
    int gst_video_format_from_string(const char *)
    bint pt_caps_are_nvmm(const GstCaps *)
    char *picture_caps_to_string "gst_caps_to_string" (const GstCaps *)
    size_t gst_buffer_extract(GstBuffer *, size_t, void *, size_t)

cdef extern from "nvmemory.h" nogil:
    bint pt_nv_is_here()
    GstBuffer *pt_nv_download(GstBuffer *, unsigned, const GstCaps *, char **)


@cython.final
cdef class Picture:
    """One picture of a buffer, mapped for reading; a read-only buffer of bytes.

    It keeps the memory, and with it the buffer, for as long as it or an array of it lives.

    Attributes:
        shape: Of its array; None where the format has none.
        in_one: Whether the array lies in memory as it is; else ``copy()`` it.
    """

    cdef PtPicture picture
    cdef bint mapped

    def __dealloc__(self):
        if self.mapped:
            pt_picture_unmap(&self.picture)

    @property
    def width(self):
        return GST_VIDEO_FRAME_WIDTH(&self.picture.frame)

    @property
    def height(self):
        return GST_VIDEO_FRAME_HEIGHT(&self.picture.frame)

    @property
    def format(self):
        """GStreamer's name of the pixel format."""
        return (<bytes>gst_video_format_to_string(GST_VIDEO_FRAME_FORMAT(&self.picture.frame))).decode()

    @property
    def shape(self):
        cdef int i
        if not self.picture.dimensions:
            return None
        return tuple([self.picture.shape[i] for i in range(self.picture.dimensions)])

    @property
    def in_one(self):
        return self.picture.data is not NULL

    def copy(self, target):
        """Copy it into a contiguous buffer of its shape."""
        cdef Py_buffer view
        PyObject_GetBuffer(target, &view, PyBUF_WRITABLE)
        try:
            self.check_room(view.len, GST_VIDEO_FRAME_FORMAT(&self.picture.frame))
            with nogil:
                pt_picture_copy(&self.picture, <uint8_t *>view.buf)
        finally:
            PyBuffer_Release(&view)

    def convert(self, target, str format):
        """Convert it into a contiguous buffer of a packed format's shape.

        Raises:
            ImageError: The formats cannot be converted.
            ValueError: The format is not packed, or the buffer has another size.
        """
        cdef Py_buffer view
        cdef int into = gst_video_format_from_string(format.encode())
        cdef bint done
        if not pt_packed_bytes(into):
            raise ValueError(f"{format} is not a packed format")
        cdef _Converter converter = _take_converter((self.format, self.width, self.height, format))
        PyObject_GetBuffer(target, &view, PyBUF_WRITABLE)
        try:
            self.check_room(view.len, into)
            with nogil:
                done = pt_picture_convert(
                    &self.picture, &converter.converter, into, <uint8_t *>view.buf
                )
        finally:
            PyBuffer_Release(&view)
        _converters.append(converter)
        if len(_converters) > 16:  # of as many sources, or threads: the one that rested longest goes
            del _converters[0]
        if not done:
            raise ImageError(f"cannot convert {self.format} to {format}")

    cdef check_room(self, Py_ssize_t room, int format):
        cdef Py_ssize_t pixels = (
            <Py_ssize_t>GST_VIDEO_FRAME_WIDTH(&self.picture.frame)
            * GST_VIDEO_FRAME_HEIGHT(&self.picture.frame)
        )
        cdef Py_ssize_t packed = pt_packed_bytes(format)
        if room != (pixels * packed if packed else pixels // 2 * 3):
            raise ValueError(f"expected a buffer for one picture, got {room} bytes")

    def __getbuffer__(self, Py_buffer *view, int flags):
        if flags & PyBUF_WRITABLE:
            raise BufferError("a mapped picture is read-only: other elements may read it too")
        if self.picture.data is NULL:
            raise BufferError("the planes of this picture are not one array in memory")
        cdef int i
        view.buf = <void *>self.picture.data
        view.format = b"B"
        view.internal = NULL
        view.itemsize = 1
        view.len = 1
        for i in range(self.picture.dimensions):
            view.len *= self.picture.shape[i]
        view.ndim = self.picture.dimensions
        view.obj = self
        view.readonly = 1
        view.shape = self.picture.shape
        view.strides = self.picture.strides
        view.suboffsets = NULL


cdef class _Converter:
    cdef PtConverter converter
    cdef tuple task  # what it was last used for

    def __dealloc__(self):
        pt_converter_clear(&self.converter)


cdef list _converters = []  # that nobody uses, the last used one at the end


cdef _Converter _take_converter(tuple task):
    """One that did the same before, as it is prepared for that, or a new one."""
    cdef _Converter each
    cdef Py_ssize_t place
    for place in range(len(_converters) - 1, -1, -1):
        each = _converters[place]
        if each.task == task:
            del _converters[place]
            return each
    each = _Converter()
    each.task = task
    return each


cdef str _caps_text(const GstCaps *caps):
    if caps is NULL:
        return ""
    cdef char *text = picture_caps_to_string(caps)
    try:
        return (<bytes>text).decode()
    finally:
        video_g_free(text)


cdef GstCaps *_caps_of(bearer) except? NULL:
    """A reference to the caps of a buffer's source; NULL: they are unknown."""
    _buffer_of(bearer)
    return (<ProbeInfo>bearer).probe.current_caps() if type(bearer) is ProbeInfo else NULL


def may_be_nvmm(source):
    """Return whether a buffer is in NVIDIA's memory, or nothing speaks against it."""
    cdef GstCaps *caps = _caps_of(_bearer(source))
    if caps is NULL:
        return True
    try:
        return bool(pt_caps_are_nvmm(caps))
    finally:
        gst_caps_unref(caps)


def map_picture(source, unsigned slot):
    """Map one picture of a buffer.

    Args:
        source: The info that a probe's callback gets, or a ``Gst.Buffer``.
        slot: Of a batch; a plain buffer has but one picture.

    Raises:
        ImageError: There is no such picture, or the CPU cannot access it.
        MetadataReleased: ``source`` is the info of a callback that has returned.
    """
    bearer = _bearer(source)
    cdef GstCaps *caps = _caps_of(bearer)
    cdef PtPictureResult result
    cdef Picture picture = Picture.__new__(Picture)
    cdef GstBuffer *copied = NULL
    try:
        copied = _download(bearer, slot, caps)
        if copied is not NULL:
            result = pt_picture_map(&picture.picture, copied, 0, caps)
        else:  # read here: the GIL was released in between
            result = pt_picture_map(&picture.picture, _buffer_of(bearer), slot, caps)
        picture.mapped = result == PT_PICTURE_OK
        if not picture.mapped:
            raise _picture_error(result, slot, _caps_text(caps))
    finally:
        if caps is not NULL:
            gst_caps_unref(caps)
        if copied is not NULL:
            gst_buffer_unref(copied)  # the mapped picture keeps it
    return picture


cdef GstBuffer *_download(bearer, unsigned slot, const GstCaps *caps) except? NULL:
    """A copy of a picture that is in the memory of a card; NULL: it is not."""
    cdef GstBuffer *buffer = gst_buffer_ref(_buffer_of(bearer))
    cdef GstBuffer *copied
    cdef char *problem = NULL
    with nogil:
        copied = pt_nv_download(buffer, slot, caps, &problem)
        gst_buffer_unref(buffer)
    if problem is not NULL:
        text = (<bytes>problem).decode()
        video_g_free(problem)
        raise ImageError(f"the picture cannot be copied from the card: {text}")
    return copied


cdef extern from "nvpicture.h" nogil:
    size_t PT_NV_SURFACE_SIZE, PT_NV_SURFACE_SIZE_8
    GstBuffer *pt_nv_picture(GstBuffer *, unsigned, size_t)


def nvidia_is_here():
    """Return whether NVIDIA's libraries of surfaces are in this process."""
    return bool(pt_nv_is_here())


def map_surface(source, NvDsFrameMeta frame not None):
    """Map the picture of a frame of DeepStream's, where the CPU sees its memory; None: it does not.

    Args:
        source: The info that a probe's callback gets, or a ``Gst.Buffer``.
        frame: One of its frames.

    Raises:
        ImageError: The surface is shorter than its picture.
        MetadataReleased: ``source`` or ``frame`` is of a callback that has returned.
    """
    cdef bint is_8 = frame.has(232, "batch_id")
    bearer = _bearer(source)
    cdef GstBuffer *buffer = pt_nv_picture(
        _buffer_of(bearer), frame.batch_id, PT_NV_SURFACE_SIZE_8 if is_8 else PT_NV_SURFACE_SIZE
    )
    if buffer is NULL:
        return None
    cdef Picture picture = Picture.__new__(Picture)
    cdef PtPictureResult result = pt_picture_map(&picture.picture, buffer, 0, NULL)
    gst_buffer_unref(buffer)  # the mapped picture keeps it
    picture.mapped = result == PT_PICTURE_OK
    if not picture.mapped:
        raise _picture_error(result, frame.batch_id, "an NvBufSurface")
    return picture


cdef object _picture_error(PtPictureResult result, unsigned slot, str caps):
    if result == PT_PICTURE_NO_SLOT:
        return ImageError(f"the batch has no picture in slot {slot}")
    if result == PT_PICTURE_NO_LAYOUT:
        return ImageError(
            "the format of the picture is unknown",
            expected="the info passed to the extractor, which has the caps",
            got="a Gst.Buffer without video metadata",
        )
    if result == PT_PICTURE_NO_VIDEO:
        return ImageError("the buffer holds no raw picture", expected="video/x-raw", got=caps)
    if result == PT_PICTURE_CROPPED:
        return ImageError(
            "the picture is cropped by its GstVideoCropMeta",
            hint="put videoconvert before the extractor, which applies the crop",
        )
    if result == PT_PICTURE_CONTRADICTED:
        return ImageError(
            "the buffer's GstVideoMeta does not match the caps",
            expected=caps,
            hint="report it to the author of the element that made the buffer",
        )
    return ImageError(
        "the picture is in memory that the CPU cannot access"
        if result == PT_PICTURE_ELSEWHERE
        else "the buffer does not hold the whole picture: it is in memory that the CPU cannot "
        "access, or its GstVideoMeta is wrong",
        expected="a picture in ordinary memory",
        got=caps,
        hint="attach the extractor after an element that downloads it, such as nvvideoconvert, "
        "gldownload, cudadownload or vapostproc, followed by video/x-raw",
    )


@cython.final
cdef class Surface:
    """Pixels that belong to a buffer, as DeepStream's pyds shows them; read-only.

    Keeps the buffer for as long as it or an array of it lives.

    Args:
        source: The info that a probe's callback gets, or a ``Gst.Buffer``.
        pixels: What shows the buffer's memory without keeping it.
        release: Called without arguments when the last view is released.
    """

    cdef GstBuffer *buffer
    cdef Py_buffer pixels
    cdef object release
    cdef object __weakref__

    def __cinit__(self, source, pixels, release):
        bearer = _bearer(source)
        PyObject_GetBuffer(pixels, &self.pixels, PyBUF_FULL_RO)
        self.buffer = gst_buffer_ref(_buffer_of(bearer))
        self.release = release

    def __dealloc__(self):
        if self.buffer is NULL:
            return
        PyBuffer_Release(&self.pixels)
        try:
            self.release()
        finally:
            gst_buffer_unref(self.buffer)

    def __getbuffer__(self, Py_buffer *view, int flags):
        if flags & PyBUF_WRITABLE:
            raise BufferError("the picture is read-only: other elements may read it too")
        view.buf = self.pixels.buf
        view.format = self.pixels.format
        view.internal = NULL
        view.itemsize = self.pixels.itemsize
        view.len = self.pixels.len
        view.ndim = self.pixels.ndim
        view.obj = self
        view.readonly = 1
        view.shape = self.pixels.shape
        view.strides = self.pixels.strides
        view.suboffsets = NULL


def nvidia_memory_type(source):
    """Return the memory type of a buffer of NVIDIA's (``NvBufSurfaceMemType``), or None: it is none.

    The fifth number of its ``NvBufSurface``, which is all that the buffer itself holds.
    """
    cdef uint32_t head[5]
    bearer = _bearer(source)
    if gst_buffer_extract(_buffer_of(bearer), 0, head, sizeof(head)) < sizeof(head):
        return None
    return head[4]
