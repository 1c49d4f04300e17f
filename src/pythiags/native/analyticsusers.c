/* Tensors and masks of GstAnalytics as user metas: see analytics.h. */
#include "analytics.h"

#include "runtime.h"

#include <gst/video/video.h>
#include <string.h>

enum { META_TENSORS = 12, META_SEGMENTATION = 13 };     /* NvDsMetaType */

/* ---- tensors ---- */

typedef struct
{
  GQuark id;
  gint layout, data_type;
  GstBuffer *data;
  gint dims_order;
  gsize dims_count;
  gsize dims[];
} PtGstTensor;                       /* GstTensor, from 1.26 */

typedef struct
{
  GstMeta meta;
  gsize count;
  PtGstTensor **tensors;
} PtTensorMeta;                      /* GstTensorMeta */

static void
free_tensors (gpointer data)
{
  const PtTensors *self = data;
  for (guint i = 0; i < self->count; i++)
    gst_clear_buffer (&self->tensors[i].data);
}

static PtTensors *
new_tensors (PtBatch * batch, PtList * users, guint count)
{
  PtTensors *self = pt_batch_alloc (batch, sizeof *self);
  self->tensors = pt_batch_alloc (batch, count * sizeof *self->tensors);
  pt_add_user (batch, users, META_TENSORS, self, NULL, free_tensors)->payload =
      PT_PAYLOAD_TENSORS;
  return self;
}

/* NULL: a place that its producer left empty. */
static void
add_tensor (PtTensors * self, PtBatch * batch, const PtGstTensor * tensor)
{
  if (!tensor)
    return;
  gsize *dims = pt_batch_alloc (batch, tensor->dims_count * sizeof *dims);
  memcpy (dims, tensor->dims, tensor->dims_count * sizeof *dims);
  self->tensors[self->count++] = (PtTensor) {
    .name = tensor->id ? g_quark_to_string (tensor->id) : NULL,.type = tensor->data_type,
    .columns_first = tensor->dims_order == 1,.dims_count = (guint) tensor->dims_count,
    .dims = dims,.data = tensor->data ? gst_buffer_ref (tensor->data) : NULL,
  };
}

void
pt_analytics_add_tensors (PtRelations * self, PtBatch * batch, PtList * users, const guint * ids,
    guint count)
{
  if (!count || !self->library->gst_analytics_tensor_mtd_get_tensor)
    return;
  PtTensors *tensors = new_tensors (batch, users, count);
  for (guint i = 0; i < count; i++) {
    const PtMtd mtd = { ids[i], self->meta };
    add_tensor (tensors, batch, self->library->gst_analytics_tensor_mtd_get_tensor (&mtd));
  }
}

static GType
tensor_meta_api (void)
{
  static gsize known = 0;
  return pt_known_type (&known, "GstTensorMetaAPI");
}

gboolean
pt_analytics_has_tensors (GstBuffer * buffer)
{
  const GType api = tensor_meta_api ();
  return api && gst_buffer_get_meta (buffer, api);
}

void
pt_analytics_add_tensor_metas (PtFrame * frame, GstBuffer * buffer)
{
  const GType api = tensor_meta_api ();
  gpointer state = NULL;
  PtTensorMeta *meta;
  while (api && (meta = (PtTensorMeta *) gst_buffer_iterate_meta_filtered (buffer, &state, api))) {
    PtTensors *tensors = new_tensors (frame->batch, &frame->users, (guint) meta->count);
    for (gsize i = 0; meta->tensors && i < meta->count; i++)
      add_tensor (tensors, frame->batch, meta->tensors[i]);
  }
}

/* ---- masks ---- */

static gboolean
get_mask (PtRelations * self, guint id, PtSegmentation * found)
{
  const PtMtd mtd = { id, self->meta };
  gint x = 0, y = 0;
  guint width = 0, height = 0;
  const PtAnalyticsLibrary *library = self->library;
  if (!library->gst_analytics_segmentation_mtd_get_mask
      || !library->gst_analytics_segmentation_mtd_get_region_count
      || !library->gst_analytics_segmentation_mtd_get_region_id)
    return FALSE;
  GstBuffer *mask =
      library->gst_analytics_segmentation_mtd_get_mask (&mtd, &x, &y, &width, &height);
  GstVideoMeta *video = mask ? gst_buffer_get_video_meta (mask) : NULL;
  if (!video) {
    gst_clear_buffer (&mask);
    return FALSE;
  }
  *found = (PtSegmentation) {.mask = mask,.width = video->width,.height = video->height,
    .box = {x, y, width, height}
  };
  return TRUE;
}

/* One row after the other, as 16-bit numbers. */
typedef void (*EachRow) (const guint16 * row, guint y, gpointer data);

static guint16
value_at (const guint8 * row, guint x, GstVideoFormat format)
{
  switch (format) {
    case GST_VIDEO_FORMAT_GRAY16_LE:
      return GST_READ_UINT16_LE (row + 2 * x);
    case GST_VIDEO_FORMAT_GRAY16_BE:
      return GST_READ_UINT16_BE (row + 2 * x);
    default:
      return row[x];
  }
}

