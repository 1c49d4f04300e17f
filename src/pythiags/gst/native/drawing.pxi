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
    """A live one-dimensional numpy array over memory of the view's batch.

    NVIDIA's memory goes with its buffer, whoever still looks at it: of that it is a read-only copy.
    """
    import numpy

    cdef _Memory memory = _Memory.__new__(_Memory)
    memory.view = view
    memory.at = at
    memory.format = format
    memory.shape[0] = count
    memory.strides[0] = size
    array = numpy.asarray(memory)
    if view.batch.foreign is not NULL:
        array = array.copy()
        array.flags.writeable = False
    return array


# Any struct of each kind, to tell where its members lie.
cdef PtBbox _any_bbox
cdef PtBbox *_bbox = &_any_bbox
cdef PtColor _any_color
cdef PtColor *_color = &_any_color
cdef PtRect _any_rect
cdef PtRect *_rect = &_any_rect
cdef PtFont _any_font
cdef PtFont *_font = &_any_font
cdef PtText _any_words
cdef PtText *_words = &_any_words
cdef PtMask _any_mask
cdef PtMask *_mask = &_any_mask
cdef PtLine _any_line
cdef PtLine *_line = &_any_line
cdef PtArrow _any_arrow
cdef PtArrow *_arrow = &_any_arrow
cdef PtCircle _any_circle
cdef PtCircle *_circle = &_any_circle


@cython.final
cdef class BboxCoords(View):
    """NvBbox_Coords: a box, in pixels of the picture that the batch describes."""

    left = Float(_place(&_bbox.left, _bbox))
    top = Float(_place(&_bbox.top, _bbox))
    width = Float(_place(&_bbox.width, _bbox))
    height = Float(_place(&_bbox.height, _bbox))


@cython.final
cdef class BboxInfo(View):
    """NvDsComp_BboxInfo: the box as its component first gave it."""

    org_bbox_coords = Struct(BboxCoords, 0, sizeof(PtBbox))


@cython.final
cdef class ColorParams(View):
    """NvOSD_ColorParams: red, green, blue and alpha, from 0 to 1."""

    red = Double(_place(&_color.red, _color))
    green = Double(_place(&_color.green, _color))
    blue = Double(_place(&_color.blue, _color))
    alpha = Double(_place(&_color.alpha, _color))

    def set(self, double red, double green, double blue, double alpha):
        """Set all four at once."""
        _alive(self, "set")
        (<PtColor *>self.at)[0] = PtColor(red, green, blue, alpha)


@cython.final
cdef class RectParams(View):
    """NvOSD_RectParams: the box that is drawn, in pixels."""

    left = Float(_place(&_rect.left, _rect))
    top = Float(_place(&_rect.top, _rect))
    width = Float(_place(&_rect.width, _rect))
    height = Float(_place(&_rect.height, _rect))
    border_width = Uint(_place(&_rect.border_width, _rect))
    border_color = Struct(ColorParams, _place(&_rect.border_color, _rect), sizeof(PtColor))
    has_bg_color = Uint(_place(&_rect.has_bg_color, _rect))
    bg_color = Struct(ColorParams, _place(&_rect.bg_color, _rect), sizeof(PtColor))
    has_color_info = Int(_place(&_rect.has_color_info, _rect))
    color_id = Int(_place(&_rect.color_id, _rect))

    @property
    def rotation_angle(self):
        """The rotation, on GstAnalytics in radians, on DeepStream's metadata from 9.0 on; else 0."""
        _alive(self, "rotation_angle")
        if not self.batch.foreign_shift and not self.batch.is_analytics:
            return 0.0
        return (<float *>(self.at + sizeof(PtRect)))[0]

    @rotation_angle.setter
    def rotation_angle(self, float value):
        _alive(self, "rotation_angle")
        if not self.batch.foreign_shift:
            raise AttributeError("rotation_angle cannot be set: only DeepStream 9.0 and later has it")
        (<float *>(self.at + sizeof(PtRect)))[0] = value


@cython.final
cdef class FontParams(View):
    """NvOSD_FontParams: the font of a text."""

    font_name = Text(_place(&_font.font_name, _font), lasting=True)
    font_size = Uint(_place(&_font.font_size, _font))
    font_color = Struct(ColorParams, _place(&_font.font_color, _font), sizeof(PtColor))


@cython.final
cdef class TextParams(View):
    """NvOSD_TextParams: a text that is drawn.

    ``display_text`` reads as ``str`` or None; pyds gives an address, for ``pyds.get_string``.
    """

    display_text = Text(_place(&_words.display_text, _words))
    x_offset = Uint(_place(&_words.x_offset, _words))
    y_offset = Uint(_place(&_words.y_offset, _words))
    font_params = Struct(FontParams, _place(&_words.font_params, _words), sizeof(PtFont))
    set_bg_clr = Int(_place(&_words.set_bg_clr, _words))
    text_bg_clr = Struct(ColorParams, _place(&_words.text_bg_clr, _words), sizeof(PtColor))


