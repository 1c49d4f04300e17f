/* The objects of a batch as rows: see rows.h. */
#include "rows.h"

#include "plain.h"

void
pt_rows_init (PtRows * rows)
{
  *rows = (PtRows) {
    .frames = g_array_new (FALSE, FALSE, sizeof (PtRowFrame)),
    .rows = g_array_new (FALSE, FALSE, sizeof (PtRow)),
    .texts = g_ptr_array_new (),
    .numbers = g_hash_table_new (g_str_hash, g_str_equal),
    .memory = g_string_chunk_new (1024),
    .nv_frames = g_ptr_array_new (),
    .nv_objects = g_ptr_array_new (),
    .tracks = g_array_new (FALSE, FALSE, sizeof (guint64)),
  };
  pt_relations_init (&rows->relations);
}

void
pt_rows_clear (PtRows * rows)
{
  g_array_unref (rows->frames);
  g_array_unref (rows->rows);
  g_ptr_array_unref (rows->texts);
  g_hash_table_unref (rows->numbers);
  g_string_chunk_free (rows->memory);
  g_ptr_array_unref (rows->nv_frames);
  g_ptr_array_unref (rows->nv_objects);
  g_array_unref (rows->tracks);
  pt_relations_clear (&rows->relations);
}

static void
start_again (PtRows * self)
{
  g_array_set_size (self->frames, 0);
  g_array_set_size (self->rows, 0);
  if (!self->texts->len)
    return;
  g_ptr_array_set_size (self->texts, 0);
  g_hash_table_remove_all (self->numbers);
  g_string_chunk_clear (self->memory);
  self->text_bytes = 0;
}

/* ---- texts ---- */

static guint
add_text (PtRows * self, const char *text)
{
  const char *copy = g_string_chunk_insert (self->memory, text);
  g_ptr_array_add (self->texts, (gpointer) copy);
  g_hash_table_insert (self->numbers, (gpointer) copy, GUINT_TO_POINTER (self->texts->len));
  self->text_bytes += strlen (copy) + 1;
  return self->texts->len - 1;
}

/* A copy with its NUL: a label may have none, and its owner may be writing it. */
static void
copy_label (char text[PT_MAX_LABEL + 1], const char *label)
{
  const gsize length = pt_nv_label_length (label);
  memcpy (text, label, length);
  text[length] = '\0';
}

/* A buffer of many objects has few labels, mostly in runs, so the last one is tried first. */
static guint
number_of (PtRows * self, const char *label)
{
  char text[PT_MAX_LABEL + 1];
  const GPtrArray *texts = self->texts;
  if (texts->len && !strncmp (g_ptr_array_index (texts, self->last), label, PT_MAX_LABEL))
    return self->last;
  copy_label (text, label);
  const guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, text));
  self->last = number ? number - 1 : add_text (self, text);
  return self->last;
}

static gboolean
is_wanted_label (const PtWanted * wanted, const char *label)
{
  char text[PT_MAX_LABEL + 1];
  if (!wanted->labels)
    return TRUE;
  copy_label (text, label);
  return g_hash_table_contains (wanted->labels, text);
}

static inline gboolean
is_wanted_confidence (const PtWanted * wanted, float confidence)
{
  return wanted->any_confidence || confidence >= wanted->min_confidence;
}

static inline gboolean
is_wanted (const PtWanted * wanted, float confidence, const char *label)
{
  return is_wanted_confidence (wanted, confidence) && is_wanted_label (wanted, label);
}

/* ---- portable metadata ---- */

/* Of a PtObject or a PtNvObject, whose boxes have the same names. */
#define BOX_OF(object, box) \
    ((box) == PT_BOX_DETECTOR ? &(object)->detector_bbox \
    : (box) == PT_BOX_TRACKER ? &(object)->tracker_bbox \
    : (const PtBbox *) &(object)->rect_params)        /* starts with the same four numbers */

G_STATIC_ASSERT (G_STRUCT_OFFSET (PtRect, left) == G_STRUCT_OFFSET (PtBbox, left));
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtRect, height) == G_STRUCT_OFFSET (PtBbox, height));

static void
read_object (PtRows * self, const PtObject * object, const PtWanted * wanted)
{
  if (!is_wanted (wanted, object->confidence, object->obj_label))
    return;
  const PtRow row = {.object_id = object->object_id,.box = *BOX_OF (object, wanted->box),
    .confidence = object->confidence,.class_id = object->class_id,
    .component_id = object->unique_component_id,.label = number_of (self, object->obj_label)
  };
  g_array_append_val (self->rows, row);
}

static void
end_frame (PtRows * self, guint before, PtRowFrame frame)
{
  frame.objects = self->rows->len - before;
  if (frame.objects)
    g_array_append_val (self->frames, frame);
}

void
pt_rows_read (PtRows * self, const PtBatch * batch, const PtWanted * wanted)
{
  start_again (self);
  PT_EACH (PtFrame, frame, batch->frames) {
    const guint before = self->rows->len;
    if (frame->source_id % wanted->lanes != wanted->lane)
      continue;
    PT_EACH (PtObject, object, frame->objects)
      read_object (self, object, wanted);
    end_frame (self, before, (PtRowFrame) {
        .pts = frame->buf_pts,.frame_num = frame->frame_num,.source_id = frame->source_id});
  }
}

/* ---- NVIDIA's ---- */

/* How many rows it makes: none if the object is not wanted. */
static guint
read_nv_object (PtRows * self, const PtNvObject * object, guint shift, const PtWanted * wanted,
    PtRow * row)
{
  const char *label = pt_nv_object_tail (object, shift)->obj_label;
  if (!is_wanted (wanted, object->confidence, label))
    return 0;
  *row = (PtRow) {.object_id = object->object_id,.box = *BOX_OF (object, wanted->box),
    .confidence = object->confidence,.class_id = object->class_id,
    .component_id = object->unique_component_id,.label = number_of (self, label)
  };
  return 1;
}

