/* Which frame an object of NVIDIA's metadata is on. Its library leaves an object that was removed to its children,
 * so that a parent is believed only if it is on a frame.
 *
 * Lists are walked once, and again after they have changed: each object that is asked for would walk them all.
 */
#pragma once
#include "nvbatch.h"

G_BEGIN_DECLS

/* `batch` stands for NVIDIA's. NULL: the object is on none. Call it under the lock. */
const PtNvFrame *pt_nv_home (PtBatch * batch, gconstpointer object);

/* As pt_nv_add and pt_nv_remove, for an object. */
gpointer pt_nv_add_object (PtBatch * batch, PtNvFrame * frame, gpointer parent);
gboolean pt_nv_remove_object (PtBatch * batch, PtBatch * other, PtNvFrame * frame, gpointer object);

G_END_DECLS
