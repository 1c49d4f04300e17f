/* Deep copies of metadata, and metadata for another picture size: see meta.h. */
#include "meta.h"

#include <string.h>

/* ---- copies ---- */

static void
copy_users (PtBatch * target, PtList * to, const PtList * from)
{
  PT_EACH (PtUser, user, *from)
    if (user->copy && user->data)
      pt_add_user (target, to, user->meta_type, user->copy (user->data), user->copy, user->free);
}

static void
copy_text (PtBatch * target, PtText * text)
{
  text->display_text = pt_batch_strdup (target, text->display_text);
  text->font_params.font_name = pt_batch_strdup (target, text->font_params.font_name);
}

static void
copy_classifier (PtObject * object, const PtClassifier * source)
{
  PtClassifier *copy = pt_object_add_classifier (object);
  copy->unique_component_id = source->unique_component_id;
  PT_EACH (PtLabel, label, source->labels) {
    PtLabel *to = pt_classifier_add_label (copy);
    PtNode node = to->node;
    PtBatch *batch = to->batch;
    *to = *label;
    to->node = node;
    to->batch = batch;
  }
}

static PtObject *
copy_object (PtFrame * frame, const PtObject * source)
{
  PtObject *copy = pt_frame_add_object (frame, NULL);
  PtObject linked = *copy;
  *copy = *source;
  copy->node = linked.node;
  copy->batch = linked.batch;
  copy->frame = linked.frame;
  copy->parent = NULL;
  copy->classifiers = copy->users = (PtList) { 0 };
  copy_text (frame->batch, &copy->text_params);
  if (source->mask_params.data) {
    copy->mask_params.data = pt_batch_alloc (frame->batch, source->mask_params.size);
    memcpy (copy->mask_params.data, source->mask_params.data, source->mask_params.size);
  }
  PT_EACH (PtClassifier, classifier, source->classifiers)
    copy_classifier (copy, classifier);
  copy_users (frame->batch, &copy->users, &source->users);
  return copy;
}

static void
copy_display (PtFrame * frame, const PtDisplay * source)
{
  PtDisplay *copy = pt_frame_add_display (frame);
  PtNode node = copy->node;
  *copy = *source;
  copy->node = node;
  copy->batch = frame->batch;
  for (guint i = 0; i < PT_MAX_DISPLAY; i++)
    copy_text (frame->batch, &copy->text_params[i]);
}

/* Parents are linked in a second pass: an object may come before its parent. */
static void
copy_parents (const PtFrame * source, GHashTable * copies)
{
  PT_EACH (PtObject, object, source->objects) {
    PtObject *copy = g_hash_table_lookup (copies, object);
    if (copy)                   /* not one that was added meanwhile */
      copy->parent = object->parent ? g_hash_table_lookup (copies, object->parent) : NULL;
  }
}

static void
copy_objects (PtFrame * frame, const PtFrame * source)
{
  gboolean related = FALSE;
  PT_EACH (PtObject, object, source->objects)
    related |= object->parent != NULL;
  GHashTable *copies = related ? g_hash_table_new (NULL, NULL) : NULL;
  PT_EACH (PtObject, object, source->objects) {
    PtObject *copy = copy_object (frame, object);
    if (related)
      g_hash_table_insert (copies, object, copy);
  }
  if (related) {
    copy_parents (source, copies);
    g_hash_table_unref (copies);
  }
}

void
pt_frame_copy_contents (const PtFrame * source, PtFrame * target)
{
  copy_objects (target, source);
  PT_EACH (PtDisplay, display, source->displays)
    copy_display (target, display);
  copy_users (target->batch, &target->users, &source->users);
}

PtFrame *
pt_frame_copy_into (const PtFrame * source, PtBatch * target)
{
  PtFrame *frame = pt_batch_add_frame (target);
  PtFrame linked = *frame;
  *frame = *source;
  frame->node = linked.node;
  frame->batch = linked.batch;
  frame->num_obj_meta = 0;
  frame->objects = frame->displays = frame->users = (PtList) { 0 };
  pt_frame_copy_contents (source, frame);
  return frame;
}

PtBatch *
pt_batch_copy (const PtBatch * source)
{
  PtBatch *copy = pt_batch_new (source->max_frames_in_batch);
  memcpy (copy->misc_batch_info, source->misc_batch_info, sizeof copy->misc_batch_info);
  PT_EACH (PtFrame, frame, source->frames)
    pt_frame_copy_into (frame, copy);
  copy_users (copy, &copy->users, &source->users);
  return copy;
}

/* ---- another picture size ---- */

static void
move_box (float *left, float *top, float *width, float *height,
    double sx, double sy, double dx, double dy)
{
  *left = *left * sx + dx;
  *top = *top * sy + dy;
  *width *= sx;
  *height *= sy;
}

static void
move_rect (PtRect * rect, double sx, double sy, double dx, double dy)
{
  move_box (&rect->left, &rect->top, &rect->width, &rect->height, sx, sy, dx, dy);
}

static guint
move_point (guint at, double scale, double shift)
{
  return (guint) CLAMP (at * scale + shift + 0.5, 0, G_MAXINT);
}

static void
move_text (PtText * text, double sx, double sy, double dx, double dy)
{
  text->x_offset = move_point (text->x_offset, sx, dx);
  text->y_offset = move_point (text->y_offset, sy, dy);
}

static void
move_display (PtDisplay * display, double sx, double sy, double dx, double dy)
{
  for (guint i = 0; i < PT_MAX_DISPLAY; i++) {
    move_rect (&display->rect_params[i], sx, sy, dx, dy);
    move_text (&display->text_params[i], sx, sy, dx, dy);
    PtLine *line = &display->line_params[i];
    line->x1 = move_point (line->x1, sx, dx), line->y1 = move_point (line->y1, sy, dy);
    line->x2 = move_point (line->x2, sx, dx), line->y2 = move_point (line->y2, sy, dy);
    PtArrow *arrow = &display->arrow_params[i];
    arrow->x1 = move_point (arrow->x1, sx, dx), arrow->y1 = move_point (arrow->y1, sy, dy);
    arrow->x2 = move_point (arrow->x2, sx, dx), arrow->y2 = move_point (arrow->y2, sy, dy);
    PtCircle *circle = &display->circle_params[i];
    circle->xc = move_point (circle->xc, sx, dx), circle->yc = move_point (circle->yc, sy, dy);
    circle->radius = move_point (circle->radius, MIN (sx, sy), 0);
  }
}

void
pt_frame_transform (PtFrame * frame, double sx, double sy, double dx, double dy)
{
  PT_EACH (PtObject, object, frame->objects) {
    PtBbox *boxes[] = { &object->detector_bbox, &object->tracker_bbox };
    for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
      if (boxes[i]->width > 0)  /* an unset box stays zero */
        move_box (&boxes[i]->left, &boxes[i]->top, &boxes[i]->width, &boxes[i]->height,
            sx, sy, dx, dy);
    move_rect (&object->rect_params, sx, sy, dx, dy);
    move_text (&object->text_params, sx, sy, dx, dy);
  }
  PT_EACH (PtDisplay, display, frame->displays)
    move_display (display, sx, sy, dx, dy);
}
