/* The probe that extracts without Python: see records.h. */
#include "records.h"

#include "trace.h"
#include "carriers.h"
#include "gstmeta.h"
#include "probe.h"
#include "roi.h"

#define FOR_EVER (G_GINT64_CONSTANT (1) << 61)

struct _PtRecordProbe
{
  gint refs;                    /* atomic */
  gint muted;                   /* atomic */
  gint carriers;                /* atomic; of the first buffer that had several */
  const PtRingApi *api;
  PtWanted wanted;
  GPtrArray *rings;
  guint32 buffers;              /* seen, muted or not: what numbers frames of plain buffers */
  PtHistogram calls;
  PtRows rows;                  /* what is found in one buffer for one ring; kept to be used again */

  GMutex refusing;              /* for the two below */
  guint64 refused;
  PtNv last_refused;
};

/* ---- what is written ---- */

static guint8 *
write_objects (const PtRecordProbe * self, guint8 * at)
{
  const gsize n = self->rows.rows->len;
  guint64 *object_id = (guint64 *) at;
  float *confidence = (float *) (object_id + n);
  float *left = confidence + n, *top = left + n, *width = top + n, *height = width + n;
  gint32 *class_id = (gint32 *) (height + n), *component_id = class_id + n;
  guint32 *label = (guint32 *) (component_id + n);
  for (gsize i = 0; i < n; i++) {
    const PtRow *row = &g_array_index (self->rows.rows, PtRow, i);
    object_id[i] = row->object_id;
    confidence[i] = row->confidence;
    left[i] = row->box.left;
    top[i] = row->box.top;
    width[i] = row->box.width;
    height[i] = row->box.height;
    class_id[i] = row->class_id;
    component_id[i] = row->component_id;
    label[i] = row->label;
  }
  return (guint8 *) (label + n);
}

static void
write_texts (const PtRecordProbe * self, guint8 * at)
{
  for (guint i = 0; i < self->rows.texts->len; i++)
    at = (guint8 *) g_stpcpy ((char *) at, g_ptr_array_index (self->rows.texts, i)) + 1;
}

#define OBJECT_BYTES (sizeof (guint64) + 5 * sizeof (float) + 3 * sizeof (gint32))

