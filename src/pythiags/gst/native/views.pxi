# Views of batches, frames, objects and what they bear, under pyds's names.

from cpython.pycapsule cimport PyCapsule_New

cdef PtLabel *_label = NULL
cdef PtClassifier *_classifier = NULL
cdef PtUser *_user = NULL
cdef PtObject *_object = NULL
cdef PtDisplay *_display = NULL
cdef PtFrame *_frame = NULL
cdef PtBatch *_batch = NULL


@cython.final
cdef class GList:
    """A link of a list: ``data`` is the view, ``next`` and ``prev`` are links or None."""

    cdef PtNode *node
    cdef PtBatch *batch
    cdef type cls

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    cdef GList _to(self, PtNode *node, str name):
        if self.batch is NULL or self.batch.released:
            raise MetadataReleased(f"GList.{name} was used after its buffer was gone")
        return None if node is NULL else _link(self.batch, node, self.cls)

    @property
    def data(self):
        self._to(NULL, "data")
        return _view(self.cls, self.batch, self.node)

    @property
    def next(self):
        self._to(NULL, "next")
        return self._to(self.node.next, "next")

    @property
    def prev(self):
        self._to(NULL, "prev")
        return self._to(self.node.prev, "prev")


cdef GList _link(PtBatch *batch, PtNode *node, type cls):
    cdef GList link = GList.__new__(GList)
    link.batch = pt_batch_ref(batch)
    link.node = node
    link.cls = cls
    return link


@cython.final
@cython.no_gc
@cython.freelist(16)
cdef class _Each:
    """Walks a list; the node it gave may be removed meanwhile."""

    cdef PtNode *node
    cdef PtBatch *batch
    cdef type cls

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    def __iter__(self):
        return self

    def __next__(self):
        cdef PtNode *node = self.node
        if node is NULL:
            raise StopIteration
        if self.batch.released:
            raise MetadataReleased(
                f"a list of {self.cls.__name__} was read after its buffer was gone",
                hint="read it while the probe runs",
            )
        self.node = node.next
        return _view(self.cls, self.batch, node)


cdef _Each _each(View view, PtList *nodes, type cls):
    cdef _Each each = _Each.__new__(_Each)
    each.batch = pt_batch_ref(view.batch)
    each.node = nodes.head
    each.cls = cls
    return each


@cython.final
cdef class BaseMeta(View):
    """NvDsBaseMeta: which batch, and what kind of meta."""

    cdef View owner

    @property
    def batch_meta(self):
        """The batch that this belongs to."""
        _alive(self.owner, "base_meta")
        return _view(BatchMeta, self.batch, self.batch)

    @property
    def meta_type(self):
        """The number of NvDsMetaType; writable for a user meta."""
        _alive(self.owner, "base_meta")
        if type(self.owner) is UserMeta:
            return (<PtUser *>self.owner.at).meta_type
        return _META_TYPES[type(self.owner)]

    @meta_type.setter
    def meta_type(self, int value):
        _alive(self.owner, "base_meta")
        if type(self.owner) is not UserMeta:
            raise AttributeError("only a user meta's meta_type may be set")
        (<PtUser *>self.owner.at).meta_type = value


cdef BaseMeta _base_meta(View owner):
    _alive(owner, "base_meta")
    cdef BaseMeta base = <BaseMeta>_view(BaseMeta, owner.batch, owner.at)
    base.owner = owner
    return base


@cython.final
cdef class LabelInfo(View):
    """NvDsLabelInfo: one attribute that a classifier found."""

    num_classes = Uint(<Py_ssize_t>&_label.num_classes)
    result_label = Label(<Py_ssize_t>&_label.result_label)
    result_class_id = Uint(<Py_ssize_t>&_label.result_class_id)
    label_id = Uint(<Py_ssize_t>&_label.label_id)
    result_prob = Float(<Py_ssize_t>&_label.result_prob)

    @property
    def base_meta(self):
        return _base_meta(self)

    @property
    def pResult_label(self):
        """The label: portable labels have one place, whatever their length."""
        return self.result_label


