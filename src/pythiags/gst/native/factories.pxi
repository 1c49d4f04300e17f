# The names of the portable elements, which the plugin registers.

cdef extern from "factories.h" nogil:
    const char *const pt_factories[]


def portable_factories():
    """Return the names of the portable elements, in alphabetical order."""
    names = []
    cdef const char *const *name = &pt_factories[0]
    while name[0] != NULL:
        names.append(name[0].decode())
        name += 1
    return names
