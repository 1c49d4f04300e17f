# What all metadata begins with, and what refers from one to another.


cdef class Base(Field):
    """``base_meta``, the common part of every kind of metadata."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef char *at = _at(self, bound)
        return _show(_base_class, at, (<Bound>bound).batch, bound)

    def __set__(self, bound, value):
        raise AttributeError(f"{self.owner}.base_meta cannot be replaced: set its attributes")


cdef type _base_class = None


def base_is(type cls):
    """Tell the class of ``base_meta``."""
    global _base_class
    _base_class = cls


class BaseMethods:
    """What NvDsBaseMeta shows."""

    __slots__ = ()

    @property
    def batch_meta(self):
        """The batch that this belongs to."""
        cdef Bound bound = <Bound?>self
        _usable(bound, "batch_meta")
        if bound.batch is NULL or (<Bound>bound.keeper).keeper is OWNED:
            return None
        return _show(_kinds[KIND_BATCH], bound.batch, bound.batch, None)

    @property
    def meta_type(self):
        """The kind of metadata; writable for a user meta."""
        cdef Bound bound = <Bound?>self
        _usable(bound, "meta_type")
        cdef int kind
        if bound.batch is NULL:
            return NvDsMetaType.of((<int *>bound.at)[2])
        kind = _caster_of(type(bound.keeper)).kind
        if kind == KIND_USER:
            return NvDsMetaType.of((<PtUser *>bound.at).meta_type)
        return NvDsMetaType.of(0 if (<Bound>bound.keeper).keeper is OWNED else kind)

    @meta_type.setter
    def meta_type(self, value):
        cdef Bound bound = <Bound?>self
        _usable(bound, "meta_type")
        if not isinstance(value, NvDsMetaType):
            _incompatible("NvDsBaseMeta.meta_type", "pyds.NvDsMetaType", value)
        if bound.batch is NULL:
            (<int *>bound.at)[2] = int(value)
        elif _caster_of(type(bound.keeper)).kind == KIND_USER:
            (<PtUser *>bound.at).meta_type = int(value)
        elif value != self.meta_type:
            raise AttributeError("the meta_type of user metas only can be set on portable metadata")

    @property
    def uContext(self):
        """None: portable metadata does not have it."""
        return None

    @uContext.setter
    def uContext(self, value):
        if value is not None:
            raise AttributeError("NvDsBaseMeta.uContext: portable metadata does not have it")


cdef class Parent(Field):
    """The object that this one was found within, or None."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef PtObject *of = <PtObject *>_at(self, bound)
        return _show(_kinds[KIND_OBJECT], of.parent, (<Bound>bound).batch, None)

    def __set__(self, bound, value):
        cdef PtObject *of = <PtObject *>_to_set(self, bound)
        if value is None:
            pt_object_set_parent(of, NULL)
            return
        _expect(value, KIND_OBJECT, f"{self.owner}.{self.name}")
        if (<Bound>value).batch is not (<Bound>bound).batch:
            raise ValueError("a parent must be an object of the same batch")
        pt_object_set_parent(of, <PtObject *>(<Bound>value).at)


cdef Bound _expect(value, int kind, str what):
    """The value, which must be an object of this kind."""
    if not isinstance(value, _kinds[kind]):
        _incompatible(what, f"pyds.{_kinds[kind].__name__}", value)
    _usable(<Bound>value, what)
    return <Bound>value


cdef void *_struct_of(value, int kind, str what) except NULL:
    cdef Bound bound = _expect(value, kind, what)
    return bound.at


cdef class Pool(Field):
    """A pool of the batch. Portable metadata has none: it is made when it is asked for."""

    cdef int kind
    cdef int size

    def __init__(self, int kind, int size):
        self.offset = 0
        self.kind = kind
        self.size = size

    def __get__(self, bound, owner):
        if bound is None:
            return self
        _at(self, bound)
        from pythiags.lookalikes.pyds.metas import NvDsMetaPool

        pool = NvDsMetaPool()
        pool.meta_type = NvDsMetaType(self.kind)
        pool.element_size = self.size
        return pool

    def __set__(self, bound, value):
        raise AttributeError(f"{self.owner}.{self.name} cannot be replaced")


