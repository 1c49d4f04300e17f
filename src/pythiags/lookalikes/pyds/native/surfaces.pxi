# Pictures of a buffer, as arrays that can be written to.

cdef extern from "gst/gst.h" nogil:
    ctypedef struct GstMemory
    ctypedef struct GstMapInfo:
        unsigned char *data
        size_t size
    unsigned GST_MAP_READ
    unsigned gst_buffer_n_memory(GstBuffer *)
    GstMemory *gst_buffer_peek_memory(GstBuffer *, unsigned)
    GstMemory *gst_memory_ref(GstMemory *)
    void gst_memory_unref(GstMemory *)
    bint gst_memory_map(GstMemory *, GstMapInfo *, unsigned)
    void gst_memory_unmap(GstMemory *, GstMapInfo *)

cdef extern from "gst/video/video.h" nogil:
    ctypedef enum GstVideoFormat:
        GST_VIDEO_FORMAT_RGBA, GST_VIDEO_FORMAT_RGBx, GST_VIDEO_FORMAT_RGB
    ctypedef struct GstVideoMeta:
        GstVideoFormat format
        unsigned width, height
        size_t offset[4]
        int stride[4]
    GstVideoMeta *gst_buffer_get_video_meta(GstBuffer *)
    const char *gst_video_format_to_string(GstVideoFormat)

cdef extern from "nvapi.h" nogil:
    ctypedef struct PtNvPicture:
        unsigned width, height, pitch, format, size
        unsigned char *data
    ctypedef struct PtNvSurface:
        unsigned filled
    ctypedef struct PtNvMap:
        PtNvSurface *surface
    enum: PT_NV_RGBA
    bint pt_nv_is_on_card(GstBuffer *)
    bint pt_nv_map(PtNvMap *, GstBuffer *)
    void pt_nv_unmap(PtNvMap *)
    PtNvPicture *pt_nv_picture_at(const PtNvMap *, unsigned)

cdef extern from "surface.h" nogil:
    unsigned pt_surface_count(GstBuffer *)
    GstBuffer *pt_surface_get(GstBuffer *, unsigned)


cdef struct Layout:
    GstVideoFormat format
    int width, height, stride
    size_t offset


@cython.no_gc
cdef class _Mapped:
    """Memory of a picture; keeps the memory, mapped, until nothing looks at it any more.

    It is mapped for reading and written to all the same, as NVIDIA's surfaces are: other buffers
    that share the memory see what is drawn.
    """

    cdef GstMemory *memory
    cdef GstMapInfo map

    def __dealloc__(self):
        if self.memory is not NULL:
            gst_memory_unmap(self.memory, &self.map)
            gst_memory_unref(self.memory)


cdef Layout _layout_of(GstBuffer *buffer, GstBuffer *picture, str function) except *:
    """From the picture's GstVideoMeta; where it has none, from the size of its batch's frames."""
    cdef Layout layout
    cdef GstVideoMeta *meta = gst_buffer_get_video_meta(picture)
    cdef PtBatch *batch = pt_buffer_get_batch(buffer)
    cdef PtFrame *frame = NULL if batch is NULL else <PtFrame *>batch.frames.head
    if meta is not NULL:
        layout.format = meta.format
        layout.width, layout.height = meta.width, meta.height
        layout.stride, layout.offset = meta.stride[0], meta.offset[0]
        return layout
    size = gst_buffer_get_size(picture)
    if frame is not NULL:
        layout.width, layout.height, layout.offset = frame.pipeline_width, frame.pipeline_height, 0
        layout.stride, layout.format = layout.width * 4, GST_VIDEO_FORMAT_RGBA
        if size == <size_t>layout.stride * layout.height:
            return layout
        layout.stride, layout.format = (layout.width * 3 + 3) & ~3, GST_VIDEO_FORMAT_RGB
        if size == <size_t>layout.stride * layout.height:
            return layout
    raise RuntimeError(
        f"{function}: Currently we only support RGBA/RGB color Format\n  the picture says of neither "
        "that it is; put nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA before the probe"
    )


cdef int _refuse_card(GstBuffer *buffer, str function) except -1:
    if pt_nv_is_on_card(buffer):
        raise RuntimeError(
            f"{function}: the picture is in the memory of a GPU; set nvbuf-memory-type to "
            "pyds.NVBUF_MEM_CUDA_UNIFIED on nvstreammux and on each nvvideoconvert and "
            "nvmultistreamtiler before the probe, or use get_nvds_buf_surface_gpu"
        )
    return 0


cdef GstBuffer *_picture(GstBuffer *buffer, slot, str function) except NULL:
    if not _is_number(slot):
        _incompatible(function, "batchID: int", slot)
    cdef GstBuffer *picture = NULL
    if 0 <= slot < pt_surface_count(buffer):
        picture = pt_surface_get(buffer, slot)
    if picture is NULL:
        raise ValueError(
            f"{function}: the buffer has {pt_surface_count(buffer)} pictures, from 0 on; got "
            f"batchID {slot}, expected frame_meta.batch_id before a tiler or demuxer"
        )
    return picture


