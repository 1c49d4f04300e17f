# Registration of the portable elements, by DeepStream's names.

cdef extern from "elements/elements.h" nogil:
    ctypedef int (*PtElementRegister)()
    ctypedef struct PtElement:
        const char *factory
        PtElementRegister add
    const PtElement pt_elements[]


def portable_factories():
    """Give the names of the elements that can be registered, in alphabetical order."""
    cdef const PtElement *element = &pt_elements[0]
    names = []
    while element.factory != NULL:
        names.append((<bytes>element.factory).decode())
        element += 1
    return sorted(names)


def register_portable(str factory):
    """Register one portable element in this process.

    Raises:
        LookupError: There is no portable element of that name.
        RuntimeError: GStreamer refused the registration.
    """
    cdef const PtElement *element = &pt_elements[0]
    wanted = factory.encode()
    while element.factory != NULL:
        if element.factory == <bytes>wanted:
            if not element.add():
                raise RuntimeError(f"GStreamer refused to register {factory!r}")
            return
        element += 1
    raise LookupError(factory)
