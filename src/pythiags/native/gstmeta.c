/* A batch on a buffer: see gstmeta.h. */
#include "gstmeta.h"

#include "copy.h"

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

void
pt_buffer_remove_batch (GstBuffer * buffer)
{
  GstMeta *meta = gst_buffer_get_meta (buffer, batch_meta_api ());
  if (meta)
    gst_buffer_remove_meta (buffer, meta);
}
