/* NVIDIA's metadata as portable metadata: see fromnvidia.h.
 *
 * What another's element has added, changed and removed since is in it. NVIDIA's lists lie newest first, and each
 * copy of the buffer turns them around: the note of who made them counts copies. Without one the order is that of
 * whoever reads NVIDIA's metadata.
 */
#include "fromnvidia.h"

#include "gstmeta.h"
#include "nvcarried.h"

typedef struct
{
  PtNv nv;
  PtBatch *batch;
  const PtNvNote *note;         /* NULL: another made the batch */
  GPtrArray *items;             /* of the lists that are being read, one after the other */
  GHashTable *made;             /* our objects by NVIDIA's, of a frame with parents */
  guint width, height;
} Conversion;

/* Puts a list on top of the items, in order; gives where it begins. */
static guint
push_list (const Conversion * self, const GList * head, PtNvKind kind)
{
  const guint start = self->items->len;
  if (!self->note || kind == PT_NV_FRAMES) {
    pt_nv_list (self->items, head, kind, self->nv.shift);
    return start;
  }
  pt_nv_walk (self->items, head);
  if (self->note->copies % 2)
    return start;
  gpointer *items = self->items->pdata;
  for (guint low = start, high = self->items->len; low + 1 < high; low++) {
    gpointer item = items[low];
    items[low] = items[--high];
    items[high] = item;
  }
  return start;
}

static void
pop_list (const Conversion * self, guint start)
{
  g_ptr_array_set_size (self->items, start);
}

static void
take_users (const Conversion * self, const GList * head, PtList * users)
{
  const guint start = push_list (self, head, PT_NV_USERS);
  for (guint i = start; i < self->items->len; i++) {
    PtNvUser *user = self->items->pdata[i];
    if (!pt_nv_is_note (user))
      pt_nv_bring_back (user, self->batch, users);
  }
  pop_list (self, start);
}

/* Of NVIDIA's not all end with a NUL. */
static void
take_label (char *label, const char *from)
{
  char text[PT_MAX_LABEL + 1];
  const gsize length = pt_nv_label_length (from);
  memcpy (text, from, length);
  text[length] = 0;
  pt_set_label (label, text);
}

static void
take_text (PtBatch * batch, PtText * text, const PtText * from)
{
  *text = *from;
  text->display_text = pt_batch_strdup (batch, from->display_text);
  text->font_params.font_name = pt_batch_strdup (batch, from->font_params.font_name);
}

/* ---- objects ---- */

static void
take_labels (const Conversion * self, PtClassifier * classifier, const GList * head)
{
  const guint start = push_list (self, head, PT_NV_LABELS);
  for (guint i = start; i < self->items->len; i++) {
    const PtNvLabel *from = self->items->pdata[i];
    PtLabel *label = pt_classifier_add_label (classifier);
    label->num_classes = from->num_classes;
    label->result_class_id = from->result_class_id;
    label->label_id = from->label_id;
    label->result_prob = from->result_prob;
    if (from->pResult_label)
      pt_set_label (label->result_label, from->pResult_label);
    else
      take_label (label->result_label, from->result_label);
  }
  pop_list (self, start);
}

static void
take_classifiers (const Conversion * self, PtObject * object, const GList * head)
{
  const guint start = push_list (self, head, PT_NV_CLASSIFIERS);
  const gboolean typed =
      self->nv.batch->classifier_pool->element_size >= sizeof (PtNvClassifier);
  for (guint i = start; i < self->items->len; i++) {
    const PtNvClassifier *from = self->items->pdata[i];
    PtClassifier *classifier = pt_object_add_classifier (object);
    classifier->unique_component_id = from->unique_component_id;
    classifier->classifier_type =
        typed ? pt_batch_strdup (self->batch, from->classifier_type) : NULL;
    take_labels (self, classifier, from->labels);
  }
  pop_list (self, start);
}

static void
take_mask (PtBatch * batch, PtMask * mask, const PtMask * from)
{
  *mask = *from;
  mask->data = NULL;
  if (!from->data || !from->size)
    return;
  mask->data = pt_batch_alloc (batch, from->size);
  memcpy (mask->data, from->data, from->size);
}

