/* GStreamer's own metadata of analytics: see analytics.h. */
#include "analytics.h"

#include "runtime.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libgstanalytics-1.0.so.0"

GST_DEBUG_CATEGORY_STATIC (analytics_debug);
#define GST_CAT_DEFAULT analytics_debug

/* ---- the library ---- */

static const char *const needed[] = {
#define NAME(result, name, arguments) #name,
  PT_ANALYTICS_NEEDED (NAME)
};

static const char *const later[] = {
  PT_ANALYTICS_LATER (NAME)
#undef NAME
};

/* As the meta lies in memory from 1.24 to 1.28, up to its matrix of relations. */
typedef struct
{
  GstMeta meta;
  guint next_id;
  guint8 **matrix;                   /* row by row, of its mtds and some more */
} PtRelationMeta;

#define LAST_KNOWN_MINOR 28

/* Each pair of mtds is one call of the library's, and pairs are the square of the mtds. So the matrix is
 * read where it lies, in versions that are known to have it there, once it was seen to hold what was
 * put into it through the library. */
static gboolean
find_matrix (const PtAnalyticsLibrary * library)
{
  enum { MTDS = 3 };
  const gsize room[2] = { MTDS, 1024 };
  guint major, minor, micro, nano;
  gst_version (&major, &minor, &micro, &nano);
  if (major != 1 || minor > LAST_KNOWN_MINOR)
    return FALSE;
  GstBuffer *buffer = gst_buffer_new ();
  PtRelationMeta *meta = library->gst_buffer_add_analytics_relation_meta_full (buffer, room);
  gboolean seen = meta && meta->matrix;
  for (guint i = 0; seen && i < MTDS; i++)
    seen = library->gst_analytics_relation_meta_add_od_mtd (meta, 0, 0, 0, 0, 0, 0, &(PtMtd) {0});
  for (guint i = 0; seen && i < MTDS * MTDS; i++)
    library->gst_analytics_relation_meta_set_relation (meta, (gint) (i + 1), i / MTDS, i % MTDS);
  for (guint i = 0; seen && i < MTDS; i++)
    seen = meta->matrix[i] == meta->matrix[0] + i * MTDS;
  for (guint i = 0; seen && i < MTDS * MTDS; i++)
    seen = meta->matrix[0][i] == i + 1;
  gst_buffer_unref (buffer);
  return seen;
}

static gboolean
fill (PtAnalyticsLibrary * self)
{
  gpointer *functions = (gpointer *) self;
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!(functions[i] = pt_known_function (LIBRARY, needed[i]))) {
      GST_WARNING ("metadata of GstAnalytics is not read: " LIBRARY " has no function %s",
          needed[i]);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (later); i++)
    functions[G_N_ELEMENTS (needed) + i] = pt_known_function (LIBRARY, later[i]);
  self->types[PT_MTD_OBJECT] = self->gst_analytics_od_mtd_get_mtd_type ();
  self->types[PT_MTD_CLASSES] = self->gst_analytics_cls_mtd_get_mtd_type ();
  self->types[PT_MTD_TRACK] = self->gst_analytics_tracking_mtd_get_mtd_type ();
  if (self->gst_analytics_segmentation_mtd_get_mtd_type)
    self->types[PT_MTD_MASK] = self->gst_analytics_segmentation_mtd_get_mtd_type ();
  if (self->gst_analytics_tensor_mtd_get_mtd_type)
    self->types[PT_MTD_TENSOR] = self->gst_analytics_tensor_mtd_get_mtd_type ();
  if (self->gst_analytics_group_mtd_get_mtd_type)
    self->types[PT_MTD_GROUP] = self->gst_analytics_group_mtd_get_mtd_type ();
  self->matrix_is_known = find_matrix (self);
  GST_INFO ("metadata of GstAnalytics is read%s",
      self->matrix_is_known ? "" : ", its relations one by one");
  return TRUE;
}

