/* nvmultiurisrcbin: several URIs in one batch, with sources that come and go over REST.
 *
 *   gst-launch-1.0 nvmultiurisrcbin port=0 max-batch-size=2 width=640 height=480 \
 *       uri-list="file://$PWD/video.h264,file://$PWD/video.h264" sensor-id-list=a,b ! nvdsosd \
 *       ! fakesink
 *
 * Its REST server listens on port 9000 of this machine unless it is told otherwise. Of DeepStream's paths
 * it has those of sources: stream/add, stream/remove, stream/get-stream-info, and
 * health/get-dsready-state. See nvmultiurisrcbin.h for how it works.
 */
#include "nvmultiurisrcbin.h"

#include <gst/video/video.h>

#include "uriproperties.h"

GST_DEBUG_CATEGORY (pt_multi_debug);
#define GST_CAT_DEFAULT pt_multi_debug

typedef GstNvmultiurisrcbin Multi;
typedef GstBinClass GstNvmultiurisrcbinClass;

G_DEFINE_TYPE (GstNvmultiurisrcbin, gst_nvmultiurisrcbin, GST_TYPE_BIN);

#define SELF(object) ((Multi *) (object))
#define MAX_BUFFERS 1024

static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("memory:NVMM", "{ NV12, RGBA, I420 }") "; "
        "audio/x-raw(memory:NVMM), format = { S16LE, F32LE }, layout = (string) interleaved, "
        "channels = (int) [ 1, max ], rate = (int) [ 1, max ]"));

static GType
mode_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Mode Video-Only", "Video streams are muxed together; audio streams are ignored; Default"},
    {1, "Mode Audio-Only", "Audio streams are muxed together; video streams are ignored"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsMultiUriMode", values);
}

/* ---- properties ---- */

#define SWITCH PT_URI_SWITCH
#define NUMBER PT_URI_NUMBER
#define STRING PT_URI_STRING

/* Those of nvstreammux and nvurisrcbin go to these under the same names. */
static const PtInert properties[] = {
  STRING ("uri-list", NULL, PT_FORWARDED, "The first sources, with commas between them"),
  STRING ("sensor-id-list", NULL, PT_FORWARDED, "Their ids, likewise"),
  STRING ("sensor-name-list", NULL, PT_FORWARDED, "Their names, likewise"),
  PT_URI_CHOICE ("mode", mode_type, 0, PT_REFUSED, "What is batched"),
  STRING ("ip-address", "localhost", PT_FORWARDED, "Where the REST server listens"),
  STRING ("port", "9000", PT_FORWARDED, "Port of the REST server; 0: there is none"),
  NUMBER ("max-batch-size", 30, PT_FORWARDED, "Most sources, and most frames in a batch"),
  SWITCH ("sensorID-padID-mapping", FALSE, PT_FORWARDED,
      "The number in a sensor's id is that of its pad: Camera2 is sink_2"),
  SWITCH ("enable-error-propagation", FALSE, PT_REFUSED, "Send errors to a message broker"),
  STRING ("proto-lib", NULL, PT_NO_EFFECT, "Adaptor of the broker"),
  STRING ("conn-str", NULL, PT_NO_EFFECT, "Address of the broker"),
  STRING ("topic", NULL, PT_NO_EFFECT, "Topic at the broker"),
  SWITCH ("extract-sei-type5-data-dec", FALSE, PT_REFUSED, "Keep SEI data, in the decoder"),
  PT_URI_PROPERTIES,
  {"batched-push-timeout", NULL, G_TYPE_INT, -1, G_MAXINT, -1, PT_FORWARDED,
      "Microseconds until an incomplete batch is pushed; -1: never", NULL},
  NUMBER ("width", 0, PT_FORWARDED, "Width of every frame of the output; must be set"),
  NUMBER ("height", 0, PT_FORWARDED, "Height of every frame of the output; must be set"),
  SWITCH ("enable-padding", FALSE, PT_FORWARDED, "Keep the aspect ratio, with black borders"),
  {"num-surfaces-per-frame", NULL, G_TYPE_UINT, 1, 4, 1, PT_FORWARDED, "Pictures in a frame", NULL},
  SWITCH ("live-source", FALSE, PT_FORWARDED, "Whether the sources are live"),
  SWITCH ("sync-inputs", FALSE, PT_FORWARDED, "Synchronise the sources' frames"),
  {"buffer-pool-size", NULL, G_TYPE_UINT, 4, MAX_BUFFERS, 4, PT_FORWARDED, "Buffers of the output",
      NULL},
  NUMBER ("max-latency", 0, PT_FORWARDED, "How long sync-inputs waits, in nanoseconds"),
  SWITCH ("attach-sys-ts", TRUE, PT_FORWARDED, "ntp_timestamp is the system's time"),
  STRING ("config-file-path", NULL, PT_REFUSED, "Configuration of the new nvstreammux"),
  PT_URI_CHOICE ("nvbuf-memory-type", pt_memory_type_type, 0, PT_FORWARDED,
      "Memory of the output"),
  PT_URI_CHOICE ("compute-hw", pt_compute_hw_type, 0, PT_FORWARDED, "Hardware for scaling"),
  PT_URI_CHOICE ("interpolation-method", pt_interpolation_type, 1, PT_FORWARDED,
      "How pictures are scaled"),
  SWITCH ("frame-num-reset-on-eos", FALSE, PT_FORWARDED,
      "Restart a source's frame numbers at 0 after its end"),
  SWITCH ("frame-num-reset-on-stream-reset", FALSE, PT_FORWARDED,
      "Frame numbers start again after a stream reset"),
  {"frame-duration", NULL, G_TYPE_INT, -1, G_MAXINT, 0, PT_REFUSED,
      "Milliseconds, to correct NTP times", NULL},
  SWITCH ("async-process", TRUE, PT_FORWARDED, "Scale asynchronously"),
  SWITCH ("drop-pipeline-eos", FALSE, PT_FORWARDED,
      "Do not end the output when all sources have ended"),
  SWITCH ("extract-sei-type5-data", FALSE, PT_REFUSED, "Keep SEI data, in the mixer"),
  SWITCH ("sort-batch", FALSE, PT_FORWARDED, "Order a batch by source"),
  SWITCH ("cache-buffer", FALSE, PT_FORWARDED, "Repeat a late source's frame"),
  {"cache-buffer-timeout", NULL, G_TYPE_INT, -1, G_MAXINT, -1, PT_FORWARDED,
      "Microseconds that a frame may be repeated", NULL},
  SWITCH ("extract-sei-sim-time", FALSE, PT_FORWARDED, "Keep simulation times"),
  SWITCH ("align-first-buffer", FALSE, PT_FORWARDED, "Align the first frames"),
  {"sync-inputs-ntp", NULL, G_TYPE_INT, 0, G_MAXINT, 0, PT_FORWARDED, "Synchronise by NTP time",
      NULL},
  SWITCH ("drop-backward-sei", FALSE, PT_FORWARDED, "Drop frames by SEI times"),
  {NULL}
};

