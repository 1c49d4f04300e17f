/* nvrtspoutsinkbin: encode video, sound or both, and serve them over RTSP, in one element.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder \
 *       ! nvrtspoutsinkbin rtsp-port=0 sync=false
 *
 * A bin, whose pads are made on request:
 *   vsink:  queue ! nvvideoconvert ! capsfilter ! encoder ! parser ! payloader ! udpsink
 *           with bypass-codecs:  queue ! parser ! payloader ! udpsink
 *   asink:  queue ! audioconvert ! audioresample ! capsfilter ! encoder ! parser ! payloader ! udpsink
 * The server takes packets from ports of the loopback, and has a thread of its own: the program
 * needs no main loop, where DeepStream's needs the default one.
 */
#include "encoding.h"
#include "rtspserver.h"
#include "surface.h"

#include <gio/gio.h>
#include <gst/audio/audio.h>
#include <gst/video/video.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (rtspbin_debug);
#define GST_CAT_DEFAULT rtspbin_debug

#define GOOD "gstreamer1.0-plugins-good"
#define BASE "gstreamer1.0-plugins-base"
#define BUFFER (512 * 1024)     /* bytes, of a receiver */
#define LOOPBACK "127.0.0.1"
#define VIDEO_PAYLOAD 96
#define AUDIO_PAYLOAD 97

enum
{ VIDEO, AUDIO, MEDIA };

enum
{ OPUS = 1, AC3 };

typedef struct
{
  GstBin parent;
  GstPad *pads[MEDIA];          /* NULL: not requested */
  guint ports[MEDIA];           /* of the packets; 0: not built */
  PtRtspServer *server;         /* while not in NULL and a pad is there */
  GMutex lock;                  /* one thread builds or takes down at a time */
} GstNvrtspoutsinkbin;

typedef GstBinClass GstNvrtspoutsinkbinClass;

GType gst_nvrtspoutsinkbin_get_type (void);
G_DEFINE_TYPE (GstNvrtspoutsinkbin, gst_nvrtspoutsinkbin, GST_TYPE_BIN);

#define FORMATS "{ I420, NV12, P010_10LE, BGRx, RGBA, GRAY8, YUY2, UYVY, YVYU, Y42B }"
#define ENCODED ", stream-format=(string)byte-stream, alignment=(string)au"

static GstStaticPadTemplate video_template =
GST_STATIC_PAD_TEMPLATE ("vsink", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS
    (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, FORMATS) "; "
        GST_VIDEO_CAPS_MAKE (FORMATS) "; video/x-h264" ENCODED "; video/x-h265" ENCODED));
static GstStaticPadTemplate audio_template =
GST_STATIC_PAD_TEMPLATE ("asink", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (GST_AUDIO_CAPS_MAKE (GST_AUDIO_FORMATS_ALL)));

static GType
sound_codec_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {OPUS, "Opus", "opus"}, {AC3, "AC-3", "ac3"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsOutputSoundCodec", values);
}

static const PtInert properties[] = {
  PT_OUTPUT_NUMBER ("rtsp-port", 8554, "Where the server listens; 0: where there is room"),
  PT_OUTPUT_TEXT ("rtsp-mount-point", "/ds-test", "Path of the stream"),
  PT_OUTPUT_SWITCH ("bypass-codecs", FALSE, "Serve the encoded video that comes, of the given codec"),
  {"audio-codec-type", sound_codec_type, 0, 0, 0, OPUS, PT_FORWARDED, "Codec of the sound"},
  PT_ENCODING_PROPERTIES (30, TRUE),
  PT_OUTPUT_NUMBER ("idrinterval", 256, "Frames from one IDR frame to the next, with enc-type=hw; the smaller of this and iframeinterval counts"),
  {"output-file", NULL, G_TYPE_STRING, 0, 0, 0, PT_NO_EFFECT, "Not written, by DeepStream's element either", ""},
  {"compute-hw", pt_compute_hw_type, 0, 0, 0, 0, PT_NO_EFFECT, "Hardware for scaling"},
  {NULL}
};

#define NUMBER(name) pt_inert_number (G_OBJECT (self), name)

/* ---- the chains ---- */

static const PtCodecParts *
sound_parts (GstNvrtspoutsinkbin * self)
{
  static const PtCodecParts opus = {
    NULL, "opusenc", BASE, "opusparse", "rtpopuspay", "OPUS"
  };
  static const PtCodecParts ac3 = {
    NULL, "avenc_ac3", "gstreamer1.0-libav", "ac3parse", "rtpac3pay", "AC3"
  };
  return NUMBER ("audio-codec-type") == OPUS ? &opus : &ac3;
}

static const PtCodecParts *
video_parts (GstNvrtspoutsinkbin * self)
{
  return pt_codec_parts ((PtCodec) NUMBER ("codec"));
}