static void
take_object (const Conversion * self, PtFrame * frame, const PtNvObject * from)
{
  const PtNvObjectTail *tail = pt_nv_object_tail (from, self->nv.shift);
  PtObject *object = pt_frame_add_object (frame, NULL);
  object->unique_component_id = from->unique_component_id;
  object->class_id = from->class_id;
  object->object_id = from->object_id;
  object->detector_bbox = from->detector_bbox;
  object->tracker_bbox = from->tracker_bbox;
  object->confidence = from->confidence;
  object->tracker_confidence = from->tracker_confidence;
  object->rect_params = from->rect_params;
  object->rotation = self->nv.shift ? *pt_nv_rotation (&from->rect_params) : 0;
  take_mask (self->batch, &object->mask_params, &tail->mask_params);
  take_text (self->batch, &object->text_params, &tail->text_params);
  take_label (object->obj_label, tail->obj_label);
  memcpy (object->misc_obj_info, tail->misc_obj_info, sizeof object->misc_obj_info);
  take_classifiers (self, object, tail->classifiers);
  take_users (self, tail->users, &object->users);
  g_hash_table_insert (self->made, (gpointer) from, object);
}

static const PtNvKin *
kin_of (const Conversion * self, const PtNvObject * object)
{
  const PtNvKin *kin = NULL;
  const guint start = self->items->len;
  pt_nv_walk (self->items, pt_nv_object_tail (object, self->nv.shift)->users);
  for (guint i = start; i < self->items->len && !kin; i++)
    kin = pt_nv_read_kin (self->items->pdata[i]);
  pop_list (self, start);
  return kin;
}

/* NVIDIA's copies have no parents: the marks tell, of objects that nobody has given another one. */
static gboolean
restore_parents (const Conversion * self, guint start, guint end)
{
  GHashTable *marked = g_hash_table_new (NULL, NULL);
  gboolean related = FALSE;
  for (guint i = start; i < end; i++) {
    const PtNvKin *kin = kin_of (self, self->items->pdata[i]);
    if (kin)
      g_hash_table_insert (marked, GSIZE_TO_POINTER (kin->mark), self->items->pdata[i]);
  }
  for (guint i = start; i < end; i++) {
    PtNvObject *object = self->items->pdata[i];
    const PtNvKin *kin = object->parent ? NULL : kin_of (self, object);
    if (kin && kin->parent)
      object->parent = g_hash_table_lookup (marked, GSIZE_TO_POINTER (kin->parent));
    related |= object->parent != NULL;
  }
  g_hash_table_unref (marked);
  return related;
}

/* A parent that is on the frame's list no more is none: NVIDIA's library leaves it to its children. */
static void
take_objects (const Conversion * self, PtFrame * frame, const GList * head)
{
  const guint start = push_list (self, head, PT_NV_OBJECTS);
  const guint end = self->items->len;
  gboolean related = self->note && self->note->copies && restore_parents (self, start, end);
  g_hash_table_remove_all (self->made);
  for (guint i = start; i < end; i++) {
    const PtNvObject *from = self->items->pdata[i];
    take_object (self, frame, from);
    related |= from->parent != NULL;
  }
  for (guint i = start; related && i < end; i++) {
    const PtNvObject *from = self->items->pdata[i];
    pt_object_set_parent (g_hash_table_lookup (self->made, from),
        from->parent ? g_hash_table_lookup (self->made, from->parent) : NULL);
  }
  if (related)
    pt_frame_cut_circles (frame);
  pop_list (self, start);
}

/* ---- frames ---- */

