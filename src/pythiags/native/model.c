/* Batches and the lists of portable metadata: see model.h. */
#include "model.h"

#include <string.h>

gpointer
pt_batch_alloc (PtBatch * batch, gsize size)
{
  return pt_arena_alloc (&batch->chunks, size);
}

const char *
pt_batch_strdup (PtBatch * batch, const char *text)
{
  if (!text)
    return NULL;
  gsize size = strlen (text) + 1;
  return memcpy (pt_batch_alloc (batch, size), text, size);
}

void
pt_set_label (char *label, const char *text)
{
  gsize length = text ? strlen (text) : 0;
  if (length >= PT_MAX_LABEL) {
    length = PT_MAX_LABEL - 1;
    while (length && ((guchar) text[length] & 0xC0) == 0x80)    /* not within a UTF-8 character */
      length--;
  }
  if (length)
    memcpy (label, text, length);
  label[length] = '\0';
}

/* ---- batches ---- */

PtBatch *
pt_batch_new (guint max_frames)
{
  PtBatch *batch = g_new0 (PtBatch, 1);
  batch->refs = 1;
  batch->max_frames_in_batch = max_frames;
  g_rec_mutex_init (&batch->meta_mutex);
  return batch;
}

PtBatch *
pt_batch_ref (PtBatch * batch)
{
  g_atomic_int_inc (&batch->refs);
  return batch;
}

void
pt_batch_unref (PtBatch * batch)
{
  if (!g_atomic_int_dec_and_test (&batch->refs))
    return;
  for (PtUser * user = batch->owned_users; user; user = user->next_owned)
    if (user->free && user->data)
      user->free (user->data);
  pt_arena_free (batch->chunks);
  g_clear_pointer (&batch->removed, g_hash_table_unref);
  g_clear_pointer (&batch->homes, g_hash_table_unref);
  if (batch->let_go)
    batch->let_go (batch->keeper);
  g_rec_mutex_clear (&batch->meta_mutex);
  g_free (batch);
}

void
pt_batch_release (PtBatch * batch)
{
  g_atomic_int_set (&batch->released, TRUE);
  if (batch->on_release)
    batch->on_release (batch);
}

/* ---- lists ---- */

void
pt_list_append (PtList * list, PtNode * node)
{
  node->prev = list->tail;
  node->next = NULL;
  node->list = list;
  /* Atomic: another branch of a tee may be walking the list, and must see the node's contents. */
  g_atomic_pointer_set (list->tail ? &list->tail->next : &list->head, node);
  list->tail = node;
}

gboolean
pt_list_remove (PtList * list, PtNode * node)
{
  if (node->list != list)
    return FALSE;
  if (node->prev)
    node->prev->next = node->next;
  else
    list->head = node->next;
  if (node->next)
    node->next->prev = node->prev;
  else
    list->tail = node->prev;
  node->list = NULL;            /* `next` and `prev` stay, for whoever walks the list and is here */
  return TRUE;
}

#define NEW_NODE(Type, kind) \
  Type * \
  pt_batch_new_##kind (PtBatch * batch) \
  { \
    Type *node = pt_batch_alloc (batch, sizeof *node); \
    node->batch = batch; \
    return node; \
  }
NEW_NODE (PtFrame, frame)
NEW_NODE (PtObject, object)
NEW_NODE (PtClassifier, classifier)
NEW_NODE (PtLabel, label)
NEW_NODE (PtDisplay, display)
#undef NEW_NODE

PtUser *
pt_batch_new_user (PtBatch * batch)
{
  PtUser *user = pt_batch_alloc (batch, sizeof *user);
  user->batch = batch;
  user->next_owned = batch->owned_users;
  batch->owned_users = user;
  return user;
}

void
pt_batch_take_frame (PtBatch * batch, PtFrame * frame)
{
  batch->num_frames_in_batch++;
  pt_list_append (&batch->frames, &frame->node);
}

void
pt_frame_take_object (PtFrame * frame, PtObject * object, PtObject * parent)
{
  object->frame = frame;
  pt_object_set_parent (object, parent);
  frame->num_obj_meta++;
  pt_list_append (&frame->objects, &object->node);
}

