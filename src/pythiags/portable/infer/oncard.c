/* See oncard.h. */
#include "oncard.h"

#include <string.h>

void
pt_on_card_clear (PtOnCard * self)
{
  g_clear_pointer (&self->canvas, pt_nv_surface_free);
}

static const PtNvPicture *
picture_of (const PtNvSurface * canvas, guint number)
{
  return &((const PtNvPicture9 *) canvas->pictures)[number].picture;
}

/* All around the pictures the canvas is black, as it is made. */
static gboolean
prepare (PtOnCard * self, const PtTensorSpec * spec, guint gpu_id, guint room, const PtNvRect * at)
{
  const PtNvSurface *kept = self->canvas;
  if (kept && kept->batch_size >= room && kept->gpu_id == gpu_id
      && memcmp (&self->at, at, sizeof *at) == 0)
    return TRUE;
  pt_on_card_clear (self);
  self->at = *at;
  self->canvas =
      pt_nv_surface_new (gpu_id, room, spec->width, spec->height, PT_NV_RGBA, PT_NV_DEVICE);
  return self->canvas && pt_nv_fill (self->canvas, 0, 0);
}

/* One block of memory, with as many rows from picture to picture. FALSE: it is not one. */
static gboolean
describe (const PtNvSurface * canvas, PtInferSurface * scaled)
{
  const PtNvPicture *first = picture_of (canvas, 0);
  gsize distance = (gsize) first->pitch * first->height;
  if (canvas->batch_size > 1)
    distance = picture_of (canvas, 1)->data - first->data;
  for (guint i = 1; i < canvas->batch_size; i++)
    if (picture_of (canvas, i)->data != first->data + i * distance)
      return FALSE;
  *scaled = (PtInferSurface) {
    .data = first->data,.pitch = first->pitch,.rows = distance / first->pitch,
    .room = canvas->batch_size,
  };
  return distance % first->pitch == 0 && scaled->rows >= first->height;
}

static char *
scale (PtOnCard * self, const PtTensorSpec * spec, PtNvMap * map, const guint * slots, guint count)
{
  PtNvSurface from = *map->surface;
  PtNvPicture9 *pictures = g_new (PtNvPicture9, count);
  PtNvRect *areas = g_new (PtNvRect, count);
  for (guint i = 0; i < count; i++) {
    pictures[i] = *(PtNvPicture9 *) pt_nv_picture_at (map, slots[i]);
    areas[i] = self->at;
  }
  from.pictures = pictures;
  from.batch_size = from.filled = count;
  const int error = pt_nv_transform (&from, self->canvas, areas, spec->scaling_filter);
  g_free (pictures);
  g_free (areas);
  return error ? g_strdup_printf ("NvBufSurfTransform failed with %d", error) : NULL;
}

static char *
run (PtOnCard * self, const PtTensorSpec * spec, guint step, PtNvMap * map, const guint * slots,
    guint count, PtInferSurface * scaled)
{
  for (guint i = 0; i < count; i++)
    if (slots[i] >= map->surface->filled)
      return g_strdup_printf ("the batch has no picture in slot %u", slots[i]);
  const PtNvPicture *first = pt_nv_picture_at (map, slots[0]);
  const GstVideoRectangle place = pt_preprocess_place (spec, first->width, first->height);
  const PtNvRect at = {.top = place.y,.left = place.x,.width = place.w,.height = place.h };
  const guint room = (count + step - 1) / step * step;
  if (!prepare (self, spec, map->surface->gpu_id, room, &at)) {
    pt_on_card_clear (self);
    return g_strdup_printf ("the card has no memory for %u pictures of %ux%u", room, spec->width,
        spec->height);
  }
  if (!describe (self->canvas, scaled))
    return g_strdup ("NvBufSurfaceCreate made no contiguous memory");
  return scale (self, spec, map, slots, count);
}

gboolean
pt_on_card_scale (PtOnCard * self, const PtTensorSpec * spec, guint step, GstBuffer * buffer,
    const guint * slots, guint count, PtInferSurface * scaled, char **problem)
{
  PtNvMap map;
  if (!pt_nv_map (&map, buffer)) {
    *problem = g_strdup ("it cannot be mapped");
    return FALSE;
  }
  *problem = run (self, spec, step, &map, slots, count, scaled);
  pt_nv_unmap (&map);
  return !*problem;
}
