/* See nvgather.h. */
#include "nvgather.h"

gboolean
pt_nv_sources_init (PtNvSources * sources, GstBuffer * const *buffers, guint count)
{
  *sources = (PtNvSources) {
    .maps = g_new0 (PtNvMap, count),.pictures = g_new0 (PtNvPicture9, count),
  };
  for (guint i = 0; i < count; i++) {
    if (!pt_nv_map (&sources->maps[i], buffers[i]))
      return FALSE;
    if (i == 0)
      sources->surface = *sources->maps[0].surface;
    sources->surface.filled = i + 1;
    sources->pictures[i] = *(PtNvPicture9 *) pt_nv_picture_at (&sources->maps[i], 0);
  }
  sources->surface.batch_size = count;
  sources->surface.pictures = sources->pictures;
  return TRUE;
}

void
pt_nv_sources_clear (PtNvSources * sources)
{
  for (guint i = 0; i < sources->surface.filled; i++)
    pt_nv_unmap (&sources->maps[i]);
  g_free (sources->maps);
  g_free (sources->pictures);
}

/* As if the target were as many pictures, all in one place. */
int
pt_nv_compose (GstBuffer * const *buffers, const PtNvRect * areas, guint count, PtNvSurface * to,
    guint method)
{
  PtNvSources sources;
  PtNvSurface many = *to;
  int error = -1;
  many.batch_size = count;
  many.pictures = g_new (PtNvPicture9, count);
  for (guint i = 0; i < count; i++)
    ((PtNvPicture9 *) many.pictures)[i] = *(PtNvPicture9 *) to->pictures;
  if (pt_nv_sources_init (&sources, buffers, count))
    error = pt_nv_transform (&sources.surface, &many, NULL, areas, method);
  pt_nv_sources_clear (&sources);
  g_free (many.pictures);
  to->filled = 1;
  return error;
}
