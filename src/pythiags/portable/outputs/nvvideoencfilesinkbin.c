/* nvvideoencfilesinkbin: encode video and write it to a file, in one element.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder \
 *       ! nvvideoencfilesinkbin output-file=copy.mp4 bitrate=2000000
 *
 * A bin:  queue ! nvvideoconvert ! capsfilter ! encoder ! parser ! muxer ! filesink
 * It is made when the element starts. One that is stopped without an end of the stream completes its
 * file, as DeepStream's does.
 */
#include "encoding.h"
#include "surface.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (filebin_debug);
#define GST_CAT_DEFAULT filebin_debug

#define GOOD "gstreamer1.0-plugins-good"
#define PATIENCE (5 * G_TIME_SPAN_SECOND)

enum
{ MP4 = 1, MKV };

typedef struct
{
  GstBin parent;
  GstPad *ghost;
  GstElement *parser, *sink;    /* while not in NULL */
  GMutex lock;                  /* for: */
  GCond ended;
  gboolean has_frames, has_ended;
} GstNvvideoencfilesinkbin;

typedef GstBinClass GstNvvideoencfilesinkbinClass;

GType gst_nvvideoencfilesinkbin_get_type (void);
G_DEFINE_TYPE (GstNvvideoencfilesinkbin, gst_nvvideoencfilesinkbin, GST_TYPE_BIN);

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS
    (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, GST_VIDEO_FORMATS_ALL) "; "
        GST_VIDEO_CAPS_MAKE (GST_VIDEO_FORMATS_ALL)));

static GType
container_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {MP4, "MP4", "mp4"}, {MKV, "Matroska", "mkv"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsOutputContainer", values);
}

static const PtInert properties[] = {
  {"container", container_type, 0, 0, 0, MP4, PT_FORWARDED, "Container of the file"},
  PT_OUTPUT_TEXT ("output-file", "", "The file to write"),
  PT_ENCODING_PROPERTIES (0, FALSE),
  {NULL}
};

/* ---- the end ---- */

static GstPadProbeReturn
note_frame (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstNvvideoencfilesinkbin *self = data;
  GST_LOG_OBJECT (self, "%" GST_PTR_FORMAT, GST_PAD_PROBE_INFO_BUFFER (info));
  g_mutex_lock (&self->lock);
  self->has_frames = TRUE;
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
note_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstNvvideoencfilesinkbin *self = data;
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&self->lock);
  self->has_ended = TRUE;
  g_cond_signal (&self->ended);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

/* Whether the end has come to the sink. */
static gboolean
await_end (GstNvvideoencfilesinkbin * self)
{
  const gint64 until = g_get_monotonic_time () + PATIENCE;
  g_mutex_lock (&self->lock);
  while (!self->has_ended && g_cond_wait_until (&self->ended, &self->lock, until));
  const gboolean ended = self->has_ended;
  g_mutex_unlock (&self->lock);
  return ended;
}

/* The muxer writes its index at the end of the stream, which may not have come. It comes behind the frames
 * that wait for the encoder and in it, or if they take too long, before them. */
static void
complete_file (GstNvvideoencfilesinkbin * self)
{
  g_mutex_lock (&self->lock);
  const gboolean missing = self->has_frames && !self->has_ended;
  g_mutex_unlock (&self->lock);
  if (!missing)
    return;
  /* The sink takes what waits before it, at once: muxer and encoder wait for that. */
  g_object_set (self->sink, "sync", FALSE, NULL);
  gst_element_set_state (self->sink, GST_STATE_PLAYING);
  if (gst_pad_send_event (self->ghost, gst_event_new_eos ()) && await_end (self))
    return;
  GST_WARNING_OBJECT (self, "the last frames are not in the file");
  gst_element_send_event (self->parser, gst_event_new_eos ());
  if (!await_end (self))
    GST_WARNING_OBJECT (self, "the file could not be completed");
}

/* ---- the bin ---- */

static void
add_probe (GstNvvideoencfilesinkbin * self, GstElement * element, const char *name,
    GstPadProbeType type, GstPadProbeCallback callback)
{
  GstPad *pad = gst_element_get_static_pad (element, name);
  gst_pad_add_probe (pad, type, callback, self, NULL);
  gst_object_unref (pad);
}

