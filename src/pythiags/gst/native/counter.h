/* Counts the buffers that pass a pad, in its streaming thread and without the GIL. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _PtCounter PtCounter;

PtCounter *pt_counter_new (GstPad * pad);
guint64 pt_counter_read (PtCounter * counter);

/* Takes the probe off the pad; what was counted can still be read. May be called again. */
void pt_counter_stop (PtCounter * counter);

/* Stops and releases it. */
void pt_counter_free (PtCounter * counter);

G_END_DECLS