/* A port of the loopback that is free now; 0: none. */
static guint
free_port (void)
{
  guint port = 0;
  GInetAddress *loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  GSocketAddress *any = g_inet_socket_address_new (loopback, 0);
  GSocket *socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  GSocketAddress *bound = socket && g_socket_bind (socket, any, FALSE, NULL)
      ? g_socket_get_local_address (socket, NULL) : NULL;
  if (bound)
    port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_clear_object (&bound);
  g_clear_object (&socket);
  g_object_unref (any);
  g_object_unref (loopback);
  return port;
}

static void
append_video (GstNvrtspoutsinkbin * self, PtChain * chain)
{
  const PtCodecParts *of = video_parts (self);
  if (NUMBER ("bypass-codecs")) {
    pt_chain_append (chain, "queue", "queue", "libgstreamer1.0-0");
    pt_chain_append (chain, of->parser, "codecparser", "gstreamer1.0-plugins-bad");
  } else
    pt_encoding_append (chain, TRUE);
  GstElement *payloader = pt_chain_append (chain, of->payloader, "rtppay", GOOD);
  /* Parameter sets go with every key frame, for players that come later. */
  if (payloader)
    g_object_set (payloader, "pt", VIDEO_PAYLOAD, "config-interval", of->hardware ? -1 : 1, NULL);
}

static void
append_audio (GstNvrtspoutsinkbin * self, PtChain * chain)
{
  const PtCodecParts *of = sound_parts (self);
  pt_chain_append (chain, "queue", "queue", "libgstreamer1.0-0");
  pt_chain_append (chain, "audioconvert", "transform", BASE);
  pt_chain_append (chain, "audioresample", "resample", BASE);
  pt_chain_filter (chain, "capsfilter", "audio/x-raw, rate=48000");
  pt_chain_append (chain, of->software, "encoder", of->package);
  pt_chain_append (chain, of->parser, "parser", "gstreamer1.0-plugins-bad");
  GstElement *payloader = pt_chain_append (chain, of->payloader, "rtppay", GOOD);
  if (payloader)
    g_object_set (payloader, "pt", AUDIO_PAYLOAD, NULL);
}

static gboolean
build_media (GstNvrtspoutsinkbin * self, guint media)
{
  PtChain chain = {.bin = GST_BIN (self),.stem = media == VIDEO ? "video" : "audio" };
  (media == VIDEO ? append_video : append_audio) (self, &chain);
  GstElement *sink = pt_chain_append (&chain, "udpsink", "sink", GOOD);
  self->ports[media] = sink ? free_port () : 0;
  if (sink && !self->ports[media])
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE, ("No UDP port of " LOOPBACK " is free"), (NULL));
  if (!self->ports[media]) {
    pt_chain_remove (chain.bin, chain.first);
    return FALSE;
  }
  g_object_set (sink, "host", LOOPBACK, "port", (gint) self->ports[media], NULL);
  pt_output_set_up_sink (GST_BIN (self), sink);
  GstPad *target = gst_element_get_static_pad (chain.first, "sink");
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->pads[media]), target);
  gst_object_unref (target);
  return TRUE;
}

/* ---- the server ---- */

/* Packets are made anew, since the server asks a payloader for what it tells its clients. */
static void
append_receiver (GstNvrtspoutsinkbin * self, GString * launch, guint media, guint number)
{
  const PtCodecParts *of = media == VIDEO ? video_parts (self) : sound_parts (self);
  const guint type = media == VIDEO ? VIDEO_PAYLOAD : AUDIO_PAYLOAD;
  const gint stem = (gint) strlen (of->payloader) - 3;  /* of rtp…pay and rtp…depay */
  g_string_append_printf (launch, "udpsrc address=" LOOPBACK " port=%u buffer-size=%u "
      "caps=\"application/x-rtp,media=%s,clock-rate=%u,encoding-name=%s,payload=%u\" "
      "! %.*sdepay ! %s ! %s name=pay%u pt=%u ", self->ports[media], BUFFER,
      media == VIDEO ? "video" : "audio", media == VIDEO ? 90000 : 48000, of->encoding, type,
      stem, of->payloader, of->parser, of->payloader, number, type);
}

static gboolean
start_server (GstNvrtspoutsinkbin * self)
{
  gchar *path = pt_inert_text (G_OBJECT (self), "rtsp-mount-point");
  GString *launch = g_string_new ("( ");
  guint count = 0;
  for (guint media = 0; media < MEDIA; media++)
    if (self->ports[media])
      append_receiver (self, launch, media, count++);
  g_string_append (launch, ")");
  self->server = pt_rtsp_server_start (GST_ELEMENT (self), (guint) NUMBER ("rtsp-port"), path,
      launch->str);
  GST_INFO_OBJECT (self, "serves %s", launch->str);
  if (self->server)
    g_print ("%s: the stream is at rtsp://localhost:%u%s\n", GST_OBJECT_NAME (self),
        pt_rtsp_server_port (self->server), path);
  g_string_free (launch, TRUE);
  g_free (path);
  return self->server != NULL;
}

/* ---- the bin ---- */

