/* nvdsanalytics: which objects are in regions, cross lines, go in directions and crowd.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 \
 *       ! nvinfer config-file-path=config_infer_primary.txt \
 *       ! nvtracker ll-lib-file=libnvds_nvmultiobjecttracker.so \
 *       ! nvdsanalytics config-file=config_nvdsanalytics.txt ! nvdsosd ! fakesink
 *
 * It reads DeepStream's configuration files and has its limits, in frames and in pixels. Regions, lines and
 * numbers are drawn by nvdsosd, as display metadata.
 */
#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include "config.h"
#include "findings.h"
#include "gstmeta.h"
#include "report.h"
#include "surface.h"
#include "watch.h"

GST_DEBUG_CATEGORY_STATIC (analytics_debug);
#define GST_CAT_DEFAULT analytics_debug

typedef struct
{
  GstBaseTransform parent;
  /* of the streaming thread */
  GHashTable *watches;          /* of PtWatch, by pad_index; they outlive a stop, as DeepStream's do */
  PtZoneSettings *current;      /* that the watches are of; NULL: none */
  GArray *sightings;            /* of PtSighting */
  GPtrArray *objects;           /* of PtObject, one a sighting */
  GstVideoInfo info;
  gboolean told;                /* that there are no ids */
  /* under the object's lock */
  guint unique_id;
  gboolean enable;
  char *file;
  PtZoneSettings *settings;     /* of the file; NULL: none was read */
  PtFindings findings;          /* on the file */
} GstNvdsanalytics;

typedef GstBaseTransformClass GstNvdsanalyticsClass;

GType gst_nvdsanalytics_get_type (void);
G_DEFINE_TYPE (GstNvdsanalytics, gst_nvdsanalytics, GST_TYPE_BASE_TRANSFORM);

#define ANALYTICS(object) ((GstNvdsanalytics *) (object))
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA }")

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- the file ---- */

/* What the file says, with a reference. NULL after posting an error. */
static PtZoneSettings *
current_settings (GstNvdsanalytics * self)
{
  GST_OBJECT_LOCK (self);
  PtZoneSettings *settings = self->settings ? pt_zone_settings_ref (self->settings) : NULL;
  GST_OBJECT_UNLOCK (self);
  pt_findings_post (&self->findings, GST_ELEMENT (self), settings ? NULL
      : "nvdsanalytics has no configuration file: set config-file to one");
  return settings;
}

/* Under the lock. `enable` is the file's until it is set after it. */
static void
read_file (GstNvdsanalytics * self)
{
  g_clear_pointer (&self->settings, pt_zone_settings_unref);
  pt_findings_empty (&self->findings);
  if (!self->file || !*self->file)
    return;
  self->settings = pt_zone_config_read (self->file, self->findings.notes, &self->findings.error);
  if (self->settings)
    self->enable = self->settings->enable;
}

/* ---- buffers ---- */

static PtWatch *
watch_of (GstNvdsanalytics * self, const PtFrame * frame)
{
  const gpointer key = GUINT_TO_POINTER (frame->pad_index);
  PtWatch *watch = g_hash_table_lookup (self->watches, key);
  if (watch)
    return watch;
  const guint width = frame->pipeline_width ? frame->pipeline_width : (guint) self->info.width;
  const guint height = frame->pipeline_height ? frame->pipeline_height : (guint) self->info.height;
  watch = pt_watch_new (pt_zone_settings_scaled (self->current, frame->pad_index, width, height),
      self->current->window);
  g_hash_table_insert (self->watches, key, watch);
  GST_INFO_OBJECT (self, "stream %u is watched, in pictures of %ux%u", frame->pad_index, width,
      height);
  return watch;
}

static void
collect (GstNvdsanalytics * self, const PtFrame * frame)
{
  g_array_set_size (self->sightings, 0);
  g_ptr_array_set_size (self->objects, 0);
  PT_EACH (PtObject, object, frame->objects) {
    const PtRect *rect = &object->rect_params;
    const PtSighting sighting = { object->object_id, object->class_id, rect->left, rect->top,
      rect->width, rect->height, NULL
    };
    g_array_append_val (self->sightings, sighting);
    g_ptr_array_add (self->objects, object);
  }
}

static void
tell_no_ids (GstNvdsanalytics * self, const PtFrame * frame)
{
  if (self->told)
    return;
  self->told = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, FAILED,
      ("Objects of stream %u have no ids: directions and lines are not looked at.",
          frame->pad_index), ("Put nvtracker before %s", GST_OBJECT_NAME (self)));
}

static void
analyze (GstNvdsanalytics * self, PtFrame * frame, guint unique_id)
{
  PtWatch *watch = watch_of (self, frame);
  PtZonesFrame *zones = pt_zones_frame_new (unique_id);
  collect (self, frame);
  PtSighting *sightings = (PtSighting *) self->sightings->data;
  if (pt_watch_frame (watch, sightings, self->sightings->len, frame->buf_pts, zones))
    tell_no_ids (self, frame);
  for (guint i = 0; i < self->sightings->len; i++)
    if (sightings[i].zones)
      pt_report_object (self->current, g_ptr_array_index (self->objects, i), sightings[i].zones);
  pt_report_frame (self->current, pt_watch_rules (watch), frame, zones);
}

