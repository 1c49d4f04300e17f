/* See transform.h. */
#include "transform.h"

#include "copy.h"

/* ---- places ---- */

static guint
whole (double place)
{
  return pt_pixels (place + 0.5);
}

static void
move_point (const PtAffine * affine, guint * x, guint * y)
{
  double to_x = *x, to_y = *y;
  pt_affine_point (affine, &to_x, &to_y);
  *x = whole (to_x);
  *y = whole (to_y);
}

static void
move_rect (const PtAffine * affine, PtRect * rect)
{
  pt_affine_box (affine, &rect->left, &rect->top, &rect->width, &rect->height);
}

static void
move_bbox (const PtAffine * affine, PtBbox * box)
{
  if (box->width > 0)           /* an unset box stays zero */
    pt_affine_box (affine, &box->left, &box->top, &box->width, &box->height);
}

/* ---- masks: one value a cell of a grid that covers the object's rectangle ---- */

static void
turn_cells (const PtAffine * affine, const PtMask * from, float *to, guint width, guint height)
{
  const gboolean swap = pt_affine_swaps (affine);
  const gboolean mirror_x = (swap ? affine->xy : affine->xx) < 0;
  const gboolean mirror_y = (swap ? affine->yx : affine->yy) < 0;
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++) {
      const guint across = mirror_x ? width - 1 - x : x, down = mirror_y ? height - 1 - y : y;
      *to++ = from->data[(swap ? across : down) * from->width + (swap ? down : across)];
    }
}

static void
move_mask (const PtAffine * affine, PtBatch * batch, PtMask * mask)
{
  const gsize cells = (gsize) mask->width * mask->height;
  if (!pt_affine_turns (affine) || !mask->data || mask->size < cells * sizeof (float))
    return;
  const gboolean swap = pt_affine_swaps (affine);
  const guint width = swap ? mask->height : mask->width;
  const guint height = swap ? mask->width : mask->height;
  float *turned = pt_batch_alloc (batch, mask->size);
  turn_cells (affine, mask, turned, width, height);
  mask->data = turned;
  mask->width = width;
  mask->height = height;
}

/* ---- objects and drawings ---- */

static void
move_object (const PtAffine * affine, PtObject * object)
{
  PtRect *rect = &object->rect_params;
  PtText *text = &object->text_params;
  const double beside = (text->x_offset - (double) rect->left) * pt_affine_scale_x (affine);
  const double below = (text->y_offset - (double) rect->top) * pt_affine_scale_y (affine);
  move_bbox (affine, &object->detector_bbox);
  move_bbox (affine, &object->tracker_bbox);
  move_rect (affine, rect);
  move_mask (affine, object->batch, &object->mask_params);
  text->x_offset = whole (rect->left + beside);
  text->y_offset = whole (rect->top + below);
}

static void
move_display (const PtAffine * affine, PtDisplay * display)
{
  const double radius = MIN (pt_affine_scale_x (affine), pt_affine_scale_y (affine));
  for (guint i = 0; i < PT_MAX_DISPLAY; i++) {
    PtText *text = &display->text_params[i];
    PtLine *line = &display->line_params[i];
    PtArrow *arrow = &display->arrow_params[i];
    PtCircle *circle = &display->circle_params[i];
    move_rect (affine, &display->rect_params[i]);
    move_point (affine, &text->x_offset, &text->y_offset);
    move_point (affine, &line->x1, &line->y1);
    move_point (affine, &line->x2, &line->y2);
    move_point (affine, &arrow->x1, &arrow->y1);
    move_point (affine, &arrow->x2, &arrow->y2);
    move_point (affine, &circle->xc, &circle->yc);
    circle->radius = whole (circle->radius * radius);
  }
}

/* What comes behind a node of a list; NULL: all of it. */
static PtNode *
first_behind (const PtList * list, PtNode * node)
{
  return node ? node->next : list->head;
}

static void
move_behind (PtFrame * frame, PtNode * object, PtNode * display, const PtAffine * affine)
{
  for (PtNode * node = first_behind (&frame->objects, object); node; node = node->next)
    move_object (affine, (PtObject *) node);
  for (PtNode * node = first_behind (&frame->displays, display); node; node = node->next)
    move_display (affine, (PtDisplay *) node);
}

void
pt_frame_transform (PtFrame * frame, const PtAffine * affine)
{
  move_behind (frame, NULL, NULL, affine);
}

void
pt_frame_add_transformed (PtFrame * target, const PtFrame * source, const PtAffine * affine)
{
  PtNode *object = target->objects.tail, *display = target->displays.tail;
  pt_frame_copy_contents (source, target);
  move_behind (target, object, display, affine);
}

/* ---- regions of interest ---- */

/* The part between 0 and `limit`, in whole pixels. FALSE: there is none. */
static gboolean
cut (float from, float length, gint limit, guint * start, guint * size)
{
  const double end = MIN ((double) from + length, limit), begin = MAX (from, 0);
  *start = whole (begin);
  *size = whole (end) - *start;
  return end > begin && whole (end) > *start;
}

void
pt_region_add_transformed (GstBuffer * target, const GstVideoInfo * info,
    const GstVideoRegionOfInterestMeta * region, const PtAffine * affine)
{
  float left = region->x, top = region->y, width = region->w, height = region->h;
  guint x, y, w, h;
  pt_affine_box (affine, &left, &top, &width, &height);
  if (!cut (left, width, GST_VIDEO_INFO_WIDTH (info), &x, &w)
      || !cut (top, height, GST_VIDEO_INFO_HEIGHT (info), &y, &h))
    return;
  GstVideoRegionOfInterestMeta *copy =
      gst_buffer_add_video_region_of_interest_meta_id (target, region->roi_type, x, y, w, h);
  copy->id = region->id;
  copy->parent_id = region->parent_id;
  for (GList * param = region->params; param; param = param->next)
    gst_video_region_of_interest_meta_add_param (copy, gst_structure_copy (param->data));
}
