/* The probe that extracts without Python: see records.h. */
#include "records.h"
#include "gstmeta.h"
#include "probe.h"
#include "roi.h"

#include <string.h>

#define FOR_EVER (G_GINT64_CONSTANT (1) << 61)

typedef struct { const PtObject *object; guint32 label; } Found;

struct _PtRecordProbe
{
  gint refs;                    /* atomic */
  gint muted;                   /* atomic */
  const PtRingApi *api;
  PtBox box;
  gboolean any_confidence;
  float min_confidence;
  GHashTable *labels;           /* NULL: any */
  GPtrArray *rings;
  guint32 buffers;              /* seen, muted or not: what numbers frames of plain buffers */
  PtHistogram calls;

  /* What is found in one buffer for one ring; kept to be used again. */
  GArray *frames, *found;       /* of PtRecordFrame and Found */
  GPtrArray *texts;             /* borrowed from the metadata */
  GHashTable *numbers;          /* text to its number + 1 */
  gsize text_bytes;
};

/* ---- what is read ---- */

static gboolean
is_wanted (const PtRecordProbe * self, const PtObject * object)
{
  if (!self->any_confidence && !(object->confidence >= self->min_confidence))
    return FALSE;
  return !self->labels || g_hash_table_contains (self->labels, object->obj_label);
}

/* Each text is kept once: a buffer of many objects has few labels, mostly in runs. */
static guint32
number_of (PtRecordProbe * self, const char *text)
{
  const guint count = self->found->len;
  if (count) {
    const Found *last = &g_array_index (self->found, Found, count - 1);
    if (!strcmp (last->object->obj_label, text))
      return last->label;
  }
  guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, text));
  if (!number) {
    g_ptr_array_add (self->texts, (gpointer) text);
    number = self->texts->len;
    g_hash_table_insert (self->numbers, (gpointer) text, GUINT_TO_POINTER (number));
    self->text_bytes += strlen (text) + 1;
  }
  return number - 1;
}

static void
find_in_frame (PtRecordProbe * self, const PtFrame * frame)
{
  const guint before = self->found->len;
  PT_EACH (PtObject, object, frame->objects) {
    if (is_wanted (self, object)) {
      const Found found = {.object = object,.label = number_of (self, object->obj_label) };
      g_array_append_val (self->found, found);
    }
  }
  if (self->found->len == before)
    return;
  const PtRecordFrame head = {.pts = frame->buf_pts,.frame_num = frame->frame_num,
    .source_id = frame->source_id,.objects = self->found->len - before
  };
  g_array_append_val (self->frames, head);
}

static void
find (PtRecordProbe * self, const PtBatch * batch, guint lane)
{
  g_array_set_size (self->frames, 0);
  g_array_set_size (self->found, 0);
  g_ptr_array_set_size (self->texts, 0);
  g_hash_table_remove_all (self->numbers);
  self->text_bytes = 0;
  PT_EACH (PtFrame, frame, batch->frames)
    if (frame->source_id % self->rings->len == lane)
      find_in_frame (self, frame);
}

/* ---- what is written ---- */

static gconstpointer
box_of (const PtRecordProbe * self, const PtObject * object)
{
  switch (self->box) {
    case PT_BOX_DETECTOR:
      return &object->detector_bbox;
    case PT_BOX_TRACKER:
      return &object->tracker_bbox;
    case PT_BOX_LAST:
      break;
  }
  return &object->rect_params;  /* starts with the same four numbers */
}

G_STATIC_ASSERT (G_STRUCT_OFFSET (PtRect, left) == G_STRUCT_OFFSET (PtBbox, left));
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtRect, height) == G_STRUCT_OFFSET (PtBbox, height));

static guint8 *
write_objects (const PtRecordProbe * self, guint8 * at)
{
  const gsize n = self->found->len;
  guint64 *object_id = (guint64 *) at;
  float *confidence = (float *) (object_id + n);
  float *left = confidence + n, *top = left + n, *width = top + n, *height = width + n;
  gint32 *class_id = (gint32 *) (height + n), *component_id = class_id + n;
  guint32 *label = (guint32 *) (component_id + n);
  for (gsize i = 0; i < n; i++) {
    const Found *found = &g_array_index (self->found, Found, i);
    const PtObject *object = found->object;
    const PtBbox *box = box_of (self, object);
    object_id[i] = object->object_id;
    confidence[i] = object->confidence;
    left[i] = box->left;
    top[i] = box->top;
    width[i] = box->width;
    height[i] = box->height;
    class_id[i] = object->class_id;
    component_id[i] = object->unique_component_id;
    label[i] = found->label;
  }
  return (guint8 *) (label + n);
}

static void
write_texts (const PtRecordProbe * self, guint8 * at)
{
  for (guint i = 0; i < self->texts->len; i++)
    at = (guint8 *) g_stpcpy ((char *) at, g_ptr_array_index (self->texts, i)) + 1;
}

#define OBJECT_BYTES (sizeof (guint64) + 5 * sizeof (float) + 3 * sizeof (gint32))