@cython.final
cdef class ClassifierMeta(View):
    """NvDsClassifierMeta: what one classifier said of an object."""

    num_labels = Uint(<Py_ssize_t>&_classifier.num_labels)
    unique_component_id = Int(<Py_ssize_t>&_classifier.unique_component_id)
    label_info_list = Nodes(LabelInfo, <Py_ssize_t>&_classifier.labels)

    @property
    def base_meta(self):
        return _base_meta(self)

    def iter_labels(self):
        """Iterate over the labels."""
        _alive(self, "label_info_list")
        return _each(self, &(<PtClassifier *>self.at).labels, LabelInfo)

    def add_label(self):
        """Append a label and give it."""
        _alive(self, "add_label")
        return _view(LabelInfo, self.batch, pt_classifier_add_label(<PtClassifier *>self.at))

    def remove(self, LabelInfo label not None):
        """Take a label off this classifier."""
        cdef PtClassifier *classifier = <PtClassifier *>self.at
        _remove(self, &classifier.labels, label)
        classifier.num_labels -= 1


cdef int _remove(View holder, PtList *nodes, View node) except -1:
    _alive(holder, "remove")
    _alive(node, "remove")
    if not pt_list_remove(nodes, <PtNode *>node.at):
        raise ValueError(f"{node!r} is not on {holder!r}")
    return 0


@cython.final
cdef class UserMeta(View):
    """NvDsUserMeta: anything, on a batch, a frame or an object."""

    @property
    def base_meta(self):
        return _base_meta(self)

    @property
    def user_meta_data(self):
        """The Python object, None, or a capsule around what native code attached."""
        _alive(self, "user_meta_data")
        cdef PtUser *user = <PtUser *>self.at
        if user.data is NULL:
            return None
        if user.free is pt_python_unref:
            return <object>user.data
        return PyCapsule_New(user.data, NULL, NULL)

    @user_meta_data.setter
    def user_meta_data(self, data):
        _alive(self, "user_meta_data")
        cdef PtUser *user = <PtUser *>self.at
        cdef void *old = user.data
        cdef PtUserFree free_old = user.free
        user.data = pt_python_ref(<void *>data)
        user.copy, user.free = pt_python_ref, pt_python_unref
        if old is not NULL and free_old is not NULL:
            free_old(old)


cdef UserMeta _add_user(View holder, PtList *nodes, data, int meta_type):
    _alive(holder, "add_user_meta")
    cdef PtUser *user = pt_add_user(
        holder.batch, nodes, meta_type, pt_python_ref(<void *>data), pt_python_ref, pt_python_unref
    )
    return <UserMeta>_view(UserMeta, holder.batch, user)


