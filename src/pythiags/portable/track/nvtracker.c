/* nvtracker: gives the objects of a detector ids that stay from frame to frame.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 \
 *       ! nvinfer config-file-path=config_infer_primary.txt \
 *       ! nvtracker ll-lib-file=libnvds_nvmultiobjecttracker.so ! nvdsosd ! fakesink
 *
 * It has the parameters of NVIDIA's library, from its files, and looks at boxes alone, never at pictures.
 * An object is let through once its target is older than the probation age, as with DeepStream; in
 * frames that the detector skips it is where it is expected.
 */
#include <gst/base/gstbasetransform.h>

#include "classids.h"
#include "enums.h"
#include "findings.h"
#include "gstmeta.h"
#include "library.h"
#include "sources.h"
#include "streams.h"
#include "surface.h"

GST_DEBUG_CATEGORY_STATIC (tracker_debug);
#define GST_CAT_DEFAULT tracker_debug

enum                            /* of tracking-id-reset-mode; they add up */
{
  NEW_IDS_AFTER_RESET = 1,
  FROM_ZERO_AFTER_EOS = 2,
};

typedef struct
{
  GstBaseTransform parent;
  /* of the streaming thread */
  PtTrackSettings settings;
  PtTrackIds ids;
  GHashTable *sources;          /* of PtTrackSource, by pad_index */
  PtTrackWriter *writer;
  gboolean told;                /* that frames with objects were not inferred */
  PtTrackOutput output;         /* as the properties were at the start, but for shows_ids */
  gboolean new_ids;             /* likewise, of reset_mode */
  GArray *used_classes;
  /* under the object's lock */
  guint width, height, reset_mode;
  gboolean shows_ids, past_frames;
  char *library, *config;
  GArray *classes;              /* of gint */
  char *bad_classes;            /* what was set and is no list of them; NULL: nothing */
} GstNvtracker;

typedef GstBaseTransformClass GstNvtrackerClass;

GType gst_nvtracker_get_type (void);
G_DEFINE_TYPE (GstNvtracker, gst_nvtracker, GST_TYPE_BASE_TRANSFORM);

#define TRACKER(object) ((GstNvtracker *) (object))
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ I420, NV12, RGBA }")

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- buffers ---- */

static const PtTrackOutput *
current_output (GstNvtracker * self)
{
  GST_OBJECT_LOCK (self);
  self->output.shows_ids = self->shows_ids;
  GST_OBJECT_UNLOCK (self);
  return &self->output;
}

static void
tell_not_inferred (GstNvtracker * self, guint objects)
{
  if (!objects || self->told)
    return;
  self->told = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, DECODE,
      ("%u objects of a frame without bInferDone are removed: the tracker takes them for leftovers.",
          objects), ("Where a probe adds objects, have it set frame_meta.bInferDone = 1"));
}

static GstFlowReturn
transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  GstNvtracker *self = TRACKER (base);
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch) {
    GST_ELEMENT_ERROR (self, STREAM, FAILED,
        ("A buffer without metadata has no objects to track: put nvstreammux before %s.",
            GST_OBJECT_NAME (self)), (NULL));
    return GST_FLOW_ERROR;
  }
  GST_LOG_OBJECT (self, "%u frames in %" GST_PTR_FORMAT, batch->num_frames_in_batch, buffer);
  const PtTrackOutput *output = current_output (self);
  PT_EACH (PtFrame, frame, batch->frames)
    tell_not_inferred (self, pt_track_frame (self->writer, output,
          pt_sources_get (self->sources, frame->pad_index, &self->settings, &self->ids), frame));
  pt_track_writer_attach (self->writer, batch);
  return GST_FLOW_OK;
}

/* ---- events ---- */

static void
stream_started (GstNvtracker * self, guint source_id)
{
  PtTrackSource *source = pt_sources_find (self->sources, source_id);
  if (source && self->new_ids)
    pt_tracker_reset (source->tracker);
}

static void
stream_ended (GstNvtracker * self, guint source_id)
{
  PtTrackSource *source = pt_sources_find (self->sources, source_id);
  if (source)
    pt_track_end (self->writer, current_output (self), source, source_id);
  pt_sources_remove (self->sources, source_id);
}

static gboolean
sink_event (GstBaseTransform * base, GstEvent * event)
{
  GstNvtracker *self = TRACKER (base);
  PtStream stream;
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    pt_sources_reset (self->sources);
  else if (pt_event_is_stream_ended (event, &stream.source_id))
    stream_ended (self, stream.source_id);
  else if (pt_event_is_stream_started (event, &stream))
    stream_started (self, stream.source_id);
  return GST_BASE_TRANSFORM_CLASS (gst_nvtracker_parent_class)->sink_event (base, event);
}

