/* nvurisrcbin: decoded video of a URI, with file loop, reconnection and recordings of RTSP.
 *
 *   gst-launch-1.0 nvurisrcbin uri="file://$PWD/video.h264" ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=1280 height=720 ! nvdsosd ! fakesink
 *
 * Its pads are vsrc_0, in NVMM memory, and with disable-audio=false asrc_0; they come once the stream
 * is known. See nvurisrcbin.h for how it works, recorder.h for smart-record.
 */
#include "nvurisrcbin.h"

#include <gst/audio/audio.h>
#include <gst/video/video.h>
#include <unistd.h>

#include "uriproperties.h"

GST_DEBUG_CATEGORY (pt_uri_debug);
#define GST_CAT_DEFAULT pt_uri_debug

typedef struct
{
  GstBinClass parent_class;
  void (*start_sr) (GstNvurisrcbin * self, guint32 * session, guint before, guint duration,
      gpointer user_data);
  void (*stop_sr) (GstNvurisrcbin * self, guint session);
} GstNvurisrcbinClass;

G_DEFINE_TYPE (GstNvurisrcbin, gst_nvurisrcbin, GST_TYPE_BIN);

#define SELF(object) ((GstNvurisrcbin *) (object))
#define FORMATS "{ I420, NV12, P010_10LE, BGRx, RGBA, GRAY8 }"

static GstStaticPadTemplate video_template =
GST_STATIC_PAD_TEMPLATE ("vsrc_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("memory:NVMM", FORMATS) "; "
        GST_VIDEO_CAPS_MAKE (FORMATS)));
static GstStaticPadTemplate audio_template =
GST_STATIC_PAD_TEMPLATE ("asrc_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS (GST_AUDIO_CAPS_MAKE (GST_AUDIO_FORMATS_ALL)));

static const PtInert properties[] = {
  PT_URI_STRING ("uri", NULL, PT_FORWARDED, "What to play"),
  PT_URI_CHOICE ("type", pt_uri_type_type, PT_URI_AUTO, PT_FORWARDED, "How the URI is read"),
  {"source-id", NULL, G_TYPE_INT, -1, G_MAXINT, -1, PT_FORWARDED,
      "Number of the source, in messages and in the names of recordings", NULL},
  PT_URI_SWITCH ("extract-sei-type5-data", FALSE, PT_REFUSED, "Keep SEI data"),
  PT_URI_PROPERTIES,
  {NULL}
};

enum
{ PROP_RECORDS = 1 };

/* A reference, also while the element stops. NULL: it does not record. */
static PtRecorder *
recorder_of (GstNvurisrcbin * self)
{
  g_mutex_lock (&self->lock);
  PtRecorder *recorder = self->recorder ? pt_recorder_ref (self->recorder) : NULL;
  g_mutex_unlock (&self->lock);
  return recorder;
}

/* ---- properties ---- */

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_uri_set_property (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  if (id == PROP_RECORDS) {
    PtRecorder *recorder = recorder_of (SELF (object));
    g_value_set_boolean (value, recorder && pt_recorder_is_on (recorder));
    g_clear_pointer (&recorder, pt_recorder_unref);
    return;
  }
  GST_OBJECT_LOCK (object);
  pt_inert_get (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

/* ---- recordings ---- */

static void
start_sr (GstNvurisrcbin * self, guint32 * session, guint before, guint duration,
    gpointer user_data)
{
  PtRecorder *recorder = recorder_of (self);
  if (!recorder)
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("No recording begins: smart-record is not set, or the source is not RTSP or not running"),
        (NULL));
  else if (!session)
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("No recording begins: start-sr needs a place for the number of the recording, got NULL"),
        (NULL));
  else
    pt_recorder_start (recorder, session, before, duration, user_data);
  g_clear_pointer (&recorder, pt_recorder_unref);
}

static void
stop_sr (GstNvurisrcbin * self, guint session)
{
  PtRecorder *recorder = recorder_of (self);
  if (!recorder || !pt_recorder_stop (recorder))
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS, ("No recording is going on"), (NULL));
  g_clear_pointer (&recorder, pt_recorder_unref);
}

/* FALSE after posting an error. */
static gboolean
check_recordings (GstNvurisrcbin * self)
{
  if (PT_URI_NUM (self, "smart-record") == PT_RECORD_OFF)
    return TRUE;
  if (!self->is_rtsp) {
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("smart-record has no effect: it records RTSP only"), (NULL));
    return TRUE;
  }
  char *folder = pt_inert_text (G_OBJECT (self), "smart-rec-dir-path");
  const gboolean usable = folder && g_file_test (folder, G_FILE_TEST_IS_DIR)
      && access (folder, W_OK | X_OK) == 0;
  if (!folder)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS,
        ("smart-record needs smart-rec-dir-path, the folder of the recordings"), (NULL));
  else if (!usable)
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE,
        ("smart-rec-dir-path is not a folder that can be written to: %s", folder), (NULL));
  g_free (folder);
  return usable;
}

