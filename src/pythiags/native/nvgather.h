/* Pictures of several buffers in NVIDIA's memory as those of one surface. */
#pragma once
#include "nvapi.h"

G_BEGIN_DECLS

/* `surface` describes the pictures, and owns none; it holds as long as this does. */
typedef struct
{
  PtNvSurface surface;
  PtNvMap *maps;
  PtNvPicture9 *pictures;
} PtNvSources;

/* The first picture of each buffer, whose surfaces are laid out as from DeepStream 8.0 on, and on one
 * card. FALSE: one cannot be mapped. Clear it in both cases. */
gboolean pt_nv_sources_init (PtNvSources * sources, GstBuffer * const *buffers, guint count);
void pt_nv_sources_clear (PtNvSources * sources);

/* The first pictures of such buffers into the only picture of `to`, each into its area. 0: done; -1: one
 * cannot be mapped; else as of pt_nv_transform. */
int pt_nv_compose (GstBuffer * const *buffers, const PtNvRect * areas, guint count, PtNvSurface * to,
    guint method);

G_END_DECLS
