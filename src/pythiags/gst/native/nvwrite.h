/* Writing to NVIDIA's metadata: through the functions of libnvds_meta, which is in the process wherever
 * such metadata is. They take the meta lock, and use the pools, which is what nvdsosd draws. */
#pragma once
#include "nvfunctions.h"

G_BEGIN_DECLS

/* Call none with the GIL: they take the meta lock, and may call what needs the GIL. */
gpointer pt_nv_add (PtNvAddable kind, PtNvBatch * batch, gpointer holder, gpointer parent);
/* FALSE: it is not on the list. Both batches, which may be one, stand for NVIDIA's, whose lock must be
 * held: the holder's and the item's. */
gboolean pt_nv_remove (PtBatch * batch, PtBatch * other, PtNvAddable kind, GList ** head,
    gpointer holder, gpointer item);
/* Of what is known to be on its list. */
void pt_nv_take_off (PtBatch * batch, PtBatch * other, PtNvAddable kind, gpointer holder,
    gpointer item);

/* Whether what began at an address when the batch had `seen` removals was removed since, alone or with
 * what it belonged to. Its memory may be another's by now. Call it under the lock. */
gboolean pt_nv_is_removed (const PtBatch * batch, gconstpointer at, guint seen);

/* A user meta that holds a reference to a Python object, which it takes over, and another in every copy
 * of the buffer. NULL: the reference is still the caller's. */
gpointer pt_nv_add_user (PtNvAddable kind, PtNvBatch * batch, gpointer holder, gint meta_type,
    gpointer object);

/* The Python object of such a user meta, or of one of portable metadata that became NVIDIA's; NULL: it has none. */
gpointer pt_nv_python_of (const PtNvUser * user);

G_END_DECLS
