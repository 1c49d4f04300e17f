# Frames and objects out of what a line of a recording is as JSON: dicts, lists and numbers.
#
# The message of an error begins with the place of what is wrong: ".confidence: expected ...".

from cpython.dict cimport PyDict_GetItemWithError
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.math cimport INFINITY, NAN

from pythiags.checks import shown

cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object, int *) except? -1
    unsigned long long PyLong_AsUnsignedLongLong(object) except? -1


cdef int _take_whole(dict document, str key, long long low, long long high, void *to) except -1:
    """Copy a 32-bit integer; return whether it is there."""
    cdef PyObject *found = PyDict_GetItemWithError(document, key)
    cdef long long number = 0
    cdef int overflow = 1
    if found is NULL:
        return 0
    if type(<object>found) is int:
        number = PyLong_AsLongLongAndOverflow(<object>found, &overflow)
    if overflow or not low <= number <= high:
        raise TypeError(f".{key}: expected an integer from {low} to {high}, got {shown(<object>found)}")
    (<int *>to)[0] = <int>number
    return 1


cdef inline int _take_int(dict document, str key, int *to) except -1:
    return _take_whole(document, key, -0x80000000, 0x7FFFFFFF, to)


cdef inline int _take_uint(dict document, str key, unsigned *to) except -1:
    return _take_whole(document, key, 0, 0xFFFFFFFF, to)


cdef int _take_uint64(dict document, str key, uint64_t *to) except -1:
    """Copy a 64-bit integer; return whether it is there."""
    cdef PyObject *found = PyDict_GetItemWithError(document, key)
    if found is NULL:
        return 0
    if type(<object>found) is int:
        try:
            to[0] = PyLong_AsUnsignedLongLong(<object>found)
            return 1
        except OverflowError:
            pass
    raise TypeError(f".{key}: expected an integer from 0 to 2**64 - 1, got {shown(<object>found)}")


cdef double _number(str key, object value) except? -1:
    """A number; those that JSON lacks are texts."""
    if type(value) is float:
        return PyFloat_AS_DOUBLE(value)
    if type(value) is int:
        return value
    if type(value) is str:
        if value == "NaN":
            return NAN
        if value == "Infinity":
            return INFINITY
        if value == "-Infinity":
            return -INFINITY
    raise TypeError(f".{key}: expected a number, got {shown(value)}")


cdef int _take_float(dict document, str key, float *to) except -1:
    cdef PyObject *found = PyDict_GetItemWithError(document, key)
    if found is NULL:
        return 0
    to[0] = _number(key, <object>found)
    return 1


cdef list _four_of(str key, object value):
    if type(value) is not list or len(<list>value) != 4:
        raise TypeError(f".{key}: expected four numbers, got {shown(value)}")
    return <list>value


cdef int _take_box(dict document, str key, PtBbox *to) except -1:
    cdef PyObject *found = PyDict_GetItemWithError(document, key)
    if found is NULL:
        return 0
    cdef list sides = _four_of(key, <object>found)
    to.left, to.top = _number(key, sides[0]), _number(key, sides[1])
    to.width, to.height = _number(key, sides[2]), _number(key, sides[3])
    return 1


cdef int _take_color(dict document, str key, PtColor *to) except -1:
    cdef PyObject *found = PyDict_GetItemWithError(document, key)
    if found is NULL:
        return 0
    cdef list parts = _four_of(key, <object>found)
    to.red, to.green = _number(key, parts[0]), _number(key, parts[1])
    to.blue, to.alpha = _number(key, parts[2]), _number(key, parts[3])
    return 1


cdef const char *_utf8_of(str key, object value) except NULL:
    cdef Py_ssize_t size
    if type(value) is not str:
        raise TypeError(f".{key}: expected a str, got {shown(value)}")
    try:
        return PyUnicode_AsUTF8AndSize(value, &size)
    except UnicodeEncodeError:  # half of a pair
        raise TypeError(f".{key}: expected characters of Unicode, got {shown(value)}") from None


cdef int _take_label(dict document, str key, char *to) except -1:
    cdef PyObject *found = PyDict_GetItemWithError(document, key)
    if found is NULL:
        return 0
    pt_set_label(to, _utf8_of(key, <object>found))
    return 1


cdef int _take_text(dict document, str key, PtBatch *batch, const char **to) except -1:
    cdef PyObject *found = PyDict_GetItemWithError(document, key)
    if found is NULL:
        return 0
    to[0] = pt_batch_strdup(batch, _utf8_of(key, <object>found))
    return 1


cdef dict _dict_of(str place, object value):
    if type(value) is not dict:
        raise TypeError(f"{place}: expected an object of JSON, got {shown(value)}")
    return <dict>value


cdef int _take_rect(dict document, PtRect *rect) except -1:
    """Copy how a box is drawn; return 1 if that is all there is, 0 if it is left to others."""
    cdef PyObject *found = PyDict_GetItemWithError(document, "rect_params")
    if found is NULL:
        return 0
    cdef dict style = _dict_of(".rect_params", <object>found)
    cdef Py_ssize_t taken = _take_uint(style, "border_width", &rect.border_width)
    taken += _take_color(style, "border_color", &rect.border_color)
    taken += _take_uint(style, "has_bg_color", &rect.has_bg_color)
    taken += _take_color(style, "bg_color", &rect.bg_color)
    taken += _take_int(style, "has_color_info", &rect.has_color_info)
    taken += _take_int(style, "color_id", &rect.color_id)
    return taken == len(style)