G_STATIC_ASSERT (G_STRUCT_OFFSET (PtAnalyticsLibrary, types)
    == sizeof (gpointer) * (G_N_ELEMENTS (needed) + G_N_ELEMENTS (later)));

const PtAnalyticsLibrary *
pt_analytics_library (gboolean load)
{
  static GMutex lock;
  static PtAnalyticsLibrary library;
  static const PtAnalyticsLibrary *found = NULL;        /* atomic */
  static gboolean refused = FALSE;
  const PtAnalyticsLibrary *known = g_atomic_pointer_get (&found);
  if (known)
    return known;
  g_mutex_lock (&lock);
  if (!found && !refused) {
    GST_DEBUG_CATEGORY_INIT (analytics_debug, "pythiagsanalytics", 0, "GstAnalytics in pythiags");
    /* It is never closed: types that it registered stay for good. */
    void *loaded = dlopen (LIBRARY, RTLD_LAZY | (load ? 0 : RTLD_NOLOAD));
    if (!loaded && !pt_known_function (LIBRARY, needed[0]))
      GST_DEBUG (LIBRARY " is not there");
    else if (fill (&library))
      g_atomic_pointer_set (&found, &library);
    else
      refused = TRUE;
  }
  known = found;
  g_mutex_unlock (&lock);
  return known;
}

/* ---- one relation meta ---- */

static gpointer
relation_meta_of (GstBuffer * buffer)
{
  static gsize known = 0;
  const GType api = pt_known_type (&known, "GstAnalyticsRelationMetaAPI");
  return api ? gst_buffer_get_meta (buffer, api) : NULL;
}

void
pt_relations_init (PtRelations * self)
{
  *self = (PtRelations) {.kinds = g_byte_array_new (),.row = g_byte_array_new (),
    .owners = g_array_new (FALSE, FALSE, sizeof (guint)),.open = g_byte_array_new ()
  };
}

void
pt_relations_clear (PtRelations * self)
{
  g_byte_array_unref (self->kinds);
  g_byte_array_unref (self->row);
  g_array_unref (self->owners);
  g_byte_array_unref (self->open);
}

static PtMtdKind
kind_of (const PtAnalyticsLibrary * library, gsize type)
{
  for (guint kind = PT_MTD_OBJECT; type && kind < PT_MTD_KINDS; kind++)
    if (library->types[kind] == type)
      return (PtMtdKind) kind;
  return PT_MTD_OTHER;
}

gboolean
pt_relations_open (PtRelations * self, GstBuffer * buffer)
{
  self->meta = relation_meta_of (buffer);
  self->library = self->meta ? pt_analytics_library (FALSE) : NULL;
  if (!self->library)
    return FALSE;
  self->length = (guint) self->library->gst_analytics_relation_get_length (self->meta);
  memset (self->counts, 0, sizeof self->counts);
  g_byte_array_set_size (self->kinds, self->length);
  for (guint id = 0; id < self->length; id++) {
    const PtMtd mtd = { id, self->meta };
    const PtMtdKind kind =
        kind_of (self->library, self->library->gst_analytics_mtd_get_mtd_type (&mtd));
    self->kinds->data[id] = kind;
    self->counts[kind]++;
  }
  return TRUE;
}

guint8
pt_relation (const PtRelations * self, guint one, guint two)
{
  if (self->library->matrix_is_known)
    return ((PtRelationMeta *) self->meta)->matrix[one][two];
  return (guint8) self->library->gst_analytics_relation_meta_get_relation (self->meta, one, two);
}

const guint8 *
pt_relations_row (PtRelations * self, guint id)
{
  if (self->library->matrix_is_known)
    return ((PtRelationMeta *) self->meta)->matrix[id];
  g_byte_array_set_size (self->row, self->length);
  for (guint other = 0; other < self->length; other++)
    self->row->data[other] =
        self->library->gst_analytics_relation_meta_get_relation (self->meta, id, other);
  return self->row->data;
}