/* Another file begins anew. Takes the reference over. */
static void
use_settings (GstNvdsanalytics * self, PtZoneSettings * settings)
{
  if (settings == self->current) {
    pt_zone_settings_unref (settings);
    return;
  }
  g_hash_table_remove_all (self->watches);
  g_clear_pointer (&self->current, pt_zone_settings_unref);
  self->current = settings;
  self->told = FALSE;
}

static GstFlowReturn
transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  GstNvdsanalytics *self = ANALYTICS (base);
  PtZoneSettings *settings = current_settings (self);
  if (!settings)
    return GST_FLOW_ERROR;
  use_settings (self, settings);
  GST_OBJECT_LOCK (self);
  const gboolean enable = self->enable;
  const guint unique_id = self->unique_id;
  GST_OBJECT_UNLOCK (self);
  PtBatch *batch = enable ? pt_buffer_get_batch (buffer) : NULL;
  if (enable && !batch) {
    GST_ELEMENT_ERROR (self, STREAM, FAILED,
        ("A buffer without metadata has no objects to analyze: put nvstreammux before %s.",
            GST_OBJECT_NAME (self)), (NULL));
    return GST_FLOW_ERROR;
  }
  GST_LOG_OBJECT (self, "%u frames in %" GST_PTR_FORMAT, batch ? batch->num_frames_in_batch : 0,
      buffer);
  if (batch)
    PT_EACH (PtFrame, frame, batch->frames)
      analyze (self, frame, unique_id);
  return GST_FLOW_OK;
}

/* ---- start and stop ---- */

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out G_GNUC_UNUSED)
{
  return gst_video_info_from_caps (&ANALYTICS (base)->info, in);
}

static gboolean
start (GstBaseTransform * base)
{
  GstNvdsanalytics *self = ANALYTICS (base);
  PtZoneSettings *settings = current_settings (self);
  if (!settings)
    return FALSE;
  GST_INFO_OBJECT (self, "%u streams have rules, in pictures of %ux%u",
      g_hash_table_size (settings->streams), settings->width, settings->height);
  pt_zone_settings_unref (settings);
  return TRUE;
}

/* Who writes to this buffer is downstream: its answers are good for upstream too. */
static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide G_GNUC_UNUSED, GstQuery * query)
{
  return gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (base), query);
}

/* ---- properties ---- */

enum
{
  PROP_UNIQUE_ID = 1, PROP_ENABLE, PROP_FILE,
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvdsanalytics *self = ANALYTICS (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_UNIQUE_ID: self->unique_id = g_value_get_uint (value); break;
    case PROP_ENABLE: self->enable = g_value_get_boolean (value); break;
    case PROP_FILE:
      g_free (self->file);
      self->file = g_value_dup_string (value);
      read_file (self);
      break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvdsanalytics *self = ANALYTICS (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_UNIQUE_ID: g_value_set_uint (value, self->unique_id); break;
    case PROP_ENABLE: g_value_set_boolean (value, self->enable); break;
    case PROP_FILE: g_value_set_string (value, self->file); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags any_time =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
#define ADD(id, kind, name, blurb, ...) \
  g_object_class_install_property (klass, id, \
      g_param_spec_##kind (name, name, blurb, __VA_ARGS__))
  ADD (PROP_UNIQUE_ID, uint, "unique-id", "The number in what it attaches", 0, G_MAXUINT, 17,
      any_time);
  ADD (PROP_ENABLE, boolean, "enable",
      "Whether anything is done; config-file sets it to what the file says", TRUE, any_time);
  ADD (PROP_FILE, string, "config-file", "Regions, lines and directions, as in DeepStream's files; "
      "while it plays, another one begins anew", NULL, any_time);
#undef ADD
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  GstNvdsanalytics *self = ANALYTICS (object);
  g_hash_table_unref (self->watches);
  g_array_unref (self->sightings);
  g_ptr_array_unref (self->objects);
  pt_findings_clear (&self->findings);
  g_clear_pointer (&self->current, pt_zone_settings_unref);
  g_clear_pointer (&self->settings, pt_zone_settings_unref);
  g_free (self->file);
  G_OBJECT_CLASS (gst_nvdsanalytics_parent_class)->finalize (object);
}

static void
gst_nvdsanalytics_class_init (GstNvdsanalyticsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  klass->start = start;
  klass->set_caps = set_caps;
  klass->propose_allocation = propose_allocation;
  klass->transform_ip = transform_ip;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable analytics of objects",
      "Filter/Metadata", "Counts objects in regions, over lines and in directions, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (analytics_debug, "nvdsanalytics", 0, "portable nvdsanalytics");
}

static void
gst_nvdsanalytics_init (GstNvdsanalytics * self)
{
  self->unique_id = 17;
  self->enable = TRUE;
  self->watches = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pt_watch_free);
  self->sightings = g_array_new (FALSE, FALSE, sizeof (PtSighting));
  self->objects = g_ptr_array_new ();
  pt_findings_init (&self->findings);
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvdsanalytics_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvdsanalytics", GST_RANK_NONE,
      gst_nvdsanalytics_get_type ());
}
