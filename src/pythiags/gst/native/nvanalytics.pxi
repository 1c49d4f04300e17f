# What nvdsanalytics attaches: C++ containers, copied when they are read, as pyds does.


cdef enum:
    _CXX_MOST = 65536  # items of a container, bytes of a text: more is taken for a broken one


cdef str _cxx_text(const PtCxxString *string):
    if string.text is NULL or string.length > _CXX_MOST:
        return ""
    return string.text[:string.length].decode("utf-8", "replace")


cdef list _cxx_texts(const PtCxxStrings *strings):
    cdef size_t count = 0 if strings.begin is NULL else strings.end - strings.begin
    if count > _CXX_MOST:
        return []
    return [_cxx_text(&strings.begin[i]) for i in range(count)]


cdef enum:
    _CXX_FLAG
    _CXX_NARROW
    _CXX_WIDE


cdef dict _cxx_map(const PtCxxMap *of, int kind):
    """A map from strings; `kind` is what its values are."""
    cdef dict found = {}
    cdef PtCxxTextNode *node = <PtCxxTextNode *>of.first
    cdef size_t left = min(of.count, _CXX_MOST)
    while node is not NULL and left:
        if kind == _CXX_FLAG:
            found[_cxx_text(&node.key)] = node.flag != 0
        elif kind == _CXX_NARROW:
            found[_cxx_text(&node.key)] = node.narrow
        else:
            found[_cxx_text(&node.key)] = node.wide
        node = <PtCxxTextNode *>(<PtCxxNode *>node).next
        left -= 1
    return found


@cython.final
cdef class NvDsAnalyticsFrameMeta(View):
    """NvDsAnalyticsFrameMeta: what nvdsanalytics counted in a frame."""

    @property
    def ocStatus(self):
        """Which regions are overcrowded, by name."""
        _alive(self, "ocStatus")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).ocStatus, _CXX_FLAG)

    @property
    def objInROIcnt(self):
        """How many objects each region has, by name."""
        _alive(self, "objInROIcnt")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).objInROIcnt, _CXX_NARROW)

    @property
    def objLCCurrCnt(self):
        """How many objects cross each line now, by name."""
        _alive(self, "objLCCurrCnt")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).objLCCurrCnt, _CXX_WIDE)

    @property
    def objLCCumCnt(self):
        """How many objects have crossed each line so far, by name."""
        _alive(self, "objLCCumCnt")
        return _cxx_map(&(<PtNvAnalyticsFrame *>self.at).objLCCumCnt, _CXX_WIDE)

    @property
    def objCnt(self):
        """How many objects there are, by class."""
        _alive(self, "objCnt")
        cdef const PtCxxMap *of = &(<PtNvAnalyticsFrame *>self.at).objCnt
        cdef dict found = {}
        cdef PtCxxNumberNode *node = <PtCxxNumberNode *>of.first
        cdef size_t left = min(of.count, _CXX_MOST)
        while node is not NULL and left:
            found[node.key] = node.value
            node = <PtCxxNumberNode *>(<PtCxxNode *>node).next
            left -= 1
        return found

    @property
    def unique_id(self):
        """The number of the nvdsanalytics."""
        _alive(self, "unique_id")
        return (<PtNvAnalyticsFrame *>self.at).unique_id


@cython.final
cdef class NvDsAnalyticsObjInfo(View):
    """NvDsAnalyticsObjInfo: which regions, lines and directions an object touches."""

    cdef bint is_numbered  # at compile time: by DeepStream 8.0 or later

    @property
    def roiStatus(self):
        """The regions that it is in."""
        _alive(self, "roiStatus")
        return _cxx_texts(&(<PtNvAnalyticsObject *>self.at).roiStatus)

    @property
    def ocStatus(self):
        """The overcrowded regions that it is in."""
        _alive(self, "ocStatus")
        return _cxx_texts(&(<PtNvAnalyticsObject *>self.at).ocStatus)

    @property
    def lcStatus(self):
        """The lines that it crosses."""
        _alive(self, "lcStatus")
        return _cxx_texts(&(<PtNvAnalyticsObject *>self.at).lcStatus)

    @property
    def dirStatus(self):
        """The direction that it goes in."""
        _alive(self, "dirStatus")
        return _cxx_text(&(<PtNvAnalyticsObject *>self.at).dirStatus)

    @property
    def objStatus(self):
        """What it does, from DeepStream 6.3 on; before, and from there to 7.1 beyond 15 bytes, empty.

        Up to 7.1 the struct does not say whether it has this text: a short text, which points to
        itself, does.
        """
        _alive(self, "objStatus")
        cdef PtNvAnalyticsObject *of = <PtNvAnalyticsObject *>self.at
        # Of a struct of 112 bytes the pointer lies behind it, in memory that is its own all the same:
        # glibc allocates 120 bytes where 112 are asked for.
        if not self.is_numbered and of.objStatus.text != of.objStatus.here:
            return ""
        return _cxx_text(&of.objStatus)

    @property
    def unique_id(self):
        """The number of the nvdsanalytics."""
        _alive(self, "unique_id")
        return (<PtNvAnalyticsObject *>self.at).unique_id
