/* Portable metadata as NVIDIA's: see tonvidia.h.
 *
 * Texts and masks are copied, since NVIDIA's library frees its own; user metas move, or are copied where views keep
 * the portable ones. Lists come to lie as those of nvinfer do, the newest first.
 */
#include "tonvidia.h"

#include "gstmeta.h"
#include "nvcarried.h"
#include "nvfunctions.h"

typedef struct
{
  PtNv nv;
  PtLeftBehind left;
  gpointer data;
  GHashTable *made;             /* NVIDIA's objects by ours, of a frame with parents; else NULL */
  gboolean shared;              /* views or arrays in Python keep the portable batch */
} Conversion;

static void
put_users (const Conversion * self, PtNvAddable kind, gpointer holder, const PtList * users)
{
  PT_EACH (PtUser, user, *users) {
    if (!pt_nv_can_carry (user)) {
      self->left (self->data, user->meta_type);
      continue;
    }
    PtNvUser *made = pt_nv_acquire (kind, self->nv.batch);
    PtUser copy = *user;
    const gboolean copied = self->shared && user->copy && user->data;
    if (copied)
      copy.data = user->copy (user->data);
    pt_nv_carry (made, copied ? &copy : user, &self->nv);
    pt_nv_put (kind, holder, made, NULL);
  }
}

/* ---- objects ---- */

static void
put_classifier (const Conversion * self, PtNvObject * object, const PtClassifier * from)
{
  PtNvClassifier *classifier = pt_nv_acquire (PT_NV_CLASSIFIER, self->nv.batch);
  classifier->unique_component_id = from->unique_component_id;
  if (self->nv.batch->classifier_pool->element_size >= sizeof *classifier)
    classifier->classifier_type = g_intern_string (from->classifier_type);      /* never freed */
  PT_EACH (PtLabel, label, from->labels) {
    PtNvLabel *made = pt_nv_acquire (PT_NV_LABEL, self->nv.batch);
    made->num_classes = label->num_classes;
    made->result_class_id = label->result_class_id;
    made->label_id = label->label_id;
    made->result_prob = label->result_prob;
    memcpy (made->result_label, label->result_label, PT_MAX_LABEL);
    pt_nv_put (PT_NV_LABEL, classifier, made, NULL);
  }
  pt_nv_put (PT_NV_CLASSIFIER, object, classifier, NULL);
}

static void
describe_object (PtNvObject * object, const PtObject * from, guint shift)
{
  PtNvObjectTail *tail = pt_nv_object_tail (object, shift);
  object->unique_component_id = from->unique_component_id;
  object->class_id = from->class_id;
  object->object_id = from->object_id;
  object->detector_bbox = from->detector_bbox;
  object->tracker_bbox = from->tracker_bbox;
  object->confidence = from->confidence;
  object->tracker_confidence = from->tracker_confidence;
  object->rect_params = from->rect_params;
  if (shift)
    *pt_nv_rotation (&object->rect_params) = from->rotation;
  pt_nv_set_mask (&tail->mask_params, &from->mask_params);
  pt_nv_set_text (&tail->text_params, &from->text_params);
  memcpy (tail->obj_label, from->obj_label, PT_MAX_LABEL);
  memcpy (tail->misc_obj_info, from->misc_obj_info, sizeof tail->misc_obj_info);
}

static void
put_kin (const Conversion * self, PtNvObject * object, const PtObject * from)
{
  if (!from->parent && !from->children)
    return;
  PtNvUser *kin = pt_nv_acquire (PT_NV_OBJECT_USER, self->nv.batch);
  pt_nv_write_kin (kin, from);
  pt_nv_put (PT_NV_OBJECT_USER, object, kin, NULL);
}

static void
put_object (Conversion * self, PtNvFrame * frame, const PtObject * from)
{
  PtNvObject *object = pt_nv_acquire (PT_NV_OBJECT, self->nv.batch);
  describe_object (object, from, self->nv.shift);
  pt_nv_put (PT_NV_OBJECT, frame, object, NULL);
  PT_EACH (PtClassifier, classifier, from->classifiers)
    put_classifier (self, object, classifier);
  put_users (self, PT_NV_OBJECT_USER, object, &from->users);
  put_kin (self, object, from);
  if (self->made)
    g_hash_table_insert (self->made, (gpointer) from, object);
}