# Any struct of each kind, to tell where its members lie.
cdef PtRect _any_rect
cdef PtText _any_text
cdef PtFont _any_font
cdef PtMask _any_mask
cdef PtLine _any_line
cdef PtArrow _any_arrow
cdef PtCircle _any_circle
cdef PtLabel _any_label
cdef PtClassifier _any_classifier
cdef PtObject _any_object
cdef PtDisplay _any_display
cdef PtFrame _any_frame
cdef PtFrameMore _any_frame_more
cdef PtBatch _any_batch


cdef inline Py_ssize_t _place_of(const void *member, const void *start) noexcept:
    return <const char *>member - <const char *>start


def places():
    """Where members lie in portable metadata: {"PtRect": {"": its size, "left": 0, ...}, ...}."""
    return {
        "PtColor": {"": sizeof(PtColor)},
        "PtBbox": {"": sizeof(PtBbox)},
        "PtRect": {
            "": sizeof(PtRect),
            "border_width": _place_of(&_any_rect.border_width, &_any_rect),
            "border_color": _place_of(&_any_rect.border_color, &_any_rect),
            "has_bg_color": _place_of(&_any_rect.has_bg_color, &_any_rect),
            "bg_color": _place_of(&_any_rect.bg_color, &_any_rect),
            "has_color_info": _place_of(&_any_rect.has_color_info, &_any_rect),
            "color_id": _place_of(&_any_rect.color_id, &_any_rect),
        },
        "PtFont": {
            "": sizeof(PtFont),
            "font_name": _place_of(&_any_font.font_name, &_any_font),
            "font_size": _place_of(&_any_font.font_size, &_any_font),
            "font_color": _place_of(&_any_font.font_color, &_any_font),
        },
        "PtText": {
            "": sizeof(PtText),
            "display_text": _place_of(&_any_text.display_text, &_any_text),
            "x_offset": _place_of(&_any_text.x_offset, &_any_text),
            "y_offset": _place_of(&_any_text.y_offset, &_any_text),
            "font_params": _place_of(&_any_text.font_params, &_any_text),
            "set_bg_clr": _place_of(&_any_text.set_bg_clr, &_any_text),
            "text_bg_clr": _place_of(&_any_text.text_bg_clr, &_any_text),
        },
        "PtMask": {
            "": sizeof(PtMask),
            "data": _place_of(&_any_mask.data, &_any_mask),
            "size": _place_of(&_any_mask.size, &_any_mask),
            "threshold": _place_of(&_any_mask.threshold, &_any_mask),
            "width": _place_of(&_any_mask.width, &_any_mask),
            "height": _place_of(&_any_mask.height, &_any_mask),
        },
        "PtLine": {"": sizeof(PtLine), "color": _place_of(&_any_line.line_color, &_any_line)},
        "PtArrow": {
            "": sizeof(PtArrow),
            "head": _place_of(&_any_arrow.arrow_head, &_any_arrow),
            "color": _place_of(&_any_arrow.arrow_color, &_any_arrow),
        },
        "PtCircle": {
            "": sizeof(PtCircle),
            "circle_color": _place_of(&_any_circle.circle_color, &_any_circle),
            "has_bg_color": _place_of(&_any_circle.has_bg_color, &_any_circle),
            "bg_color": _place_of(&_any_circle.bg_color, &_any_circle),
        },
        "PtLabel": {
            "": sizeof(PtLabel),
            "num_classes": _place_of(&_any_label.num_classes, &_any_label),
            "result_class_id": _place_of(&_any_label.result_class_id, &_any_label),
            "label_id": _place_of(&_any_label.label_id, &_any_label),
            "result_prob": _place_of(&_any_label.result_prob, &_any_label),
            "result_label": _place_of(&_any_label.result_label, &_any_label),
        },
        "PtClassifier": {
            "": sizeof(PtClassifier),
            "num_labels": _place_of(&_any_classifier.num_labels, &_any_classifier),
            "component": _place_of(&_any_classifier.unique_component_id, &_any_classifier),
            "labels": _place_of(&_any_classifier.labels, &_any_classifier),
        },
        "PtObject": {
            "": sizeof(PtObject),
            "unique_component_id": _place_of(&_any_object.unique_component_id, &_any_object),
            "class_id": _place_of(&_any_object.class_id, &_any_object),
            "object_id": _place_of(&_any_object.object_id, &_any_object),
            "detector_bbox": _place_of(&_any_object.detector_bbox, &_any_object),
            "tracker_bbox": _place_of(&_any_object.tracker_bbox, &_any_object),
            "confidence": _place_of(&_any_object.confidence, &_any_object),
            "tracker_confidence": _place_of(&_any_object.tracker_confidence, &_any_object),
            "rect_params": _place_of(&_any_object.rect_params, &_any_object),
            "mask_params": _place_of(&_any_object.mask_params, &_any_object),
            "text_params": _place_of(&_any_object.text_params, &_any_object),
            "obj_label": _place_of(&_any_object.obj_label, &_any_object),
            "classifiers": _place_of(&_any_object.classifiers, &_any_object),
            "users": _place_of(&_any_object.users, &_any_object),
            "misc_obj_info": _place_of(&_any_object.misc_obj_info, &_any_object),
        },
        "PtDisplay": {
            "": sizeof(PtDisplay),
            "num_rects": _place_of(&_any_display.num_rects, &_any_display),
            "rect_params": _place_of(&_any_display.rect_params, &_any_display),
            "text_params": _place_of(&_any_display.text_params, &_any_display),
            "line_params": _place_of(&_any_display.line_params, &_any_display),
            "arrow_params": _place_of(&_any_display.arrow_params, &_any_display),
            "circle_params": _place_of(&_any_display.circle_params, &_any_display),
        },
        "PtFrame": {
            "": sizeof(PtFrame),
            "pad_index": _place_of(&_any_frame.pad_index, &_any_frame),
            "batch_id": _place_of(&_any_frame.batch_id, &_any_frame),
            "frame_num": _place_of(&_any_frame.frame_num, &_any_frame),
            "buf_pts": _place_of(&_any_frame.buf_pts, &_any_frame),
            "ntp_timestamp": _place_of(&_any_frame.ntp_timestamp, &_any_frame),
            "source_id": _place_of(&_any_frame.source_id, &_any_frame),
            "num_surfaces": _place_of(&_any_frame.num_surfaces_per_frame, &_any_frame),
            "source_frame_width": _place_of(&_any_frame.source_frame_width, &_any_frame),
            "source_frame_height": _place_of(&_any_frame.source_frame_height, &_any_frame),
            "surface_type": _place_of(&_any_frame_more.surface_type, &_any_frame_more),
            "surface_index": _place_of(&_any_frame_more.surface_index, &_any_frame_more),
            "num_obj_meta": _place_of(&_any_frame.num_obj_meta, &_any_frame),
            "bInferDone": _place_of(&_any_frame.bInferDone, &_any_frame),
            "objects": _place_of(&_any_frame.objects, &_any_frame),
            "displays": _place_of(&_any_frame.displays, &_any_frame),
            "users": _place_of(&_any_frame.users, &_any_frame),
            "misc_frame_info": _place_of(&_any_frame.misc_frame_info, &_any_frame),
        },
        "PtBatch": {
            "": sizeof(PtBatch),
            "max_frames": _place_of(&_any_batch.max_frames_in_batch, &_any_batch),
            "num_frames": _place_of(&_any_batch.num_frames_in_batch, &_any_batch),
            "frames": _place_of(&_any_batch.frames, &_any_batch),
            "users": _place_of(&_any_batch.users, &_any_batch),
            "misc_batch_info": _place_of(&_any_batch.misc_batch_info, &_any_batch),
        },
        "PtUser": {"": sizeof(PtUser)},
    }
