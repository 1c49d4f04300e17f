/* nveglglessink and nv3dsink: a window of the desktop in the place of NVIDIA's renderers.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert ! nvdsosd display-clock=true \
 *       ! nveglglessink sync=false
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert ! nv3dsink window-width=640 \
 *       window-height=480
 *
 * A bin:  NVMM bridge ! videoconvert ! videoscale ! capsfilter ! a sink of the display
 * The display's sink is chosen when the element starts, by the environment, or given as video-sink.
 */
#include "bridge.h"
#include "inert.h"
#include "surface.h"
#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (egl_debug);
GST_DEBUG_CATEGORY_STATIC (nv3d_debug);

typedef struct
{
  GstBin parent;
  GstElement *filter;           /* NULL: a plugin is missing */
  GstElement *inner;            /* while not in NULL; the object lock guards it */
  GstElement *given;            /* video-sink; the same lock */
  guint width, height;          /* of the window; 0: the picture's */
} PythiagsWindowSink;

typedef GstBinClass PythiagsWindowSinkClass;
typedef PythiagsWindowSink GstEglglessink;
typedef PythiagsWindowSinkClass GstEglglessinkClass;
typedef PythiagsWindowSink GstNv3dsink;
typedef PythiagsWindowSinkClass GstNv3dsinkClass;

enum
{
  PROP_VIDEO_SINK = 1,
  PROP_WINDOW_WIDTH,
  PROP_WINDOW_HEIGHT,
  PROP_LAST_SAMPLE,
  PROP_STATS,
};

#define SINK_CAPS \
  GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, GST_VIDEO_FORMATS_ALL) "; " \
  GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_EGL, GST_VIDEO_FORMATS_ALL) "; " \
  GST_VIDEO_CAPS_MAKE (GST_VIDEO_FORMATS_ALL)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (SINK_CAPS));

/* What every video sink has goes to the inner one. */
static const PtInert properties[] = {
  {"sync", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED, "Sync on the clock"},
  {"async", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED, "Go asynchronously to PAUSED"},
  {"qos", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED,
      "Send QoS events upstream for late frames"},
  {"max-lateness", NULL, G_TYPE_INT64, -1, G_MAXINT64, 5 * GST_MSECOND, PT_FORWARDED,
      "How late a frame may be before it is dropped, in ns; -1: never"},
  {"ts-offset", NULL, G_TYPE_INT64, G_MININT64, G_MAXINT64, 0, PT_FORWARDED,
      "Added to every timestamp, in ns"},
  {"render-delay", NULL, G_TYPE_UINT64, 0, G_MAXINT64, 0, PT_FORWARDED, "Delay of the sink, in ns"},
  {"processing-deadline", NULL, G_TYPE_UINT64, 0, G_MAXINT64, 15 * GST_MSECOND, PT_FORWARDED,
      "Longest processing time of a frame, in ns"},
  {"throttle-time", NULL, G_TYPE_UINT64, 0, G_MAXINT64, 0, PT_FORWARDED,
      "Shortest time between two frames, in ns; 0: no limit"},
  {"max-bitrate", NULL, G_TYPE_UINT64, 0, G_MAXINT64, 0, PT_FORWARDED,
      "Highest bit rate, in bits per second; 0: no limit"},
  {"blocksize", NULL, G_TYPE_UINT, 0, G_MAXUINT, 4096, PT_FORWARDED, "Bytes to pull per buffer"},
  {"enable-last-sample", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED, "Keep the last sample"},
  {"show-preroll-frame", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED, "Show the preroll frame"},
  {"force-aspect-ratio", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED, "Keep the aspect ratio"},
  {"window-x", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT,
      "Left edge of the window, which the window manager chooses"},
  {"window-y", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT,
      "Top edge of the window, which the window manager chooses"},
  {NULL}
};

