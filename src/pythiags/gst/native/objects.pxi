# Views of objects, and of what classifiers and users say of them, under pyds's names.

from cpython.pycapsule cimport PyCapsule_New

cdef PtLabel *_label = NULL
cdef PtClassifier *_classifier = NULL
cdef PtObject *_object = NULL


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
    num_classes = Uint(<Py_ssize_t>&_label.num_classes)
    result_label = Label(<Py_ssize_t>&_label.result_label)
    result_class_id = Uint(<Py_ssize_t>&_label.result_class_id)
    label_id = Uint(<Py_ssize_t>&_label.label_id)
    result_prob = Float(<Py_ssize_t>&_label.result_prob)

    @property
    def pResult_label(self):
        """The label: portable labels have one place, whatever their length."""
        return self.result_label


@cython.final
cdef class ClassifierMeta(View):
    """NvDsClassifierMeta: what one classifier said of an object."""

    base_meta = Base(0)
    num_labels = Uint(<Py_ssize_t>&_classifier.num_labels)
    unique_component_id = Int(<Py_ssize_t>&_classifier.unique_component_id)
    label_info_list = Nodes(LabelInfo, <Py_ssize_t>&_classifier.labels)

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


@cython.final
cdef class UserMeta(View):
    """NvDsUserMeta: anything, on a batch, a frame or an object."""

    base_meta = Base(0)

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

    base_meta = Base(0)
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


_name_fields([LabelInfo, ClassifierMeta, UserMeta, ObjectMeta])
