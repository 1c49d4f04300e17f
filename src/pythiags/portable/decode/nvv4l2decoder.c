/* nvv4l2decoder: decodes video on the CPU, in the place of DeepStream's hardware decoder.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! nvvideoconvert \
 *       ! video/x-raw,format=RGBA ! fakesink
 *
 * A bin:  [skip-frames]  decoder  [drop-frame-interval]  videoconvert ! NV12 ! NVMM bridge
 * The decoder is the best installed software decoder for the caps that arrive; when they change to
 * another codec in mid-stream the old one is drained and replaced.
 */
#include "autoplug.h"
#include "bridge.h"
#include "decoders.h"
#include "h264.h"
#include "inert.h"
#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (decoder_debug);
#define GST_CAT_DEFAULT decoder_debug

typedef struct
{
  GstBin parent;
  GstPad *sinkpad, *srcpad;
  GstElement *decoder;          /* NULL until caps came; only the streaming thread changes it */
  GstElement *convert;
  gboolean is_h264;             /* what the caps say; only the streaming thread */
  guint length_size;            /* of avc; 0: byte-stream */
  guint drop_frame_interval;
  gint skip_frames;
  gboolean low_latency;
  guint64 decoded;              /* frames that left the decoder; the object lock guards it */
  GstCaps *acceptable;          /* what the sink pad takes, once asked; the same lock */
} GstNvv4l2decoder;

typedef GstBinClass GstNvv4l2decoderClass;

enum
{
  PROP_DROP_FRAME_INTERVAL = 1,
  PROP_SKIP_FRAMES,
  PROP_LOW_LATENCY_MODE,
  PROP_DECODED_FRAMES,
};

enum
{ SKIP_NONE, SKIP_NON_REF, SKIP_TO_KEY };

#define SINK_CAPS \
  "video/x-h264, stream-format=(string){ byte-stream, avc, avc3 }, alignment=(string)au; " \
  "video/x-h265, stream-format=(string){ byte-stream, hvc1, hev1 }, alignment=(string)au; " \
  "video/mpeg, mpegversion=(int)4, systemstream=(boolean)false, parsed=(boolean)true; " \
  "video/mpeg, mpegversion=(int)2, systemstream=(boolean)false, parsed=(boolean)true; " \
  "video/mpeg, mpegversion=(int)1, systemstream=(boolean)false, parsed=(boolean)true; " \
  "video/x-divx, divxversion=(int)[ 3, 5 ]; video/x-vp8; video/x-vp9; video/x-av1; image/jpeg"

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (SINK_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC,
    GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("memory:NVMM", "NV12")));

static GstStaticCaps nv12_caps = GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE ("NV12"));

static GType
skip_frames_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {SKIP_NONE, "Decode all frames", "decode_all"},
    {SKIP_NON_REF, "Skip frames that no other frame refers to (H.264 only)", "decode_non_ref"},
    {SKIP_TO_KEY, "Decode key frames only", "decode_key"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsSkipFrame", values);
}

static GType
memtype_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Memory type device", "memtype_device"},
    {1, "Memory type host pinned", "memtype_pinned"},
    {2, "Memory type unified", "memtype_unified"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsCudaDecMemType", values);
}

static const PtInert inert[] = {
  {"gpu-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, FALSE, "Which GPU decodes"},
  {"num-extra-surfaces", NULL, G_TYPE_UINT, 0, 24, 0, FALSE, "Additional surfaces"},
  {"cudadec-memtype", memtype_type, 0, 0, 0, 0, FALSE, "CUDA memory of decoded frames"},
  {"enable-max-performance", NULL, G_TYPE_BOOLEAN, 0, 0, 0, FALSE,
      "Run at the highest clocks on Jetson"},
  {"disable-dpb", NULL, G_TYPE_BOOLEAN, 0, 0, 0, FALSE, "Output without reordering, on Jetson"},
  {"enable-full-frame", NULL, G_TYPE_BOOLEAN, 0, 0, 0, FALSE, "Input buffers are complete frames"},
  {"mjpeg", NULL, G_TYPE_BOOLEAN, 0, 0, 0, FALSE, "JPEG input is motion JPEG"},
  {"enable-frame-type-reporting", NULL, G_TYPE_BOOLEAN, 0, 0, 0, TRUE, "Report frame types"},
  {"enable-error-check", NULL, G_TYPE_BOOLEAN, 0, 0, 0, TRUE, "Report errors of the hardware"},
  {NULL}
};

GType gst_nvv4l2decoder_get_type (void);
G_DEFINE_TYPE (GstNvv4l2decoder, gst_nvv4l2decoder, GST_TYPE_BIN);

/* -- which decoder ---------------------------------------------------------------------------- */

static void
apply_low_latency (GstNvv4l2decoder * self, GstElement * decoder)
{
  /* libav decodes several frames at once by default, and so lags by as many. */
  if (self->low_latency
      && g_object_class_find_property (G_OBJECT_GET_CLASS (decoder), "thread-type"))
    gst_util_set_object_arg (G_OBJECT (decoder), "thread-type", "slice");
}

/* A decoder in the bin and linked to the converter, or NULL when none would start. */
static GstElement *
plug_decoder (GstNvv4l2decoder * self, const GstCaps * caps)
{
  GstElement *plugged = NULL;
  GList *factories = pt_decoders_for (caps, TRUE);
  for (GList * link = factories; link && !plugged; link = link->next) {
    GstElement *decoder = gst_element_factory_create (link->data, NULL);
    if (!decoder)
      continue;
    apply_low_latency (self, decoder);
    gst_bin_add (GST_BIN (self), decoder);
    if (gst_element_set_state (decoder, GST_STATE_READY) != GST_STATE_CHANGE_FAILURE
        && gst_element_link_pads (decoder, "src", self->convert, "sink")) {
      GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT " decodes %" GST_PTR_FORMAT, decoder, caps);
      plugged = decoder;
    } else {
      GST_WARNING_OBJECT (self, "%" GST_PTR_FORMAT " does not start", decoder);
      gst_element_set_state (decoder, GST_STATE_NULL);
      gst_bin_remove (GST_BIN (self), decoder);
    }
  }
  gst_plugin_feature_list_free (factories);
  return plugged;
}

