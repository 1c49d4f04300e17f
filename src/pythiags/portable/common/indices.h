/* The numbers of request pads, as in sink_%u: which are in use. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

GArray *pt_indices_new (void);

/* Reserves `*index` where it is given, else the lowest number that is free. FALSE: it is in use. */
gboolean pt_indices_reserve (GArray * indices, gboolean given, guint * index);

void pt_indices_free (GArray * indices, guint index);

G_END_DECLS