/* 0: it is not a format of masks. */
static guint
bytes_of (GstVideoFormat format)
{
  switch (format) {
    case GST_VIDEO_FORMAT_GRAY8:
      return 1;
    case GST_VIDEO_FORMAT_GRAY16_LE:
    case GST_VIDEO_FORMAT_GRAY16_BE:
      return 2;
    default:
      return 0;
  }
}

/* Whether the rows that a mask's size promises are in so much memory. */
static gboolean
rows_fit (const PtSegmentation * self, const GstVideoMeta * video, gsize size)
{
  const guint64 row = (guint64) self->width * bytes_of (video->format);
  if (!self->height || !self->width)
    return TRUE;
  if (!row || video->stride[0] < 0 || (guint64) video->stride[0] < row || video->offset[0] > size)
    return FALSE;
  return (self->height - 1) * (guint64) video->stride[0] + row <= size - video->offset[0];
}

static gboolean
each_row (const PtSegmentation * self, EachRow each, gpointer data)
{
  const GstVideoMeta *video = gst_buffer_get_video_meta (self->mask);
  GstMapInfo map;
  if (!gst_buffer_map (self->mask, &map, GST_MAP_READ))
    return FALSE;
  const gboolean fits = rows_fit (self, video, map.size);
  guint16 *row = fits ? g_new (guint16, self->width) : NULL;
  for (guint y = 0; fits && y < self->height; y++) {
    const guint8 *from = map.data + video->offset[0] + y * (gsize) video->stride[0];
    for (guint x = 0; x < self->width; x++)
      row[x] = value_at (from, x, video->format);
    each (row, y, data);
  }
  g_free (row);
  gst_buffer_unmap (self->mask, &map);
  return fits;
}

static void
free_segmentation (gpointer data)
{
  gst_clear_buffer (&((PtSegmentation *) data)->mask);
}

void
pt_analytics_add_mask (PtRelations * self, PtFrame * frame, guint id)
{
  const PtMtd mtd = { id, self->meta };
  PtSegmentation found;
  if (!get_mask (self, id, &found))
    return;
  found.count = (guint) self->library->gst_analytics_segmentation_mtd_get_region_count (&mtd);
  guint32 *ids = pt_batch_alloc (frame->batch, found.count * sizeof *ids);
  for (guint i = 0; i < found.count; i++)
    ids[i] = self->library->gst_analytics_segmentation_mtd_get_region_id (&mtd, i);
  found.region_ids = ids;
  PtSegmentation *kept = pt_batch_alloc (frame->batch, sizeof *kept);
  *kept = found;
  pt_add_user (frame->batch, &frame->users, META_SEGMENTATION, kept, NULL,
      free_segmentation)->payload = PT_PAYLOAD_SEGMENTATION;
}

static void
set_row (const guint16 * row, guint y, gpointer data)
{
  const PtMask *mask = data;
  for (guint x = 0; x < mask->width; x++)
    mask->data[y * (gsize) mask->width + x] = row[x] != 0;
}

gboolean
pt_analytics_set_mask (PtRelations * self, PtObject * object, guint id)
{
  PtSegmentation found;
  if (!get_mask (self, id, &found))
    return FALSE;
  const gsize size = (gsize) found.width * found.height * sizeof (float);
  PtMask mask = {.width = found.width,.height = found.height,.threshold = 0.5,.size = (guint) size };
  const gboolean fits = !memcmp (&found.box, &object->detector_bbox, sizeof found.box)
      && size <= G_MAXINT32;
  if (fits)
    mask.data = pt_batch_alloc (object->batch, size);
  const gboolean done = fits && each_row (&found, set_row, &mask);
  if (done)
    object->mask_params = mask;
  gst_buffer_unref (found.mask);
  return done;
}

typedef struct
{
  gint32 *indices;
  guint width;
  gint32 index_of[G_MAXUINT16 + 1];
} PtIndexing;

static void
index_row (const guint16 * row, guint y, gpointer data)
{
  const PtIndexing *self = data;
  for (guint x = 0; x < self->width; x++)
    self->indices[y * (gsize) self->width + x] = self->index_of[row[x]];
}

gboolean
pt_segmentation_read (const PtSegmentation * self, gint32 * indices)
{
  if (self->class_map) {
    memcpy (indices, self->class_map, sizeof (gint32) * self->width * self->height);
    return TRUE;
  }
  PtIndexing *indexing = g_new (PtIndexing, 1);
  indexing->indices = indices;
  indexing->width = self->width;
  memset (indexing->index_of, 0xFF, sizeof indexing->index_of);
  for (guint i = self->count; i--;)  /* the first of equal ones counts */
    if (self->region_ids[i] <= G_MAXUINT16)
      indexing->index_of[self->region_ids[i]] = (gint32) i;
  const gboolean done = each_row (self, index_row, indexing);
  g_free (indexing);
  return done;
}
