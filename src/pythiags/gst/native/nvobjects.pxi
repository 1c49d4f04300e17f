# Views of NVIDIA's objects, and of what classifiers say of them, under pyds's names.

cdef PtNvLabel _any_nv_label
cdef PtNvLabel *_nv_label = &_any_nv_label
cdef PtNvClassifier _any_nv_classifier
cdef PtNvClassifier *_nv_classifier = &_any_nv_classifier
cdef PtNvObject _any_nv_object
cdef PtNvObject *_nv_object = &_any_nv_object
cdef PtNvObjectTail _any_nv_tail


cdef inline Py_ssize_t _nv_place(const void *member) noexcept:
    """Return where a member of an object's tail lies, from the start of the object, unshifted."""
    return sizeof(PtNvObject) + _place(member, &_any_nv_tail)


@cython.final
cdef class NvDsLabelInfo(View):
    """NvDsLabelInfo: one attribute that a classifier found."""

    base_meta = Base(0)
    num_classes = Uint(_place(&_nv_label.num_classes, _nv_label))
    pResult_label = Text(_place(&_nv_label.pResult_label, _nv_label), readonly=True)
    result_class_id = Uint(_place(&_nv_label.result_class_id, _nv_label))
    label_id = Uint(_place(&_nv_label.label_id, _nv_label))
    result_prob = Float(_place(&_nv_label.result_prob, _nv_label))

    @property
    def result_label(self):
        """The label, of any length. What is written is cut at 127 bytes."""
        _alive(self, "result_label")
        long_label = _nv_text(self, <const char **>&(<PtNvLabel *>self.at).pResult_label)
        return long_label or _label_text((<PtNvLabel *>self.at).result_label)

    @result_label.setter
    def result_label(self, value):
        _alive(self, "result_label")
        text = _utf8(type(self).num_classes, value)
        _nv_set_text(self, &(<PtNvLabel *>self.at).pResult_label, NULL, False)
        pt_set_label((<PtNvLabel *>self.at).result_label, text)


@cython.final
cdef class NvDsClassifierMeta(View):
    """NvDsClassifierMeta: what one classifier said of an object."""

    base_meta = Base(0)
    num_labels = Uint(_place(&_nv_classifier.num_labels, _nv_classifier))
    unique_component_id = Int(_place(&_nv_classifier.unique_component_id, _nv_classifier))

    @property
    def classifier_type(self):
        """The kind of classifier; None where its element gave none, before 6.0, and in copies."""
        _alive(self, "classifier_type")
        cdef PtNvPool *pool = (<PtNvBatch *>self.batch.foreign).classifier_pool
        if pool is NULL or pool.element_size < sizeof(PtNvClassifier):
            return None
        return _nv_text(self, &(<PtNvClassifier *>self.at).classifier_type)

    @property
    def label_info_list(self):
        """The head of the labels, or None."""
        return _nv_head(self.iter_labels())

    def iter_labels(self):
        """Iterate over the labels."""
        cdef const GNode **head = <const GNode **>&(<PtNvClassifier *>self.at).labels
        return _nv_items(self, "label_info_list", head, PT_NV_LABELS, NvDsLabelInfo)

    def add_label(self):
        """Add a label and return it."""
        return _nv_add(self, "add_label", PT_NV_LABEL, NvDsLabelInfo)

    def remove(self, NvDsLabelInfo label not None):
        """Take a label off this classifier."""
        _nv_remove(self, PT_NV_LABEL, &(<PtNvClassifier *>self.at).labels, label)