static GstPadProbeReturn
drop_eos (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  return GST_EVENT_TYPE (event) == GST_EVENT_EOS ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/* Pushes out the frames that the decoder still holds, without ending the stream. */
static void
drain (GstElement * decoder)
{
  GstPad *src = gst_element_get_static_pad (decoder, "src");
  GstPad *sink = gst_element_get_static_pad (decoder, "sink");
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_eos, NULL, NULL);
  gst_pad_send_event (sink, gst_event_new_eos ());
  gst_object_unref (sink);
  gst_object_unref (src);
}

static void
unplug_decoder (GstNvv4l2decoder * self)
{
  GstElement *decoder = self->decoder;
  if (!decoder)
    return;
  self->decoder = NULL;
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->sinkpad), NULL);
  gst_object_ref (decoder);
  gst_bin_remove (GST_BIN (self), decoder);
  gst_element_set_state (decoder, GST_STATE_NULL);
  gst_object_unref (decoder);
}

static gboolean
decoder_takes (GstElement * decoder, GstCaps * caps)
{
  GstElementFactory *factory = gst_element_get_factory (decoder);
  return gst_element_factory_can_sink_all_caps (factory, caps);
}

/* Makes the decoder fit the caps. FALSE after posting an error. */
static gboolean
choose_decoder (GstNvv4l2decoder * self, GstCaps * caps)
{
  if (self->decoder && decoder_takes (self->decoder, caps))
    return TRUE;
  if (self->decoder) {
    GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT " is removed: it does not accept %" GST_PTR_FORMAT,
        self->decoder, caps);
    drain (self->decoder);
    unplug_decoder (self);
  }
  GstElement *decoder = plug_decoder (self, caps);
  if (!decoder) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("No software decoder for %s is installed; install the Debian package gstreamer1.0-libav",
            pt_codec_name (caps)), ("%" GST_PTR_FORMAT, caps));
    return FALSE;
  }
  GstPad *sink = gst_element_get_static_pad (decoder, "sink");
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->sinkpad), sink);
  gst_object_unref (sink);
  self->decoder = decoder;
  return gst_element_sync_state_with_parent (decoder);
}

/* -- the sink pad ----------------------------------------------------------------------------- */

static GstCaps *
find_acceptable_caps (GstNvv4l2decoder * self)
{
  GstCaps *all = gst_pad_get_pad_template_caps (self->sinkpad);
  GstCaps *acceptable = pt_decodable_caps (all);
  gst_caps_unref (all);
  return acceptable;
}

static GstCaps *
acceptable_caps (GstNvv4l2decoder * self)
{
  GST_OBJECT_LOCK (self);
  GstCaps *caps = self->acceptable ? gst_caps_ref (self->acceptable) : NULL;
  GST_OBJECT_UNLOCK (self);
  if (caps)
    return caps;
  caps = find_acceptable_caps (self);
  GST_OBJECT_LOCK (self);
  gst_caps_replace (&self->acceptable, caps);
  GST_OBJECT_UNLOCK (self);
  return caps;
}

