# The library and the configuration file of nvtracker, judged as the element does. See portable/track/library.h.

cdef extern from "library.h" nogil:
    ctypedef struct PtTrackSettings:
        pass
    bint pt_library_settings(PtTrackSettings *, const char *, const char *, GPtrArray *, char **)


def tracker_file_problems(str library not None, str path not None):
    """Return what is wrong with what an nvtracker is given, and what in its file does not count.

    Args:
        library: The value of ``ll-lib-file``.
        path: The value of ``ll-config-file``; empty: none.

    Returns:
        The error, empty where there is none, and the notes.
    """
    cdef PtTrackSettings settings
    cdef GPtrArray *notes = g_ptr_array_new()
    cdef char *error = NULL
    cdef bytes its_library = fsencode(library)
    cdef bytes its_path = fsencode(path)
    pt_library_settings(&settings, its_library, its_path, notes, &error)
    return _file_problems(error, notes)