@cython.final
cdef class ObjectMeta(View):
    """NvDsObjectMeta: one object that was found in a frame."""

    unique_component_id = Int(<Py_ssize_t>&_object.unique_component_id)
    class_id = Int(<Py_ssize_t>&_object.class_id)
    object_id = Uint64(<Py_ssize_t>&_object.object_id)
    detector_bbox_info = Struct(BboxInfo, <Py_ssize_t>&_object.detector_bbox, sizeof(PtBbox))
    tracker_bbox_info = Struct(BboxInfo, <Py_ssize_t>&_object.tracker_bbox, sizeof(PtBbox))
    confidence = Float(<Py_ssize_t>&_object.confidence)
    tracker_confidence = Float(<Py_ssize_t>&_object.tracker_confidence)
    rect_params = Struct(RectParams, <Py_ssize_t>&_object.rect_params, sizeof(PtRect))
    mask_params = Struct(MaskParams, <Py_ssize_t>&_object.mask_params, sizeof(PtMask))
    text_params = Struct(TextParams, <Py_ssize_t>&_object.text_params, sizeof(PtText))
    obj_label = Label(<Py_ssize_t>&_object.obj_label)
    classifier_meta_list = Nodes(ClassifierMeta, <Py_ssize_t>&_object.classifiers)
    obj_user_meta_list = Nodes(UserMeta, <Py_ssize_t>&_object.users)
    misc_obj_info = Numbers(<Py_ssize_t>&_object.misc_obj_info)

    @property
    def base_meta(self):
        return _base_meta(self)

    @property
    def parent(self):
        """The object that this one was found within, or None."""
        _alive(self, "parent")
        cdef PtObject *parent = (<PtObject *>self.at).parent
        return None if parent is NULL else _view(ObjectMeta, self.batch, parent)

    @parent.setter
    def parent(self, ObjectMeta parent):
        _alive(self, "parent")
        if parent is not None:
            _alive(parent, "parent")
            if (<PtObject *>parent.at).frame is not (<PtObject *>self.at).frame:
                raise ValueError("a parent must be an object of the same frame")
        (<PtObject *>self.at).parent = NULL if parent is None else <PtObject *>parent.at

    def iter_classifiers(self):
        """Iterate over the classifier metas."""
        _alive(self, "classifier_meta_list")
        return _each(self, &(<PtObject *>self.at).classifiers, ClassifierMeta)

    def iter_user_metas(self):
        """Iterate over the user metas."""
        _alive(self, "obj_user_meta_list")
        return _each(self, &(<PtObject *>self.at).users, UserMeta)

    def add_classifier(self):
        """Append a classifier meta and give it."""
        _alive(self, "add_classifier")
        return _view(ClassifierMeta, self.batch, pt_object_add_classifier(<PtObject *>self.at))

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object; its reference is held until the batch is freed."""
        return _add_user(self, &(<PtObject *>self.at).users, data, meta_type)

    def remove(self, meta not None):
        """Take a classifier or a user meta off this object."""
        if isinstance(meta, ClassifierMeta):
            _remove(self, &(<PtObject *>self.at).classifiers, meta)
        else:
            _remove(self, &(<PtObject *>self.at).users, <UserMeta?>meta)


@cython.final
cdef class DisplayMeta(View):
    """NvDsDisplayMeta: up to 16 each of rectangles, texts, lines, arrows and circles to draw."""

    num_rects = Uint(<Py_ssize_t>&_display.num_rects, high=PT_MAX_DISPLAY)
    num_labels = Uint(<Py_ssize_t>&_display.num_labels, high=PT_MAX_DISPLAY)
    num_lines = Uint(<Py_ssize_t>&_display.num_lines, high=PT_MAX_DISPLAY)
    num_arrows = Uint(<Py_ssize_t>&_display.num_arrows, high=PT_MAX_DISPLAY)
    num_circles = Uint(<Py_ssize_t>&_display.num_circles, high=PT_MAX_DISPLAY)
    rect_params = Structs(RectParams, <Py_ssize_t>&_display.rect_params, sizeof(PtRect))
    text_params = Structs(TextParams, <Py_ssize_t>&_display.text_params, sizeof(PtText))
    line_params = Structs(LineParams, <Py_ssize_t>&_display.line_params, sizeof(PtLine))
    arrow_params = Structs(ArrowParams, <Py_ssize_t>&_display.arrow_params, sizeof(PtArrow))
    circle_params = Structs(CircleParams, <Py_ssize_t>&_display.circle_params, sizeof(PtCircle))

    @property
    def base_meta(self):
        return _base_meta(self)


@cython.final
cdef class FrameMeta(View):
    """NvDsFrameMeta: one picture of a batch and what was found in it."""

    pad_index = Uint(<Py_ssize_t>&_frame.pad_index)
    batch_id = Uint(<Py_ssize_t>&_frame.batch_id)
    frame_num = Int(<Py_ssize_t>&_frame.frame_num)
    buf_pts = Uint64(<Py_ssize_t>&_frame.buf_pts)
    ntp_timestamp = Uint64(<Py_ssize_t>&_frame.ntp_timestamp)
    source_id = Uint(<Py_ssize_t>&_frame.source_id)
    num_surfaces_per_frame = Int(<Py_ssize_t>&_frame.num_surfaces_per_frame)
    source_frame_width = Uint(<Py_ssize_t>&_frame.source_frame_width)
    source_frame_height = Uint(<Py_ssize_t>&_frame.source_frame_height)
    pipeline_width = Uint(<Py_ssize_t>&_frame.pipeline_width)
    pipeline_height = Uint(<Py_ssize_t>&_frame.pipeline_height)
    num_obj_meta = Uint(<Py_ssize_t>&_frame.num_obj_meta)
    bInferDone = Int(<Py_ssize_t>&_frame.bInferDone)
    obj_meta_list = Nodes(ObjectMeta, <Py_ssize_t>&_frame.objects)
    display_meta_list = Nodes(DisplayMeta, <Py_ssize_t>&_frame.displays)
    frame_user_meta_list = Nodes(UserMeta, <Py_ssize_t>&_frame.users)
    misc_frame_info = Numbers(<Py_ssize_t>&_frame.misc_frame_info)

    @property
    def base_meta(self):
        return _base_meta(self)

    def iter_objects(self):
        """Iterate over the objects."""
        _alive(self, "obj_meta_list")
        return _each(self, &(<PtFrame *>self.at).objects, ObjectMeta)

    def iter_displays(self):
        """Iterate over the display metas."""
        _alive(self, "display_meta_list")
        return _each(self, &(<PtFrame *>self.at).displays, DisplayMeta)

    def iter_user_metas(self):
        """Iterate over the user metas."""
        _alive(self, "frame_user_meta_list")
        return _each(self, &(<PtFrame *>self.at).users, UserMeta)

    def add_object(self, ObjectMeta parent=None):
        """Append an object, untracked and without confidence, and give it."""
        _alive(self, "add_object")
        cdef PtObject *of = NULL
        if parent is not None:
            _alive(parent, "add_object")
            of = <PtObject *>parent.at
            if of.frame is not <PtFrame *>self.at:
                raise ValueError("a parent must be an object of the same frame")
        return _view(ObjectMeta, self.batch, pt_frame_add_object(<PtFrame *>self.at, of))

    def add_display(self):
        """Append a display meta, with nothing to draw, and give it."""
        _alive(self, "add_display")
        return _view(DisplayMeta, self.batch, pt_frame_add_display(<PtFrame *>self.at))

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object; its reference is held until the batch is freed."""
        return _add_user(self, &(<PtFrame *>self.at).users, data, meta_type)

    def remove(self, meta not None):
        """Take an object, a display meta or a user meta off this frame."""
        cdef PtObject *of
        if isinstance(meta, ObjectMeta):
            _alive(self, "remove")
            _alive(<ObjectMeta>meta, "remove")
            of = <PtObject *>(<ObjectMeta>meta).at
            if of.frame is not <PtFrame *>self.at:
                raise ValueError(f"{meta!r} is not on {self!r}")
            pt_frame_remove_object(of)
        elif isinstance(meta, DisplayMeta):
            _remove(self, &(<PtFrame *>self.at).displays, meta)
        else:
            _remove(self, &(<PtFrame *>self.at).users, <UserMeta?>meta)