static void
read_nv_frame (PtRows * self, const PtNvFrame * frame, GPtrArray * objects, guint shift,
    const PtWanted * wanted)
{
  const guint before = self->rows->len;
  g_ptr_array_set_size (objects, 0);
  pt_nv_list (objects, frame->objects, PT_NV_OBJECTS, shift);
  if (!objects->len)
    return;
  g_array_set_size (self->rows, before + objects->len);
  PtRow *row = &g_array_index (self->rows, PtRow, before);
  for (guint i = 0; i < objects->len; i++)
    row += read_nv_object (self, g_ptr_array_index (objects, i), shift, wanted, row);
  g_array_set_size (self->rows, row - (PtRow *) self->rows->data);
  end_frame (self, before, (PtRowFrame) {
      .pts = frame->buf_pts,.frame_num = frame->frame_num,.source_id = frame->source_id});
}

void
pt_rows_read_nv (PtRows * self, const PtNv * found, const PtWanted * wanted)
{
  GPtrArray *frames = self->nv_frames, *objects = self->nv_objects;
  start_again (self);
  g_rec_mutex_lock (&found->batch->meta_mutex);
  g_ptr_array_set_size (frames, 0);
  pt_nv_list (frames, found->batch->frames, PT_NV_FRAMES, found->shift);
  for (guint i = 0; i < frames->len; i++) {
    const PtNvFrame *frame = g_ptr_array_index (frames, i);
    if (frame->source_id % wanted->lanes == wanted->lane)
      read_nv_frame (self, frame, objects, found->shift, wanted);
  }
  g_rec_mutex_unlock (&found->batch->meta_mutex);
}

/* ---- GStreamer's ---- */

typedef struct
{
  PtRows *rows;
  const PtWanted *wanted;
  gint frame_num;
} PtAnalyticsRows;

/* The label of the object before, which is that of the next one as a rule. */
typedef struct { GQuark type; gboolean is_wanted; guint number; } PtLast;

static void
look_at_label (PtRows * self, PtLast * last, GQuark type, const PtWanted * wanted)
{
  char cut[PT_MAX_LABEL];
  pt_set_label (cut, pt_type_label (type));     /* as that of an object is */
  last->type = type;
  last->is_wanted = is_wanted_label (wanted, cut);
  last->number = last->is_wanted ? number_of (self, cut) : 0;
}

/* How many rows it makes: none if it is not wanted. */
static guint
add_found (PtRows * self, PtLast * last, const PtFound * found, guint64 object_id, PtBbox box,
    const PtWanted * wanted, PtRow * row)
{
  if (!is_wanted_confidence (wanted, found->confidence))
    return 0;
  if (found->type != last->type)
    look_at_label (self, last, found->type, wanted);
  if (!last->is_wanted)
    return 0;
  *row = (PtRow) {.object_id = object_id,.box = box,.confidence = found->confidence,
    .class_id = -1,.label = last->number
  };
  return 1;
}

static void
read_relations (PtRows * self, const PtBbox * whole, const PtWanted * wanted)
{
  static const PtBbox no_box;        /* the tracker's: there is none */
  PtRelations *relations = &self->relations;
  const gboolean is_tracker = wanted->box == PT_BOX_TRACKER;
  PtFound found;
  PtLast last = {.type = -1u };      /* no quark */
  g_array_set_size (self->tracks, relations->length);
  guint64 *tracks = (guint64 *) self->tracks->data;
  pt_relations_tracks (relations, tracks);
  const guint before = self->rows->len;
  g_array_set_size (self->rows, before + relations->counts[PT_MTD_OBJECT] + 1);
  PtRow *row = &g_array_index (self->rows, PtRow, before);
  for (guint id = 0; id < relations->length; id++) {
    if (pt_relations_kind (relations, id) != PT_MTD_OBJECT)
      continue;
    pt_relations_object (relations, id, &found);
    row += add_found (self, &last, &found, tracks[id], is_tracker ? no_box : found.box, wanted,
        row);
  }
  found = (PtFound) {.confidence = PT_NO_CONFIDENCE };
  if (pt_relations_loose (relations, NULL))
    row += add_found (self, &last, &found, PT_UNTRACKED, is_tracker ? no_box : *whole, wanted, row);
  g_array_set_size (self->rows, (guint) (row - (PtRow *) self->rows->data));
}

static void
read_picture (GstBuffer * buffer, guint source, const GstCaps * caps, gpointer data)
{
  const PtAnalyticsRows *self = data;
  const guint before = self->rows->rows->len;
  PtFrame frame = { 0 };
  if (source % self->wanted->lanes != self->wanted->lane
      || !pt_relations_open (&self->rows->relations, buffer))
    return;
  pt_plain_describe (&frame, buffer, caps);
  const PtBbox whole = pt_frame_whole (&frame);
  read_relations (self->rows, &whole, self->wanted);
  end_frame (self->rows, before, (PtRowFrame) {
      .pts = frame.buf_pts,.frame_num = self->frame_num,.source_id = source});
}

void
pt_rows_read_analytics (PtRows * self, GstBuffer * buffer, const GstCaps * caps, gint frame_num,
    const PtWanted * wanted)
{
  PtAnalyticsRows reader = {.rows = self,.wanted = wanted,.frame_num = frame_num };
  start_again (self);
  if (!pt_analytics_batch (buffer, read_picture, &reader))
    read_picture (buffer, 0, caps, &reader);
}
