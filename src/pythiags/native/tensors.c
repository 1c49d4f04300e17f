/* Tensors and segmentations of the portable nvinfer: see tensors.h. */
#include "tensors.h"

enum { META_TENSORS = 12, META_SEGMENTATION = 13 };     /* NvDsMetaType */

/* ---- tensors ---- */

PtTensors *
pt_tensors_new (guint count)
{
  PtTensors *self = g_new0 (PtTensors, 1);
  self->refs = 1;
  self->count = count;
  self->tensors = g_new0 (PtTensor, count);
  return self;
}

PtTensors *
pt_tensors_ref (PtTensors * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
pt_tensors_unref (PtTensors * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  for (guint i = 0; i < self->count; i++)
    g_clear_pointer (&self->tensors[i].bytes, g_bytes_unref);
  g_free (self->tensors);
  g_free (self);
}

void
pt_tensors_set (PtTensors * self, guint index, const char *name, gint type, const gsize * dims,
    guint dims_count, GBytes * bytes, gsize offset, gsize size)
{
  PtTensor *tensor = self->tensors + index;
  *tensor = (PtTensor) {
    .name = g_intern_string (name),.type = type,.dims = tensor->own_dims,
    .dims_count = MIN (dims_count, PT_MAX_DIMS),.bytes = g_bytes_ref (bytes),
    .host = (const guint8 *) g_bytes_get_data (bytes, NULL) + offset,.size = size,
  };
  for (guint i = 0; i < dims_count; i++)
    if (i < PT_MAX_DIMS)
      tensor->own_dims[i] = dims[i];
    else
      tensor->own_dims[PT_MAX_DIMS - 1] *= dims[i];
}

static gpointer
copy_tensors (gpointer data)
{
  return pt_tensors_ref (data);
}

static void
free_tensors (gpointer data)
{
  pt_tensors_unref (data);
}

void
pt_tensors_attach (PtTensors * self, PtBatch * batch, PtList * users)
{
  pt_add_user (batch, users, META_TENSORS, self, copy_tensors, free_tensors)->payload =
      PT_PAYLOAD_TENSORS;
}

/* ---- segmentations ---- */

PtSegmentation *
pt_segmentation_new (guint width, guint height, guint classes, guint unique_id)
{
  PtSegmentation *self = g_new0 (PtSegmentation, 1);
  self->refs = 1;
  self->width = width;
  self->height = height;
  self->count = classes;
  self->unique_id = unique_id;
  self->class_map = g_new (gint32, (gsize) width * height);
  return self;
}

PtSegmentation *
pt_segmentation_ref (PtSegmentation * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
pt_segmentation_unref (PtSegmentation * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->class_map);
  g_free (self);
}

void
pt_segmentation_set_probabilities (PtSegmentation * self, GBytes * bytes, gsize offset, gsize size)
{
  self->bytes = g_bytes_ref (bytes);
  self->probabilities =
      (const float *) ((const guint8 *) g_bytes_get_data (bytes, NULL) + offset);
  self->probabilities_size = size;
}

static gpointer
copy_segmentation (gpointer data)
{
  return pt_segmentation_ref (data);
}

static void
free_segmentation (gpointer data)
{
  pt_segmentation_unref (data);
}

void
pt_segmentation_attach (PtSegmentation * self, PtBatch * batch, PtList * users)
{
  pt_add_user (batch, users, META_SEGMENTATION, self, copy_segmentation,
      free_segmentation)->payload = PT_PAYLOAD_SEGMENTATION;
}
