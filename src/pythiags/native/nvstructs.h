/* What user metas of portable metadata hold, as NVIDIA's structs.
 *
 * A struct is one block, with what the user meta holds in front (nvcarried.h), which it points into: numbers are
 * not copied. What has no struct is a block without one. They are there to be read.
 */
#pragma once
#include "nvcarried.h"

G_BEGIN_DECLS

/* A user_meta_data: NVIDIA's struct. */
gpointer pt_nv_struct_new (const PtNvCarried * carried);
void pt_nv_struct_free (gpointer at);      /* but not what the user meta holds */
PtNvCarried *pt_nv_struct_carried (gpointer at);

/* Whether there is a struct of NVIDIA's, in this release. */
gboolean pt_nv_struct_is_known (const PtNvCarried * carried);

/* The name that the release's number is asked for with; NULL: the number is fixed. */
const char *pt_nv_struct_name (const PtNvCarried * carried);

/* ---- for who fills structs ---- */

/* Memory that is freed with the struct; zeroed. */
gpointer pt_nv_struct_more (PtNvCarried * carried, gsize size);

/* The C++ containers of nvdsanalytics: see nvcontainers.c. `at` is zeroed. */
void pt_nv_build_analytics_frame (PtNvCarried * carried, gpointer at);
void pt_nv_build_analytics_object (PtNvCarried * carried, gpointer at);

G_END_DECLS