void
pt_classifier_take_label (PtClassifier * classifier, PtLabel * label)
{
  classifier->num_labels++;
  pt_list_append (&classifier->labels, &label->node);
}

PtFrame *
pt_batch_add_frame (PtBatch * batch)
{
  PtFrame *frame = pt_batch_new_frame (batch);
  frame->batch_id = batch->num_frames_in_batch;
  frame->num_surfaces_per_frame = 1;
  pt_batch_take_frame (batch, frame);
  return frame;
}

PtObject *
pt_frame_add_object (PtFrame * frame, PtObject * parent)
{
  PtObject *object = pt_batch_new_object (frame->batch);
  object->class_id = -1;
  object->object_id = PT_UNTRACKED;
  object->confidence = PT_NO_CONFIDENCE;
  pt_frame_take_object (frame, object, parent);
  return object;
}

static void
leave_parent (PtObject * object)
{
  if (object->prev_sibling)
    object->prev_sibling->next_sibling = object->next_sibling;
  else
    object->parent->children = object->next_sibling;
  if (object->next_sibling)
    object->next_sibling->prev_sibling = object->prev_sibling;
  object->next_sibling = object->prev_sibling = NULL;
}

void
pt_object_set_parent (PtObject * object, PtObject * parent)
{
  if (object->parent)
    leave_parent (object);
  object->parent = parent;
  if (!parent)
    return;
  object->next_sibling = parent->children;
  if (parent->children)
    parent->children->prev_sibling = object;
  parent->children = object;
}

/* Each way up ends at the top, or at an object that the way of another one came past; where it comes
 * past itself, it closes a circle. */
void
pt_frame_cut_circles (PtFrame * frame)
{
  GHashTable *ways = g_hash_table_new (NULL, NULL);     /* whose way came past an object first */
  PT_EACH (PtObject, object, frame->objects)
    for (PtObject *at = object; at && at->parent && !g_hash_table_contains (ways, at);
      at = at->parent) {
      g_hash_table_insert (ways, at, object);
      if (g_hash_table_lookup (ways, at->parent) == object)
        pt_object_set_parent (at, NULL);
    }
  g_hash_table_unref (ways);
}

PtBbox
pt_frame_whole (const PtFrame * frame)
{
  return (PtBbox) { 0, 0, frame->pipeline_width, frame->pipeline_height };
}

PtClassifier *
pt_object_add_classifier (PtObject * object)
{
  PtClassifier *classifier = pt_batch_new_classifier (object->batch);
  pt_list_append (&object->classifiers, &classifier->node);
  return classifier;
}

PtLabel *
pt_classifier_add_label (PtClassifier * classifier)
{
  PtLabel *label = pt_batch_new_label (classifier->batch);
  pt_classifier_take_label (classifier, label);
  return label;
}

PtDisplay *
pt_frame_add_display (PtFrame * frame)
{
  PtDisplay *display = pt_batch_new_display (frame->batch);
  pt_list_append (&frame->displays, &display->node);
  return display;
}

PtUser *
pt_add_user (PtBatch * batch, PtList * list, gint meta_type, gpointer data,
    PtUserCopy copy, PtUserFree free)
{
  PtUser *user = pt_batch_new_user (batch);
  user->meta_type = meta_type;
  user->data = data;
  user->copy = copy;
  user->free = free;
  pt_list_append (list, &user->node);
  return user;
}

gboolean
pt_batch_remove_frame (PtFrame * frame)
{
  if (!pt_list_remove (&frame->batch->frames, &frame->node))
    return FALSE;
  frame->batch->num_frames_in_batch--;
  return TRUE;
}

gboolean
pt_frame_remove_object (PtObject * object)
{
  PtFrame *frame = object->frame;
  if (!frame || !pt_list_remove (&frame->objects, &object->node))
    return FALSE;
  while (object->children)
    pt_object_set_parent (object->children, NULL);
  object->frame = NULL;
  frame->num_obj_meta--;
  return TRUE;
}
