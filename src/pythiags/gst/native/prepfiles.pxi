# Configuration files of nvdspreprocess, read as the element reads them. See portable/prepare/prepfile.h.

cdef extern from "prepfile.h" nogil:
    char **pt_prep_file_check(const char *, bint, GPtrArray *, char **)

cdef extern from "glib.h" nogil:
    void g_strfreev(char **)


def prepare_file_problems(str path not None, bint on_frames=True):
    """Return what is wrong with a configuration file of nvdspreprocess, and what in it does not count.

    Args:
        path: The file.
        on_frames: What ``process-on-frame`` is where the file does not say.

    Returns:
        The error, empty where there is none, the notes, and what a function in Python would be told,
        or None where none is needed.
    """
    cdef GPtrArray *notes = g_ptr_array_new()
    cdef char *error = NULL
    cdef bytes encoded = fsencode(path)
    cdef char **own = pt_prep_file_check(encoded, on_frames, notes, &error)
    cdef unsigned place = 0
    told = None if own is NULL else {}
    while own is not NULL and own[place] is not NULL:
        told[_text(own[place])] = _text(own[place + 1])
        place += 2
    g_strfreev(own)
    return *_file_problems(error, notes), told
