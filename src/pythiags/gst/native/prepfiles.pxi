# Configuration files of nvdspreprocess, read as the element reads them. See portable/prepare/prepfile.h.

cdef extern from "prepfile.h" nogil:
    void pt_prep_file_check(const char *, bint, GPtrArray *, char **)


def prepare_file_problems(str path not None, bint on_frames=True):
    """Return what is wrong with a configuration file of nvdspreprocess, and what in it does not count.

    Args:
        path: The file.
        on_frames: What ``process-on-frame`` is where the file does not say.

    Returns:
        The error, empty where there is none, and the notes.
    """
    cdef GPtrArray *notes = g_ptr_array_new()
    cdef char *error = NULL
    cdef bytes encoded = fsencode(path)
    pt_prep_file_check(encoded, on_frames, notes, &error)
    return _file_problems(error, notes)