static gboolean
sink_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS) {
    GstCaps *filter;
    gst_query_parse_caps (query, &filter);
    GstCaps *caps = acceptable_caps ((GstNvv4l2decoder *) parent);
    if (filter) {
      GstCaps *filtered = gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);
      gst_caps_unref (caps);
      caps = filtered;
    }
    gst_query_set_caps_result (query, caps);
    gst_caps_unref (caps);
    return TRUE;
  }
  if (GST_QUERY_TYPE (query) == GST_QUERY_ACCEPT_CAPS) {
    GstCaps *caps;
    gst_query_parse_accept_caps (query, &caps);
    GstCaps *mine = acceptable_caps ((GstNvv4l2decoder *) parent);
    gst_query_set_accept_caps_result (query, gst_caps_can_intersect (caps, mine));
    gst_caps_unref (mine);
    return TRUE;
  }
  return gst_pad_query_default (pad, parent, query);
}

/* Which frames skip-frames can leave out. */
static void
look_at_codec (GstNvv4l2decoder * self, const GstCaps * caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const GValue *codec_data = gst_structure_get_value (structure, "codec_data");
  GstMapInfo map;
  self->is_h264 = gst_structure_has_name (structure, "video/x-h264");
  self->length_size = 0;
  if (codec_data && gst_buffer_map (gst_value_get_buffer (codec_data), &map, GST_MAP_READ)) {
    self->length_size = pt_h264_length_size (map.data, map.size);
    gst_buffer_unmap (gst_value_get_buffer (codec_data), &map);
  }
  if (!self->is_h264 && g_atomic_int_get (&self->skip_frames) == SKIP_NON_REF)
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("skip-frames=decode_non_ref supports H.264 only: every frame of %s is decoded",
            pt_codec_name (caps)), (NULL));
}

/* Without caps there is no decoder, and no way through the bin: a stream that ends before its first
 * picture ends at the source pad. */
