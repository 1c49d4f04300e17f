# What the look-alike of pyservicemaker is made of: the same structs, under other names.


def define_view(str name, fields, *, size_t size=0, int kind=0, bases=()):
    """Make a class of pyservicemaker, as `define` makes those of pyds.

    Args:
        name: Its name in pyservicemaker.
        fields: Its attributes.
        size: Of the struct, in bytes.
        kind: The number of NvDsMetaType, whose class in pyds stays what it is; 0: any other struct.
        bases: What else it is derived from.
    """
    global _next_kind
    cdef Caster caster = Caster()
    if not kind:
        kind = _next_kind
        _next_kind += 1
    caster.kind, caster.size = kind, size
    names = {"__slots__": (), "__module__": "pyservicemaker", **fields}
    cls = type(name, (*bases, Bound), names)
    caster.cls = cls
    _layouts[cls] = caster
    for attribute, field in fields.items():
        if isinstance(field, Field):
            (<Field>field).name = attribute
            (<Field>field).owner = name
    return cls


def view_of(type cls, shown):
    """The struct of one object, shown by another class."""
    cdef Bound bound = <Bound?>shown
    _usable(bound, cls.__name__)
    return _show(cls, bound.at, bound.batch, bound if bound.keeper is None else bound.keeper)


def batch_view(type cls, address):
    """The batch of a buffer by its address, shown by this class; None: it has none."""
    cdef PtBatch *batch = pt_buffer_get_batch(<GstBuffer *><size_t>address)
    if batch is NULL:
        return None
    if _strict:
        _watch(batch)
    return _show(cls, batch, batch, None)


# ---- iterators ----


@cython.final
cdef class Items:
    """What is on a list, once: newest first, as DeepStream's lists are, but for frames."""

    cdef PtBatch *batch
    cdef PtList *nodes
    cdef PtNode *last
    cdef type cls
    cdef int meta_type  # 0: any
    cdef bint newest_first
    cdef bint done
    cdef object keeper

    def __dealloc__(self):
        if self.batch is not NULL:
            pt_batch_unref(self.batch)

    def __iter__(self):
        return self

    def __next__(self):
        if self.done:
            raise StopIteration
        if _strict and self.batch.released:
            _misuse(
                f"the {self.cls.__name__} of a batch were asked for after its buffer was gone",
                "walk the list while the probe runs",
            )
        cdef PtNode *node = self.last
        node = self.first() if node is NULL else self.after(node)
        while node is not NULL and (node.list is NULL or not self.wanted(node)):
            node = self.after(node)
        if node is NULL:
            self.done = True
            raise StopIteration
        self.last = node
        return _show(self.cls, node, self.batch, self.keeper)

    cdef PtNode *first(self) noexcept:
        return self.nodes.tail if self.newest_first else self.nodes.head

    cdef PtNode *after(self, PtNode *node) noexcept:
        return node.prev if self.newest_first else node.next

    cdef bint wanted(self, PtNode *node) noexcept:
        return self.meta_type == 0 or (<PtUser *>node).meta_type == self.meta_type


cdef Items _items_of(Bound bound, PtList *nodes, type cls, int meta_type, bint newest_first):
    cdef Items items = Items.__new__(Items)
    items.batch = pt_batch_ref(bound.batch)
    items.nodes = nodes
    items.cls = cls
    items.meta_type = meta_type
    items.newest_first = newest_first
    items.keeper = OWNED if bound.keeper is OWNED else None
    return items


cdef class ItemsOf(Field):
    """A new iterator at each look.

    Args:
        offset: Where the list lies.
        cls: The class of what is on it.
        meta_type: Of the user metas that are wanted; 0: all.
        newest_first: Which end is its first.
    """

    cdef type cls
    cdef int meta_type
    cdef bint newest_first

    def __init__(
        self, Py_ssize_t offset, type cls, *, int meta_type=0, bint newest_first=True
    ):
        self.offset = offset
        self.cls = cls
        self.meta_type = meta_type
        self.newest_first = newest_first

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef PtList *nodes = <PtList *>_at(self, bound)
        return _items_of(<Bound>bound, nodes, self.cls, self.meta_type, self.newest_first)

    def __set__(self, bound, value):
        raise AttributeError(f"can't set attribute '{self.name}'")


def user_items(holder, type cls, int meta_type):
    """The user metas of a batch, a frame or an object that have this type."""
    cdef Bound bound = <Bound?>holder
    _usable(bound, "user_meta_items")
    kind = _caster_of(type(holder)).kind
    return _items_of(bound, _users_in(bound, kind), cls, meta_type, kind != KIND_BATCH)


