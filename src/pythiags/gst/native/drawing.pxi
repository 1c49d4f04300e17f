# Views of what is drawn and where: boxes, texts, colours, lines, masks.

from cpython.buffer cimport PyBUF_WRITABLE


cdef class _Memory:
    """Memory of a batch as a buffer, for numpy; the view keeps the memory alive."""

    cdef View view
    cdef char *at
    cdef bytes format
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        buffer.buf = self.at
        buffer.obj = self
        buffer.len = self.shape[0] * self.strides[0]
        buffer.itemsize = self.strides[0]
        buffer.readonly = 0
        buffer.ndim = 1
        buffer.format = self.format
        buffer.shape = self.shape
        buffer.strides = self.strides
        buffer.suboffsets = NULL
        buffer.internal = NULL


cdef object _array(View view, char *at, Py_ssize_t count, Py_ssize_t size, bytes format):
    """A live one-dimensional numpy array over memory of the view's batch."""
    import numpy

    cdef _Memory memory = _Memory.__new__(_Memory)
    memory.view = view
    memory.at = at
    memory.format = format
    memory.shape[0] = count
    memory.strides[0] = size
    return numpy.asarray(memory)


# Where the members lie: addresses within a struct at address zero.
cdef PtBbox *_bbox = NULL
cdef PtColor *_color = NULL
cdef PtRect *_rect = NULL
cdef PtFont *_font = NULL
cdef PtText *_words = NULL
cdef PtMask *_mask = NULL
cdef PtLine *_line = NULL
cdef PtArrow *_arrow = NULL
cdef PtCircle *_circle = NULL


@cython.final
cdef class BboxCoords(View):
    """NvBbox_Coords: a box, in pixels of the picture that the batch describes."""

    left = Float(<Py_ssize_t>&_bbox.left)
    top = Float(<Py_ssize_t>&_bbox.top)
    width = Float(<Py_ssize_t>&_bbox.width)
    height = Float(<Py_ssize_t>&_bbox.height)


@cython.final
cdef class BboxInfo(View):
    """NvDsComp_BboxInfo: the box as its component first gave it."""

    org_bbox_coords = Struct(BboxCoords, 0, sizeof(PtBbox))


@cython.final
cdef class ColorParams(View):
    """NvOSD_ColorParams: red, green, blue and alpha, from 0 to 1."""

    red = Double(<Py_ssize_t>&_color.red)
    green = Double(<Py_ssize_t>&_color.green)
    blue = Double(<Py_ssize_t>&_color.blue)
    alpha = Double(<Py_ssize_t>&_color.alpha)

    def set(self, double red, double green, double blue, double alpha):
        """Set all four at once."""
        _alive(self, "set")
        (<PtColor *>self.at)[0] = PtColor(red, green, blue, alpha)


@cython.final
cdef class RectParams(View):
    """NvOSD_RectParams: the box that is drawn, in pixels."""

    left = Float(<Py_ssize_t>&_rect.left)
    top = Float(<Py_ssize_t>&_rect.top)
    width = Float(<Py_ssize_t>&_rect.width)
    height = Float(<Py_ssize_t>&_rect.height)
    border_width = Uint(<Py_ssize_t>&_rect.border_width)
    border_color = Struct(ColorParams, <Py_ssize_t>&_rect.border_color, sizeof(PtColor))
    has_bg_color = Uint(<Py_ssize_t>&_rect.has_bg_color)
    bg_color = Struct(ColorParams, <Py_ssize_t>&_rect.bg_color, sizeof(PtColor))
    has_color_info = Int(<Py_ssize_t>&_rect.has_color_info)
    color_id = Int(<Py_ssize_t>&_rect.color_id)


@cython.final
cdef class FontParams(View):
    """NvOSD_FontParams: the font of a text."""

    font_name = Text(<Py_ssize_t>&_font.font_name)
    font_size = Uint(<Py_ssize_t>&_font.font_size)
    font_color = Struct(ColorParams, <Py_ssize_t>&_font.font_color, sizeof(PtColor))


@cython.final
cdef class TextParams(View):
    """NvOSD_TextParams: a text that is drawn.

    ``display_text`` reads as ``str`` or None; pyds gives an address, for ``pyds.get_string``.
    """

    display_text = Text(<Py_ssize_t>&_words.display_text)
    x_offset = Uint(<Py_ssize_t>&_words.x_offset)
    y_offset = Uint(<Py_ssize_t>&_words.y_offset)
    font_params = Struct(FontParams, <Py_ssize_t>&_words.font_params, sizeof(PtFont))
    set_bg_clr = Int(<Py_ssize_t>&_words.set_bg_clr)
    text_bg_clr = Struct(ColorParams, <Py_ssize_t>&_words.text_bg_clr, sizeof(PtColor))