static gboolean
end_without_caps (GstNvv4l2decoder * self, GstEvent * eos)
{
  GstEvent *start = gst_pad_get_sticky_event (self->sinkpad, GST_EVENT_STREAM_START, 0);
  GST_INFO_OBJECT (self, "the stream ends before its first picture");
  if (start)
    gst_pad_push_event (self->srcpad, start);
  return gst_pad_push_event (self->srcpad, eos);
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS && !((GstNvv4l2decoder *) parent)->decoder)
    return end_without_caps ((GstNvv4l2decoder *) parent, event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    GstCaps *caps;
    gst_event_parse_caps (event, &caps);
    look_at_codec ((GstNvv4l2decoder *) parent, caps);
    if (!choose_decoder ((GstNvv4l2decoder *) parent, caps)) {
      gst_event_unref (event);
      return FALSE;
    }
  }
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
is_reference (GstNvv4l2decoder * self, GstBuffer * buffer)
{
  GstMapInfo map;
  if (!self->is_h264 || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return TRUE;
  gboolean reference = pt_h264_is_reference (map.data, map.size, self->length_size);
  gst_buffer_unmap (buffer, &map);
  return reference;
}

/* Before the decoder: skip-frames. */
static GstPadProbeReturn
skip_encoded (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstNvv4l2decoder *self = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gint skip = g_atomic_int_get (&self->skip_frames);
  gboolean wanted = skip == SKIP_NON_REF ? is_reference (self, buffer)
      : skip != SKIP_TO_KEY || !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  GST_LOG_OBJECT (self, "%s: %" GST_PTR_FORMAT, wanted ? "to be decoded" : "skipped", buffer);
  return wanted ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* After the decoder: the count, and drop-frame-interval: every n-th frame passes, from the first. */
static GstPadProbeReturn
count_decoded (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstNvv4l2decoder *self = data;
  GST_OBJECT_LOCK (self);
  guint64 index = self->decoded++;
  guint interval = self->drop_frame_interval;
  GST_OBJECT_UNLOCK (self);
  gboolean dropped = interval > 1 && index % interval != 0;
  GST_LOG_OBJECT (self, "frame %" G_GUINT64_FORMAT " is decoded%s", index,
      dropped ? " and dropped by the interval" : "");
  return dropped ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/* -- the element ------------------------------------------------------------------------------ */

static gboolean
can_start (GstNvv4l2decoder * self)
{
  if (pt_autoplug_declines (GST_ELEMENT (self))) {
    /* Without an error: whoever tries this decoder takes the next one. */
    GST_INFO_OBJECT (self,
        "the pipeline has no DeepStream element: leaving the stream to another decoder");
    return FALSE;
  }
  if (!self->convert) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("videoconvert is missing; install the Debian package gstreamer1.0-plugins-base"), (NULL));
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  gst_caps_replace (&self->acceptable, NULL);   /* plugins may have come since the last start */
  GST_OBJECT_UNLOCK (self);
  return pt_inert_check (GST_ELEMENT (self), inert);
}

static GstStateChangeReturn
decoder_change_state (GstElement * element, GstStateChange transition)
{
  GstNvv4l2decoder *self = (GstNvv4l2decoder *) element;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !can_start (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    GST_OBJECT_LOCK (self);
    self->decoded = 0;
    GST_OBJECT_UNLOCK (self);
  }
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS (gst_nvv4l2decoder_parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    unplug_decoder (self);
  return result;
}

static void
decoder_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  GstNvv4l2decoder *self = (GstNvv4l2decoder *) object;
  switch (id) {
    case PROP_DROP_FRAME_INTERVAL:
      GST_OBJECT_LOCK (self);
      self->drop_frame_interval = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_SKIP_FRAMES:
      g_atomic_int_set (&self->skip_frames, g_value_get_enum (value));
      break;
    case PROP_LOW_LATENCY_MODE:
      self->low_latency = g_value_get_boolean (value);
      break;
    default:
      pt_inert_set (object, value, pspec);
  }
}

static void
decoder_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstNvv4l2decoder *self = (GstNvv4l2decoder *) object;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_DROP_FRAME_INTERVAL:
      g_value_set_uint (value, self->drop_frame_interval);
      break;
    case PROP_SKIP_FRAMES:
      g_value_set_enum (value, self->skip_frames);
      break;
    case PROP_LOW_LATENCY_MODE:
      g_value_set_boolean (value, self->low_latency);
      break;
    case PROP_DECODED_FRAMES:
      g_value_set_uint64 (value, self->decoded);
      break;
    default:
      pt_inert_get (object, value, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
decoder_finalize (GObject * object)
{
  gst_caps_replace (&((GstNvv4l2decoder *) object)->acceptable, NULL);
  G_OBJECT_CLASS (gst_nvv4l2decoder_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  g_object_class_install_property (klass, PROP_DROP_FRAME_INTERVAL,
      g_param_spec_uint ("drop-frame-interval", "Drop frame interval",
          "5: every fifth decoded frame is output, the others are dropped; 0 drops none",
          0, 30, 0, flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (klass, PROP_SKIP_FRAMES,
      g_param_spec_enum ("skip-frames", "Skip frames", "Type of frames to skip during decoding",
          skip_frames_type (), SKIP_NONE, flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (klass, PROP_LOW_LATENCY_MODE,
      g_param_spec_boolean ("low-latency-mode", "Low latency mode",
          "Decode frames one by one instead of several at a time", FALSE,
          flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (klass, PROP_DECODED_FRAMES,
      g_param_spec_uint64 ("decoded-frames", "Decoded frames",
          "Frames output by the decoder since the start (portable element only)",
          0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  pt_inert_install (klass, inert);
}

static void
gst_nvv4l2decoder_class_init (GstNvv4l2decoderClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = decoder_set_property;
  object_class->get_property = decoder_get_property;
  object_class->finalize = decoder_finalize;
  install_properties (object_class);

  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = decoder_change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable video decoder",
      "Codec/Decoder/Video", "Decodes with the best installed decoder, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (decoder_debug, "nvv4l2decoder", 0, "portable nvv4l2decoder");
}

static GstPad *
add_ghost (GstNvv4l2decoder * self, const char *name, GstPad * target)
{
  GstPadTemplate *template = gst_element_get_pad_template (GST_ELEMENT (self), name);
  GstPad *pad = target ? gst_ghost_pad_new_from_template (name, target, template)
      : gst_ghost_pad_new_no_target_from_template (name, template);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static void
gst_nvv4l2decoder_init (GstNvv4l2decoder * self)
{
  self->sinkpad = add_ghost (self, "sink", NULL);
  gst_pad_set_event_function (self->sinkpad, sink_event);
  gst_pad_set_query_function (self->sinkpad, sink_query);
  gst_pad_add_probe (self->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, skip_encoded, self, NULL);

  self->convert = gst_element_factory_make ("videoconvert", NULL);
  if (!self->convert) {
    /* Without it nothing can be linked; the error says why, once the element starts. */
    self->srcpad = add_ghost (self, "src", NULL);
    return;
  }
  GstElement *bridge = pt_bridge_new (NULL, TRUE);
  gst_bin_add_many (GST_BIN (self), self->convert, bridge, NULL);
  GstCaps *nv12 = gst_static_caps_get (&nv12_caps);
  gst_element_link_pads_filtered (self->convert, "src", bridge, "sink", nv12);
  gst_caps_unref (nv12);
  GstPad *frames = gst_element_get_static_pad (self->convert, "sink");
  gst_pad_add_probe (frames, GST_PAD_PROBE_TYPE_BUFFER, count_decoded, self, NULL);
  gst_object_unref (frames);
  GstPad *out = gst_element_get_static_pad (bridge, "src");
  self->srcpad = add_ghost (self, "src", out);
  gst_object_unref (out);
}

gboolean
pt_nvv4l2decoder_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvv4l2decoder", PT_DECODER_RANK,
      gst_nvv4l2decoder_get_type ());
}
