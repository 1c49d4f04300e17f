/* A small libgstanalytics-1.0 for machines whose GStreamer is older than 1.24: the functions that pythiags calls
 * and that tests build metadata with, by the signatures of GStreamer's public headers.
 *
 * -DOTHER_LAYOUT: the relation meta lies in memory otherwise than from 1.24 to 1.28.
 * -DVERSION=24: without what came later.
 */
#include <gst/gst.h>
#include <gst/video/video.h>
#include <string.h>

#ifndef VERSION
#define VERSION 30
#endif

typedef struct { const char *name; } Kind;
typedef struct { guint id; gpointer meta; } Mtd;
typedef struct { const Kind *kind; gsize size; gpointer data; } Entry;

typedef struct
{
  GstMeta meta;
  guint next_id;
#ifdef OTHER_LAYOUT
  GArray *entries;
  guint8 **matrix;
#else
  guint8 **matrix;
  GArray *entries;
#endif
  gsize order;
} Relations;

typedef struct { GQuark type; gint x, y, width, height; gfloat rotation, level; } Object;
typedef struct { gsize count; gfloat *levels; GQuark *names; } Classes;
typedef struct { guint64 number; GstClockTime first, last; gboolean lost; } Track;
typedef struct { GstBuffer *mask; gint x, y; guint width, height; gsize count; guint32 ids[16]; } Mask;

typedef struct                       /* GstTensor */
{
  GQuark id;
  gint layout, type;
  GstBuffer *data;
  gint order;
  gsize dims_count;
  gsize dims[];
} Tensor;

static const Kind object_kind = { "object-detection" }, classes_kind = { "classification" };
static const Kind track_kind = { "object-tracking" }, mask_kind = { "segmentation" };
static const Kind tensor_kind = { "tensor" };

/* ---- the meta ---- */

static guint8 **
matrix_new (gsize order)
{
  guint8 **rows = g_malloc0 (order * sizeof *rows + order * order);
  for (gsize i = 0; i < order; i++)
    rows[i] = (guint8 *) (rows + order) + i * order;
  return rows;
}

static gboolean
relations_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  Relations *self = (Relations *) meta;
  self->next_id = 0;
  self->order = MAX (((gsize *) params)[0], 1);
  self->matrix = matrix_new (self->order);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  return TRUE;
}

static void
relations_free (GstMeta * meta, GstBuffer * buffer)
{
  Relations *self = (Relations *) meta;
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = &g_array_index (self->entries, Entry, i);
    if (entry->kind == &classes_kind) {
      g_free (((Classes *) entry->data)->levels);
      g_free (((Classes *) entry->data)->names);
    }
    if (entry->kind == &mask_kind)
      gst_buffer_unref (((Mask *) entry->data)->mask);
    if (entry->kind == &tensor_kind)
      gst_buffer_unref (((Tensor *) entry->data)->data);
    g_free (entry->data);
  }
  g_array_unref (self->entries);
  g_free (self->matrix);
}

GType
gst_analytics_relation_meta_api_get_type (void)
{
  static gsize type = 0;
  static const gchar *tags[] = { NULL };
  if (g_once_init_enter (&type))
    g_once_init_leave (&type, gst_meta_api_type_register ("GstAnalyticsRelationMetaAPI", tags));
  return type;
}

static gpointer add (Relations * self, const Kind * kind, gsize size, Mtd * mtd);
static gboolean relations_copy (GstBuffer * to, GstMeta * meta, GstBuffer * from, GQuark type,
    gpointer data);

gpointer
gst_buffer_add_analytics_relation_meta_full (GstBuffer * buffer, const gsize * params)
{
  static const GstMetaInfo *info = NULL;
  const GType api = gst_analytics_relation_meta_api_get_type ();
  if (!info)
    info = gst_meta_register (api, "GstAnalyticsRelationMeta", sizeof (Relations), relations_init,
        relations_free, relations_copy);
  GstMeta *meta = gst_buffer_get_meta (buffer, api);
  return meta ? meta : gst_buffer_add_meta (buffer, info, (gpointer) params);
}

static Entry *
entry_of (const Mtd * mtd)
{
  return &g_array_index (((Relations *) mtd->meta)->entries, Entry, mtd->id);
}

static gpointer
data_of (const Mtd * mtd)
{
  return entry_of (mtd)->data;
}

