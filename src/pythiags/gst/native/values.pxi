# Texts as values of properties, read the way gst_parse_launch reads them.

cdef extern from "values.h" nogil:
    GType G_TYPE_OBJECT
    enum: PT_VALUE_FITS
    enum: PT_VALUE_UNREADABLE
    enum: PT_VALUE_OUT_OF_RANGE
    int pt_value_verdict(const char *, const char *, const char *)
    int pt_caps_are_readable(const char *)
    const char *pt_value_nick(const char *, unsigned int)
    char *pt_property_text(void *, const char *)


def value_verdict(str type_name, str property_name, str text):
    """Return what would become of ``text`` as the value of a property of the class ``type_name``.

    Nothing is set, and nothing is printed. The class must be registered, which it is once its
    factory was loaded.

    Returns:
        ``"fits"``, ``"unreadable"``, ``"out of range"`` or ``"no property"``.
    """
    cdef int verdict = pt_value_verdict(type_name.encode(), property_name.encode(), text.encode())
    if verdict == PT_VALUE_FITS:
        return "fits"
    if verdict == PT_VALUE_UNREADABLE:
        return "unreadable"
    return "out of range" if verdict == PT_VALUE_OUT_OF_RANGE else "no property"


def caps_are_readable(str text):
    """Return whether GStreamer can read a text as caps; nothing is printed if it cannot."""
    return bool(pt_caps_are_readable(text.encode()))


def property_text(target, str name):
    """Return the value of a property of an element or a pad, as ``gst-launch-1.0 -v`` shows it.

    Returns:
        The text; of an object its name; None if the property cannot be read, or has no text.
    """
    cdef void *native = pt_unwrap_object(target, G_TYPE_OBJECT)
    if native is NULL:
        raise TypeError(f"expected a GObject.Object, got {type(target).__name__}")
    encoded = name.encode()
    cdef const char *word = encoded
    cdef char *text
    with nogil:  # the element may take a lock, or ask Python
        text = pt_property_text(native, word)
    if text is NULL:
        return None
    try:
        return (<bytes>text).decode(errors="replace")
    finally:
        g_free(text)


def value_nicks(str type_name):
    """Return the nicks of the enumeration or the set of flags ``type_name``, in their order."""
    name = type_name.encode()
    nicks = []
    cdef const char *nick = pt_value_nick(name, 0)
    while nick != NULL:
        nicks.append((<bytes>nick).decode())
        nick = pt_value_nick(name, <unsigned int>len(nicks))
    return nicks
