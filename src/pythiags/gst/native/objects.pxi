# Views of objects, and of what classifiers and users say of them, under pyds's names.

from cpython.pycapsule cimport PyCapsule_New

cdef PtLabel _any_label
cdef PtLabel *_label = &_any_label
cdef PtClassifier _any_classifier
cdef PtClassifier *_classifier = &_any_classifier
cdef PtObject _any_object
cdef PtObject *_object = &_any_object


@cython.final
cdef class BaseMeta(View):
    """NvDsBaseMeta: which batch, and what kind of meta."""

    cdef View owner

    @property
    def batch_meta(self):
        """The batch that this belongs to."""
        _alive(self.owner, "base_meta")
        if self.batch.foreign is not NULL:
            return _view(NvDsBatchMeta, self.batch, self.batch.foreign)
        return _view(BatchMeta, self.batch, self.batch)

    @property
    def meta_type(self):
        """The number of NvDsMetaType; writable for a user meta."""
        _alive(self.owner, "base_meta")
        if self.batch.foreign is not NULL:
            return (<PtNvBase *>self.at).meta_type
        if type(self.owner) is UserMeta:
            return (<PtUser *>self.owner.at).meta_type
        return _META_TYPES[type(self.owner)]

    @meta_type.setter
    def meta_type(self, int value):
        _alive(self.owner, "base_meta")
        if type(self.owner) is NvDsUserMeta:
            (<PtNvBase *>self.at).meta_type = value
        elif type(self.owner) is UserMeta:
            (<PtUser *>self.owner.at).meta_type = value
        else:
            raise AttributeError("only a user meta's meta_type may be set")


cdef class Base(Field):
    """The common part of every kind of metadata."""

    def __get__(self, view, owner):
        if view is None:
            return self
        cdef BaseMeta base = <BaseMeta>_view(BaseMeta, (<View>view).batch, _at(self, view))
        base.owner = view
        return base

    def __set__(self, view, value):
        raise AttributeError("base_meta cannot be replaced: write to its attributes")


@cython.final
cdef class LabelInfo(View):
    """NvDsLabelInfo: one attribute that a classifier found."""

    base_meta = Base(0)
    num_classes = Uint(_place(&_label.num_classes, _label))
    result_label = Label(_place(&_label.result_label, _label))
    result_class_id = Uint(_place(&_label.result_class_id, _label))
    label_id = Uint(_place(&_label.label_id, _label))
    result_prob = Float(_place(&_label.result_prob, _label))

    @property
    def pResult_label(self):
        """The label; portable labels have one place, whatever their length."""
        return self.result_label


@cython.final
cdef class ClassifierMeta(View):
    """NvDsClassifierMeta: what one classifier said of an object."""

    base_meta = Base(0)
    num_labels = Uint(_place(&_classifier.num_labels, _classifier))
    unique_component_id = Int(_place(&_classifier.unique_component_id, _classifier))
    label_info_list = Nodes(LabelInfo, _place(&_classifier.labels, _classifier))

    @property
    def classifier_type(self):
        """What the configuration calls it (``classifier-type``), or None."""
        _alive(self, "classifier_type")
        cdef const char *name = (<PtClassifier *>self.at).classifier_type
        return None if name is NULL else _text(name)

    def iter_labels(self):
        """Iterate over the labels."""
        _alive(self, "label_info_list")
        return _each(self, &(<PtClassifier *>self.at).labels, LabelInfo)

    def add_label(self):
        """Append a label and return it."""
        _growing(self, "add_label")
        return _view(LabelInfo, self.batch, pt_classifier_add_label(<PtClassifier *>self.at))

    def remove(self, LabelInfo label not None):
        """Take a label off this classifier."""
        cdef PtClassifier *classifier = <PtClassifier *>self.at
        _remove(self, &classifier.labels, label)
        classifier.num_labels -= 1


@cython.final
cdef class UserMeta(View):
    """NvDsUserMeta: anything, on a batch, a frame or an object."""

    base_meta = Base(0)

    @property
    def known_type(self):
        """``base_meta.meta_type``; -1 where another's struct has the number that cannot be shown."""
        _alive(self, "known_type")
        cdef PtUser *user = <PtUser *>self.at
        if <int>user.payload == PT_PAYLOAD_NVIDIA and user.meta_type not in _OF_NVIDIA:
            return -1
        return user.meta_type

    @property
    def user_meta_data(self):
        """The Python object, None, a view of what an element attached, or a capsule."""
        _alive(self, "user_meta_data")
        cdef PtUser *user = <PtUser *>self.at
        if user.data is NULL:
            return None
        if user.free is pt_python_unref:
            return <object>user.data
        if user.payload == PT_PAYLOAD_TENSORS:
            return _view(TensorMeta, self.batch, user.data)
        if user.payload == PT_PAYLOAD_SEGMENTATION:
            return _view(SegmentationMeta, self.batch, user.data)
        if user.payload == PT_PAYLOAD_PAST_FRAMES:
            return _view(NvDsTargetMiscDataBatch, self.batch, user.data)
        if user.payload == PT_PAYLOAD_PREPARED:
            return _view(PreProcessBatchMeta, self.batch, user.data)
        if <int>user.payload == PT_PAYLOAD_ZONES_FRAME:
            return _view(AnalyticsFrameMeta, self.batch, user.data)
        if <int>user.payload == PT_PAYLOAD_ZONES_OBJECT:
            return _view(AnalyticsObjInfo, self.batch, user.data)
        if <int>user.payload == PT_PAYLOAD_NVIDIA:
            return _of_nvidia(self, <PtNvUser *>user.data)
        return PyCapsule_New(user.data, NULL, NULL)

    @user_meta_data.setter
    def user_meta_data(self, data):
        _alive(self, "user_meta_data")
        cdef PtUser *user = <PtUser *>self.at
        cdef void *old = user.data
        cdef PtUserFree free_old = user.free
        user.data = pt_python_ref(<void *>data)
        user.copy, user.free = pt_python_ref, pt_python_unref
        user.payload = PT_PAYLOAD_OTHER
        if old is not NULL and free_old is not NULL:
            free_old(old)


