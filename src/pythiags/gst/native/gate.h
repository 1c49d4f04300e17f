/* The end of a live source: a probe on its source pad, without the GIL.
 *
 * It counts buffers, knows when the last one came, and sees the end of the stream. While it is
 * closed, that end goes no further: who is downstream waits for the source to send again.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _PtGate PtGate;

PtGate *pt_gate_new (GstPad * pad);

guint64 pt_gate_count (PtGate * gate);

/* Monotonic time of the last buffer, in microseconds; 0: there was none. */
gint64 pt_gate_last (PtGate * gate);

gboolean pt_gate_has_ended (PtGate * gate);
void pt_gate_close (PtGate * gate, gboolean closed);

/* Whether downstream has not returned from a buffer or a serialized event yet. */
gboolean pt_gate_is_pushing (PtGate * gate);

/* Takes the probe off the pad; what was counted can still be read. May be called again. */
void pt_gate_stop (PtGate * gate);

/* Stops and releases it. */
void pt_gate_free (PtGate * gate);

G_END_DECLS