static const PtInert egl_properties[] = {
  {"gpu-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT, "Which GPU renders"},
  {"profile", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT, "Print frame rates"},
  {"rows", NULL, G_TYPE_UINT, 0, G_MAXUINT, 1, PT_REFUSED, "Rows of a grid of pictures"},
  {"columns", NULL, G_TYPE_UINT, 0, G_MAXUINT, 1, PT_REFUSED, "Columns of a grid of pictures"},
  {"create-window", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_REFUSED, "Open a separate window"},
  {"nvbuf-api-version-new", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_NO_EFFECT, "Version of NvBuf"},
  {NULL}
};

G_DEFINE_ABSTRACT_TYPE (PythiagsWindowSink, pythiags_window_sink, GST_TYPE_BIN);
G_DEFINE_TYPE (GstEglglessink, gst_eglglessink, pythiags_window_sink_get_type ());
G_DEFINE_TYPE (GstNv3dsink, gst_nv3dsink, pythiags_window_sink_get_type ());

static GstDebugCategory *
category_of (PythiagsWindowSink * self)
{
  return G_TYPE_CHECK_INSTANCE_TYPE (self, gst_nv3dsink_get_type ()) ? nv3d_debug : egl_debug;
}

/* -- the inner sink --------------------------------------------------------------------------- */

static void
close_sink (GstElement * sink)
{
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_object_unref (sink);
}

/* The last of the sinks that starts; `installed` tells whether there is any at all. They are tried
 * outside of the bin, so that errors of a failed attempt are not posted, and one that started stays
 * open during the next try, as some X servers reset themselves when their only client goes. */
static GstElement *
try_sinks (const char *const *names, gboolean * installed)
{
  GstElement *best = NULL;
  for (guint i = 0; names[i]; i++) {
    GstElement *sink = gst_element_factory_make (names[i], NULL);
    if (!sink)
      continue;
    *installed = TRUE;
    gst_object_ref_sink (sink);
    gboolean starts = gst_element_set_state (sink, GST_STATE_READY) != GST_STATE_CHANGE_FAILURE;
    GstElement *loser = starts ? best : sink;
    if (starts)
      best = sink;
    if (loser)
      close_sink (loser);
  }
  return best;
}

/* A sink of the desktop, in READY, with a reference; or NULL after an error that says what to do. */
static GstElement *
open_display (PythiagsWindowSink * self)
{
  static const char *const wayland[] = { "waylandsink", NULL };
  static const char *const x11[] = { "ximagesink", "xvimagesink", NULL };
  const char *wayland_name = g_getenv ("WAYLAND_DISPLAY"), *x11_name = g_getenv ("DISPLAY");
  gboolean installed = FALSE;
  GstElement *sink = wayland_name && *wayland_name ? try_sinks (wayland, &installed) : NULL;
  if (!sink && x11_name && *x11_name)
    sink = try_sinks (x11, &installed);
  if (sink)
    return sink;
  if (!(x11_name && *x11_name) && !(wayland_name && *wayland_name))
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED,
        ("There is no display to show video on: DISPLAY is not set; set it (such as DISPLAY=:0), "
            "or use fakesink instead of this element"), (NULL));
  else if (installed)
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED,
        ("The display cannot be opened: DISPLAY is %s; the command w lists displays, ssh needs -X, "
            "a container needs the X11 socket", x11_name ? x11_name : "not set"), (NULL));
  else
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED,
        ("No video sink for the display is installed; install the Debian package gstreamer1.0-x"),
        (NULL));
  return NULL;
}

static gboolean
set_window_size (PythiagsWindowSink * self)
{
  GstCaps *caps = gst_caps_new_any ();
  if (self->width && self->height) {
    gst_caps_unref (caps);
    caps = gst_caps_new_simple ("video/x-raw", "width", G_TYPE_INT, self->width,
        "height", G_TYPE_INT, self->height, NULL);
  }
  g_object_set (self->filter, "caps", caps, NULL);
  gst_caps_unref (caps);
  return TRUE;
}

