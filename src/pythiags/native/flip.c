/* Mirrored and rotated pictures: see flip.h. */
#include "flip.h"

#include <string.h>

static const PtFlipWay ways[] = {
  [PT_FLIP_NONE] = {FALSE, FALSE, FALSE},
  [PT_FLIP_COUNTERCLOCKWISE] = {TRUE, FALSE, TRUE},
  [PT_FLIP_ROTATE_180] = {FALSE, TRUE, TRUE},
  [PT_FLIP_CLOCKWISE] = {TRUE, TRUE, FALSE},
  [PT_FLIP_HORIZONTAL] = {FALSE, TRUE, FALSE},
  [PT_FLIP_UPPER_RIGHT_DIAGONAL] = {TRUE, TRUE, TRUE},
  [PT_FLIP_VERTICAL] = {FALSE, FALSE, TRUE},
  [PT_FLIP_UPPER_LEFT_DIAGONAL] = {TRUE, FALSE, FALSE},
};

PtFlipWay
pt_flip_way (PtFlip flip)
{
  return ways[flip];
}

gboolean
pt_flip_turns (PtFlip flip)
{
  return ways[flip].swap;
}

gboolean
pt_flip_possible (PtFlip flip, const GstVideoFormatInfo * format)
{
  if (flip == PT_FLIP_NONE)
    return TRUE;
  if (GST_VIDEO_FORMAT_INFO_IS_YUV (format) && GST_VIDEO_FORMAT_INFO_N_PLANES (format) == 1)
    return FALSE;
  return !ways[flip].swap
      || GST_VIDEO_FORMAT_INFO_W_SUB (format, 1) == GST_VIDEO_FORMAT_INFO_H_SUB (format, 1);
}

/* ---- pixels ---- */

typedef struct
{
  guint8 *pixels;
  gint stride, step, width, height;     /* step: bytes from one pixel to the next */
} Plane;

static Plane
plane_of (const GstVideoFrame * frame, guint plane, const PtArea * area)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  gint component = 0;
  while (GST_VIDEO_FORMAT_INFO_PLANE (format, component) != plane)
    component++;
  Plane p = {.stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane),
    .step = GST_VIDEO_FORMAT_INFO_PSTRIDE (format, component),
    .width = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (format, component, area->width),
    .height = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (format, component, area->height)
  };
  gint x = area->x >> GST_VIDEO_FORMAT_INFO_W_SUB (format, component);
  gint y = area->y >> GST_VIDEO_FORMAT_INFO_H_SUB (format, component);
  p.pixels = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, plane) + y * p.stride + x * p.step;
  return p;
}

#define COPY_ROW(type) \
  for (gint i = 0; i < count; i++, from += by) \
    ((type *) to)[i] = *(const type *) from

/* `count` pixels to one row, from wherever they lie `by` bytes apart. */
static void
copy_row (guint8 * to, const guint8 * from, gint by, gint count, gint step)
{
  switch (step) {
    case 1: COPY_ROW (guint8); break;
    case 2: COPY_ROW (guint16); break;
    case 4: COPY_ROW (guint32); break;
    default:
      for (gint i = 0; i < count; i++, to += step, from += by)
        memcpy (to, from, step);
  }
}

static void
flip_plane (PtFlipWay way, const Plane * from, const Plane * to)
{
  gint along = way.swap ? from->stride : from->step;    /* from one to the next of a row of `to` */
  gint across = way.swap ? from->step : from->stride;
  const guint8 *start = from->pixels;
  if (way.mirror_x) {
    start += (to->width - 1) * along;
    along = -along;
  }
  if (way.mirror_y) {
    start += (to->height - 1) * across;
    across = -across;
  }
  for (gint y = 0; y < to->height; y++)
    copy_row (to->pixels + y * to->stride, start + y * across, along, to->width, to->step);
}

void
pt_flip_picture (PtFlip flip, const GstVideoFrame * from, GstVideoFrame * to, const PtArea * area)
{
  const PtArea whole = {.width = GST_VIDEO_FRAME_WIDTH (from),
    .height = GST_VIDEO_FRAME_HEIGHT (from)
  };
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES (to); i++) {
    Plane source = plane_of (from, i, &whole), target = plane_of (to, i, area);
    flip_plane (ways[flip], &source, &target);
  }
}