static void
finish (GstNvvideoencfilesinkbin * self, const PtChain * chain, GstElement * parser,
    const char *path)
{
  self->parser = gst_object_ref (parser);
  self->sink = gst_object_ref (chain->last);
  self->has_frames = self->has_ended = FALSE;
  g_object_set (self->sink, "location", path, NULL);
  GST_INFO_OBJECT (self, "writes %s", path);
  pt_output_set_up_sink (chain->bin, self->sink);
  add_probe (self, chain->first, "sink", GST_PAD_PROBE_TYPE_BUFFER, note_frame);
  add_probe (self, self->sink, "sink", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note_end);
  GstPad *target = gst_element_get_static_pad (chain->first, "sink");
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->ghost), target);
  gst_object_unref (target);
}

static gboolean
build (GstNvvideoencfilesinkbin * self)
{
  static const char *const muxers[] = { NULL, "qtmux", "matroskamux" };
  PtChain chain = {.bin = GST_BIN (self) };
  gchar *path = pt_inert_text (G_OBJECT (self), "output-file");
  if (!path || !*path) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("No file is named: set output-file to where the video is to be written"), (NULL));
    g_free (path);
    return FALSE;
  }
  GstElement *parser = pt_encoding_append (&chain, FALSE) ? chain.last : NULL;
  pt_chain_append (&chain, muxers[pt_inert_number (G_OBJECT (self), "container")], "muxer", GOOD);
  pt_chain_append (&chain, "filesink", "sink", "libgstreamer1.0-0");
  if (!chain.failed)
    finish (self, &chain, parser, path);
  g_free (path);
  return !chain.failed;
}

static void
take_down (GstNvvideoencfilesinkbin * self)
{
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->ghost), NULL);
  gst_clear_object (&self->parser);
  gst_clear_object (&self->sink);
  pt_chain_empty (GST_BIN (self));
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstNvvideoencfilesinkbin *self = (GstNvvideoencfilesinkbin *) element;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !build (self)) {
    take_down (self);
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    complete_file (self);
  const GstStateChangeReturn done =
      GST_ELEMENT_CLASS (gst_nvvideoencfilesinkbin_parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    take_down (self);
  return done;
}

/* Seeks go past the muxer, which has bytes where they have times. */
static gboolean
send_event (GstElement * element, GstEvent * event)
{
  GstNvvideoencfilesinkbin *self = (GstNvvideoencfilesinkbin *) element;
  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK)
    return GST_ELEMENT_CLASS (gst_nvvideoencfilesinkbin_parent_class)->send_event (element, event);
  GstPad *peer = gst_pad_get_peer (self->ghost);
  const gboolean done = peer && gst_pad_send_event (peer, event);
  if (peer)
    gst_object_unref (peer);
  else
    gst_event_unref (event);
  return done;
}

static void
finalize (GObject * object)
{
  GstNvvideoencfilesinkbin *self = (GstNvvideoencfilesinkbin *) object;
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->ended);
  G_OBJECT_CLASS (gst_nvvideoencfilesinkbin_parent_class)->finalize (object);
}

static void
gst_nvvideoencfilesinkbin_class_init (GstNvvideoencfilesinkbinClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->finalize = finalize;
  pt_output_install (object_class, properties);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = change_state;
  element_class->send_event = send_event;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Portable encoding file sink",
      "Sink/Encoder/Video/File", "Encodes video on a CPU and writes it to a file",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (filebin_debug, "nvvideoencfilesinkbin", 0,
      "portable nvvideoencfilesinkbin");
}

static void
gst_nvvideoencfilesinkbin_init (GstNvvideoencfilesinkbin * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->ended);
  self->ghost = gst_ghost_pad_new_no_target_from_template ("sink",
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), "sink"));
  gst_element_add_pad (GST_ELEMENT (self), self->ghost);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}

gboolean
pt_nvvideoencfilesinkbin_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvvideoencfilesinkbin", GST_RANK_NONE,
      gst_nvvideoencfilesinkbin_get_type ());
}