static void
take_down (GstNvrtspoutsinkbin * self)
{
  g_clear_pointer (&self->server, pt_rtsp_server_stop);
  for (guint media = 0; media < MEDIA; media++) {
    if (self->pads[media])
      gst_ghost_pad_set_target (GST_GHOST_PAD (self->pads[media]), NULL);
    self->ports[media] = 0;
  }
  pt_chain_empty (GST_BIN (self));
}

/* Builds what the pads need that is not there yet, and serves it. */
static gboolean
build (GstNvrtspoutsinkbin * self)
{
  gboolean is_new = FALSE;
  for (guint media = 0; media < MEDIA; media++) {
    if (!self->pads[media] || self->ports[media])
      continue;
    if (!build_media (self, media))
      return FALSE;
    is_new = TRUE;
  }
  if (!is_new)
    return TRUE;
  g_clear_pointer (&self->server, pt_rtsp_server_stop);
  return start_server (self);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstNvrtspoutsinkbin *self = (GstNvrtspoutsinkbin *) element;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    g_mutex_lock (&self->lock);
    const gboolean built = build (self);
    if (!built)
      take_down (self);
    g_mutex_unlock (&self->lock);
    if (!built)
      return GST_STATE_CHANGE_FAILURE;
  }
  const GstStateChangeReturn done =
      GST_ELEMENT_CLASS (gst_nvrtspoutsinkbin_parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    g_mutex_lock (&self->lock);
    take_down (self);
    g_mutex_unlock (&self->lock);
  }
  return done;
}

static GstPadProbeReturn
log_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GST_LOG_OBJECT (pad, "%" GST_PTR_FORMAT, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static GstPad *
add_pad (GstNvrtspoutsinkbin * self, guint media, GstPadTemplate * template)
{
  GstPad *pad = gst_ghost_pad_new_no_target_from_template (template->name_template, template);
  self->pads[media] = pad;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, log_buffer, NULL, NULL);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static GstPad *
request_new_pad (GstElement * element, GstPadTemplate * template, const gchar * name,
    const GstCaps * caps)
{
  GstNvrtspoutsinkbin *self = (GstNvrtspoutsinkbin *) element;
  const guint media = g_str_equal (GST_PAD_TEMPLATE_NAME_TEMPLATE (template), "vsink") ? VIDEO : AUDIO;
  /* While a change of the bin's state is under way, new elements would miss it. */
  GST_STATE_LOCK (self);
  g_mutex_lock (&self->lock);
  GstPad *pad = NULL;
  if (!self->pads[media]) {
    pad = add_pad (self, media, template);
    if (GST_STATE (self) > GST_STATE_NULL && build (self))
      gst_bin_sync_children_states (GST_BIN (self));
  } else
    GST_WARNING_OBJECT (self, "%s is there already", template->name_template);
  g_mutex_unlock (&self->lock);
  GST_STATE_UNLOCK (self);
  return pad;
}

/* What the pad's medium had is taken down, and the other one is served without it. */
static void
release_pad (GstElement * element, GstPad * pad)
{
  GstNvrtspoutsinkbin *self = (GstNvrtspoutsinkbin *) element;
  GST_STATE_LOCK (self);
  g_mutex_lock (&self->lock);
  const guint media = self->pads[VIDEO] == pad ? VIDEO : AUDIO;
  GstPad *target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  self->pads[media] = NULL;
  if (target) {
    g_clear_pointer (&self->server, pt_rtsp_server_stop);
    self->ports[media] = 0;
    gst_ghost_pad_set_target (GST_GHOST_PAD (pad), NULL);
    pt_chain_remove (GST_BIN (self), GST_ELEMENT (GST_OBJECT_PARENT (target)));
    gst_object_unref (target);
    if (self->ports[VIDEO] || self->ports[AUDIO])
      start_server (self);
  }
  g_mutex_unlock (&self->lock);
  GST_STATE_UNLOCK (self);
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
}

static void
finalize (GObject * object)
{
  g_mutex_clear (&((GstNvrtspoutsinkbin *) object)->lock);
  G_OBJECT_CLASS (gst_nvrtspoutsinkbin_parent_class)->finalize (object);
}

static void
gst_nvrtspoutsinkbin_class_init (GstNvrtspoutsinkbinClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->finalize = finalize;
  pt_output_install (object_class, properties);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = change_state;
  element_class->request_new_pad = request_new_pad;
  element_class->release_pad = release_pad;
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (element_class, "Portable RTSP output",
      "Sink/Encoder/Video/Audio/Network", "Encodes video and sound on a CPU and serves them over RTSP",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (rtspbin_debug, "nvrtspoutsinkbin", 0, "portable nvrtspoutsinkbin");
}

static void
gst_nvrtspoutsinkbin_init (GstNvrtspoutsinkbin * self)
{
  g_mutex_init (&self->lock);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}

gboolean
pt_nvrtspoutsinkbin_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvrtspoutsinkbin", GST_RANK_NONE,
      gst_nvrtspoutsinkbin_get_type ());
}