cdef PtList *_users_in(Bound bound, int kind) noexcept:
    if kind == KIND_BATCH:
        return &bound.batch.users
    if kind == KIND_FRAME:
        return &(<PtFrame *>bound.at).users
    return &(<PtObject *>bound.at).users


def label_of(classifier, index, type cls):
    """A label of a classifier by its number, from 0, newest first; None: there are fewer."""
    cdef Bound bound = <Bound?>classifier
    _usable(bound, "get_n_label")
    cdef PtNode *node = (<PtClassifier *>bound.at).labels.tail
    cdef Py_ssize_t left = index
    while node is not NULL and left > 0:
        node = node.prev
        left -= 1
    return None if left < 0 else _show(cls, node, bound.batch, None)


# ---- pools and lists ----


def acquire_view(batch_meta, type cls):
    """A meta that is on no list yet."""
    cdef Bound of = <Bound?>batch_meta
    _usable(of, "acquire")
    cdef int kind = _caster_of(cls).kind
    cdef void *node = _new_node(kind, of.batch)
    if kind == KIND_USER:
        (<PtUser *>node).meta_type = KIND_USER
    if _strict:
        _watch(of.batch).acquired[<size_t>node] = (cls.__name__, _place())
    return _show(cls, node, of.batch, None)


def append_view(holder, item):
    """Put a meta onto the list of its kind: of a batch, a frame or an object."""
    cdef Bound of = <Bound?>holder
    cdef Bound it = <Bound?>item
    cdef int kind = _caster_of(type(item)).kind
    _usable(of, "append")
    _usable(it, "append")
    cdef PtNode *node = _to_add(of, it)
    if kind == KIND_OBJECT:
        pt_frame_take_object(<PtFrame *>of.at, <PtObject *>node, NULL)
    elif kind == KIND_DISPLAY:
        pt_list_append(&(<PtFrame *>of.at).displays, node)
    else:
        pt_list_append(_users_in(of, _caster_of(type(holder)).kind), node)


cdef enum:
    MOST_SHAPES = 16


def add_shape(display_meta, int place, Py_ssize_t offset, item):
    """Copy a shape into a display meta.

    Args:
        display_meta: It has room for sixteen of each.
        place: Of the counter: rectangles, labels, lines, arrows, circles.
        offset: Where the first of them lies.
        item: The shape.
    """
    cdef Bound of = <Bound?>display_meta
    cdef Bound it = <Bound?>item
    _usable(of, "add")
    _usable(it, "add")
    cdef unsigned *count = &(<PtDisplay *>of.at).num_rects + place
    cdef size_t size = _caster_of(type(item)).size
    cdef char *at
    if count[0] >= MOST_SHAPES:
        _misuse(
            f"a display meta has room for {MOST_SHAPES} {type(item).__name__}s, and one more was added",
            "acquire another display meta",
        )
        return
    at = of.at + offset + count[0] * size
    memmove(at, it.at, size)
    _own_texts(type(item), of, at)
    count[0] += 1


# ---- texts ----


