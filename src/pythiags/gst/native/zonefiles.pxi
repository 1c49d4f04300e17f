# Configuration files of nvdsanalytics, read as the element reads them. See portable/analyze/config.h.

from os import fsencode

cdef extern from "config.h" nogil:
    ctypedef struct PtZoneSettings:
        pass
    PtZoneSettings *pt_zone_config_read(const char *, GPtrArray *, char **)
    void pt_zone_settings_unref(PtZoneSettings *)


cdef _file_problems(char *error, GPtrArray *notes):
    """The error, empty where there is none, and the notes; both are freed."""
    cdef unsigned place
    try:
        return "" if error is NULL else _text(error), [
            _text(<const char *>notes.pdata[place]) for place in range(notes.len)
        ]
    finally:
        g_free(error)
        for place in range(notes.len):
            g_free(notes.pdata[place])
        g_ptr_array_unref(notes)


def zones_file_problems(str path not None):
    """Return what is wrong with a configuration file of nvdsanalytics, and what in it does not count.

    Returns:
        The error, empty where there is none, and the notes.
    """
    cdef GPtrArray *notes = g_ptr_array_new()
    cdef char *error = NULL
    cdef bytes encoded = fsencode(path)
    cdef PtZoneSettings *settings = pt_zone_config_read(encoded, notes, &error)
    if settings is not NULL:
        pt_zone_settings_unref(settings)
    return _file_problems(error, notes)