static gpointer
add (Relations * self, const Kind * kind, gsize size, Mtd * mtd)
{
  const guint id = self->next_id++;
  const Entry entry = { kind, size, g_malloc0 (size) };
  if (id >= self->order) {
    guint8 **matrix = matrix_new (2 * self->order);
    for (gsize i = 0; i < self->order; i++)
      memcpy (matrix[i], self->matrix[i], self->order);
    g_free (self->matrix);
    self->matrix = matrix;
    self->order *= 2;
  }
  g_array_append_val (self->entries, entry);
  if (mtd)
    *mtd = (Mtd) { id, self };
  return entry.data;
}

static gboolean
relations_copy (GstBuffer * to, GstMeta * meta, GstBuffer * from, GQuark type, gpointer data)
{
  const Relations *source = (Relations *) meta;
  Relations *copy = gst_buffer_add_analytics_relation_meta_full (to, &source->order);
  for (guint i = 0; i < source->entries->len; i++) {
    const Entry *entry = &g_array_index (source->entries, Entry, i);
    gpointer to_data = memcpy (add (copy, entry->kind, entry->size, NULL), entry->data, entry->size);
    if (entry->kind == &classes_kind) {
      Classes *classes = to_data;
      classes->levels = g_memdup2 (classes->levels, classes->count * sizeof (gfloat));
      classes->names = g_memdup2 (classes->names, classes->count * sizeof (GQuark));
    }
    if (entry->kind == &mask_kind)
      gst_buffer_ref (((Mask *) to_data)->mask);
    if (entry->kind == &tensor_kind)
      gst_buffer_ref (((Tensor *) to_data)->data);
  }
  for (guint i = 0; i < source->entries->len; i++)
    memcpy (copy->matrix[i], source->matrix[i], source->entries->len);
  return TRUE;
}

gsize
gst_analytics_relation_get_length (const Relations * self)
{
  return self->entries->len;
}

guint relations_asked;

gint
gst_analytics_relation_meta_get_relation (const Relations * self, guint one, guint two)
{
  relations_asked++;
  return self->matrix[one][two];
}

gboolean
gst_analytics_relation_meta_set_relation (Relations * self, gint type, guint one, guint two)
{
  if (one >= self->order || two >= self->order)
    return FALSE;
  self->matrix[one][two] = (guint8) type;
  return TRUE;
}

gsize
gst_analytics_mtd_get_mtd_type (const Mtd * mtd)
{
  return (gsize) entry_of (mtd)->kind;
}

/* ---- objects ---- */

gsize
gst_analytics_od_mtd_get_mtd_type (void)
{
  return (gsize) & object_kind;
}

static gboolean
add_object (Relations * self, Object object, Mtd * mtd)
{
  *(Object *) add (self, &object_kind, sizeof (Object), mtd) = object;
  return TRUE;
}

gboolean
gst_analytics_relation_meta_add_od_mtd (Relations * self, GQuark type, gint x, gint y, gint width,
    gint height, gfloat level, Mtd * mtd)
{
  return add_object (self, (Object) { type, x, y, width, height, 0, level }, mtd);
}

gboolean
gst_analytics_od_mtd_get_location (const Mtd * mtd, gint * x, gint * y, gint * width, gint * height,
    gfloat * level)
{
  const Object *object = data_of (mtd);
  *x = object->x;
  *y = object->y;
  *width = object->width;
  *height = object->height;
  *level = object->level;
  return TRUE;
}

GQuark
gst_analytics_od_mtd_get_obj_type (const Mtd * mtd)
{
  return ((Object *) data_of (mtd))->type;
}

#if VERSION >= 26
gboolean
gst_analytics_relation_meta_add_oriented_od_mtd (Relations * self, GQuark type, gint x, gint y,
    gint width, gint height, gfloat rotation, gfloat level, Mtd * mtd)
{
  return add_object (self, (Object) { type, x, y, width, height, rotation, level }, mtd);
}

gboolean
gst_analytics_od_mtd_get_oriented_location (const Mtd * mtd, gint * x, gint * y, gint * width,
    gint * height, gfloat * rotation, gfloat * level)
{
  *rotation = ((Object *) data_of (mtd))->rotation;
  return gst_analytics_od_mtd_get_location (mtd, x, y, width, height, level);
}
#endif