static PtItem *
write_record (const PtRecordProbe * self)
{
  const PtRecordHead head = {.magic = PT_RECORD_MAGIC,.frames = self->frames->len,
    .objects = self->found->len,.texts = self->texts->len,.text_bytes = self->text_bytes
  };
  const gsize frames_bytes = head.frames * sizeof (PtRecordFrame);
  PtItem *record = self->api->record_new (sizeof head + frames_bytes
      + head.objects * OBJECT_BYTES + head.text_bytes);
  if (!record)
    g_error ("no memory for a record of %u objects", head.objects);     /* as g_malloc would */
  guint8 *at = record->data;
  memcpy (at, &head, sizeof head);
  memcpy (at + sizeof head, self->frames->data, frames_bytes);
  write_texts (self, write_objects (self, at + sizeof head + frames_bytes));
  return record;
}

/* ---- the probe ---- */

static void
put (PtRecordProbe * self, guint lane, PtItem * record)
{
  if (self->api->put (g_ptr_array_index (self->rings, lane), record, FOR_EVER) == PT_RING_CLOSED)
    pt_record_probe_mute (self);
}

static void
read_batch (PtRecordProbe * self, const PtBatch * batch, gint64 * spent)
{
  for (guint lane = 0; lane < self->rings->len; lane++) {
    const gint64 start = pt_now ();
    find (self, batch, lane);
    PtItem *record = self->found->len ? write_record (self) : NULL;
    *spent += pt_now () - start;
    if (record)
      put (self, lane, record);
  }
}

/* A batch made of regions of interest, which the caller releases; NULL: the buffer has none. */
static PtBatch *
read_regions (GstBuffer * buffer, guint32 number)
{
  PtBatch *batch = pt_roi_read (buffer, NULL);  /* the size of the picture is not asked for */
  if (batch)
    ((PtFrame *) batch->frames.head)->frame_num = (gint) number;
  return batch;
}

static void
on_buffer (PtRecordProbe * self, GstBuffer * buffer)
{
  const guint32 number = self->buffers++;
  if (g_atomic_int_get (&self->muted))
    return;
  const gint64 start = pt_now ();
  PtBatch *batch = pt_buffer_get_batch (buffer);
  PtBatch *regions = batch ? NULL : read_regions (buffer, number);
  gint64 spent = pt_now () - start;
  if (batch || regions)
    read_batch (self, batch ? batch : regions, &spent);
  if (regions)
    pt_batch_unref (regions);
  pt_histogram_add (&self->calls, spent);
}

static GstPadProbeReturn
on_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (!info->data)
    return GST_PAD_PROBE_OK;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    on_buffer (data, info->data);
    return GST_PAD_PROBE_OK;
  }
  for (guint i = 0; i < gst_buffer_list_length (info->data); i++)
    on_buffer (data, gst_buffer_list_get (info->data, i));
  return GST_PAD_PROBE_OK;
}

PtRecordProbe *
pt_record_probe_new (const PtRingApi * api, PtBox box)
{
  PtRecordProbe *self = g_new0 (PtRecordProbe, 1);
  self->refs = 1;
  self->api = api;
  self->box = box;
  self->any_confidence = TRUE;
  self->rings = g_ptr_array_new ();
  self->frames = g_array_new (FALSE, FALSE, sizeof (PtRecordFrame));
  self->found = g_array_new (FALSE, FALSE, sizeof (Found));
  self->texts = g_ptr_array_new ();
  self->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
pt_record_probe_unref (PtRecordProbe * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  for (guint i = 0; i < self->rings->len; i++)
    self->api->unref (g_ptr_array_index (self->rings, i));
  g_ptr_array_unref (self->rings);
  g_array_unref (self->frames);
  g_array_unref (self->found);
  g_ptr_array_unref (self->texts);
  g_hash_table_unref (self->numbers);
  if (self->labels)
    g_hash_table_unref (self->labels);
  g_free (self);
}

void
pt_record_probe_set_min_confidence (PtRecordProbe * self, float min_confidence)
{
  self->any_confidence = FALSE;
  self->min_confidence = min_confidence;
}

void
pt_record_probe_only_labels (PtRecordProbe * self)
{
  if (!self->labels)
    self->labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
pt_record_probe_add_label (PtRecordProbe * self, const char *label)
{
  pt_record_probe_only_labels (self);
  g_hash_table_add (self->labels, g_strdup (label));
}

void
pt_record_probe_add_ring (PtRecordProbe * self, PtRing * ring)
{
  g_ptr_array_add (self->rings, self->api->ref (ring));
}

static void
free_probe (gpointer data)
{
  pt_record_probe_unref (data);
}

gulong
pt_record_probe_attach (PtRecordProbe * self, GstPad * pad)
{
  g_atomic_int_inc (&self->refs);
  return gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
      on_data, self, free_probe);
}

void
pt_record_probe_mute (PtRecordProbe * self)
{
  g_atomic_int_set (&self->muted, TRUE);
}

const PtHistogram *
pt_record_probe_calls (PtRecordProbe * self)
{
  return &self->calls;
}