@cython.final
cdef class NvDsObjectMeta(View):
    """NvDsObjectMeta: one object that was found in a frame."""

    base_meta = Base(0)
    unique_component_id = Int(_place(&_nv_object.unique_component_id, _nv_object))
    class_id = Int(_place(&_nv_object.class_id, _nv_object))
    object_id = Uint64(_place(&_nv_object.object_id, _nv_object))
    detector_bbox_info = Struct(
        BboxInfo, _place(&_nv_object.detector_bbox, _nv_object), sizeof(PtBbox)
    )
    tracker_bbox_info = Struct(
        BboxInfo, _place(&_nv_object.tracker_bbox, _nv_object), sizeof(PtBbox)
    )
    confidence = Float(_place(&_nv_object.confidence, _nv_object))
    tracker_confidence = Float(_place(&_nv_object.tracker_confidence, _nv_object))
    rect_params = Struct(RectParams, _place(&_nv_object.rect_params, _nv_object), sizeof(PtRect))
    mask_params = Struct(MaskParams, _nv_place(&_any_nv_tail.mask_params), sizeof(PtMask), shifts=1)
    text_params = Struct(TextParams, _nv_place(&_any_nv_tail.text_params), sizeof(PtText), shifts=1)
    obj_label = Label(_nv_place(&_any_nv_tail.obj_label), shifts=1)
    misc_obj_info = Numbers(_nv_place(&_any_nv_tail.misc_obj_info), shifts=1)

    cdef PtNvObjectTail *tail(self, str name) except NULL:
        _alive(self, name)
        return pt_nv_object_tail(self.at, self.batch.foreign_shift)

    @property
    def parent(self):
        """The object that this one was found within, or None, as in copies of a buffer."""
        _alive(self, "parent")
        cdef void *parent = (<PtNvObject *>self.at).parent
        cdef const PtNvFrame *frame
        if parent is NULL:
            return None
        _lock(self.batch)
        frame = pt_nv_home(self.batch, parent)
        _unlock(self.batch)
        return None if frame is NULL else _view(NvDsObjectMeta, self.batch, parent)

    @parent.setter
    def parent(self, NvDsObjectMeta parent):
        _alive(self, "parent")
        cdef const PtNvFrame *frame
        if parent is not None:
            _alive(parent, "parent")
            _lock(self.batch)
            frame = pt_nv_home(self.batch, self.at)
            _unlock(self.batch)
            _check_parent(self, frame, parent)
        (<PtNvObject *>self.at).parent = NULL if parent is None else parent.at

    def set_box(self, float left, float top, float width, float height):
        """Set the box that is drawn, and the detector's to the same."""
        _alive(self, "set_box")
        cdef PtNvObject *of = <PtNvObject *>self.at
        of.detector_bbox = PtBbox(left, top, width, height)
        of.rect_params.left, of.rect_params.top = left, top
        of.rect_params.width, of.rect_params.height = width, height

    @property
    def classifier_meta_list(self):
        """The head of the classifier metas, or None."""
        return _nv_head(self.iter_classifiers())

    @property
    def obj_user_meta_list(self):
        """The head of the user metas, or None."""
        return _nv_head(self.iter_user_metas())

    def iter_classifiers(self):
        """Iterate over the classifier metas."""
        cdef const GNode **head = <const GNode **>&self.tail("classifier_meta_list").classifiers
        return _nv_items(self, "classifier_meta_list", head, PT_NV_CLASSIFIERS, NvDsClassifierMeta)

    def iter_user_metas(self):
        """Iterate over the user metas."""
        cdef const GNode **head = <const GNode **>&self.tail("obj_user_meta_list").users
        return _nv_items(self, "obj_user_meta_list", head, PT_NV_USERS, NvDsUserMeta)

    def add_classifier(self):
        """Add a classifier meta and return it."""
        return _nv_add(self, "add_classifier", PT_NV_CLASSIFIER, NvDsClassifierMeta)

    def add_user_meta(self, data, int meta_type=7):
        """Attach a Python object, which the buffer and its copies keep alive."""
        return _nv_add_user(self, PT_NV_OBJECT_USER, data, meta_type)

    def remove(self, meta not None):
        """Take a classifier or a user meta off this object."""
        cdef PtNvObjectTail *tail = self.tail("remove")
        if isinstance(meta, NvDsClassifierMeta):
            _nv_remove(self, PT_NV_CLASSIFIER, &tail.classifiers, meta)
        else:
            _nv_remove(self, PT_NV_OBJECT_USER, &tail.users, <NvDsUserMeta?>meta)


_name_fields([NvDsLabelInfo, NvDsClassifierMeta, NvDsObjectMeta])