/* ---- classifications ---- */

gsize
gst_analytics_cls_mtd_get_mtd_type (void)
{
  return (gsize) & classes_kind;
}

gboolean
gst_analytics_relation_meta_add_cls_mtd (Relations * self, gsize count, gfloat * levels,
    GQuark * names, Mtd * mtd)
{
  Classes *classes = add (self, &classes_kind, sizeof (Classes), mtd);
  classes->count = count;
  classes->levels = g_memdup2 (levels, count * sizeof *levels);
  classes->names = g_memdup2 (names, count * sizeof *names);
  return TRUE;
}

gboolean
gst_analytics_relation_meta_add_one_cls_mtd (Relations * self, gfloat level, GQuark name, Mtd * mtd)
{
  return gst_analytics_relation_meta_add_cls_mtd (self, 1, &level, &name, mtd);
}

gsize
gst_analytics_cls_mtd_get_length (const Mtd * mtd)
{
  return ((Classes *) data_of (mtd))->count;
}

GQuark
gst_analytics_cls_mtd_get_quark (const Mtd * mtd, gsize index)
{
  return ((Classes *) data_of (mtd))->names[index];
}

gfloat
gst_analytics_cls_mtd_get_level (const Mtd * mtd, gsize index)
{
  return ((Classes *) data_of (mtd))->levels[index];
}

/* ---- tracks ---- */

gsize
gst_analytics_tracking_mtd_get_mtd_type (void)
{
  return (gsize) & track_kind;
}

gboolean
gst_analytics_relation_meta_add_tracking_mtd (Relations * self, guint64 number, GstClockTime first,
    Mtd * mtd)
{
  *(Track *) add (self, &track_kind, sizeof (Track), mtd) = (Track) { number, first, first, FALSE };
  return TRUE;
}

gboolean
gst_analytics_tracking_mtd_get_info (const Mtd * mtd, guint64 * number, GstClockTime * first,
    GstClockTime * last, gboolean * lost)
{
  const Track *track = data_of (mtd);
  if (number)
    *number = track->number;
  if (first)
    *first = track->first;
  if (last)
    *last = track->last;
  if (lost)
    *lost = track->lost;
  return TRUE;
}

#if VERSION >= 26
/* ---- masks ---- */

gsize
gst_analytics_segmentation_mtd_get_mtd_type (void)
{
  return (gsize) & mask_kind;
}

gboolean
gst_analytics_relation_meta_add_segmentation_mtd (Relations * self, GstBuffer * buffer, gint type,
    gsize count, const guint32 * ids, gint x, gint y, guint width, guint height, Mtd * mtd)
{
  Mask *mask = add (self, &mask_kind, sizeof (Mask), mtd);
  *mask = (Mask) { buffer, x, y, width, height, MIN (count, 16) };
  memcpy (mask->ids, ids, mask->count * sizeof *ids);
  return TRUE;
}

GstBuffer *
gst_analytics_segmentation_mtd_get_mask (const Mtd * mtd, gint * x, gint * y, guint * width,
    guint * height)
{
  const Mask *mask = data_of (mtd);
  *x = mask->x;
  *y = mask->y;
  *width = mask->width;
  *height = mask->height;
  return gst_buffer_ref (mask->mask);
}

gsize
gst_analytics_segmentation_mtd_get_region_count (const Mtd * mtd)
{
  return ((Mask *) data_of (mtd))->count;
}

guint
gst_analytics_segmentation_mtd_get_region_id (const Mtd * mtd, gsize index)
{
  return ((Mask *) data_of (mtd))->ids[index];
}

/* ---- tensors ---- */

static gpointer
tensor_fill (Tensor * tensor, GQuark id, gint type, GstBuffer * data, gint order, gsize count,
    const gsize * dims)
{
  *tensor = (Tensor) {.id = id,.type = type,.data = data,.order = order,.dims_count = count };
  return memcpy (tensor->dims, dims, count * sizeof *dims);
}

Tensor *
gst_tensor_new_simple (GQuark id, gint type, GstBuffer * data, gint order, gsize count,
    const gsize * dims)
{
  Tensor *tensor = g_malloc0 (sizeof *tensor + count * sizeof *dims);
  tensor_fill (tensor, id, type, data, order, count, dims);
  return tensor;
}

