# What real hardware answers with a crash, sooner or later. In strict mode it is an error where it is done.


class StrictError(RuntimeError):
    """A use of pyds that is undefined on real hardware; raised in strict mode only."""

    __module__ = "pyds"


cdef bint _strict = False
cdef object _reporter = None  # (text, place): what is found too late to be raised
cdef set _told = set()
cdef str _OURS = "pythiags.lookalikes.pyservicemaker"  # whose methods in Python call what is here


def be_strict(reporter):
    """Raise ``StrictError`` where a misuse is done from now on.

    Args:
        reporter: Called with a text and a place, "FILE:LINE", for what shows only once a buffer is
            gone; it is called in the thread that releases the buffer. None: be lenient again.
    """
    global _strict, _reporter
    _strict = reporter is not None
    _reporter = reporter


def is_strict():
    """Whether misuses are errors."""
    return _strict


cdef str _place():
    """Where the script's code is that called."""
    cdef PyFrameObject *frame = PyEval_GetFrame()
    if frame is NULL:
        return "?"
    found = <object><PyObject *>frame
    while found.f_back is not None and found.f_globals.get("__name__", "").startswith(_OURS):
        found = found.f_back
    return f"{found.f_code.co_filename}:{found.f_lineno}"


cdef int _misuse(str text, str remedy) except -1:
    """Raise in strict mode; else say it once for each place, on the logger ``pyds``."""
    if _strict:
        raise StrictError(f"{text}\n  try: {remedy}")
    place = _place()
    if len(_told) <= 1000 and (place, text) not in _told:
        _told.add((place, text))
        import logging

        logger = logging.getLogger("pyds")
        if len(_told) <= 1000:
            logger.warning("%s: %s; try: %s", place, text, remedy)
        else:
            logger.warning("more than 1000 misuses; no more are shown")
    return 0


cdef _incompatible(str what, str expected, value):
    """The TypeError of pybind11, with the name that it leaves out."""
    raise TypeError(
        "(): incompatible function arguments. The following argument types are supported:\n"
        f"    1. {what}: {expected}\n\nInvoked with: {value!r}"
    )