static PtRecorder *
recorder_new (GstNvurisrcbin * self)
{
  if (!self->is_rtsp || PT_URI_NUM (self, "smart-record") == PT_RECORD_OFF)
    return NULL;
  char *prefix = pt_inert_text (G_OBJECT (self), "smart-rec-file-prefix");
  const PtRecorderSettings settings = {
    .folder = pt_inert_text (G_OBJECT (self), "smart-rec-dir-path"),
    .prefix = g_strdup_printf ("%s_%d", prefix ? prefix : "Smart_Record",
        (gint) PT_URI_NUM (self, "source-id")),
    .cache = (guint) PT_URI_NUM (self, "smart-rec-cache"),
    .default_duration = (guint) PT_URI_NUM (self, "smart-rec-default-duration"),
    .container = (PtRecordContainer) PT_URI_NUM (self, "smart-rec-container"),
    .mode = (PtRecordMode) PT_URI_NUM (self, "smart-rec-mode"),
  };
  g_free (prefix);
  return pt_recorder_new (GST_ELEMENT (self), &settings);
}

/* ---- messages and events ---- */

static gboolean
is_of_the_front (GstNvurisrcbin * self, GstObject * object)
{
  gboolean found = FALSE;
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->front->len && !found; i++)
    found = object && gst_object_has_as_ancestor (object, g_ptr_array_index (self->front, i));
  g_mutex_unlock (&self->lock);
  return found;
}

/* What connecting again does not fix stays an error. */
static gboolean
may_be_mended (GError * error)
{
  return g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED)
      || g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE)
      || g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DEMUX)
      || error->domain == GST_RESOURCE_ERROR;
}

/* An error of a camera that will be connected again is a warning: nobody is to stop for it. */
static void
handle_message (GstBin * bin, GstMessage * message)
{
  GstNvurisrcbin *self = SELF (bin);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR && self->reconnects
      && is_of_the_front (self, GST_MESSAGE_SRC (message))) {
    GError *error;
    char *debug;
    gst_message_parse_error (message, &error, &debug);
    if (may_be_mended (error)) {
      GstMessage *warning = gst_message_new_warning (GST_MESSAGE_SRC (message), error, debug);
      gst_message_unref (message);
      message = warning;
      pt_uri_reconnect_note_failure (self, "error", error->message);
    }
    g_error_free (error);
    g_free (debug);
  }
  GST_BIN_CLASS (gst_nvurisrcbin_parent_class)->handle_message (bin, message);
}

/* An end that the application sends passes, also while the camera is away. */
static gboolean
send_event (GstElement * element, GstEvent * event)
{
  GstNvurisrcbin *self = SELF (element);
  if (GST_EVENT_TYPE (event) != GST_EVENT_EOS)
    return GST_ELEMENT_CLASS (gst_nvurisrcbin_parent_class)->send_event (element, event);
  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  g_cond_signal (&self->changed);
  const gboolean away = self->reconnects && (self->failed || !self->has_data);
  g_mutex_unlock (&self->lock);
  if (!away)
    return GST_ELEMENT_CLASS (gst_nvurisrcbin_parent_class)->send_event (element, event);
  pt_uri_branches_send_eos (self);
  gst_event_unref (event);
  return TRUE;
}

static void
deep_element_added (GstBin * bin, GstBin * inner, GstElement * element)
{
  pt_uri_decoder_set_up (SELF (bin), element);
  if (GST_BIN_CLASS (gst_nvurisrcbin_parent_class)->deep_element_added)
    GST_BIN_CLASS (gst_nvurisrcbin_parent_class)->deep_element_added (bin, inner, element);
}

/* ---- states ---- */

/* FALSE after posting an error. */
static gboolean
check_uri (GstNvurisrcbin * self)
{
  char *uri = pt_inert_text (G_OBJECT (self), "uri");
  const gint64 type = PT_URI_NUM (self, "type");
  gboolean usable = FALSE;
  if (!uri || !*uri)
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND, ("The property uri is not set"), (NULL));
  else if (g_str_has_prefix (uri, "ipc://"))
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND,
        ("ipc:// needs NVIDIA's nvunixfdsrc, which has no portable counterpart"), (NULL));
  else if (!gst_uri_is_valid (uri))
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND,
        ("The property uri is no URI: a file's begins with file:///"), (NULL));
  else
    usable = TRUE;
  self->is_rtsp = usable && type != PT_URI_URI && g_str_has_prefix (uri, "rtsp");
  self->loops = usable && PT_URI_NUM (self, "file-loop") && g_str_has_prefix (uri, "file:/");
  self->reconnects = self->is_rtsp && PT_URI_NUM (self, "rtsp-reconnect-interval");
  g_free (uri);
  return usable;
}

