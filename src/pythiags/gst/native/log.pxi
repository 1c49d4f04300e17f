# The last warnings and errors that GStreamer logged.

cdef extern from "log.h" nogil:
    enum: PT_LOG_KEPT
    ctypedef struct PtLogLine:
        char *element
        char *text
    void pt_log_start()
    uint64_t pt_log_count()
    unsigned pt_log_read(uint64_t since, PtLogLine *lines)


def log_mark():
    """Keep the warnings and errors that GStreamer logs from now on; gives the next one's number."""
    pt_log_start()
    return pt_log_count()


def log_lines(uint64_t since):
    """Return (element, text) of each line from number ``since`` on; of 256 at most, the last ones."""
    cdef PtLogLine[PT_LOG_KEPT] lines
    cdef unsigned i
    cdef unsigned count = pt_log_read(since, lines)
    return [
        (lines[i].element.decode("utf-8", "replace"), lines[i].text.decode("utf-8", "replace"))
        for i in range(count)
    ]
