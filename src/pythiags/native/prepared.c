/* See prepared.h. */
#include "prepared.h"

#include <string.h>

enum { META_PREPROCESS_BATCH = 28 };    /* NvDsMetaType */

static const struct
{
  gsize size;
  gint number;                     /* GstTensorDataType */
} types[PT_DATA_TYPES] = {
  [PT_DATA_FP32] = {4, 11},[PT_DATA_UINT8] = {1, 6},[PT_DATA_INT8] = {1, 1},
  [PT_DATA_UINT32] = {4, 8},[PT_DATA_INT32] = {4, 3},[PT_DATA_INT64] = {8, 4},
  [PT_DATA_UINT64] = {8, 9},[PT_DATA_FP16] = {2, 10},
};

PtPrepared *
pt_prepared_new (PtBatch * batch, guint rois, const guint64 * target_ids, guint target_count)
{
  PtPrepared *self = pt_batch_alloc (batch, sizeof *self);
  guint64 *ids = pt_batch_alloc (batch, MAX (target_count, 1) * sizeof *ids);
  if (target_count)
    memcpy (ids, target_ids, target_count * sizeof *ids);
  self->target_ids = ids;
  self->target_count = target_count;
  self->roi_count = rois;
  self->rois = pt_batch_alloc (batch, MAX (rois, 1) * sizeof *self->rois);
  return self;
}

gpointer
pt_prepared_add_tensor (PtPrepared * self, PtBatch * batch, const char *name, PtDataType type,
    const gsize * dims, guint dims_count)
{
  PtPreparedTensor *tensor = pt_batch_alloc (batch, sizeof *tensor);
  PtTensor *layer = &tensor->tensor;
  gsize size = types[type].size;
  for (guint i = 0; i < dims_count; i++)
    size *= dims[i];
  gpointer numbers = pt_batch_alloc (batch, size);
  *layer = (PtTensor) {
    .name = pt_batch_strdup (batch, name),.type = types[type].number,.dims = layer->own_dims,
    .dims_count = dims_count,.host = numbers,.size = size,
  };
  memcpy (layer->own_dims, dims, dims_count * sizeof *dims);
  tensor->buffer_size = size;
  tensor->data_type = type;
  self->tensor = tensor;
  return numbers;
}

gboolean
pt_prepared_is_for (const PtPrepared * self, guint64 unique_id)
{
  for (guint i = 0; i < self->target_count; i++)
    if (self->target_ids[i] == unique_id)
      return TRUE;
  return FALSE;
}

void
pt_prepared_attach (PtPrepared * self, PtBatch * batch)
{
  pt_add_user (batch, &batch->users, META_PREPROCESS_BATCH, self, NULL, NULL)->payload =
      PT_PAYLOAD_PREPARED;
}