/* ---- start and stop ---- */

static gboolean
stop (GstBaseTransform * base)
{
  GstNvtracker *self = TRACKER (base);
  g_hash_table_remove_all (self->sources);
  g_clear_pointer (&self->writer, pt_track_writer_free);
  g_clear_pointer (&self->used_classes, g_array_unref);
  return TRUE;
}

static gboolean
read_settings (GstNvtracker * self)
{
  PtFindings findings;
  pt_findings_init (&findings);
  GST_OBJECT_LOCK (self);
  gchar *library = g_strdup (self->library), *config = g_strdup (self->config);
  const gboolean past_frames = self->past_frames;
  GST_OBJECT_UNLOCK (self);
  pt_library_settings (&self->settings, library, config, findings.notes, &findings.error);
  self->settings.past_frames |= past_frames;
  const gboolean read = pt_findings_post (&findings, GST_ELEMENT (self), NULL);
  pt_findings_clear (&findings);
  g_free (library);
  g_free (config);
  return read;
}

static gboolean
check_classes (GstNvtracker * self)
{
  GST_OBJECT_LOCK (self);
  gchar *bad = g_strdup (self->bad_classes);
  GST_OBJECT_UNLOCK (self);
  if (bad)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS,
        ("operate-on-class-ids is '%s': write class ids with semicolons between them, as 0;2",
            bad), (NULL));
  g_free (bad);
  return !bad;
}

/* The classes are the element's own array, which is replaced as a whole. */
static void
keep_properties (GstNvtracker * self)
{
  GST_OBJECT_LOCK (self);
  self->used_classes = g_array_ref (self->classes);
  self->new_ids = (self->reset_mode & NEW_IDS_AFTER_RESET) != 0;
  self->output = (PtTrackOutput) {.width = self->width,.height = self->height,
    .classes = self->used_classes,.from_zero = (self->reset_mode & FROM_ZERO_AFTER_EOS) != 0,
    .past_frames = self->settings.past_frames
  };
  GST_OBJECT_UNLOCK (self);
}

static gboolean
start (GstBaseTransform * base)
{
  GstNvtracker *self = TRACKER (base);
  if (!check_classes (self) || !read_settings (self))
    return FALSE;
  keep_properties (self);
  self->writer = pt_track_writer_new ();
  self->ids = (PtTrackIds) { 0 };
  self->told = FALSE;
  GST_INFO_OBJECT (self, "probation age %u, shadow tracking age %u, %u targets a source, "
      "state estimator %d, matcher %d", self->settings.probation_age,
      self->settings.max_shadow_age, self->settings.max_targets, self->settings.estimator,
      self->settings.matcher);
  return TRUE;
}

/* Who writes to this buffer is downstream: its answers are good for upstream too. */
static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  return gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (base), query);
}

/* ---- properties ---- */

enum
{
  PROP_WIDTH = 1, PROP_HEIGHT, PROP_LIBRARY, PROP_CONFIG, PROP_SHOW_IDS, PROP_RESET_MODE,
  PROP_PAST_FRAMES, PROP_CLASSES,
};

static const PtInert inert[] = {
  PT_INERT_GPU_ID,
  PT_INERT_COMPUTE_HW,
  {"enable-batch-process", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_NO_EFFECT,
      "Track the sources of a batch together"},
  {"tracking-surface-type", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT,
      "The one kind of dewarped surfaces that is tracked; 0: all"},
  {"user-meta-pool-size", NULL, G_TYPE_UINT, 1, G_MAXUINT, 32, PT_NO_EFFECT,
      "How many buffers may have user metas of the tracker"},
  {"input-tensor-meta", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED,
      "Look at the pictures that nvdspreprocess made"},
  {"tensor-meta-gie-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT,
      "Whose pictures those are"},
  {"sub-batches", NULL, G_TYPE_STRING, 0, 0, 0, PT_REFUSED,
      "Parts of a batch that are tracked by themselves"},
  {"sub-batch-err-recovery-trial-cnt", NULL, G_TYPE_INT, -1, G_MAXINT, 0, PT_NO_EFFECT,
      "How often a part that failed is begun anew"},
  {NULL}
};

/* What is no list of class ids is refused when the element starts. */
static void
set_classes (GstNvtracker * self, const char *text)
{
  g_array_unref (self->classes);
  self->classes = g_array_new (FALSE, FALSE, sizeof (gint));
  g_clear_pointer (&self->bad_classes, g_free);
  if (!pt_class_ids_parse (text, self->classes))
    self->bad_classes = g_strdup (text);
}

