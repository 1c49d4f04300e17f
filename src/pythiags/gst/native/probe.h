/* The guarded pad probe: whatever the callee does, the buffer goes on. */
#pragma once
#include "gil.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* Called with the GIL held, once for each buffer, also for those of a buffer list. `waited` is how
 * long the GIL took, in nanoseconds. `buffer` is borrowed. */
typedef void (*PtProbeCall) (PyObject * probe, GstBuffer * buffer, guint type, gulong id,
    gint64 waited);

/* Takes a reference to `probe`, which goes when the probe is removed or the pad dies. With
 * `writable` each buffer is made writable, so that metadata may be added. 0: the pad refused. */
gulong pt_probe_add (GstPad * pad, PyObject * probe, PtProbeCall call, gboolean writable);

gint64 pt_now (void);                                    /* nanoseconds, monotonic */

/* An error message on the bus of the pipeline that `pad` is in; FALSE: it is in none. */
gboolean pt_pad_post_error (GstPad * pad, const char *message, const char *debug);

G_END_DECLS