/* A reference, or NULL: properties are read and set while another thread stops the element. */
static GstElement *
ref_inner (PythiagsWindowSink * self)
{
  GST_OBJECT_LOCK (self);
  GstElement *inner = self->inner ? gst_object_ref (self->inner) : NULL;
  GST_OBJECT_UNLOCK (self);
  return inner;
}

static GstElement *
exchange_inner (PythiagsWindowSink * self, GstElement * inner)
{
  GST_OBJECT_LOCK (self);
  GstElement *before = self->inner;
  self->inner = inner;
  GST_OBJECT_UNLOCK (self);
  return before;
}

static gboolean
plug_inner (PythiagsWindowSink * self)
{
  if (!self->filter) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("videoconvert or videoscale is missing; "
            "install the Debian package gstreamer1.0-plugins-base"), (NULL));
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  GstElement *inner = self->given ? gst_object_ref (self->given) : NULL;
  GST_OBJECT_UNLOCK (self);
  if (!inner && !(inner = open_display (self)))
    return FALSE;
  pt_inert_forward (G_OBJECT (self), properties, G_OBJECT (inner));
  set_window_size (self);
  GST_CAT_INFO_OBJECT (category_of (self), self, "%" GST_PTR_FORMAT " shows the video", inner);
  gst_bin_add (GST_BIN (self), inner);
  exchange_inner (self, inner);
  if (gst_element_link (self->filter, inner))
    return TRUE;
  GST_ELEMENT_ERROR (self, CORE, NEGOTIATION, ("%s does not accept raw video", GST_OBJECT_NAME (inner)),
      (NULL));
  return FALSE;
}

static void
unplug_inner (PythiagsWindowSink * self)
{
  GstElement *inner = exchange_inner (self, NULL);
  if (!inner)
    return;
  gst_bin_remove (GST_BIN (self), inner);
  close_sink (inner);
}

/* -- the element ------------------------------------------------------------------------------ */

static GstStateChangeReturn
window_change_state (GstElement * element, GstStateChange transition)
{
  PythiagsWindowSink *self = (PythiagsWindowSink *) element;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY
      && (!pt_inert_check (element, properties) || !plug_inner (self))) {
    unplug_inner (self);
    return GST_STATE_CHANGE_FAILURE;
  }
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS (pythiags_window_sink_parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    unplug_inner (self);
  return result;
}

static GstStateChangeReturn
egl_change_state (GstElement * element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !pt_inert_check (element, egl_properties))
    return GST_STATE_CHANGE_FAILURE;
  return GST_ELEMENT_CLASS (gst_eglglessink_parent_class)->change_state (element,
      transition);
}

static void
window_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  PythiagsWindowSink *self = (PythiagsWindowSink *) object;
  GstElement *inner = ref_inner (self);
  switch (id) {
    case PROP_VIDEO_SINK:
      GST_OBJECT_LOCK (self);
      if (self->given)
        gst_object_unref (self->given);
      self->given = g_value_get_object (value);
      if (self->given)
        gst_object_ref_sink (self->given);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_WINDOW_WIDTH:
      self->width = g_value_get_uint (value);
      break;
    case PROP_WINDOW_HEIGHT:
      self->height = g_value_get_uint (value);
      break;
    default:
      pt_inert_set (object, value, pspec);
      if (inner)
        pt_inert_forward (object, properties, G_OBJECT (inner));
  }
  gst_clear_object (&inner);
}

static void
window_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  PythiagsWindowSink *self = (PythiagsWindowSink *) object;
  GstElement *inner = ref_inner (self);
  switch (id) {
    case PROP_VIDEO_SINK:
      GST_OBJECT_LOCK (self);
      g_value_set_object (value, self->given);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_WINDOW_WIDTH:
      g_value_set_uint (value, self->width);
      break;
    case PROP_WINDOW_HEIGHT:
      g_value_set_uint (value, self->height);
      break;
    case PROP_LAST_SAMPLE:
    case PROP_STATS:
      if (inner)
        g_object_get_property (G_OBJECT (inner), pspec->name, value);
      break;
    default:
      pt_inert_get (object, value, pspec);
  }
  gst_clear_object (&inner);
}

