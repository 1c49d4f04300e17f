# Configuration files of nvdsmetamux, read as the element reads them. See portable/metamux/metafile.h.

cdef extern from "metafile.h" nogil:
    ctypedef struct PtMetaSettings:
        char *active_pad
    PtMetaSettings *pt_meta_file_read(const char *, GPtrArray *, char **)
    void pt_meta_settings_unref(PtMetaSettings *)


def metamux_file_problems(str path not None):
    """Return what is wrong with a configuration file of nvdsmetamux, and what in it does not count.

    Returns:
        The error, empty where there is none, the notes, and the active pad that it names or None.
    """
    cdef GPtrArray *notes = g_ptr_array_new()
    cdef char *error = NULL
    cdef bytes encoded = fsencode(path)
    cdef PtMetaSettings *settings = pt_meta_file_read(encoded, notes, &error)
    pad = None
    if settings is not NULL:
        if settings.active_pad is not NULL:
            pad = _text(settings.active_pad)
        pt_meta_settings_unref(settings)
    return *_file_problems(error, notes), pad