static void
take_display (const Conversion * self, PtFrame * frame, const PtNvDisplay * from)
{
  const PtNvDisplayTail *tail = pt_nv_display_tail (from, self->nv.shift);
  PtDisplay *display = pt_frame_add_display (frame);
  display->num_rects = from->num_rects;
  display->num_labels = from->num_labels;
  display->num_lines = from->num_lines;
  display->num_arrows = from->num_arrows;
  display->num_circles = from->num_circles;
  for (guint i = 0; i < PT_MAX_DISPLAY; i++) {
    display->rect_params[i] = *pt_nv_display_rect (from, i, self->nv.shift);
    take_text (self->batch, &display->text_params[i], &tail->text_params[i]);
    display->line_params[i] = tail->line_params[i];
    display->arrow_params[i] = tail->arrow_params[i].arrow;
    display->circle_params[i] = tail->circle_params[i].circle;
  }
}

/* Copies of NVIDIA's lose it; up to 5.0 and in frames that another made it may be missing. */
static void
take_pipeline_size (const Conversion * self, PtFrame * frame, const PtNvFrame * from)
{
  if (self->nv.frame_size >= PT_NV_FRAME_SIZE_6) {
    frame->pipeline_width = from->pipeline_width;
    frame->pipeline_height = from->pipeline_height;
  }
  if (frame->pipeline_width && frame->pipeline_height)
    return;
  frame->pipeline_width = self->width;
  frame->pipeline_height = self->height;
  for (guint i = 0; self->note && i < self->note->count; i++) {
    if (self->note->frames[i].pad_index != from->pad_index)
      continue;
    frame->pipeline_width = self->note->frames[i].width;
    frame->pipeline_height = self->note->frames[i].height;
  }
}

static void
describe_frame (PtFrame * frame, const PtNvFrame * from)
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
}

static void
take_frame (const Conversion * self, const PtNvFrame * from)
{
  PtFrame *frame = pt_batch_add_frame (self->batch);
  describe_frame (frame, from);
  take_pipeline_size (self, frame, from);
  take_objects (self, frame, from->objects);
  const guint start = push_list (self, from->displays, PT_NV_DISPLAYS);
  for (guint i = start; i < self->items->len; i++)
    take_display (self, frame, self->items->pdata[i]);
  pop_list (self, start);
  take_users (self, from->users, &frame->users);
}

/* ---- batches ---- */

static const PtNvNote *
find_note (const PtNvBatch * batch, GPtrArray * items)
{
  const PtNvNote *note = NULL;
  pt_nv_walk (items, batch->users);
  for (guint i = 0; i < items->len && !note; i++)
    note = pt_nv_read_note (items->pdata[i]);
  g_ptr_array_set_size (items, 0);
  return note;
}

static void
take_batch (Conversion * self)
{
  PtNvBatch *from = self->nv.batch;
  self->items = g_ptr_array_sized_new (64);
  self->made = g_hash_table_new (NULL, NULL);
  self->note = find_note (from, self->items);
  memcpy (self->batch->misc_batch_info, from->misc_batch_info, sizeof from->misc_batch_info);
  const guint start = push_list (self, from->frames, PT_NV_FRAMES);
  for (guint i = start; i < self->items->len; i++)
    take_frame (self, self->items->pdata[i]);
  pop_list (self, start);
  take_users (self, from->users, &self->batch->users);
  g_hash_table_unref (self->made);
  g_ptr_array_unref (self->items);
}

PtConverted
pt_from_nvidia (GstBuffer * buffer, guint width, guint height)
{
  Conversion self = {.width = width,.height = height };
  switch (pt_nv_find (buffer, &self.nv)) {
    case PT_NV_NONE:
      return PT_NOTHING_TO_CONVERT;
    case PT_NV_REFUSED:
      return PT_CONVERT_LAYOUT;
    case PT_NV_FOUND:
      break;
  }
  if (pt_buffer_get_batch (buffer))
    return PT_CONVERT_TWO_KINDS;
  self.batch = pt_batch_new (self.nv.batch->max_frames_in_batch);
  g_rec_mutex_lock (&self.nv.batch->meta_mutex);
  take_batch (&self);
  g_rec_mutex_unlock (&self.nv.batch->meta_mutex);
  gst_buffer_remove_meta (buffer, &self.nv.meta->meta);
  pt_buffer_add_batch (buffer, self.batch);
  return PT_CONVERTED;
}
