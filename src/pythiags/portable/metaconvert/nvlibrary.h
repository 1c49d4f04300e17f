/* The library that NVIDIA's metadata is made with, in this process. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Loads it for good, unless it is there already: DeepStream's own, else that of the package of NVIDIA's decoder.
 * FALSE: `error` says what is missing and what to do, to be freed. */
gboolean pt_nv_library_load (gchar ** error);

/* The file of the one that was loaded. */
const char *pt_nv_library_path (void);

G_END_DECLS