@cython.final
cdef class BatchMeta(View):
    """NvDsBatchMeta: all that is known of one buffer's frames.

    Args:
        max_frames: How many frames the batch may hold; it is not enforced.

    A batch made here belongs to no buffer until it is given to :meth:`attach`.
    """

    max_frames_in_batch = Uint(<Py_ssize_t>&_batch.max_frames_in_batch)
    num_frames_in_batch = Uint(<Py_ssize_t>&_batch.num_frames_in_batch)
    frame_meta_list = Nodes(FrameMeta, <Py_ssize_t>&_batch.frames)
    batch_user_meta_list = Nodes(UserMeta, <Py_ssize_t>&_batch.users)
    misc_batch_info = Numbers(<Py_ssize_t>&_batch.misc_batch_info)

    def __init__(self, unsigned max_frames=1):
        if self.batch is NULL:
            self.batch = pt_batch_new(max_frames)
            self.at = <char *>self.batch

    @property
    def base_meta(self):
        return _base_meta(self)

    @staticmethod
    def of(source):
        """Give the portable batch of a probe's info or a ``Gst.Buffer``, or None."""
        source = _bearer(source)
        cdef PtBatch *batch = pt_buffer_get_batch(_buffer_of(source))
        return None if batch is NULL else _view(BatchMeta, batch, batch)

    @staticmethod
    def of_regions(source):
        """Give a batch made of a buffer's region-of-interest metadata, or None if it bears none.

        One frame with an object a region; what is written to it goes nowhere. Within a probe it
        dies with the call, ``frame_num`` counts the probe's buffers, and once a region was seen a
        buffer without any is a frame without objects. Elsewhere it lives as long as its views.
        """
        cdef PtBatch *batch
        source = _bearer(source)
        if type(source) is ProbeInfo:
            batch = (<ProbeInfo>source).read_regions()
            return None if batch is NULL else _view(BatchMeta, batch, batch)
        batch = pt_roi_read(_buffer_of(source), NULL)
        if batch is NULL:
            return None
        view = _view(BatchMeta, batch, batch)
        pt_batch_unref(batch)
        return view

    @staticmethod
    def attach(target, unsigned max_frames=1):
        """Put a new batch on a buffer, in the place of any it bears, and give it.

        Args:
            target: A ``Gst.Buffer``, or the info of a probe that was attached with ``writable``.
            max_frames: How many frames the batch may hold.

        Raises:
            ValueError: The buffer is shared, so that nothing may be added to it.
        """
        target = _bearer(target)
        cdef GstBuffer *buffer = _buffer_of(target)
        if not gst_buffer_is_writable(buffer):
            raise ValueError(
                "metadata cannot be added to a buffer that is shared: "
                "attach the probe with writable=True and pass on its info"
            )
        cdef PtBatch *batch = pt_batch_new(max_frames)
        view = _view(BatchMeta, batch, batch)
        pt_buffer_add_batch(buffer, batch)
        return view

    def iter_frames(self):
        """Iterate over the frames."""
        _alive(self, "frame_meta_list")
        return _each(self, &self.batch.frames, FrameMeta)

    def iter_user_metas(self):
        """Iterate over the user metas of the batch itself."""
        _alive(self, "batch_user_meta_list")
        return _each(self, &self.batch.users, UserMeta)

    def add_frame(self):
        """Append a frame, whose ``batch_id`` is its place, and give it."""
        _alive(self, "add_frame")
        return _view(FrameMeta, self.batch, pt_batch_add_frame(self.batch))

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object; its reference is held until the batch is freed."""
        return _add_user(self, &self.batch.users, data, meta_type)

    def remove(self, meta not None):
        """Take a frame or a user meta off this batch."""
        if isinstance(meta, FrameMeta):
            _remove(self, &self.batch.frames, meta)
            self.batch.num_frames_in_batch -= 1
        else:
            _remove(self, &self.batch.users, <UserMeta?>meta)

    def detections(
        self, type detection, type bbox, *, labels=None, min_confidence=None, int box=0
    ):
        """Read all objects of all frames in one pass.

        Args:
            detection: A subclass of tuple with nine fields, as :class:`pythiags.Detection`.
            bbox: A subclass of tuple with four fields, as :class:`pythiags.Bbox`.
            labels: Keep only objects with a label in it; None keeps all.
            min_confidence: Keep only objects of at least this confidence.
            box: Which box: 0 what is drawn, 1 the detector's, 2 the tracker's.
        """
        for cls, size in ((detection, 9), (bbox, 4)):
            if not issubclass(cls, tuple) or len(getattr(cls, "_fields", ())) != size:
                raise TypeError(f"expected a named tuple of {size} fields, got {cls!r}")
        _alive(self, "detections")
        cdef _DetectionReader reader = _DetectionReader()
        reader.detection, reader.bbox, reader.labels, reader.box = detection, bbox, labels, box
        reader.any_confidence = min_confidence is None
        if min_confidence is not None:
            reader.min_confidence = min_confidence
        return reader.read(self.batch)


cdef dict _META_TYPES = {  # NvDsMetaType
    BatchMeta: 1, FrameMeta: 2, ObjectMeta: 3, DisplayMeta: 4, ClassifierMeta: 5, LabelInfo: 6,
}

_name_fields([
    LabelInfo, ClassifierMeta, UserMeta, ObjectMeta, DisplayMeta, FrameMeta, BatchMeta,
])