@cython.final
cdef class MaskParams(View):
    """NvOSD_MaskParams: the mask of an instance segmentation."""

    size = Uint(<Py_ssize_t>&_mask.size, readonly=True)
    threshold = Float(<Py_ssize_t>&_mask.threshold)
    width = Uint(<Py_ssize_t>&_mask.width, readonly=True)
    height = Uint(<Py_ssize_t>&_mask.height, readonly=True)

    def get_mask_array(self):
        """Give the mask as a live float32 array of ``width * height``: reshape to (height, width)."""
        _alive(self, "get_mask_array")
        cdef PtMask *mask = <PtMask *>self.at
        return _array(self, <char *>mask.data, mask.size // sizeof(float), sizeof(float), b"f")

    def set_mask_array(self, mask):
        """Store a mask of shape (height, width); it is converted to float32 and copied."""
        import numpy

        _alive(self, "set_mask_array")
        cdef PtMask *target = <PtMask *>self.at
        cdef const float[:, ::1] source = numpy.ascontiguousarray(mask, dtype=numpy.float32)
        cdef size_t size = source.shape[0] * source.shape[1] * sizeof(float)
        cdef float *data = <float *>pt_batch_alloc(self.batch, size)
        if size:
            memcpy(data, &source[0, 0], size)
        target.data = data
        target.height, target.width, target.size = source.shape[0], source.shape[1], size


cdef void *_duplicate(PtBatch *batch, const void *data, size_t size):
    return NULL if data is NULL else memcpy(pt_batch_alloc(batch, size), data, size)


cdef _own(type cls, PtBatch *batch, void *at):
    """After a struct was copied: what it points to must live as long as the batch it is now in."""
    cdef PtText *text = <PtText *>at
    cdef PtFont *font = <PtFont *>at
    cdef PtMask *mask = <PtMask *>at
    if cls is TextParams:
        text.display_text = pt_batch_strdup(batch, text.display_text)
        text.font_params.font_name = pt_batch_strdup(batch, text.font_params.font_name)
    elif cls is FontParams:
        font.font_name = pt_batch_strdup(batch, font.font_name)
    elif cls is MaskParams:
        mask.data = <float *>_duplicate(batch, mask.data, mask.size)


@cython.final
cdef class LineParams(View):
    """NvOSD_LineParams."""

    x1 = Uint(<Py_ssize_t>&_line.x1)
    y1 = Uint(<Py_ssize_t>&_line.y1)
    x2 = Uint(<Py_ssize_t>&_line.x2)
    y2 = Uint(<Py_ssize_t>&_line.y2)
    line_width = Uint(<Py_ssize_t>&_line.line_width)
    line_color = Struct(ColorParams, <Py_ssize_t>&_line.line_color, sizeof(PtColor))


@cython.final
cdef class ArrowParams(View):
    """NvOSD_ArrowParams; ``arrow_head``: 0 at the start, 1 at the end, 2 both."""

    x1 = Uint(<Py_ssize_t>&_arrow.x1)
    y1 = Uint(<Py_ssize_t>&_arrow.y1)
    x2 = Uint(<Py_ssize_t>&_arrow.x2)
    y2 = Uint(<Py_ssize_t>&_arrow.y2)
    arrow_width = Uint(<Py_ssize_t>&_arrow.arrow_width)
    arrow_head = Int(<Py_ssize_t>&_arrow.arrow_head)
    arrow_color = Struct(ColorParams, <Py_ssize_t>&_arrow.arrow_color, sizeof(PtColor))


@cython.final
cdef class CircleParams(View):
    """NvOSD_CircleParams."""

    xc = Uint(<Py_ssize_t>&_circle.xc)
    yc = Uint(<Py_ssize_t>&_circle.yc)
    radius = Uint(<Py_ssize_t>&_circle.radius)
    circle_color = Struct(ColorParams, <Py_ssize_t>&_circle.circle_color, sizeof(PtColor))
    has_bg_color = Uint(<Py_ssize_t>&_circle.has_bg_color)
    bg_color = Struct(ColorParams, <Py_ssize_t>&_circle.bg_color, sizeof(PtColor))


_name_fields([
    BboxCoords, BboxInfo, ColorParams, RectParams, FontParams, TextParams, MaskParams, LineParams,
    ArrowParams, CircleParams,
])
