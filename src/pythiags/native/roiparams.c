/* What plugins attach to regions of interest beside the box: see roiparams.h. */
#include "roiparams.h"

#include "analytics.h"
#include "runtime.h"

#include <gst/video/video.h>
#include <string.h>

enum { META_TENSORS = 12 };          /* NvDsMetaType */

/* ---- tensors ---- */

typedef struct { gint precision, type; gsize size; } Precision;      /* GVAPrecision, GstTensorDataType */

static const Precision precisions[] = {
  {10, 11, 4},                       /* FP32 */
  {11, 10, 2},                       /* FP16 */
  {13, 12, 8},                       /* FP64 */
  {30, 2, 2},                        /* I16 */
  {40, 6, 1},                        /* U8 */
  {41, 15, 1},                       /* BOOL */
  {50, 1, 1},                        /* I8 */
  {60, 7, 2},                        /* U16 */
  {70, 3, 4},                        /* I32 */
  {72, 4, 8},                        /* I64 */
  {73, 9, 8},                        /* U64 */
  {74, 8, 4},                        /* U32 */
};

static const Precision *
precision_of (const GstStructure * structure)
{
  static const Precision unknown = { 0, -1, 1 };
  gint number;
  if (gst_structure_get_int (structure, "precision", &number))
    for (guint i = 0; i < G_N_ELEMENTS (precisions); i++)
      if (precisions[i].precision == number)
        return &precisions[i];
  return &unknown;
}

static GstBuffer *
numbers_of (const GstStructure * structure)
{
  const GValue *value = gst_structure_get_value (structure, "data_buffer");
  GVariant *variant = value && G_VALUE_HOLDS_VARIANT (value) ? g_value_get_variant (value) : NULL;
  if (!variant || !g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING))
    return NULL;
  gsize size;
  gconstpointer bytes = g_variant_get_fixed_array (variant, &size, 1);
  if (!size)
    return NULL;
  return gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY, (gpointer) bytes, size, 0, size,
      g_variant_ref (variant), (GDestroyNotify) g_variant_unref);
}

static gsize
size_in (const GValue * array, guint index)
{
  const GValue *value = gst_value_array_get_value (array, index);
  if (G_VALUE_HOLDS_UINT (value))
    return g_value_get_uint (value);
  return G_VALUE_HOLDS_INT (value) ? MAX (g_value_get_int (value), 0) : 0;
}

static void
set_dims (PtTensor * tensor, PtBatch * batch, const GstStructure * structure, gsize size)
{
  const GValue *array = gst_structure_get_value (structure, "dims");
  const guint count = array && GST_VALUE_HOLDS_ARRAY (array) ? gst_value_array_get_size (array) : 0;
  gsize *dims = pt_batch_alloc (batch, MAX (count, 1) * sizeof *dims);
  for (guint i = 0; i < count; i++)
    dims[i] = size_in (array, i);
  if (!count)
    dims[0] = gst_buffer_get_size (tensor->data) / size;
  tensor->dims = dims;
  tensor->dims_count = MAX (count, 1);
}

/* Names of structures are quarks; a layer's name is the structure's own. */
static const char *
name_of (PtBatch * batch, const GstStructure * structure)
{
  const char *layer = gst_structure_get_string (structure, "layer_name");
  return pt_batch_strdup (batch, layer ? layer : gst_structure_get_name (structure));
}

static void
free_tensor (gpointer data)
{
  gst_clear_buffer (&((const PtTensors *) data)->tensors[0].data);
}

void
pt_params_add_tensor (PtBatch * batch, PtList * users, const GstStructure * structure)
{
  GstBuffer *numbers = numbers_of (structure);
  if (!numbers)
    return;
  const Precision *precision = precision_of (structure);
  PtTensors *self = pt_batch_alloc (batch, sizeof *self);
  self->count = 1;
  self->tensors = pt_batch_alloc (batch, sizeof *self->tensors);
  self->tensors[0] = (PtTensor) {.name = name_of (batch, structure),.type = precision->type,
    .data = numbers
  };
  set_dims (self->tensors, batch, structure, precision->size);
  pt_add_user (batch, users, META_TENSORS, self, NULL, free_tensor)->payload = PT_PAYLOAD_TENSORS;
}

/* ---- of the whole picture ---- */

typedef struct { GstMeta meta; GstStructure *data; } PtGvaTensorMeta;        /* GstGVATensorMeta */

static GType
gva_tensor_api (void)
{
  static gsize known = 0;
  return pt_known_type (&known, "GstGVATensorMetaAPI"); /* registered by DL Streamer */
}

/* The next one's structure; NULL: there is none. */
static const GstStructure *
next_of_picture (GstBuffer * buffer, gpointer * state)
{
  const GType api = gva_tensor_api ();
  const PtGvaTensorMeta *meta = NULL;
  while (api && (meta = (PtGvaTensorMeta *) gst_buffer_iterate_meta_filtered (buffer, state, api)))
    if (meta->data)
      return meta->data;
  return NULL;
}

gboolean
pt_params_has_metas (GstBuffer * buffer)
{
  gpointer state = NULL;
  return next_of_picture (buffer, &state) != NULL;
}

void
pt_params_add_metas (PtFrame * frame, GstBuffer * buffer)
{
  const GstStructure *structure;
  gpointer state = NULL;
  while ((structure = next_of_picture (buffer, &state)))
    pt_params_add_tensor (frame->batch, &frame->users, structure);
}

/* ---- all of it, for who asks ---- */

static void
free_structure (gpointer data)
{
  gst_structure_free (data);
}

static void
keep (PtBatch * batch, PtList * params, const GstStructure * structure)
{
  pt_add_user (batch, params, 0, gst_structure_copy (structure), NULL, free_structure);
}

static void
load_regions (PtFrame * frame, GstBuffer * buffer)
{
  GHashTable *objects = g_hash_table_new (NULL, NULL);
  gpointer state = NULL;
  GstMeta *meta;
  PT_EACH (PtObject, object, frame->objects)
    g_hash_table_insert (objects, (gpointer) object->region, object);
  while ((meta = gst_buffer_iterate_meta_filtered (buffer, &state,
              GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    PtObject *object = g_hash_table_lookup (objects, meta);
    const GList *param = ((GstVideoRegionOfInterestMeta *) meta)->params;
    for (; object && param; param = param->next)
      keep (frame->batch, &object->params, param->data);
  }
  g_hash_table_unref (objects);
}

void
pt_params_load (PtBatch * batch)
{
  PtFrame *frame = (PtFrame *) batch->frames.head;
  GstBuffer *buffer = batch->source;
  const GstStructure *structure;
  gpointer state = NULL;
  if (!buffer || !frame)
    return;
  batch->source = NULL;
  load_regions (frame, buffer);
  while ((structure = next_of_picture (buffer, &state)))
    keep (batch, &frame->params, structure);
}