typedef struct { GstMeta meta; gsize count; Tensor **tensors; } TensorMeta;

static gboolean
tensors_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  ((TensorMeta *) meta)->count = 0;
  ((TensorMeta *) meta)->tensors = NULL;
  return TRUE;
}

static void
tensors_free (GstMeta * meta, GstBuffer * buffer)
{
  TensorMeta *self = (TensorMeta *) meta;
  for (gsize i = 0; i < self->count; i++) {
    gst_buffer_unref (self->tensors[i]->data);
    g_free (self->tensors[i]);
  }
  g_free (self->tensors);
}

gpointer
gst_buffer_add_tensor_meta (GstBuffer * buffer)
{
  static const GstMetaInfo *info = NULL;
  static const gchar *tags[] = { NULL };
  if (!info)
    info = gst_meta_register (gst_meta_api_type_register ("GstTensorMetaAPI", tags),
        "GstTensorMeta", sizeof (TensorMeta), tensors_init, tensors_free, NULL);
  return gst_buffer_add_meta (buffer, info, NULL);
}

void
gst_tensor_meta_set (TensorMeta * self, guint count, Tensor ** tensors)
{
  self->count = count;
  self->tensors = tensors;
}
#endif

#if VERSION >= 28
gsize
gst_analytics_tensor_mtd_get_mtd_type (void)
{
  return (gsize) & tensor_kind;
}

Tensor *
gst_analytics_tensor_mtd_get_tensor (const Mtd * mtd)
{
  return data_of (mtd);
}

gboolean
gst_analytics_relation_meta_add_tensor_mtd_simple (Relations * self, GQuark id, gint type,
    GstBuffer * data, gint order, gsize count, const gsize * dims, Mtd * mtd)
{
  const gsize size = sizeof (Tensor) + count * sizeof *dims;
  return tensor_fill (add (self, &tensor_kind, size, mtd), id, type, data, order, count, dims)
      != NULL;
}

/* ---- batches ---- */

typedef struct
{
  guint index;
  GstEvent **events;
  gsize events_count;
  GstMiniObject **objects;
  gsize count;
  gpointer padding[GST_PADDING];
} Stream;

typedef struct { GstMeta meta; Stream *streams; gsize count; } BatchMeta;

static gboolean
batch_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  ((BatchMeta *) meta)->streams = NULL;
  ((BatchMeta *) meta)->count = 0;
  return TRUE;
}

static void
batch_free (GstMeta * meta, GstBuffer * buffer)
{
  BatchMeta *self = (BatchMeta *) meta;
  for (gsize i = 0; i < self->count; i++) {
    for (gsize k = 0; k < self->streams[i].events_count; k++)
      gst_event_unref (self->streams[i].events[k]);
    for (gsize k = 0; k < self->streams[i].count; k++)
      gst_mini_object_unref (self->streams[i].objects[k]);
    g_free (self->streams[i].events);
    g_free (self->streams[i].objects);
  }
  g_free (self->streams);
}

gpointer
gst_buffer_add_analytics_batch_meta (GstBuffer * buffer)
{
  static const GstMetaInfo *info = NULL;
  static const gchar *tags[] = { NULL };
  if (!info)
    info = gst_meta_register (gst_meta_api_type_register ("GstAnalyticsBatchMetaAPI", tags),
        "GstAnalyticsBatchMeta", sizeof (BatchMeta), batch_init, batch_free, NULL);
  return gst_buffer_add_meta (buffer, info, NULL);
}
#endif

#if VERSION >= 30
/* ---- groups: members are related to them ---- */

static const Kind group_kind = { "grouping-mtd" };

gsize
gst_analytics_group_mtd_get_mtd_type (void)
{
  return (gsize) & group_kind;
}

gboolean
gst_analytics_relation_meta_add_group_mtd_with_size (Relations * self, gsize size, Mtd * mtd)
{
  return add (self, &group_kind, 1, mtd) != NULL;
}

gboolean
gst_analytics_group_mtd_add_member (Mtd * group, guint member)
{
  return gst_analytics_relation_meta_set_relation (group->meta, 1 << 1, member, group->id)
      && gst_analytics_relation_meta_set_relation (group->meta, 1 << 2, group->id, member);
}
#endif
