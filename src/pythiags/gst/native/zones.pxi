# What the portable nvdsanalytics attaches, under pyds's names. See native/zones.h.

cdef extern from "zones.h" nogil:
    int PT_PAYLOAD_ZONES_FRAME, PT_PAYLOAD_ZONES_OBJECT
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


cdef dict _zone_counts(const GArray *counts):
    """Numbers by name, copied."""
    cdef const PtZoneCount *each
    cdef unsigned place
    cdef dict found = {}
    if counts is not NULL:
        for place in range(counts.len):
            each = <const PtZoneCount *>counts.data + place
            found[_text(each.name)] = each.value
    return found


cdef list _zone_names(const GPtrArray *names):
    cdef unsigned place
    return [] if names is NULL else [
        _text(<const char *>names.pdata[place]) for place in range(names.len)
    ]


@cython.final
cdef class AnalyticsFrameMeta(View):
    """NvDsAnalyticsFrameMeta: what nvdsanalytics counted in a frame."""

    @property
    def objInROIcnt(self):
        """How many objects each region has, by name."""
        _alive(self, "objInROIcnt")
        return _zone_counts((<PtZonesFrame *>self.at).in_roi)

    @property
    def ocStatus(self):
        """Which regions are overcrowded, by name."""
        _alive(self, "ocStatus")
        found = _zone_counts((<PtZonesFrame *>self.at).overcrowded)
        return {name: value != 0 for name, value in found.items()}

    @property
    def objLCCurrCnt(self):
        """How many objects cross each line now, by name."""
        _alive(self, "objLCCurrCnt")
        return _zone_counts((<PtZonesFrame *>self.at).crossing)

    @property
    def objLCCumCnt(self):
        """How many objects have crossed each line so far, by name."""
        _alive(self, "objLCCumCnt")
        return _zone_counts((<PtZonesFrame *>self.at).crossed)

    @property
    def objCnt(self):
        """How many objects there are, by class."""
        _alive(self, "objCnt")
        cdef const GArray *counts = (<PtZonesFrame *>self.at).objects
        cdef const PtZoneCount *each
        cdef unsigned place
        cdef dict found = {}
        if counts is not NULL:
            for place in range(counts.len):
                each = <const PtZoneCount *>counts.data + place
                found[each.class_id] = each.value
        return found

    @property
    def unique_id(self):
        """The number of the nvdsanalytics."""
        _alive(self, "unique_id")
        return (<PtZonesFrame *>self.at).unique_id


@cython.final
cdef class AnalyticsObjInfo(View):
    """NvDsAnalyticsObjInfo: which regions, lines and directions an object touches."""

    @property
    def roiStatus(self):
        """The regions that it is in."""
        _alive(self, "roiStatus")
        return _zone_names((<PtZonesObject *>self.at).rois)

    @property
    def ocStatus(self):
        """The overcrowding regions that it is in."""
        _alive(self, "ocStatus")
        return _zone_names((<PtZonesObject *>self.at).overcrowded)

    @property
    def lcStatus(self):
        """The lines that it crosses."""
        _alive(self, "lcStatus")
        return _zone_names((<PtZonesObject *>self.at).lines)

    @property
    def dirStatus(self):
        """The directions that it goes in, as nvdsanalytics writes them."""
        _alive(self, "dirStatus")
        cdef const char *text = (<PtZonesObject *>self.at).direction
        return "" if text is NULL else _text(text)

    @property
    def objStatus(self):
        """All of it, as nvdsanalytics writes it."""
        _alive(self, "objStatus")
        cdef const char *text = (<PtZonesObject *>self.at).status
        return "" if text is NULL else _text(text)

    @property
    def unique_id(self):
        """The number of the nvdsanalytics."""
        _alive(self, "unique_id")
        return (<PtZonesObject *>self.at).unique_id
