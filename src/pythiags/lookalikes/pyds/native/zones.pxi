# What nvdsanalytics says: containers that are copied when they are read. See native/zones.h.

cdef extern from "zones.h" nogil:
    int PT_PAYLOAD_ZONES_FRAME, PT_PAYLOAD_ZONES_OBJECT
    ctypedef struct GArray:
        char *data
        unsigned len
    ctypedef struct GPtrArray:
        void **pdata
        unsigned len
    ctypedef struct PtZoneCount:
        char *name
        int class_id
        uint64_t value
    ctypedef struct PtZonesFrame:
        unsigned unique_id
        GArray *in_roi
        GArray *overcrowded
        GArray *crossing
        GArray *crossed
        GArray *objects
    ctypedef struct PtZonesObject:
        unsigned unique_id
        GPtrArray *rois
        GPtrArray *overcrowded
        GPtrArray *lines
        char *direction
        char *status
    PtZonesFrame *pt_zones_frame_new(unsigned)
    PtZonesObject *pt_zones_object_new(unsigned)
    void pt_zones_count(GArray **, const char *, int, uint64_t)
    void pt_zones_name(GPtrArray **, const char *)
    void pt_zones_frame_attach(PtZonesFrame *, PtFrame *)
    void pt_zones_object_attach(PtZonesObject *, PtObject *)
    char *g_strdup(const char *)
    void g_array_unref(GArray *)
    void g_ptr_array_unref(GPtrArray *)

cdef PtZonesFrame _any_zones
cdef PtZonesObject _any_zones_of_object


def zone_places():
    """Where members lie in what nvdsanalytics attaches."""
    return {
        "frame": sizeof(PtZonesFrame),
        "object": sizeof(PtZonesObject),
        "in_roi": _place_of(&_any_zones.in_roi, &_any_zones),
        "overcrowded": _place_of(&_any_zones.overcrowded, &_any_zones),
        "crossing": _place_of(&_any_zones.crossing, &_any_zones),
        "crossed": _place_of(&_any_zones.crossed, &_any_zones),
        "objects": _place_of(&_any_zones.objects, &_any_zones),
        "rois": _place_of(&_any_zones_of_object.rois, &_any_zones_of_object),
        "crowds": _place_of(&_any_zones_of_object.overcrowded, &_any_zones_of_object),
        "lines": _place_of(&_any_zones_of_object.lines, &_any_zones_of_object),
        "direction": _place_of(&_any_zones_of_object.direction, &_any_zones_of_object),
        "status": _place_of(&_any_zones_of_object.status, &_any_zones_of_object),
    }


cdef class Counts(Field):
    """A dictionary, copied when it is read; takes one whose keys and values fit.

    Args:
        offset: Where the counts lie.
        by_class: The keys are class ids, not names.
        flags: The values are bools.
        high: The highest value.
    """

    cdef bint by_class
    cdef bint flags
    cdef uint64_t high

    def __init__(
        self, Py_ssize_t offset, *, bint by_class=False, bint flags=False,
        uint64_t high=0xFFFFFFFF,
    ):
        self.offset = offset
        self.by_class = by_class
        self.flags = flags
        self.high = high

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef GArray *counts = (<GArray **>_at(self, bound))[0]
        cdef PtZoneCount *each
        cdef unsigned place
        found = {}
        if counts is not NULL:
            for place in range(counts.len):
                each = <PtZoneCount *>counts.data + place
                key = each.class_id if self.by_class else each.name[:strlen(each.name)].decode()
                found[key] = bool(each.value) if self.flags else each.value
        return found

    def __set__(self, bound, value):
        cdef GArray **counts = <GArray **>_to_set(self, bound)
        cdef bytes name = b""
        if not isinstance(value, dict):
            _refuse(self, "a dict", value)
        checked = [(self.key(key), self.count(of)) for key, of in value.items()]
        if counts[0] is not NULL:
            g_array_unref(counts[0])
            counts[0] = NULL
        for key, of in checked:
            if self.by_class:
                pt_zones_count(counts, NULL, key, of)
            else:
                name = key
                pt_zones_count(counts, name, 0, of)

    cdef object key(self, value):
        if self.by_class:
            return _integer(self, value, -0x80000000, 0x7FFFFFFF)
        return _encoded(self, value)

    cdef object count(self, value):
        if not self.flags:
            return _integer(self, value, 0, self.high)
        if value is not None and not hasattr(type(value), "__bool__"):
            _refuse(self, "a bool", value)
        return 1 if value else 0


cdef class Names(Field):
    """A list of str, copied when it is read."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef GPtrArray *names = (<GPtrArray **>_at(self, bound))[0]
        cdef const char *name
        cdef unsigned place
        found = []
        if names is not NULL:
            for place in range(names.len):
                name = <const char *>names.pdata[place]
                found.append(name[:strlen(name)].decode())
        return found

    def __set__(self, bound, value):
        cdef GPtrArray **names = <GPtrArray **>_to_set(self, bound)
        cdef bytes name = b""
        if isinstance(value, (str, bytes)) or not hasattr(value, "__getitem__"):
            _refuse(self, "a list of str", value)
        checked = [_encoded(self, each) for each in value]
        if names[0] is not NULL:
            g_ptr_array_unref(names[0])
            names[0] = NULL
        for each in checked:
            name = each
            pt_zones_name(names, name)


cdef class Word(Field):
    """A C++ string: a str, "" where there is none."""

    def __get__(self, bound, owner):
        if bound is None:
            return self
        cdef const char *text = (<const char **>_at(self, bound))[0]
        return "" if text is NULL else text[:strlen(text)].decode()

    def __set__(self, bound, value):
        cdef char **text = <char **>_to_set(self, bound)
        cdef bytes encoded = _encoded(self, value)
        g_free(text[0])
        text[0] = g_strdup(encoded)


def attach_zones(holder, zones):
    """Attach what nvdsanalytics would say of a frame or an object, made of a filled object of pyds.

    For tests. What is in it is copied.
    """
    cdef PtZonesFrame *frame
    cdef PtZonesObject *of
    if isinstance(holder, _kinds[KIND_FRAME]):
        frame = pt_zones_frame_new(zones.unique_id)
        copy = _show(type(zones), frame, NULL, holder)
        pt_zones_frame_attach(frame, <PtFrame *>_struct_of(holder, KIND_FRAME, "holder"))
        names = ("objInROIcnt", "ocStatus", "objLCCurrCnt", "objLCCumCnt", "objCnt")
    else:
        of = pt_zones_object_new(zones.unique_id)
        copy = _show(type(zones), of, NULL, holder)
        pt_zones_object_attach(of, <PtObject *>_struct_of(holder, KIND_OBJECT, "holder"))
        names = ("roiStatus", "ocStatus", "lcStatus", "dirStatus", "objStatus")
    for name in names:
        setattr(copy, name, getattr(zones, name))
