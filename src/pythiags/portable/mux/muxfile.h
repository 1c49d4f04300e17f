/* The new nvstreammux, which DeepStream has in the place of the old one where the environment says
 * USE_NEW_NVSTREAMMUX=yes: no size is set, the batch size may be in a file, or is the number of sources. */
#pragma once
#include "findings.h"
#include "mux.h"

G_BEGIN_DECLS

gboolean pt_mux_is_new (void);

/* Reads config-file-path, if it is set. `findings`, which are empty, get what there is to say. */
void pt_mux_read_file (GstNvstreammux * mux, PtFindings * findings);

/* With the lock held: of the property, else the number of sources. */
guint pt_mux_batch_size (const GstNvstreammux * mux);

G_END_DECLS
