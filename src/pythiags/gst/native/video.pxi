# Frames pulled from an appsink and mapped where they lie: planes with their strides, no copy.

from cpython.buffer cimport PyBUF_WRITABLE
from libc.stdint cimport uint64_t, uintptr_t

cdef extern from "gst/video/video.h" nogil:
    ctypedef struct VideoSample "GstSample":
        pass
    ctypedef struct VideoCaps "GstCaps":
        pass
    ctypedef struct VideoBuffer "GstBuffer":
        uint64_t pts
    ctypedef struct VideoCapsFeatures "GstCapsFeatures":
        pass
    ctypedef struct GstVideoInfo:
        pass
    ctypedef struct GstVideoFrame:
        pass
    enum: VIDEO_MAP_READ "GST_MAP_READ"

    VideoCaps *gst_sample_get_caps(VideoSample *)
    VideoBuffer *gst_sample_get_buffer(VideoSample *)
    void gst_sample_unref(VideoSample *)
    char *gst_caps_to_string(const VideoCaps *)
    VideoCapsFeatures *gst_caps_get_features(const VideoCaps *, unsigned int)
    int gst_caps_features_contains(const VideoCapsFeatures *, const char *)
    int gst_video_info_from_caps(GstVideoInfo *, const VideoCaps *)
    int gst_video_frame_map(GstVideoFrame *, const GstVideoInfo *, VideoBuffer *, int)
    void gst_video_frame_unmap(GstVideoFrame *)
    int GST_VIDEO_FRAME_WIDTH(GstVideoFrame *)
    int GST_VIDEO_FRAME_HEIGHT(GstVideoFrame *)
    int GST_VIDEO_FRAME_N_PLANES(GstVideoFrame *)
    int GST_VIDEO_FRAME_N_COMPONENTS(GstVideoFrame *)
    int GST_VIDEO_FRAME_FORMAT(GstVideoFrame *)
    int GST_VIDEO_FRAME_PLANE_STRIDE(GstVideoFrame *, int)
    void *GST_VIDEO_FRAME_PLANE_DATA(GstVideoFrame *, int)
    int GST_VIDEO_FRAME_COMP_PLANE(GstVideoFrame *, int)
    int GST_VIDEO_FRAME_COMP_WIDTH(GstVideoFrame *, int)
    int GST_VIDEO_FRAME_COMP_HEIGHT(GstVideoFrame *, int)
    int GST_VIDEO_FRAME_COMP_PSTRIDE(GstVideoFrame *, int)
    const char *gst_video_format_to_string(int)

cdef extern from "glib-object.h" nogil:
    void g_signal_emit_by_name(void *, const char *, ...)
    void video_g_free "g_free" (void *)


cdef class VideoPlane:
    """One plane of a ``VideoFrame``: a read-only buffer of bytes, shape (rows, bytes of a row).

    Rows may be padded: ``stride`` bytes lie between the starts of two rows. The plane keeps its
    frame mapped for as long as it lives.
    """

    cdef VideoFrame frame
    cdef char *data
    cdef Py_ssize_t shape[2]
    cdef Py_ssize_t strides[2]

    @property
    def address(self):
        """Where the first byte lies in memory."""
        return <uintptr_t>self.data

    @property
    def rows(self):
        return self.shape[0]

    @property
    def row_bytes(self):
        """Bytes of pixels in a row, without the padding."""
        return self.shape[1]

    @property
    def stride(self):
        return self.strides[0]

    def __getbuffer__(self, Py_buffer *view, int flags):
        if flags & PyBUF_WRITABLE:
            raise BufferError("a mapped frame is read-only: other elements may read it too")
        view.buf = self.data
        view.format = b"B"
        view.internal = NULL
        view.itemsize = 1
        view.len = self.shape[0] * self.shape[1]
        view.ndim = 2
        view.obj = self
        view.readonly = 1
        view.shape = self.shape
        view.strides = self.strides
        view.suboffsets = NULL


