/* The guarded pad probe: whatever the callee does, the buffer passes. */
#pragma once
#include "gil.h"
#include "ringapi.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* Called with the GIL held, once for each buffer or buffer list. `waited` is how long the GIL took,
 * in nanoseconds. */
typedef void (*PtProbeCall) (PyObject * callee, GstPadProbeInfo * info, gint64 waited);

/* Called with the GIL held when a member's probe goes, maybe with the pad's lock held. */
typedef void (*PtProbeGone) (PyObject * member);

/* Before the first one is added: what they put into rings wakes readers once the GIL is released. */
void pt_probe_use_rings (const PtRingApi * api);

/* All Python callbacks that follow each other on a pad share one probe, and so one GIL section for
 * each buffer: this is that probe. Takes a reference to `callee`, which goes when the probe does. */
gulong pt_probe_add (GstPad * pad, PyObject * callee, PtProbeCall call);

/* A probe that sees no buffer: it gives each callback a number of its own, with which it can be
 * removed, and tells whether anything was added to the pad since. Takes a reference. */
gulong pt_probe_add_member (GstPad * pad, PyObject * member, PtProbeGone gone);

/* Whether metadata may be added to the data of a probe; makes it so, without the GIL. */
gboolean pt_probe_is_writable (const GstPadProbeInfo * info);
void pt_probe_make_writable (GstPadProbeInfo * info);

/* The buffers of the data: one, or those of a list. They are borrowed. */
guint pt_probe_buffers (const GstPadProbeInfo * info);
GstBuffer *pt_probe_buffer (const GstPadProbeInfo * info, guint number);

gint64 pt_now (void);                                    /* nanoseconds, monotonic */

/* An error message on the bus of the pipeline that `pad` is in; FALSE: it is in none. */
gboolean pt_pad_post_error (GstPad * pad, const char *message, const char *debug);

G_END_DECLS
