/* Mirrored and rotated pictures: see flip.h. Each way is an optional change of axes, then mirrors. */
#include "flip.h"

#include <string.h>

typedef struct
{
  gboolean swap, mirror_x, mirror_y;
} Way;

static const Way ways[] = {
  [PT_FLIP_NONE] = {FALSE, FALSE, FALSE},
  [PT_FLIP_COUNTERCLOCKWISE] = {TRUE, FALSE, TRUE},
  [PT_FLIP_ROTATE_180] = {FALSE, TRUE, TRUE},
  [PT_FLIP_CLOCKWISE] = {TRUE, TRUE, FALSE},
  [PT_FLIP_HORIZONTAL] = {FALSE, TRUE, FALSE},
  [PT_FLIP_UPPER_RIGHT_DIAGONAL] = {TRUE, TRUE, TRUE},
  [PT_FLIP_VERTICAL] = {FALSE, FALSE, TRUE},
  [PT_FLIP_UPPER_LEFT_DIAGONAL] = {TRUE, FALSE, FALSE},
};

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
flip_plane (Way way, const Plane * from, const Plane * to)
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

/* ---- metadata ---- */

typedef struct
{
  Way way;
  double width, height;         /* after the flip */
} Turn;

static void
turn_box (const Turn * turn, float *left, float *top, float *width, float *height)
{
  float box[4] = { *left, *top, *width, *height };
  gint swap = turn->way.swap;
  *left = box[swap], *top = box[!swap];
  *width = box[2 + swap], *height = box[2 + !swap];
  if (turn->way.mirror_x)
    *left = turn->width - *left - *width;
  if (turn->way.mirror_y)
    *top = turn->height - *top - *height;
}

static void
turn_bbox (const Turn * turn, PtBbox * box)
{
  if (box->width > 0)           /* an unset box stays zero */
    turn_box (turn, &box->left, &box->top, &box->width, &box->height);
}

static void
turn_rect (const Turn * turn, PtRect * rect)
{
  turn_box (turn, &rect->left, &rect->top, &rect->width, &rect->height);
}

static void
turn_point (const Turn * turn, guint * x, guint * y)
{
  float left = *x, top = *y, none = 0, nothing = 0;
  turn_box (turn, &left, &top, &none, &nothing);
  *x = (guint) MAX (left, 0);
  *y = (guint) MAX (top, 0);
}

static void
turn_object (const Turn * turn, PtObject * object)
{
  PtRect *rect = &object->rect_params;
  PtText *text = &object->text_params;
  float beside = text->x_offset - rect->left, above = text->y_offset - rect->top;
  turn_bbox (turn, &object->detector_bbox);
  turn_bbox (turn, &object->tracker_bbox);
  turn_rect (turn, rect);
  text->x_offset = (guint) MAX (rect->left + beside, 0);
  text->y_offset = (guint) MAX (rect->top + above, 0);
}

static void
turn_display (const Turn * turn, PtDisplay * display)
{
  for (guint i = 0; i < PT_MAX_DISPLAY; i++) {
    PtLine *line = &display->line_params[i];
    PtArrow *arrow = &display->arrow_params[i];
    turn_rect (turn, &display->rect_params[i]);
    turn_point (turn, &display->text_params[i].x_offset, &display->text_params[i].y_offset);
    turn_point (turn, &line->x1, &line->y1);
    turn_point (turn, &line->x2, &line->y2);
    turn_point (turn, &arrow->x1, &arrow->y1);
    turn_point (turn, &arrow->x2, &arrow->y2);
    turn_point (turn, &display->circle_params[i].xc, &display->circle_params[i].yc);
  }
}

void
pt_flip_frame (PtFlip flip, PtFrame * frame, guint width, guint height)
{
  gboolean swap = ways[flip].swap;
  const Turn turn = {.way = ways[flip],.width = swap ? height : width,
    .height = swap ? width : height
  };
  PT_EACH (PtObject, object, frame->objects)
    turn_object (&turn, object);
  PT_EACH (PtDisplay, display, frame->displays)
    turn_display (&turn, display);
}