cdef UserMeta _add_user(View holder, PtList *nodes, data, int meta_type):
    _growing(holder, "add_user_meta")
    cdef PtUser *user = pt_add_user(
        holder.batch, nodes, meta_type, pt_python_ref(<void *>data), pt_python_ref, pt_python_unref
    )
    return <UserMeta>_view(UserMeta, holder.batch, user)


cdef list _params(View holder, PtList *params):
    """What plugins attached, copied when the first one of the batch is asked for."""
    cdef PtNode *node
    cdef const GstStructure *structure
    cdef list found = []
    pt_params_load(holder.batch)
    node = params.head
    while node is not NULL:
        structure = pt_param_of(<const PtUser *>node)
        name = gst_structure_get_name(structure).decode("utf-8", "replace")
        found.append((name, pt_structure_fields(structure)))
        node = node.next
    return found


cdef inline int _related(View view, str name) except -1:
    """Whether the view is alive; its relations have been read, then."""
    _alive(view, name)
    pt_analytics_relate(view.batch)
    return 0


@cython.final
cdef class ObjectMeta(View):
    """NvDsObjectMeta: one object that was found in a frame."""

    base_meta = Base(0)
    unique_component_id = Int(_place(&_object.unique_component_id, _object))
    class_id = Int(_place(&_object.class_id, _object))
    object_id = Uint64(_place(&_object.object_id, _object))
    detector_bbox_info = Struct(BboxInfo, _place(&_object.detector_bbox, _object), sizeof(PtBbox))
    tracker_bbox_info = Struct(BboxInfo, _place(&_object.tracker_bbox, _object), sizeof(PtBbox))
    confidence = Float(_place(&_object.confidence, _object))
    tracker_confidence = Float(_place(&_object.tracker_confidence, _object))
    rect_params = Struct(RectParams, _place(&_object.rect_params, _object), sizeof(PtRect))
    mask_params = Struct(MaskParams, _place(&_object.mask_params, _object), sizeof(PtMask))
    text_params = Struct(TextParams, _place(&_object.text_params, _object), sizeof(PtText))
    obj_label = Label(_place(&_object.obj_label, _object))
    classifier_meta_list = Nodes(
        ClassifierMeta, _place(&_object.classifiers, _object), related=True
    )
    obj_user_meta_list = Nodes(UserMeta, _place(&_object.users, _object))
    misc_obj_info = Numbers(_place(&_object.misc_obj_info, _object))

    @property
    def parent(self):
        """The object that this one was found within, or None."""
        _related(self, "parent")
        cdef PtObject *parent = (<PtObject *>self.at).parent
        return None if parent is NULL else _view(ObjectMeta, self.batch, parent)

    @parent.setter
    def parent(self, ObjectMeta parent):
        _related(self, "parent")
        if parent is not None:
            _alive(parent, "parent")
            if (<PtObject *>parent.at).frame is not (<PtObject *>self.at).frame:
                raise ValueError("a parent must be an object of the same frame")
        pt_object_set_parent(
            <PtObject *>self.at, NULL if parent is None else <PtObject *>parent.at
        )

    def set_box(self, float left, float top, float width, float height):
        """Set the box that is drawn, and the detector's to the same."""
        _alive(self, "set_box")
        cdef PtObject *of = <PtObject *>self.at
        of.detector_bbox = PtBbox(left, top, width, height)
        of.rect_params.left, of.rect_params.top = left, top
        of.rect_params.width, of.rect_params.height = width, height

    @property
    def params(self):
        """The structures of a region of interest, as a list of (name, fields)."""
        _alive(self, "params")
        return _params(self, &(<PtObject *>self.at).params)

    def iter_classifiers(self):
        """Iterate over the classifier metas."""
        _related(self, "classifier_meta_list")
        return _each(self, &(<PtObject *>self.at).classifiers, ClassifierMeta)

    def iter_user_metas(self):
        """Iterate over the user metas."""
        _alive(self, "obj_user_meta_list")
        return _each(self, &(<PtObject *>self.at).users, UserMeta)

    def add_classifier(self):
        """Append a classifier meta and return it."""
        _growing(self, "add_classifier")
        pt_analytics_relate(self.batch)
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


_name_fields([LabelInfo, ClassifierMeta, UserMeta, ObjectMeta])
