/* See oncard.h. */
#include "oncard.h"

/* Rows from picture to picture; 0: they do not lie in one block of whole rows. */
static guint
rows_of (const PtNvMap * map, const PtNvPicture * first)
{
  gsize distance = first->size;
  if (map->surface->batch_size > 1 && pt_nv_picture_at (map, 1)->data <= first->data)
    return 0;
  if (map->surface->batch_size > 1)
    distance = pt_nv_picture_at (map, 1)->data - first->data;
  for (guint i = 1; i < map->surface->filled; i++)
    if (pt_nv_picture_at (map, i)->data != first->data + i * distance)
      return 0;
  const PtNvPlanes *planes = &first->planes;
  const gboolean whole = planes->pitch[0] == planes->pitch[1] && planes->offset[0] == 0
      && distance % planes->pitch[0] == 0 && planes->offset[1] % planes->pitch[0] == 0;
  return whole ? distance / planes->pitch[0] : 0;
}

static gboolean
are_in_order (const guint * slots, guint count)
{
  for (guint i = 0; i < count; i++)
    if (slots[i] != i)
      return FALSE;
  return TRUE;
}

static gboolean
describe (PtInferSurface * surface, const PtTensorSpec * spec, const PtNvMap * map,
    const GstVideoInfo * info, guint count)
{
  const PtNvPicture *first = pt_nv_picture_at (map, 0);
  if (!first->data || count > map->surface->filled
      || pt_nv_format (first->format) != GST_VIDEO_FORMAT_NV12
      || first->planes.count != 2 || first->planes.pitch[0] == 0)
    return FALSE;
  const GstVideoRectangle at = pt_preprocess_place (spec, first->width, first->height);
  *surface = (PtInferSurface) {
    .data = first->data,.pitch = first->planes.pitch[0],.rows = rows_of (map, first),
    .chroma = first->planes.offset[1] / first->planes.pitch[0],
    .width = first->width,.height = first->height,
    .x = at.x,.y = at.y,.to_width = at.w,.to_height = at.h,
  };
  pt_preprocess_colors (info, surface->matrix, surface->bias);
  return surface->rows > 0;
}

gboolean
pt_on_card_describe (PtInferSurface * surface, const PtTensorSpec * spec, GstBuffer * buffer,
    const GstVideoInfo * info, const guint * slots, guint count)
{
  PtNvMap map;
  if (!are_in_order (slots, count) || !pt_nv_is_on_card (buffer) || !pt_nv_map (&map, buffer))
    return FALSE;
  const gboolean found = describe (surface, spec, &map, info, count);
  pt_nv_unmap (&map);
  return found;
}

char *
pt_on_card_refuse (GstBuffer * buffer, guint gpu_id)
{
  PtNvMap map;
  if (!pt_nv_is_on_card (buffer) || !pt_nv_map (&map, buffer))
    return NULL;
  const guint gpu = map.surface->gpu_id;
  pt_nv_unmap (&map);
  return gpu == gpu_id ? NULL : g_strdup_printf ("The batch is in the memory of GPU %u and gpu-id is "
      "%u: set gpu-id to the same number on all elements of a pipeline.", gpu, gpu_id);
}