static PtItem *
write_record (const PtRecordProbe * self)
{
  const PtRows *rows = &self->rows;
  const PtRecordHead head = {.magic = PT_RECORD_MAGIC,.frames = rows->frames->len,
    .objects = rows->rows->len,.texts = rows->texts->len,.text_bytes = rows->text_bytes
  };
  const gsize frames_bytes = head.frames * sizeof (PtRowFrame);
  PtItem *record = self->api->record_new (sizeof head + frames_bytes
      + head.objects * OBJECT_BYTES + head.text_bytes);
  if (!record)
    g_error ("no memory for a record of %u objects", head.objects);     /* as g_malloc would */
  guint8 *at = record->data;
  memcpy (at, &head, sizeof head);
  memcpy (at + sizeof head, rows->frames->data, frames_bytes);
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

/* Where the objects of a buffer are: in one of these. */
typedef struct
{
  const PtBatch *batch;
  const PtNv *nvidia;
  GstBuffer *analytics;
  GstCaps *caps;                     /* and number, of this buffer */
  guint32 number;
} PtPlace;

static void
read_rows (PtRecordProbe * self, const PtPlace * place)
{
  if (place->batch)
    pt_rows_read (&self->rows, place->batch, &self->wanted);
  else if (place->nvidia)
    pt_rows_read_nv (&self->rows, place->nvidia, &self->wanted);
  else
    pt_rows_read_analytics (&self->rows, place->analytics, place->caps, (gint) place->number,
        &self->wanted);
}

static void
read_place (PtRecordProbe * self, const PtPlace * place, gint64 * spent)
{
  for (guint lane = 0; lane < self->rings->len; lane++) {
    const gint64 start = pt_now ();
    self->wanted.lane = lane;
    self->wanted.lanes = self->rings->len;
    read_rows (self, place);
    PtItem *record = self->rows.rows->len ? write_record (self) : NULL;
    *spent += pt_now () - start;
    if (record)
      put (self, lane, record);
  }
}

static void
refuse (PtRecordProbe * self, const PtNv * found)
{
  g_mutex_lock (&self->refusing);
  self->refused++;
  self->last_refused = *found;
  g_mutex_unlock (&self->refusing);
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
read_own (PtRecordProbe * self, GstPad * pad, GstBuffer * buffer, guint32 number, gint64 * spent)
{
  const gint64 start = pt_now ();
  PtPlace place = {.batch = pt_buffer_get_batch (buffer),.number = number };
  PtBatch *regions = NULL;
  if (!place.batch && pt_analytics_is_on (buffer)) {
    place.analytics = buffer;
    place.caps = gst_pad_get_current_caps (pad);
  } else if (!place.batch)
    place.batch = regions = read_regions (buffer, number);
  *spent += pt_now () - start;
  if (place.batch || place.analytics)
    read_place (self, &place, spent);
  gst_clear_caps (&place.caps);
  if (regions)
    pt_batch_unref (regions);
}

static void
note_carriers (PtRecordProbe * self, GstBuffer * buffer)
{
  if (g_atomic_int_get (&self->carriers))
    return;
  const guint carriers = pt_carriers_on (buffer);
  if (carriers & (carriers - 1))
    g_atomic_int_set (&self->carriers, (gint) carriers);
}

static void
on_buffer (PtRecordProbe * self, GstPad * pad, GstBuffer * buffer)
{
  const guint32 number = self->buffers++;
  gint64 spent = 0;
  PtNv found;
  if (g_atomic_int_get (&self->muted))
    return;
  note_carriers (self, buffer);
  switch (pt_nv_find (buffer, &found)) {
    case PT_NV_FOUND:
      read_place (self, &(PtPlace) {.nvidia = &found}, &spent);
      break;
    case PT_NV_REFUSED:
      refuse (self, &found);
      break;
    case PT_NV_NONE:
      read_own (self, pad, buffer, number, &spent);
  }
  pt_histogram_add (&self->calls, spent);
}

static GstPadProbeReturn
on_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (!info->data)
    return GST_PAD_PROBE_OK;
  const gboolean traced = pt_trace_enter (pad);
  for (guint i = 0; i < pt_probe_buffers (info); i++)
    on_buffer (data, pad, pt_probe_buffer (info, i));
  pt_trace_leave (traced);
  return GST_PAD_PROBE_OK;
}

PtRecordProbe *
pt_record_probe_new (const PtRingApi * api, PtBox box)
{
  PtRecordProbe *self = g_new0 (PtRecordProbe, 1);
  self->refs = 1;
  self->api = api;
  self->wanted = (PtWanted) {.box = box,.any_confidence = TRUE };
  self->rings = g_ptr_array_new ();
  g_mutex_init (&self->refusing);
  pt_rows_init (&self->rows);
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
  g_mutex_clear (&self->refusing);
  pt_rows_clear (&self->rows);
  if (self->wanted.labels)
    g_hash_table_unref (self->wanted.labels);
  g_free (self);
}

void
pt_record_probe_set_min_confidence (PtRecordProbe * self, float min_confidence)
{
  self->wanted.any_confidence = FALSE;
  self->wanted.min_confidence = min_confidence;
}

void
pt_record_probe_only_labels (PtRecordProbe * self)
{
  if (!self->wanted.labels)
    self->wanted.labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
pt_record_probe_add_label (PtRecordProbe * self, const char *label)
{
  pt_record_probe_only_labels (self);
  g_hash_table_add (self->wanted.labels, g_strdup (label));
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

guint64
pt_record_probe_refused (PtRecordProbe * self, PtNv * last)
{
  g_mutex_lock (&self->refusing);
  const guint64 refused = self->refused;
  *last = self->last_refused;
  g_mutex_unlock (&self->refusing);
  return refused;
}

guint
pt_record_probe_carriers (PtRecordProbe * self)
{
  return (guint) g_atomic_int_get (&self->carriers);
}

const PtHistogram *
pt_record_probe_calls (PtRecordProbe * self)
{
  return &self->calls;
}