cdef class OwnText(Field):
    """A text behind a pointer, which reads as a str; takes str or bytes, and keeps them."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef const char *text = (<const char **>_at(self, bound))[0]
        return "" if text is NULL else text[:strlen(text)].decode(errors="replace")

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        cdef bytes text = _encoded(self, value)
        keeper = _keeper(<Bound>bound)
        if isinstance(keeper, Block):
            (<Block>keeper).own(<const char **>at, text)
        else:
            _keep_text(<Bound>bound, <const char **>at, text)


cdef class FontName(Field):
    """The name of a font: reads as a str, and takes a member of an enumeration."""

    cdef object members

    def __init__(self, Py_ssize_t offset, members):
        self.offset = offset
        self.members = members

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef const char *text = (<const char **>_at(self, bound))[0]
        return "" if text is NULL else text[:strlen(text)].decode()

    def __set__(self, bound, value):
        cdef char *at = _to_set(self, bound)
        if not isinstance(value, self.members):
            _refuse(self, f"osd.{self.members.__name__}", value)
        (<const char **>at)[0] = g_intern_string(value.name.encode())


# ---- user metas ----


def payload_of(user_meta, type cls):
    """What a user meta holds, as an object of this class of pyds; None: it holds something else."""
    cdef Bound bound = <Bound?>user_meta
    _usable(bound, cls.__name__)
    cdef PtUser *user = <PtUser *>bound.at
    if user.data is NULL or _payload_kinds.get(user.payload) != _caster_of(cls).kind:
        return None
    return _show(cls, user.data, bound.batch, user_meta)


cdef void *_copy_text(void *data) noexcept nogil:
    return pt_block_strdup(<const char *>data)


cdef void _free_text(void *data) noexcept nogil:
    pt_block_free(data)


def set_user_text(user_meta, bytes text):
    """Have a user meta hold a text, which is copied and freed with it."""
    cdef Bound bound = <Bound?>user_meta
    _usable(bound, "set_user_data_json")
    cdef PtUser *user = <PtUser *>bound.at
    if user.data is not NULL and user.free is not NULL:
        user.free(user.data)
    user.data = pt_block_strdup(text)
    user.copy, user.free = _copy_text, _free_text


def user_text(user_meta):
    """The text that `set_user_text` stored; None: it holds none."""
    cdef Bound bound = <Bound?>user_meta
    _usable(bound, "get_user_data_json")
    cdef PtUser *user = <PtUser *>bound.at
    if user.data is NULL or user.copy != _copy_text:
        return None
    cdef const char *text = <const char *>user.data
    return text[:strlen(text)]


# NvDsInferDataType -> how numpy has it
cdef dict _FORMATS = {0: (b"f", 4), 1: (b"e", 2), 2: (b"b", 1), 3: (b"i", 4), 4: (b"q", 8), 5: (b"B", 1)}


def layer_array(cls, tensors, index):
    """The name of a layer, and its numbers as a live array in the shape of its dimensions."""
    shown = layer_of(cls, tensors, index, "get_layers")
    cdef LayerInfo *layer = <LayerInfo *>(<Bound>shown).at
    format, size = _FORMATS.get(layer.type, (b"B", 1))
    numbers = _numbers(
        layer.buffer, 0 if layer.buffer is NULL else layer.elements, size, format, shown
    )
    name = "" if layer.name is NULL else layer.name[:strlen(layer.name)].decode()
    shape = [layer.dims[i] for i in range(layer.dims_count)]
    return name, numbers.reshape(shape) if layer.buffer is not NULL else numbers


def probabilities_of(segmentation):
    """The probabilities as the network put them out, or None; as floats of (height, width, classes)."""
    cdef Bound bound = <Bound?>segmentation
    _usable(bound, "class_probabilities_map")
    cdef PtSegmentation *of = <PtSegmentation *>bound.at
    cdef size_t values = <size_t>of.width * of.height * of.count
    if of.probabilities is NULL:
        return None
    if (<PtSegmentationMore *>of).probabilities_size < values * sizeof(float):
        return None
    numbers = _numbers(<void *>of.probabilities, values, sizeof(float), b"f", segmentation)
    return numbers.reshape((of.height, of.width, of.count))


cdef extern from "tensors.h" nogil:
    ctypedef struct PtSegmentationMore "PtSegmentation":
        size_t probabilities_size


def mask_array(mask):
    """The values of a mask as a live array of (height, width); None: it has none."""
    cdef Bound bound = <Bound?>mask
    _usable(bound, "mask_array")
    cdef PtMask *of = <PtMask *>bound.at
    cdef size_t values = <size_t>of.width * of.height
    if of.data is NULL or of.size < values * sizeof(float):
        return None
    return _numbers(of.data, values, sizeof(float), b"f", mask).reshape((of.height, of.width))


def set_mask_array(mask, const float[:, ::1] values):
    """Copy the values of a mask."""
    cdef Bound bound = <Bound?>mask
    _usable(bound, "mask_array")
    cdef PtMask *of = <PtMask *>bound.at
    cdef size_t size = values.shape[0] * values.shape[1] * sizeof(float)
    if bound.batch is not NULL:
        of.data = <float *>pt_batch_alloc(bound.batch, size)
    else:
        keeper = bound.keeper
        block = Block(max(size, 1))
        (<Block?>keeper).kept = block
        of.data = <float *>(<Block>block).at
    if size:
        memcpy(of.data, &values[0, 0], size)
    of.size, of.height, of.width = size, values.shape[0], values.shape[1]


cdef PtUser _any_user


def more_places():
    """Where lies what pyds does not show."""
    return {
        "pipeline_width": _place_of(&_any_frame.pipeline_width, &_any_frame),
        "pipeline_height": _place_of(&_any_frame.pipeline_height, &_any_frame),
        "classifier_type": _place_of(&_any_classifier.classifier_type, &_any_classifier),
        "meta_type": _place_of(&_any_user.meta_type, &_any_user),
    }