cdef class VideoFrame:
    """One raw video frame, mapped for reading until the last reference to it or a plane is gone."""

    cdef GstVideoFrame frame
    cdef VideoSample *sample
    cdef bint mapped

    def __init__(self):
        raise TypeError("a VideoFrame comes from pull_frame()")

    def __dealloc__(self):
        if self.mapped:
            gst_video_frame_unmap(&self.frame)
        if self.sample != NULL:
            gst_sample_unref(self.sample)

    cdef map(self):
        cdef VideoCaps *caps = gst_sample_get_caps(self.sample)
        cdef GstVideoInfo info
        if caps == NULL:
            raise ValueError("no caps")
        if not (
            gst_caps_features_contains(gst_caps_get_features(caps, 0), b"memory:SystemMemory")
            and gst_video_info_from_caps(&info, caps)
        ):
            text = gst_caps_to_string(caps)
            try:
                raise ValueError((<bytes>text).decode())
            finally:
                video_g_free(text)
        if not gst_video_frame_map(
            &self.frame, &info, gst_sample_get_buffer(self.sample), VIDEO_MAP_READ
        ):
            raise BufferError("the frame's memory cannot be mapped for reading")
        self.mapped = True

    @property
    def width(self):
        return GST_VIDEO_FRAME_WIDTH(&self.frame)

    @property
    def height(self):
        return GST_VIDEO_FRAME_HEIGHT(&self.frame)

    @property
    def format(self):
        """GStreamer's name of the pixel format, as in caps, such as ``RGB`` or ``I420``."""
        return (<bytes>gst_video_format_to_string(GST_VIDEO_FRAME_FORMAT(&self.frame))).decode()

    @property
    def pts(self):
        """Presentation time stamp, nanoseconds."""
        return gst_sample_get_buffer(self.sample).pts

    @property
    def planes(self):
        """The planes as ``VideoPlane``, none of them copied."""
        return tuple(
            [self._plane(number) for number in range(GST_VIDEO_FRAME_N_PLANES(&self.frame))]
        )

    cdef VideoPlane _plane(self, int number):
        cdef VideoPlane plane = VideoPlane.__new__(VideoPlane)
        cdef int component = 0
        # The first component in this plane has its size (I420: Y, U, V; NV12: Y, UV).
        while GST_VIDEO_FRAME_COMP_PLANE(&self.frame, component) != <unsigned>number:
            component += 1
        plane.frame = self
        plane.data = <char *>GST_VIDEO_FRAME_PLANE_DATA(&self.frame, number)
        plane.shape[0] = GST_VIDEO_FRAME_COMP_HEIGHT(&self.frame, component)
        plane.shape[1] = (
            GST_VIDEO_FRAME_COMP_WIDTH(&self.frame, component)
            * GST_VIDEO_FRAME_COMP_PSTRIDE(&self.frame, component)
        )
        plane.strides[0] = GST_VIDEO_FRAME_PLANE_STRIDE(&self.frame, number)
        plane.strides[1] = 1
        return plane


def pull_frame(sink, uint64_t timeout=0, bint preroll=False):
    """Take one frame out of an appsink and map it.

    Args:
        sink: An ``appsink`` element (a GObject of PyGObject).
        timeout: How long to wait for a frame, nanoseconds; 0 looks once.
        preroll: Take the frame that a paused pipeline waits with; it is pulled again when it plays.

    Returns:
        A ``VideoFrame``, or None when there is no frame yet or never will be.

    Raises:
        ValueError: The frame is not raw video in system memory; the message is its caps.
        BufferError: Its memory cannot be mapped.
    """
    cdef void *element = pt_unwrap_object(sink, GST_TYPE_ELEMENT)
    if element == NULL:
        raise TypeError(f"expected an appsink, got {type(sink).__name__}")
    cdef VideoSample *sample = NULL
    cdef const char *signal = b"try-pull-preroll" if preroll else b"try-pull-sample"
    with nogil:
        g_signal_emit_by_name(element, signal, timeout, &sample)
    if sample == NULL:
        return None
    cdef VideoFrame frame = VideoFrame.__new__(VideoFrame)
    frame.sample = sample
    frame.map()
    return frame