def get_nvds_buf_surface(gst_buffer, batchID):
    """Return a picture as a writable array of uint8, (height, width, 4) or, of RGB, (…, 3).

    Raises:
        RuntimeError: It is neither RGBA nor RGB, or in the memory of a GPU.
        ValueError: There is no such picture.
    """
    import numpy

    cdef str function = "get_nvds_buf_surface"
    cdef GstBuffer *buffer = _buffer_at(gst_buffer, function)
    _refuse_card(buffer, function)
    cdef GstBuffer *picture = _picture(buffer, batchID, function)
    cdef Layout layout = _layout_of(buffer, picture, function)
    cdef int channels = 3 if layout.format == GST_VIDEO_FORMAT_RGB else 4
    if layout.format not in (
        GST_VIDEO_FORMAT_RGBA, GST_VIDEO_FORMAT_RGBx, GST_VIDEO_FORMAT_RGB
    ):
        raise RuntimeError(
            f"{function}: Currently we only support RGBA/RGB color Format\n  the picture is "
            f"{gst_video_format_to_string(layout.format).decode()}; put nvvideoconvert ! "
            "video/x-raw(memory:NVMM),format=RGBA before the probe"
        )
    _check_layout(&layout, channels, function)
    cdef size_t rows = <size_t>layout.stride * (layout.height - 1)  # the last one may have no padding
    cdef Memory memory = Memory.__new__(Memory)
    mapped = _map(picture, layout.offset + rows + <size_t>layout.width * channels, function)
    memory.keeper = mapped
    memory.at = (<_Mapped>mapped).map.data + layout.offset
    memory.format = b"B"
    memory.itemsize = 1
    memory.dimensions = 3
    memory.shape[0], memory.shape[1], memory.shape[2] = layout.height, layout.width, channels
    memory.strides[0], memory.strides[1], memory.strides[2] = layout.stride, channels, 1
    _watch_mapping(buffer, batchID)
    return numpy.asarray(memory)


cdef int _check_layout(const Layout *layout, int channels, str function) except -1:
    """Refuse what describes no picture."""
    for name, value, least in (
        ("width", layout.width, 1),
        ("height", layout.height, 1),
        ("stride", layout.stride, <Py_ssize_t>layout.width * channels),
    ):
        if value < least:
            raise RuntimeError(
                f"{function}: the picture's {name} is {value}, expected {least} or more; what made the "
                "buffer describes it wrongly"
            )
    return 0


cdef _map(GstBuffer *picture, size_t size, str function):
    cdef _Mapped mapped = _Mapped.__new__(_Mapped)
    if gst_buffer_n_memory(picture) != 1:
        raise RuntimeError(f"{function}: the picture does not lie in one memory")
    cdef GstMemory *memory = gst_buffer_peek_memory(picture, 0)
    if not gst_memory_map(memory, &mapped.map, GST_MAP_READ):
        raise RuntimeError(f"{function}: the picture's memory cannot be mapped")
    mapped.memory = gst_memory_ref(memory)
    if mapped.map.size < size:
        raise RuntimeError(f"{function}: the picture is shorter than its size says")
    return mapped


cdef _watch_mapping(GstBuffer *buffer, slot):
    cdef PtBatch *batch = pt_buffer_get_batch(buffer)
    if _strict and batch is not NULL:
        _watch(batch).mapped.setdefault(slot, _place())


def unmap_nvds_buf_surface(gst_buffer, batchID):
    """Say that a picture is not looked at any more, as Jetsons want it."""
    cdef GstBuffer *buffer = _buffer_at(gst_buffer, "unmap_nvds_buf_surface")
    _picture(buffer, batchID, "unmap_nvds_buf_surface")
    cdef PtBatch *batch = pt_buffer_get_batch(buffer)
    if _strict and batch is not NULL and _watch(batch).mapped.pop(batchID, None) is None:
        _misuse(
            f"unmap_nvds_buf_surface(..., {batchID}) was called for what is not mapped",
            "call it once for each get_nvds_buf_surface",
        )


def get_nvds_buf_surface_gpu(gst_buffer, batchID):
    """Return what describes a picture of RGBA in the memory of a GPU, for CuPy and its like.

    Returns:
        The type, uint8; shape and strides, (height, width, 4); a capsule with the address; bytes.

    Raises:
        RuntimeError: The picture is in the CPU's memory, or not RGBA.
        ValueError: There is no such picture.
    """
    import numpy

    cdef str function = "get_nvds_buf_surface_gpu"
    cdef GstBuffer *buffer = _buffer_at(gst_buffer, function)
    cdef PtNvMap map
    if not pt_nv_is_on_card(buffer):
        _picture(buffer, batchID, function)
        raise RuntimeError(
            f"{function}: the pictures are in the CPU's memory; get_nvds_buf_surface shows them as a "
            "numpy array"
        )
    if not _is_number(batchID):
        _incompatible(function, "batchID: int", batchID)
    if not pt_nv_map(&map, buffer):
        raise RuntimeError(f"{function}: the picture's memory cannot be mapped")
    try:
        return _described(&map, batchID, numpy.dtype("uint8"))
    finally:
        pt_nv_unmap(&map)


cdef tuple _described(PtNvMap *map, slot, dtype):
    if not 0 <= slot < map.surface.filled:
        raise ValueError(
            f"get_nvds_buf_surface_gpu: the buffer has {map.surface.filled} pictures, from 0 on; got "
            f"batchID {slot}, expected frame_meta.batch_id before a tiler or demuxer"
        )
    cdef PtNvPicture *picture = pt_nv_picture_at(map, slot)
    if picture.format != PT_NV_RGBA:
        raise RuntimeError(
            "get_nvds_buf_surface_gpu: Currently we only support RGB/RGBA color Format\n  put "
            "nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA before the probe"
        )
    strides = (picture.pitch, 4, 1)
    shape = (picture.height, picture.width, 4)
    return dtype, shape, strides, PyCapsule_New(picture.data, NULL, NULL), picture.size