cdef int _take_words(dict document, PtBatch *batch, PtText *text) except -1:
    """Copy the text that is drawn; return 1 if that is all there is, 0 if it is left to others."""
    cdef PyObject *found = PyDict_GetItemWithError(document, "text_params")
    if found is NULL:
        return 0
    cdef dict style = _dict_of(".text_params", <object>found)
    cdef Py_ssize_t taken = _take_text(style, "display_text", batch, &text.display_text)
    taken += _take_uint(style, "x_offset", &text.x_offset)
    taken += _take_uint(style, "y_offset", &text.y_offset)
    taken += _take_int(style, "set_bg_clr", &text.set_bg_clr)
    taken += _take_color(style, "text_bg_clr", &text.text_bg_clr)
    found = PyDict_GetItemWithError(style, "font_params")
    if found is NULL:
        return taken == len(style)
    cdef dict font = _dict_of(".font_params", <object>found)
    cdef Py_ssize_t of_font = _take_text(font, "font_name", batch, &text.font_params.font_name)
    of_font += _take_uint(font, "font_size", &text.font_params.font_size)
    of_font += _take_color(font, "font_color", &text.font_params.font_color)
    return taken + 1 == len(style) and of_font == len(font)


cdef int _take_object(dict document, PtObject *obj) except -1:
    """Copy what an object is; return whether that is all there is, but for its parent."""
    cdef PtBbox box
    cdef Py_ssize_t taken = _take_label(document, "obj_label", obj.obj_label)
    taken += _take_int(document, "class_id", &obj.class_id)
    taken += _take_float(document, "confidence", &obj.confidence)
    taken += _take_uint64(document, "object_id", &obj.object_id)
    taken += _take_int(document, "unique_component_id", &obj.unique_component_id)
    taken += _take_float(document, "tracker_confidence", &obj.tracker_confidence)
    if _take_box(document, "bbox", &box):
        taken += 1
        obj.detector_bbox = box
        obj.rect_params.left, obj.rect_params.top = box.left, box.top
        obj.rect_params.width, obj.rect_params.height = box.width, box.height
    taken += _take_box(document, "detector_bbox", &obj.detector_bbox)
    taken += _take_box(document, "tracker_bbox", &obj.tracker_bbox)
    taken += _take_rect(document, &obj.rect_params)
    taken += _take_words(document, obj.batch, &obj.text_params)
    return taken == len(document)


cdef int _take_frame(dict document, PtFrame *frame) except -1:
    """Copy what a frame is; return how many fields that were."""
    cdef int taken = _take_uint(document, "source_id", &frame.source_id)
    taken += _take_int(document, "frame_num", &frame.frame_num)
    taken += _take_uint64(document, "buf_pts", &frame.buf_pts)
    taken += _take_uint(document, "pad_index", &frame.pad_index)
    taken += _take_uint(document, "batch_id", &frame.batch_id)
    taken += _take_uint64(document, "ntp_timestamp", &frame.ntp_timestamp)
    taken += _take_uint(document, "source_frame_width", &frame.source_frame_width)
    taken += _take_uint(document, "source_frame_height", &frame.source_frame_height)
    taken += _take_uint(document, "pipeline_width", &frame.pipeline_width)
    taken += _take_uint(document, "pipeline_height", &frame.pipeline_height)
    taken += _take_int(document, "num_surfaces_per_frame", &frame.num_surfaces_per_frame)
    taken += _take_int(document, "bInferDone", &frame.bInferDone)
    return taken


cdef _set_parents(PtFrame *frame, list documents):
    """Tell the objects of a frame their parents, which are places among them; cut circles."""
    cdef list places = []
    cdef PtNode *node = frame.objects.head
    while node is not NULL:
        places.append(<size_t>node)
        node = node.next
    for place, document in enumerate(documents):
        if "parent" not in document:
            continue
        parent = document["parent"]
        if type(parent) is not int or not 0 <= parent < len(places) or parent == place:
            raise TypeError(
                f".objects[{place}].parent: expected the place of another "
                f"of {len(places)} objects, got {shown(parent)}"
            )
        pt_object_set_parent(
            <PtObject *><size_t>places[place], <PtObject *><size_t>places[parent]
        )
    pt_frame_cut_circles(frame)


cdef list _add_recorded(PtBatch *batch, document):
    """Append a frame with its objects; see ``BatchMeta.add_recorded_frame()``."""
    cdef dict fields = _dict_of("", document)
    cdef PtFrame *frame = pt_batch_add_frame(batch)
    cdef PtObject *obj
    cdef list more = []
    cdef bint parents = False
    cdef Py_ssize_t place = -1
    cdef Py_ssize_t taken = _take_frame(fields, frame)
    cdef PyObject *found = PyDict_GetItemWithError(fields, "objects")
    if found is not NULL:
        taken += 1
        if type(<object>found) is not list:
            raise TypeError(f".objects: expected a list, got {shown(<object>found)}")
        try:
            for each in <list><object>found:
                place += 1
                obj = pt_frame_add_object(frame, NULL)
                if not _take_object(_dict_of("", each), obj):
                    parents = parents or "parent" in <dict>each
                    more.append((place, _view(ObjectMeta, batch, obj), each))
        except TypeError as error:
            raise TypeError(f".objects[{place}]{error}") from None
        if parents:
            _set_parents(frame, <list><object>found)
    if taken < len(fields):
        more.append((-1, _view(FrameMeta, batch, frame), document))
    return more