/* Most of a row is empty, and is passed over in large steps, as fast as memory is compared. */
guint
pt_row_next (const guint8 * row, guint from, guint length)
{
  typedef guint64 __attribute__ ((aligned (1), may_alias)) Word;
  static const guint8 nothing[256];
  while (from + sizeof nothing <= length && !memcmp (row + from, nothing, sizeof nothing))
    from += sizeof nothing;
  while (from + sizeof (Word) <= length && !*(const Word *) (row + from))
    from += sizeof (Word);
  while (from < length && !row[from])
    from++;
  return from;
}

void
pt_relations_object (const PtRelations * self, guint id, PtFound * found)
{
  const PtAnalyticsLibrary *library = self->library;
  const PtMtd mtd = { id, self->meta };
  gint x = 0, y = 0, width = 0, height = 0;
  found->rotation = 0;
  found->confidence = PT_NO_CONFIDENCE;
  if (library->gst_analytics_od_mtd_get_oriented_location)
    library->gst_analytics_od_mtd_get_oriented_location (&mtd, &x, &y, &width, &height,
        &found->rotation, &found->confidence);
  else
    library->gst_analytics_od_mtd_get_location (&mtd, &x, &y, &width, &height,
        &found->confidence);
  found->box = (PtBbox) { x, y, width, height };
  if (found->confidence < 0)         /* a producer's "unknown" */
    found->confidence = PT_NO_CONFIDENCE;
  found->type = library->gst_analytics_od_mtd_get_obj_type (&mtd);
}

/* ---- batches ---- */

typedef struct
{
  guint index;
  GstEvent **sticky_events;
  gsize sticky_count;
  GstMiniObject **objects;
  gsize count;
  gpointer padding[GST_PADDING];
} PtStream;                          /* GstAnalyticsBatchStream */

typedef struct
{
  GstMeta meta;
  PtStream *streams;
  gsize count;
} PtBatchOfStreams;                  /* GstAnalyticsBatchMeta */

static PtBatchOfStreams *
batch_meta_of (GstBuffer * buffer)
{
  static gsize known = 0;
  const GType api = pt_known_type (&known, "GstAnalyticsBatchMetaAPI");
  return api ? (PtBatchOfStreams *) gst_buffer_get_meta (buffer, api) : NULL;
}

static GstCaps *
caps_of_event (GstMiniObject * object, GstCaps * before)
{
  GstEvent *event = (GstEvent *) object;
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    gst_event_parse_caps (event, &before);
  return before;
}

static void
each_of_stream (const PtStream * stream, PtPictureCall each, gpointer data)
{
  GstCaps *caps = NULL;
  for (gsize i = 0; i < stream->sticky_count; i++)
    caps = caps_of_event ((GstMiniObject *) stream->sticky_events[i], caps);
  for (gsize i = 0; stream->objects && i < stream->count; i++) {
    GstMiniObject *object = stream->objects[i];
    if (GST_IS_EVENT (object))
      caps = caps_of_event (object, caps);
    else if (GST_IS_BUFFER (object))
      each ((GstBuffer *) object, stream->index, caps, data);
    else if (GST_IS_BUFFER_LIST (object))
      for (guint k = 0; k < gst_buffer_list_length ((GstBufferList *) object); k++)
        each (gst_buffer_list_get ((GstBufferList *) object, k), stream->index, caps, data);
  }
}

gboolean
pt_analytics_batch (GstBuffer * buffer, PtPictureCall each, gpointer data)
{
  const PtBatchOfStreams *batch = batch_meta_of (buffer);
  for (gsize i = 0; batch && batch->streams && i < batch->count; i++)
    each_of_stream (&batch->streams[i], each, data);
  return batch != NULL;
}

gboolean
pt_analytics_is_on (GstBuffer * buffer)
{
  return (relation_meta_of (buffer) || batch_meta_of (buffer)) && pt_analytics_library (FALSE);
}