static void
window_dispose (GObject * object)
{
  gst_clear_object (&((PythiagsWindowSink *) object)->given);
  G_OBJECT_CLASS (pythiags_window_sink_parent_class)->dispose (object);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  g_object_class_install_property (klass, PROP_VIDEO_SINK,
      g_param_spec_object ("video-sink", "video-sink",
          "The element that shows the video; NULL: a sink for the display "
          "(portable element only)", GST_TYPE_ELEMENT, flags));
  g_object_class_install_property (klass, PROP_WINDOW_WIDTH,
      g_param_spec_uint ("window-width", "window-width",
          "Width of the window; 0: the picture's", 0, G_MAXINT, 0, flags));
  g_object_class_install_property (klass, PROP_WINDOW_HEIGHT,
      g_param_spec_uint ("window-height", "window-height",
          "Height of the window; 0: the picture's", 0, G_MAXINT, 0, flags));
  g_object_class_install_property (klass, PROP_LAST_SAMPLE,
      g_param_spec_boxed ("last-sample", "last-sample", "The last sample received",
          GST_TYPE_SAMPLE, readable));
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "stats", "Counts of shown and dropped frames",
          GST_TYPE_STRUCTURE, readable));
  pt_inert_install (klass, properties);
}

static void
pythiags_window_sink_class_init (PythiagsWindowSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = window_set_property;
  object_class->get_property = window_get_property;
  object_class->dispose = window_dispose;
  install_properties (object_class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = window_change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
}

static void
gst_eglglessink_class_init (GstEglglessinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = window_set_property;
  object_class->get_property = window_get_property;
  pt_inert_install (object_class, egl_properties);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = egl_change_state;
  gst_element_class_set_static_metadata (element_class, "Portable EGL/GLES sink", "Sink/Video",
      "Shows video in a window of the desktop", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (egl_debug, "nveglglessink", 0, "portable nveglglessink");
}

static void
gst_nv3dsink_class_init (GstNv3dsinkClass * klass)
{
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Portable 3D sink",
      "Sink/Video", "Shows video in a window of the desktop", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (nv3d_debug, "nv3dsink", 0, "portable nv3dsink");
}

static GstPadProbeReturn
log_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer self)
{
  GST_CAT_LOG_OBJECT (category_of (self), self, "%" GST_PTR_FORMAT,
      GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static void
pythiags_window_sink_init (PythiagsWindowSink * self)
{
  /* The pipeline waits for the end of the stream here, also while there is no inner sink yet. */
  gst_bin_set_suppressed_flags (GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);

  GstElement *bridge = pt_bridge_new (NULL, FALSE);
  GstElement *convert = gst_element_factory_make ("videoconvert", NULL);
  GstElement *scale = gst_element_factory_make ("videoscale", NULL);
  gst_bin_add (GST_BIN (self), bridge);
  if (convert && scale) {
    self->filter = gst_element_factory_make ("capsfilter", NULL);
    gst_bin_add_many (GST_BIN (self), convert, scale, self->filter, NULL);
    gst_element_link_many (bridge, convert, scale, self->filter, NULL);
  }
  GstPad *target = gst_element_get_static_pad (bridge, "sink");
  gst_pad_add_probe (target, GST_PAD_PROBE_TYPE_BUFFER, log_buffer, self, NULL);
  GstPadTemplate *template = gst_static_pad_template_get (&sink_template);
  gst_element_add_pad (GST_ELEMENT (self), gst_ghost_pad_new_from_template ("sink", target,
          template));
  gst_object_unref (template);
  gst_object_unref (target);
}

static void
gst_eglglessink_init (GstEglglessink * self)
{
}

static void
gst_nv3dsink_init (GstNv3dsink * self)
{
}

gboolean
pt_nveglglessink_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nveglglessink", GST_RANK_NONE,
      gst_eglglessink_get_type ());
}

gboolean
pt_nv3dsink_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nv3dsink", GST_RANK_NONE, gst_nv3dsink_get_type ());
}
