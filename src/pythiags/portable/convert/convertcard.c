/* See convertcard.h. */
#include "convertcard.h"

#include "colours.h"

/* NV12 of another matrix or range would need a number of NVIDIA's for it. */
gboolean
pt_convert_can_stay (const GstVideoInfo * in, const GstVideoInfo * out, PtFlip flip)
{
  const GstVideoFormat from = GST_VIDEO_INFO_FORMAT (in), to = GST_VIDEO_INFO_FORMAT (out);
  if (flip != PT_FLIP_NONE || (from != GST_VIDEO_FORMAT_NV12 && from != GST_VIDEO_FORMAT_RGBA))
    return FALSE;
  return to == GST_VIDEO_FORMAT_RGBA || (to == from && pt_same_colours (in, out));
}

GstBuffer *
pt_convert_room_on_card (PtNvSurfacePool * pool, GstBuffer * in, const GstVideoInfo * out)
{
  PtNvMap map;
  PtNvSurface *surface;
  if (!pt_nv_map (&map, in))
    return NULL;
  const PtNvLayout layout = pt_nv_layout_like (map.surface, out, map.surface->batch_size);
  pt_nv_unmap (&map);
  return pt_nv_pool_acquire (pool, &layout, &surface);
}

static PtNvRect *
repeat (const PtArea * area, guint count)
{
  PtNvRect *rects = g_new (PtNvRect, count);
  for (guint i = 0; i < count; i++)
    rects[i] = (PtNvRect) {area->y, area->x, area->width, area->height, {NULL}};
  return rects;
}

static gboolean
is_whole (const PtArea * area, guint width, guint height)
{
  return !area->x && !area->y && (guint) area->width == width && (guint) area->height == height;
}

static char *
convert (PtNvSurface * from, PtNvSurface * to, const PtPlan * plan, const GstVideoInfo * out)
{
  const PtNvPicture *first = from->pictures;
  const gboolean all = is_whole (&plan->from, first->width, first->height);
  const gboolean fills = is_whole (&plan->to, out->width, out->height);
  if (!fills && !pt_nv_fill_black (to, out))
    return g_strdup ("NvBufSurfaceMemSet failed");
  PtNvRect *crops = all ? NULL : repeat (&plan->from, from->filled);
  PtNvRect *areas = fills ? NULL : repeat (&plan->to, from->filled);
  const int error = pt_nv_transform (from, to, crops, areas, plan->method);
  g_free (crops);
  g_free (areas);
  return error ? g_strdup_printf ("NvBufSurfTransform failed with %d", error) : NULL;
}

gboolean
pt_convert_on_card (GstBuffer * in, GstBuffer * to, const PtPlan * plan, const GstVideoInfo * out,
    char **problem)
{
  PtNvMap from, target;
  *problem = g_strdup ("a surface cannot be mapped");
  if (!pt_nv_map (&from, in))
    return FALSE;
  if (pt_nv_map (&target, to)) {
    g_free (*problem);
    *problem = convert (from.surface, target.surface, plan, out);
    pt_nv_unmap (&target);
  }
  pt_nv_unmap (&from);
  return *problem == NULL;
}