static void
replace (char **text, const GValue * value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvtracker *self = TRACKER (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_WIDTH: self->width = g_value_get_uint (value); break;
    case PROP_HEIGHT: self->height = g_value_get_uint (value); break;
    case PROP_LIBRARY: replace (&self->library, value); break;
    case PROP_CONFIG: replace (&self->config, value); break;
    case PROP_SHOW_IDS: self->shows_ids = g_value_get_boolean (value); break;
    case PROP_RESET_MODE: self->reset_mode = g_value_get_uint (value); break;
    case PROP_PAST_FRAMES: self->past_frames = g_value_get_boolean (value); break;
    case PROP_CLASSES: set_classes (self, g_value_get_string (value)); break;
    default: pt_inert_set (object, value, spec);
  }
  const gboolean late =
      GST_STATE (self) > GST_STATE_READY && !(spec->flags & GST_PARAM_MUTABLE_PLAYING);
  GST_OBJECT_UNLOCK (self);
  if (late)
    GST_WARNING_OBJECT (self, "%s counts from the next start", spec->name);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvtracker *self = TRACKER (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_WIDTH: g_value_set_uint (value, self->width); break;
    case PROP_HEIGHT: g_value_set_uint (value, self->height); break;
    case PROP_LIBRARY: g_value_set_string (value, self->library); break;
    case PROP_CONFIG: g_value_set_string (value, self->config); break;
    case PROP_SHOW_IDS: g_value_set_boolean (value, self->shows_ids); break;
    case PROP_RESET_MODE: g_value_set_uint (value, self->reset_mode); break;
    case PROP_PAST_FRAMES: g_value_set_boolean (value, self->past_frames); break;
    case PROP_CLASSES: g_value_take_string (value, pt_class_ids_text (self->classes)); break;
    default: pt_inert_get (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags both = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags at_start = both | GST_PARAM_MUTABLE_READY;
  const GParamFlags any_time = both | GST_PARAM_MUTABLE_PLAYING;
#define ADD(id, kind, name, blurb, ...) \
  g_object_class_install_property (klass, id, \
      g_param_spec_##kind (name, name, blurb, __VA_ARGS__))
  ADD (PROP_WIDTH, uint, "tracker-width",
      "Width that boxes are scaled to for the tracker; 0: the frame's", 0, G_MAXUINT, 960,
      at_start);
  ADD (PROP_HEIGHT, uint, "tracker-height",
      "Height that boxes are scaled to for the tracker; 0: the frame's", 0, G_MAXUINT, 544,
      at_start);
  ADD (PROP_LIBRARY, string, "ll-lib-file",
      "NVIDIA's library, in whose place the portable tracker runs; the file need not be there",
      NULL, at_start);
  ADD (PROP_CONFIG, string, "ll-config-file", "The tracker's parameters, as in NVIDIA's files", NULL,
      at_start);
  ADD (PROP_SHOW_IDS, boolean, "display-tracking-id", "Add the id to the object's text", TRUE,
      any_time);
  ADD (PROP_RESET_MODE, uint, "tracking-id-reset-mode",
      "1: new ids after a source begins anew; 2: ids from 0 after it ends; 3: both", 0, 3, 0,
      at_start);
  ADD (PROP_PAST_FRAMES, boolean, "enable-past-frame",
      "Attach what a target did before it was reported", FALSE, at_start);
  ADD (PROP_CLASSES, string, "operate-on-class-ids",
      "The only classes that are tracked, as 0;2; others pass as they are", "", at_start);
#undef ADD
  pt_inert_install (klass, inert);
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  GstNvtracker *self = TRACKER (object);
  g_hash_table_unref (self->sources);
  g_array_unref (self->classes);
  g_free (self->library);
  g_free (self->config);
  g_free (self->bad_classes);
  G_OBJECT_CLASS (gst_nvtracker_parent_class)->finalize (object);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !pt_inert_check (element, inert))
    return GST_STATE_CHANGE_FAILURE;
  return GST_ELEMENT_CLASS (gst_nvtracker_parent_class)->change_state (element, transition);
}

static void
gst_nvtracker_class_init (GstNvtrackerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  element_class->change_state = change_state;
  klass->start = start;
  klass->stop = stop;
  klass->sink_event = sink_event;
  klass->propose_allocation = propose_allocation;
  klass->transform_ip = transform_ip;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable object tracker",
      "Filter/Metadata", "Gives objects ids that stay from frame to frame, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (tracker_debug, "nvtracker", 0, "portable nvtracker");
}

static void
gst_nvtracker_init (GstNvtracker * self)
{
  self->width = 960;
  self->height = 544;
  self->shows_ids = TRUE;
  self->sources = pt_sources_new ();
  self->classes = g_array_new (FALSE, FALSE, sizeof (gint));
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvtracker_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvtracker", GST_RANK_NONE, gst_nvtracker_get_type ());
}