static gboolean
prepare (GstNvurisrcbin * self)
{
  return pt_inert_check (GST_ELEMENT (self), properties) && check_uri (self)
      && check_recordings (self);
}

static gboolean
start (GstNvurisrcbin * self)
{
  g_mutex_lock (&self->lock);
  self->stopping = self->ending = FALSE;
  self->has_data = self->failed = self->lost = FALSE;
  self->attempts = 0;
  self->base = self->end = GST_CLOCK_TIME_NONE;
  self->last_data = 0;
  self->last_start = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  PtRecorder *recorder = recorder_new (self);
  g_mutex_lock (&self->lock);
  self->recorder = recorder;
  g_mutex_unlock (&self->lock);
  GST_INFO_OBJECT (self, "starts%s%s%s", self->is_rtsp ? " over RTSP" : "",
      self->loops ? ", and loops" : "", self->reconnects ? ", and connects again" : "");
  if (!pt_uri_front_build (self, FALSE))
    return FALSE;
  if (self->loops || self->reconnects)
    pt_uri_worker_start (self);
  return TRUE;
}

/* May be called again. */
static void
clear (GstNvurisrcbin * self)
{
  pt_uri_worker_stop (self);
  pt_uri_front_drop (self);
  g_mutex_lock (&self->lock);
  PtRecorder *recorder = g_steal_pointer (&self->recorder);
  g_mutex_unlock (&self->lock);
  if (recorder)
    pt_recorder_close (recorder);
  pt_uri_branch_close (&self->video);
  pt_uri_branch_close (&self->audio);
}

/* A source that fails after it has begun to start goes from READY to NULL, or starts anew, and never
 * from PAUSED to READY. */
static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstNvurisrcbin *self = SELF (element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !prepare (self))
    return GST_STATE_CHANGE_FAILURE;
  const gboolean starts = transition == GST_STATE_CHANGE_READY_TO_PAUSED;
  const gboolean stops = transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || transition == GST_STATE_CHANGE_READY_TO_NULL;
  GstStateChangeReturn result = GST_STATE_CHANGE_FAILURE;
  if (stops)
    pt_uri_worker_stop (self);
  if (starts)
    clear (self);
  if (!starts || start (self))
    result = GST_ELEMENT_CLASS (gst_nvurisrcbin_parent_class)->change_state (element, transition);
  if (stops || (starts && result == GST_STATE_CHANGE_FAILURE))
    clear (self);
  return result;
}

/* ---- the element ---- */

static void
finalize (GObject * object)
{
  GstNvurisrcbin *self = SELF (object);
  g_ptr_array_unref (self->front);
  g_free (self->detail);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (gst_nvurisrcbin_parent_class)->finalize (object);
}

static void
install_signals (GstNvurisrcbinClass * klass)
{
  const GSignalFlags action = G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION;
  const GType type = G_TYPE_FROM_CLASS (klass);
  klass->start_sr = start_sr;
  klass->stop_sr = stop_sr;
  g_signal_new ("start-sr", type, action, G_STRUCT_OFFSET (GstNvurisrcbinClass, start_sr), NULL,
      NULL, NULL, G_TYPE_NONE, 4, G_TYPE_POINTER, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_POINTER);
  g_signal_new ("stop-sr", type, action, G_STRUCT_OFFSET (GstNvurisrcbinClass, stop_sr), NULL,
      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  g_signal_new ("sr-done", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
      G_TYPE_POINTER, G_TYPE_POINTER);
}

static void
gst_nvurisrcbin_class_init (GstNvurisrcbinClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GST_DEBUG_CATEGORY_INIT (pt_uri_debug, "nvurisrcbin", 0, "portable nvurisrcbin");
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  element_class->change_state = change_state;
  element_class->send_event = send_event;
  GST_BIN_CLASS (klass)->handle_message = handle_message;
  GST_BIN_CLASS (klass)->deep_element_added = deep_element_added;
  pt_inert_install (object_class, properties);
  g_object_class_install_property (object_class, PROP_RECORDS,
      g_param_spec_boolean ("smart-rec-status", "smart-rec-status",
          "Whether a recording is going on", FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  install_signals (klass);
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (element_class, "Portable source of a URI",
      "Source/Video/Bin", "Plays files in a loop and cameras that come back, on a CPU",
      "the pythiags maintainers");
}

static void
gst_nvurisrcbin_init (GstNvurisrcbin * self)
{
  self->front = g_ptr_array_new_with_free_func (gst_object_unref);
  self->video.owner = self->audio.owner = self;
  self->video.is_video = TRUE;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  /* A file that loops, or a camera that comes back, changes no state but its own. */
  g_object_set (self, "async-handling", TRUE, NULL);
  gst_bin_set_suppressed_flags (GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

gboolean
pt_nvurisrcbin_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvurisrcbin", GST_RANK_PRIMARY,
      gst_nvurisrcbin_get_type ());
}