/* An object may come before its parent. */
static void
put_objects (Conversion * self, PtNvFrame * frame, const PtFrame * from)
{
  gboolean related = FALSE;
  PT_EACH (PtObject, object, from->objects)
    related |= object->parent != NULL;
  self->made = related ? g_hash_table_new (NULL, NULL) : NULL;
  PT_EACH (PtObject, object, from->objects)
    put_object (self, frame, object);
  if (!related)
    return;
  PT_EACH (PtObject, object, from->objects) {
    PtNvObject *made = g_hash_table_lookup (self->made, object);
    made->parent = object->parent ? g_hash_table_lookup (self->made, object->parent) : NULL;
  }
  g_clear_pointer (&self->made, g_hash_table_unref);
}

/* ---- frames ---- */

static void
put_display (const Conversion * self, PtNvFrame * frame, const PtDisplay * from)
{
  PtNvDisplay *display = pt_nv_acquire (PT_NV_DISPLAY, self->nv.batch);
  PtNvDisplayTail *tail = pt_nv_display_tail (display, self->nv.shift);
  display->num_rects = from->num_rects;
  display->num_labels = from->num_labels;
  display->num_lines = from->num_lines;
  display->num_arrows = from->num_arrows;
  display->num_circles = from->num_circles;
  for (guint i = 0; i < PT_MAX_DISPLAY; i++) {
    *pt_nv_display_rect (display, i, self->nv.shift) = from->rect_params[i];
    pt_nv_set_text (&tail->text_params[i], &from->text_params[i]);
    tail->line_params[i] = from->line_params[i];
    tail->arrow_params[i].arrow = from->arrow_params[i];
    tail->circle_params[i].circle = from->circle_params[i];
  }
  pt_nv_put (PT_NV_DISPLAY, frame, display, NULL);
}

static void
describe_frame (PtNvFrame * frame, const PtFrame * from, guint frame_size)
{
  frame->pad_index = from->pad_index;
  frame->batch_id = from->batch_id;
  frame->frame_num = from->frame_num;
  frame->buf_pts = from->buf_pts;
  frame->ntp_timestamp = from->ntp_timestamp;
  frame->source_id = from->source_id;
  frame->num_surfaces_per_frame = from->num_surfaces_per_frame;
  frame->source_frame_width = from->source_frame_width;
  frame->source_frame_height = from->source_frame_height;
  frame->surface_type = from->surface_type;
  frame->surface_index = from->surface_index;
  frame->bInferDone = from->bInferDone;
  memcpy (frame->misc_frame_info, from->misc_frame_info, sizeof frame->misc_frame_info);
  if (frame_size < PT_NV_FRAME_SIZE_6)
    return;
  frame->pipeline_width = from->pipeline_width;
  frame->pipeline_height = from->pipeline_height;
}

static void
put_frame (Conversion * self, const PtFrame * from)
{
  PtNvFrame *frame = pt_nv_acquire (PT_NV_FRAME, self->nv.batch);
  describe_frame (frame, from, self->nv.frame_size);
  pt_nv_put (PT_NV_FRAME, self->nv.batch, frame, NULL);
  put_objects (self, frame, from);
  PT_EACH (PtDisplay, display, from->displays)
    put_display (self, frame, display);
  put_users (self, PT_NV_FRAME_USER, frame, &from->users);
}

/* ---- batches ---- */

static void
put_note (const PtNv * nv, const PtBatch * from)
{
  PtNvUser *note = pt_nv_acquire (PT_NV_BATCH_USER, nv->batch);
  pt_nv_write_note (note, from);
  pt_nv_put (PT_NV_BATCH_USER, nv->batch, note, NULL);
}

PtConverted
pt_to_nvidia (GstBuffer * buffer, PtLeftBehind left, gpointer data)
{
  PtBatch *from = pt_buffer_get_batch (buffer);
  Conversion self = { .left = left, .data = data };
  if (!from)
    return PT_NOTHING_TO_CONVERT;
  if (pt_nv_find (buffer, &self.nv) != PT_NV_NONE)
    return PT_CONVERT_TWO_KINDS;
  const guint frames = MAX (from->max_frames_in_batch, from->num_frames_in_batch);
  PtNvBatch *batch = pt_nv_batch_new (MAX (frames, 1));
  if (pt_nv_measure (batch, &self.nv) != PT_NV_FOUND) {
    pt_nv_batch_free (batch);
    return PT_CONVERT_LAYOUT;
  }
  self.shared = g_atomic_int_get (&from->refs) > 1;
  memcpy (batch->misc_batch_info, from->misc_batch_info, sizeof batch->misc_batch_info);
  PT_EACH (PtFrame, frame, from->frames)
    put_frame (&self, frame);
  put_users (&self, PT_NV_BATCH_USER, batch, &from->users);
  put_note (&self.nv, from);
  pt_nv_batch_attach (batch, buffer);
  pt_buffer_remove_batch (buffer);
  return PT_CONVERTED;
}
