/* The arena, the lists and the GstMeta behind portable metadata: see meta.h. */
#include "meta.h"

#include <string.h>

#define CHUNK_BYTES (16 * 1024)
#define ALIGNMENT 16

struct _PtChunk
{
  PtChunk *next;
  gsize used, size;
  /* the bytes follow, aligned */
};

#define CHUNK_HEAD ((sizeof (PtChunk) + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1))

/* ---- the arena ---- */

static PtChunk *
chunk_new (gsize size)
{
  PtChunk *chunk = g_malloc (CHUNK_HEAD + size);
  *chunk = (PtChunk) {.size = size };
  return chunk;
}

gpointer
pt_batch_alloc (PtBatch * batch, gsize size)
{
  size = (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
  PtChunk *chunk = batch->chunks;
  if (!chunk || chunk->size - chunk->used < size) {
    chunk = chunk_new (MAX (size, CHUNK_BYTES));
    chunk->next = batch->chunks;
    batch->chunks = chunk;
  }
  gpointer memory = (char *) chunk + CHUNK_HEAD + chunk->used;
  chunk->used += size;
  return memset (memory, 0, size);
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
  for (PtChunk * chunk = batch->chunks, *next; chunk; chunk = next) {
    next = chunk->next;
    g_free (chunk);
  }
  g_rec_mutex_clear (&batch->meta_mutex);
  g_free (batch);
}

void
pt_batch_release (PtBatch * batch)
{
  g_atomic_int_set (&batch->released, TRUE);
}

/* ---- lists ---- */

static void
list_append (PtList * list, PtNode * node)
{
  node->prev = list->tail;
  node->next = NULL;
  /* Atomic: another branch of a tee may be walking the list, and must see the node's contents. */
  g_atomic_pointer_set (list->tail ? &list->tail->next : &list->head, node);
  list->tail = node;
}

void
pt_list_unlink (PtList * list, PtNode * node)
{
  if (node->prev)
    node->prev->next = node->next;
  else
    list->head = node->next;
  if (node->next)
    node->next->prev = node->prev;
  else
    list->tail = node->prev;
  node->next = node->prev = NULL;
}

gboolean
pt_list_remove (PtList * list, PtNode * node)
{
  PT_EACH (PtNode, other, *list)
    if (other == node) {
      pt_list_unlink (list, node);
      return TRUE;
    }
  return FALSE;
}

PtFrame *
pt_batch_add_frame (PtBatch * batch)
{
  PtFrame *frame = pt_batch_alloc (batch, sizeof *frame);
  frame->batch = batch;
  frame->batch_id = batch->num_frames_in_batch++;
  frame->num_surfaces_per_frame = 1;
  list_append (&batch->frames, &frame->node);
  return frame;
}

PtObject *
pt_frame_add_object (PtFrame * frame, PtObject * parent)
{
  PtObject *object = pt_batch_alloc (frame->batch, sizeof *object);
  object->batch = frame->batch;
  object->frame = frame;
  object->parent = parent;
  object->class_id = -1;
  object->object_id = PT_UNTRACKED;
  object->confidence = PT_NO_CONFIDENCE;
  frame->num_obj_meta++;
  list_append (&frame->objects, &object->node);
  return object;
}

PtClassifier *
pt_object_add_classifier (PtObject * object)
{
  PtClassifier *classifier = pt_batch_alloc (object->batch, sizeof *classifier);
  classifier->batch = object->batch;
  list_append (&object->classifiers, &classifier->node);
  return classifier;
}

PtLabel *
pt_classifier_add_label (PtClassifier * classifier)
{
  PtLabel *label = pt_batch_alloc (classifier->batch, sizeof *label);
  label->batch = classifier->batch;
  classifier->num_labels++;
  list_append (&classifier->labels, &label->node);
  return label;
}

PtDisplay *
pt_frame_add_display (PtFrame * frame)
{
  PtDisplay *display = pt_batch_alloc (frame->batch, sizeof *display);
  display->batch = frame->batch;
  list_append (&frame->displays, &display->node);
  return display;
}

PtUser *
pt_add_user (PtBatch * batch, PtList * list, gint meta_type, gpointer data,
    PtUserCopy copy, PtUserFree free)
{
  PtUser *user = pt_batch_alloc (batch, sizeof *user);
  user->batch = batch;
  user->meta_type = meta_type;
  user->data = data;
  user->copy = copy;
  user->free = free;
  user->next_owned = batch->owned_users;
  batch->owned_users = user;
  list_append (list, &user->node);
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
  if (!frame)
    return FALSE;
  PT_EACH (PtObject, other, frame->objects)
    if (other->parent == object)
      other->parent = NULL;
  pt_list_unlink (&frame->objects, &object->node);
  object->frame = NULL;
  frame->num_obj_meta--;
  return TRUE;
}

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
  PT_EACH (PtObject, object, source->objects)
    if (object->parent)
      ((PtObject *) g_hash_table_lookup (copies, object))->parent =
          g_hash_table_lookup (copies, object->parent);
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

/* ---- the GstMeta ---- */

typedef struct
{
  GstMeta meta;
  PtBatch *batch;
} PtBatchMeta;

static const GstMetaInfo *batch_meta_info (void);

static GType
batch_meta_api (void)
{
  static gsize type = 0;
  if (g_once_init_enter (&type)) {
    /* No tags: the batch stays true through every conversion; who scales also moves the boxes. */
    static const gchar *tags[] = { NULL };
    g_once_init_leave (&type, gst_meta_api_type_register ("PythiagsBatchMetaAPI", tags));
  }
  return type;
}

static gboolean
batch_meta_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  ((PtBatchMeta *) meta)->batch = NULL;
  return TRUE;
}

static void
batch_meta_free (GstMeta * meta, GstBuffer * buffer)
{
  PtBatch *batch = ((PtBatchMeta *) meta)->batch;
  if (batch) {
    pt_batch_release (batch);
    pt_batch_unref (batch);
  }
}

static gboolean
batch_meta_transform (GstBuffer * target, GstMeta * meta, GstBuffer * source, GQuark type,
    gpointer data)
{
  if (!pt_buffer_get_batch (target))
    pt_buffer_add_batch (target, pt_batch_copy (((PtBatchMeta *) meta)->batch));
  return TRUE;
}

static const GstMetaInfo *
batch_meta_info (void)
{
  static const GstMetaInfo *info = NULL;
  if (g_once_init_enter ((GstMetaInfo **) & info)) {
    const GstMetaInfo *registered = gst_meta_register (batch_meta_api (), "PythiagsBatchMeta",
        sizeof (PtBatchMeta), batch_meta_init, batch_meta_free, batch_meta_transform);
    g_once_init_leave ((GstMetaInfo **) & info, (GstMetaInfo *) registered);
  }
  return info;
}

void
pt_buffer_add_batch (GstBuffer * buffer, PtBatch * batch)
{
  PtBatchMeta *meta = (PtBatchMeta *) gst_buffer_get_meta (buffer, batch_meta_api ());
  if (!meta)
    meta = (PtBatchMeta *) gst_buffer_add_meta (buffer, batch_meta_info (), NULL);
  else
    batch_meta_free (&meta->meta, buffer);
  meta->batch = batch;
}

PtBatch *
pt_buffer_get_batch (GstBuffer * buffer)
{
  PtBatchMeta *meta = (PtBatchMeta *) gst_buffer_get_meta (buffer, batch_meta_api ());
  return meta ? meta->batch : NULL;
}