/* What is set while it runs goes to the mixer at once, and to the sources that follow. */
static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_uri_set_property (object, value, spec);
  GstElement *mux = SELF (object)->mux ? gst_object_ref (SELF (object)->mux) : NULL;
  GST_OBJECT_UNLOCK (object);
  if (mux)
    pt_inert_forward (object, properties, G_OBJECT (mux));
  if (mux && g_str_equal (spec->name, "max-batch-size"))
    g_object_set_property (G_OBJECT (mux), "batch-size", value);
  gst_clear_object (&mux);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_inert_get (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

void
pt_multi_set_up (Multi * self, GstElement * source)
{
  pt_inert_forward (G_OBJECT (self), properties, G_OBJECT (source));
}

/* ---- messages ---- */

static GstMessage *
as_warning (GstMessage * message)
{
  GError *error;
  char *debug;
  gst_message_parse_error (message, &error, &debug);
  GstMessage *warning = gst_message_new_warning (GST_MESSAGE_SRC (message), error, debug);
  gst_message_unref (message);
  g_error_free (error);
  g_free (debug);
  return warning;
}

/* A source that fails is removed, and the others go on. */
static void
handle_message (GstBin * bin, GstMessage * message)
{
  Multi *self = SELF (bin);
  gboolean drop = FALSE;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && pt_multi_note_error (self, GST_MESSAGE_SRC (message), &drop) && !drop)
    message = as_warning (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT
      && gst_message_has_name (message, "attempt-exceeded"))
    pt_multi_note_given_up (self, GST_MESSAGE_SRC (message));
  if (drop)
    gst_message_unref (message);
  else
    GST_BIN_CLASS (gst_nvmultiurisrcbin_parent_class)->handle_message (bin, message);
}

/* ---- states ---- */

static void
set_mux (Multi * self, GstElement * mux)
{
  GST_OBJECT_LOCK (self);
  self->mux = mux;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
make_inner (Multi * self)
{
  GstElement *mux = gst_element_factory_make ("nvstreammux", "src_bin_muxer");
  if (!mux) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN, ("nvstreammux is missing"), (NULL));
    return FALSE;
  }
  char *name = g_strconcat (GST_OBJECT_NAME (self), "_creator", NULL);
  self->inner = gst_bin_new (name);
  g_free (name);
  g_object_set (self->inner, "async-handling", TRUE, NULL);
  pt_inert_forward (G_OBJECT (self), properties, G_OBJECT (mux));
  g_object_set (mux, "batch-size", (guint) PT_MULTI_NUM (self, "max-batch-size"), NULL);
  gst_bin_add (GST_BIN (self->inner), mux);
  GstPad *src = gst_element_get_static_pad (mux, "src");
  gst_element_add_pad (self->inner, gst_ghost_pad_new ("src", src));
  gst_object_unref (src);
  gst_bin_add (GST_BIN (self), self->inner);
  src = gst_element_get_static_pad (self->inner, "src");
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->src), src);
  gst_object_unref (src);
  set_mux (self, mux);
  return TRUE;
}

