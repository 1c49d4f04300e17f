/* Deep copies of metadata: see copy.h. */
#include "copy.h"

#include <string.h>

static void
copy_users (PtBatch * target, PtList * to, const PtList * from)
{
  PT_EACH (PtUser, user, *from)
    if (user->copy && user->data)
      pt_add_user (target, to, user->meta_type, user->copy (user->data), user->copy,
          user->free)->payload = user->payload;
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
  copy->classifier_type = pt_batch_strdup (copy->batch, source->classifier_type);
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
  copy->parent = copy->children = copy->next_sibling = copy->prev_sibling = NULL;
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
    if (copy && object->parent) /* not one that was added meanwhile */
      pt_object_set_parent (copy, g_hash_table_lookup (copies, object->parent));
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