@cython.final
cdef class MaskParams(View):
    """NvOSD_MaskParams: the mask of an instance segmentation."""

    size = Uint(_place(&_mask.size, _mask), readonly=True)
    threshold = Float(_place(&_mask.threshold, _mask))
    width = Uint(_place(&_mask.width, _mask), readonly=True)
    height = Uint(_place(&_mask.height, _mask), readonly=True)

    def get_mask_array(self):
        """Return the mask as a float32 array of ``width * height``: reshape to (height, width).

        Of portable metadata the array is live; of DeepStream's it is a read-only copy.
        """
        _alive(self, "get_mask_array")
        cdef PtMask *mask = <PtMask *>self.at
        cdef size_t size = 0 if mask.data is NULL else mask.size
        return _array(self, <char *>mask.data, size // sizeof(float), sizeof(float), b"f")

    def set_mask_array(self, mask):
        """Store a mask of shape (height, width); it is converted to float32 and copied."""
        import numpy

        _alive(self, "set_mask_array")
        cdef PtMask *target = <PtMask *>self.at
        cdef const float[:, ::1] source = numpy.ascontiguousarray(mask, dtype=numpy.float32)
        cdef size_t size = source.shape[0] * source.shape[1] * sizeof(float)
        cdef PtMask given = target[0]
        given.data = <float *>&source[0, 0] if size else NULL
        given.height, given.width, given.size = source.shape[0], source.shape[1], size
        if self.batch.foreign is not NULL:
            _lock(self.batch)
            pt_nv_set_mask(target, &given)
            _unlock(self.batch)
        else:
            given.data = <float *>_duplicate(self.batch, given.data, size)
            target[0] = given


cdef void *_duplicate(PtBatch *batch, const void *data, size_t size):
    return NULL if data is NULL else memcpy(pt_batch_alloc(batch, size), data, size)


cdef _assign(View view, char *at, View value, size_t size):
    """Copy the struct that `value` shows to `at`, which is part of the struct that `view` shows."""
    cdef PtBatch *batch = view.batch
    if batch.foreign is NULL:
        memmove(at, value.at, size)
        _own(type(value), batch, at)
        return
    _lock(batch)
    try:
        if type(value) is TextParams:
            pt_nv_set_text(<PtText *>at, <PtText *>value.at)
        elif type(value) is MaskParams:
            pt_nv_set_mask(<PtMask *>at, <PtMask *>value.at)
        else:
            memmove(at, value.at, size)
            if type(value) is FontParams:
                (<PtFont *>at).font_name = g_intern_string((<PtFont *>at).font_name)
            elif type(value) is RectParams and batch.foreign_shift:
                (<float *>(at + size))[0] = value.rotation_angle
    finally:
        _unlock(batch)


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

    x1 = Uint(_place(&_line.x1, _line))
    y1 = Uint(_place(&_line.y1, _line))
    x2 = Uint(_place(&_line.x2, _line))
    y2 = Uint(_place(&_line.y2, _line))
    line_width = Uint(_place(&_line.line_width, _line))
    line_color = Struct(ColorParams, _place(&_line.line_color, _line), sizeof(PtColor))


@cython.final
cdef class ArrowParams(View):
    """NvOSD_ArrowParams; ``arrow_head``: 0 at the start, 1 at the end, 2 both."""

    x1 = Uint(_place(&_arrow.x1, _arrow))
    y1 = Uint(_place(&_arrow.y1, _arrow))
    x2 = Uint(_place(&_arrow.x2, _arrow))
    y2 = Uint(_place(&_arrow.y2, _arrow))
    arrow_width = Uint(_place(&_arrow.arrow_width, _arrow))
    arrow_head = Int(_place(&_arrow.arrow_head, _arrow))
    arrow_color = Struct(ColorParams, _place(&_arrow.arrow_color, _arrow), sizeof(PtColor))


@cython.final
cdef class CircleParams(View):
    """NvOSD_CircleParams."""

    xc = Uint(_place(&_circle.xc, _circle))
    yc = Uint(_place(&_circle.yc, _circle))
    radius = Uint(_place(&_circle.radius, _circle))
    circle_color = Struct(ColorParams, _place(&_circle.circle_color, _circle), sizeof(PtColor))
    has_bg_color = Uint(_place(&_circle.has_bg_color, _circle))
    bg_color = Struct(ColorParams, _place(&_circle.bg_color, _circle), sizeof(PtColor))

    @property
    def circle_width(self):
        """The width of the border, on the metadata of DeepStream from 6.4 on; elsewhere it is 0."""
        _alive(self, "circle_width")
        return (<PtNvCircle *>self.at).circle_width if self.batch.foreign is not NULL else 0

    @circle_width.setter
    def circle_width(self, unsigned value):
        _alive(self, "circle_width")
        if self.batch.foreign is NULL:
            raise AttributeError("circle_width cannot be set: only DeepStream 6.4 and later has it")
        (<PtNvCircle *>self.at).circle_width = value


_name_fields([
    BboxCoords, BboxInfo, ColorParams, RectParams, FontParams, TextParams, MaskParams, LineParams,
    ArrowParams, CircleParams,
])
