/* nvstreammux with sync-inputs: a batch holds at most one frame of each source, and those of one moment
 * of the pipeline's time alone. */
#pragma once
#include "mux.h"

G_BEGIN_DECLS

/* With the lock held. FALSE: a source that has more has no frame yet, and it is not to be `at_once`; or
 * there is no frame at all. */
gboolean pt_mux_take_moment (GstNvstreammux * mux, gboolean at_once);

/* Says on the bus, once for each stream, that its frames are too late from the first one on. */
void pt_mux_tell_of_late (GstNvstreammux * mux);

/* The longest time that a batch waits for frames, in microseconds; -1: as long as it takes. */
gint64 pt_mux_patience (const GstNvstreammux * mux);

G_END_DECLS