static char *
item (char **list, guint index)
{
  return list && index < g_strv_length (list) ? g_strstrip (list[index]) : NULL;
}

static char **
list_of (Multi * self, const char *name)
{
  char *text = pt_inert_text (G_OBJECT (self), name);
  char **list = text && *text ? g_strsplit (text, ",", -1) : NULL;
  g_free (text);
  return list;
}

static void
add_first_sources (Multi * self)
{
  char **uris = list_of (self, "uri-list"), **ids = list_of (self, "sensor-id-list");
  char **names = list_of (self, "sensor-name-list");
  for (guint i = 0; uris && uris[i]; i++) {
    if (!*g_strstrip (uris[i]))
      continue;
    char *problem = pt_multi_add (self, uris[i], item (ids, i), item (names, i));
    if (problem)
      GST_ELEMENT_WARNING (self, RESOURCE, FAILED,
          ("Source %u of uri-list is not added: %s", i, problem), (NULL));
    g_free (problem);
  }
  g_strfreev (uris);
  g_strfreev (ids);
  g_strfreev (names);
}

/* FALSE after posting an error. */
static gboolean
check_size (Multi * self)
{
  static const char *const names[] = { "width", "height", "max-batch-size" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (PT_MULTI_NUM (self, names[i]))
      continue;
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("The property %s must be set", names[i]), (NULL));
    return FALSE;
  }
  return TRUE;
}

static gboolean
start (Multi * self)
{
  if (!pt_inert_check (GST_ELEMENT (self), properties) || !check_size (self)
      || !make_inner (self))
    return FALSE;
  pt_multi_start (self);
  add_first_sources (self);
  pt_multi_start_rest (self);   /* behind them: it removes what is only half added */
  return TRUE;
}

static void
stop (Multi * self)
{
  if (!self->inner)
    return;
  pt_multi_stop_rest (self);
  pt_multi_stop (self);
  set_mux (self, NULL);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->src), NULL);
  gst_element_set_state (self->inner, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), self->inner);
  self->inner = NULL;
}

/* A source that does not start is removed by the worker; the others, and the mixer, then do. */
static GstStateChangeReturn
change_parts (GstElement * element, GstStateChange transition)
{
  GstElementClass *parent = GST_ELEMENT_CLASS (gst_nvmultiurisrcbin_parent_class);
  const gboolean up = GST_STATE_TRANSITION_NEXT (transition)
      > GST_STATE_TRANSITION_CURRENT (transition);
  guint before, removed = up ? pt_multi_await_removals (SELF (element)) : 0;
  GstStateChangeReturn result;
  do {
    before = removed;
    result = parent->change_state (element, transition);
    if (up && result == GST_STATE_CHANGE_FAILURE)
      removed = pt_multi_await_removals (SELF (element));
  } while (removed != before);
  return result;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  Multi *self = SELF (element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  GstStateChangeReturn result = change_parts (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY && result == GST_STATE_CHANGE_FAILURE))
    stop (self);
  return result;
}

/* ---- the element ---- */

static void
finalize (GObject * object)
{
  g_mutex_clear (&SELF (object)->lock);
  g_cond_clear (&SELF (object)->changed);
  G_OBJECT_CLASS (gst_nvmultiurisrcbin_parent_class)->finalize (object);
}

static void
gst_nvmultiurisrcbin_class_init (GstNvmultiurisrcbinClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GST_DEBUG_CATEGORY_INIT (pt_multi_debug, "nvmultiurisrcbin", 0, "portable nvmultiurisrcbin");
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  element_class->change_state = change_state;
  klass->handle_message = handle_message;
  pt_inert_install (object_class, properties);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable source of several URIs",
      "Source/Video/Bin", "Batches sources that may come and go over REST, on a CPU",
      "the pythiags maintainers");
}

static GstPadProbeReturn
log_batch (GstPad * pad, GstPadProbeInfo * info, gpointer self)
{
  GST_LOG_OBJECT (self, "a batch: %" GST_PTR_FORMAT, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static void
gst_nvmultiurisrcbin_init (Multi * self)
{
  GstPadTemplate *template = gst_element_get_pad_template (GST_ELEMENT (self), "src");
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->src = gst_ghost_pad_new_no_target_from_template ("src", template);
  gst_pad_add_probe (self->src, GST_PAD_PROBE_TYPE_BUFFER, log_batch, self, NULL);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
  gst_bin_set_suppressed_flags (GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

gboolean
pt_nvmultiurisrcbin_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvmultiurisrcbin", GST_RANK_PRIMARY,
      gst_nvmultiurisrcbin_get_type ());
}
