/* Reading of region-of-interest metadata: see roi.h. */
#include "roi.h"

#include "plain.h"
#include "roiparams.h"

#include <gst/video/video.h>

#define ID(object) ((object)->misc_obj_info[0])
#define PARENT_ID(object) ((object)->misc_obj_info[1])

/* ---- names: asked for by text, a structure looks each up among all texts of the process ---- */

typedef struct { GQuark confidence, detection, id, label, label_id, object_id; } Names;

static const Names *
names (void)
{
  static Names known;
  static gsize ready = 0;
  if (g_once_init_enter (&ready)) {
    known.confidence = g_quark_from_static_string ("confidence");
    known.detection = g_quark_from_static_string ("detection");
    known.id = g_quark_from_static_string ("id");
    known.label = g_quark_from_static_string ("label");
    known.label_id = g_quark_from_static_string ("label_id");
    known.object_id = g_quark_from_static_string ("object_id");
    g_once_init_leave (&ready, 1);
  }
  return &known;
}

/* Deprecated from 1.26 on; what takes their place is not in 1.20. */
G_GNUC_BEGIN_IGNORE_DEPRECATIONS
static GQuark
name_of (const GstStructure * structure)
{
  return gst_structure_get_name_id (structure);
}

static const GValue *
field (const GstStructure * structure, GQuark name)
{
  return gst_structure_id_get_value (structure, name);
}
G_GNUC_END_IGNORE_DEPRECATIONS

/* ---- the fields of a structure: producers differ in the width of their numbers ---- */

static gboolean
get_real (const GstStructure * structure, GQuark name, float *result)
{
  const GValue *value = field (structure, name);
  if (value && G_VALUE_HOLDS_DOUBLE (value))
    *result = g_value_get_double (value);
  else if (value && G_VALUE_HOLDS_FLOAT (value))
    *result = g_value_get_float (value);
  else
    return FALSE;
  return TRUE;
}

static gboolean
get_integer (const GstStructure * structure, GQuark name, gint64 * result)
{
  const GValue *value = field (structure, name);
  if (value && G_VALUE_HOLDS_INT (value))
    *result = g_value_get_int (value);
  else if (value && G_VALUE_HOLDS_UINT (value))
    *result = g_value_get_uint (value);
  else if (value && G_VALUE_HOLDS_INT64 (value))
    *result = g_value_get_int64 (value);
  else if (value && G_VALUE_HOLDS_UINT64 (value))
    *result = g_value_get_uint64 (value);
  else
    return FALSE;
  return TRUE;
}

static gint
get_class (const GstStructure * structure, gint otherwise)
{
  gint64 number;
  return get_integer (structure, names ()->label_id, &number) ? (gint) number : otherwise;
}

/* ---- one region ---- */

static void
read_detection (PtObject * object, const GstStructure * structure)
{
  get_real (structure, names ()->confidence, &object->confidence);
  object->class_id = get_class (structure, -1);
}

static void
read_tracking (PtObject * object, const GstStructure * structure)
{
  gint64 number;
  if (get_integer (structure, names ()->id, &number))
    object->object_id = (guint64) number;
}

static void
read_classification (PtObject * object, const GstStructure * structure)
{
  const GValue *value = field (structure, names ()->label);
  const char *text = value && G_VALUE_HOLDS_STRING (value) ? g_value_get_string (value) : NULL;
  pt_params_add_tensor (object->batch, &object->users, structure);
  if (!text)
    return;                     /* a tensor without meaning of its own */
  PtLabel *label = pt_classifier_add_label (pt_object_add_classifier (object));
  pt_set_label (label->result_label, text);
  label->result_class_id = (guint) get_class (structure, 0);
  get_real (structure, names ()->confidence, &label->result_prob);
}

static void
read_region (PtFrame * frame, const GstVideoRegionOfInterestMeta * region)
{
  PtObject *object = pt_frame_add_object (frame, NULL);
  object->region = region;
  object->detector_bbox = (PtBbox) { region->x, region->y, region->w, region->h };
  object->rect_params.left = region->x;
  object->rect_params.top = region->y;
  object->rect_params.width = region->w;
  object->rect_params.height = region->h;
  ID (object) = region->id;
  PARENT_ID (object) = region->parent_id;
  pt_set_label (object->obj_label, g_quark_to_string (region->roi_type));
  for (GList * param = region->params; param; param = param->next) {
    const GstStructure *structure = param->data;
    const GQuark name = name_of (structure);
    if (name == names ()->detection)
      read_detection (object, structure);
    else if (name == names ()->object_id)
      read_tracking (object, structure);
    else
      read_classification (object, structure);
  }
}

/* ---- the frame ---- */

static void
link_parents (PtFrame * frame)
{
  GHashTable *by_id = g_hash_table_new (NULL, NULL);
  PT_EACH (PtObject, object, frame->objects)
    g_hash_table_insert (by_id, GINT_TO_POINTER (ID (object)), object);
  PT_EACH (PtObject, object, frame->objects)
    if (PARENT_ID (object) > 0 && PARENT_ID (object) != ID (object))
      pt_object_set_parent (object,
          g_hash_table_lookup (by_id, GINT_TO_POINTER (PARENT_ID (object))));
  g_hash_table_unref (by_id);
  pt_frame_cut_circles (frame);
}

PtBatch *
pt_roi_read (GstBuffer * buffer, const GstCaps * caps)
{
  PtBatch *batch = NULL;
  PtFrame *frame = NULL;
  gboolean related = FALSE;
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (buffer, &state,
              GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    const GstVideoRegionOfInterestMeta *region = (GstVideoRegionOfInterestMeta *) meta;
    if (!batch) {
      batch = pt_plain_empty (buffer, caps);
      frame = (PtFrame *) batch->frames.head;
    }
    read_region (frame, region);
    related |= region->parent_id > 0;
  }
  if (related)
    link_parents (frame);
  return batch;
}
