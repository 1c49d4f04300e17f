/* nvv4l2h264enc and nvv4l2h265enc: encode video on the CPU, in the place of the hardware's encoders.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert \
 *       ! "video/x-raw(memory:NVMM),format=NV12" ! nvv4l2h264enc bitrate=2000000 ! h264parse \
 *       ! fakesink
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert \
 *       ! "video/x-raw(memory:NVMM),format=NV12" ! nvv4l2h265enc bitrate=2000000 ! h265parse \
 *       ! fakesink
 *
 * Bins around x264enc and x265enc: see encoderbin.h. Bit rates are bits per second here and kilobits
 * there. They hold no frames back, as the hardware does not, unless tuning-info-id asks for quality.
 */
#include <gst/video/video.h>
#include <string.h>

#include "encoderbin.h"
#include "enums.h"

GST_DEBUG_CATEGORY_STATIC (h264_debug);
GST_DEBUG_CATEGORY_STATIC (h265_debug);

typedef PtEncoderBin GstNvv4l2h264enc;
typedef PtEncoderBinClass GstNvv4l2h264encClass;
typedef PtEncoderBin GstNvv4l2h265enc;
typedef PtEncoderBinClass GstNvv4l2h265encClass;

G_DEFINE_TYPE (GstNvv4l2h264enc, gst_nvv4l2h264enc, pythiags_encoder_bin_get_type ());
G_DEFINE_TYPE (GstNvv4l2h265enc, gst_nvv4l2h265enc, pythiags_encoder_bin_get_type ());

#define NVMM_CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("memory:NVMM", "{ I420, NV12 }")

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (NVMM_CAPS));
static GstStaticPadTemplate h264_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC,
    GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-h264, stream-format=(string)byte-stream, "
        "alignment=(string)au"));
static GstStaticPadTemplate h265_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC,
    GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-h265, stream-format=(string)byte-stream, "
        "alignment=(string)au"));

/* ---- DeepStream's words ---- */

enum
{ VARIABLE, CONSTANT };

static GType
control_rate_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {VARIABLE, "The bit rate on average", "variable_bitrate"},
    {CONSTANT, "The bit rate at any time", "constant_bitrate"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsEncRateControl", values);
}

static GType
preset_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "No preset: as MediumPreset", "DisablePreset"},
    {1, "x264's and x265's ultrafast", "UltraFastPreset"},
    {2, "fast", "FastPreset"},
    {3, "medium", "MediumPreset"},
    {4, "slow", "SlowPreset"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsEncPreset", values);
}

enum
{ TUNE_QUALITY = 1, TUNE_LOW, TUNE_ULTRA_LOW };

static GType
tuning_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {TUNE_QUALITY, "Look ahead, which holds frames back", "HighQualityPreset"},
    {TUNE_LOW, "Hold no frame back", "LowLatencyPreset"},
    {TUNE_ULTRA_LOW, "Hold no frame back", "UltraLowLatencyPreset"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsEncTuning", values);
}

static GType
h264_profile_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Baseline", "Baseline"}, {2, "Main", "Main"}, {4, "High", "High"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsH264Profile", values);
}

static GType
h265_profile_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Main", "Main"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsH265Profile", values);
}

static GType
output_io_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "V4L2's choice", "auto"}, {2, "Mapped memory", "mmap"},
    {5, "Memory of another device", "dmabuf-import"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsEncIOMode", values);
}

#define UINT(name, initial, effect, blurb) \
  {name, NULL, G_TYPE_UINT, 0, G_MAXUINT, initial, effect, blurb}
#define SWITCH(name, effect, blurb) {name, NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, effect, blurb}

#define SHARED_PROPERTIES \
  PT_INERT_GPU_ID, \
  UINT ("bitrate", 4000000, PT_FORWARDED, "Bits per second; may be set at any time"), \
  UINT ("peak-bitrate", 0, PT_NO_EFFECT, "Most bits per second, where the rate is variable"), \
  UINT ("maxbitrate", 0, PT_NO_EFFECT, "Most bits per second, where the rate is variable"), \
  {"control-rate", control_rate_type, 0, 0, 0, CONSTANT, PT_FORWARDED, "How the rate is kept"}, \
  UINT ("vbv-size", 4000000, PT_FORWARDED, "Bits that the rate may be off by, where constant"), \
  UINT ("iframeinterval", 30, PT_FORWARDED, "Frames from one key frame to the next; 0: automatic"), \
  UINT ("idrinterval", 256, PT_FORWARDED, "Likewise; the smaller one counts, and all are IDR frames"), \
  {"preset-level", preset_type, 0, 0, 0, 1, PT_FORWARDED, "Speed against size, on a Jetson"}, \
  {"preset-id", NULL, G_TYPE_UINT, 1, 7, 1, PT_FORWARDED, \
      "Speed against size, on a GPU: ultrafast to slow"}, \
  {"tuning-info-id", tuning_type, 0, 0, 0, TUNE_LOW, PT_FORWARDED, "Latency against quality"}, \
  SWITCH ("insert-aud", PT_FORWARDED, "Insert access unit delimiters"), \
  {"num-B-Frames", NULL, G_TYPE_UINT, 0, 2, 0, PT_FORWARDED, \
      "B frames between two others; they hold frames back"}, \
  {"num-Ref-Frames", NULL, G_TYPE_UINT, 0, 8, 1, PT_FORWARDED, "Frames that are referred to"}, \
  SWITCH ("insert-sps-pps", PT_NO_EFFECT, \
      "Insert parameter sets at every key frame: they are always there"), \
  SWITCH ("maxperf-enable", PT_NO_EFFECT, "Run at the highest clocks"), \
  SWITCH ("bufapi-version", PT_NO_EFFECT, "Take NvBufSurface"), \
  SWITCH ("MeasureEncoderLatency", PT_NO_EFFECT, "Print latencies"), \
  SWITCH ("EnableTwopassCBR", PT_NO_EFFECT, "Encode in two passes"), \
  SWITCH ("EnableMVBufferMeta", PT_REFUSED, "Attach motion vectors"), \
  SWITCH ("enable-lossless", PT_REFUSED, "Encode without loss"), \
  SWITCH ("bit-packetization", PT_REFUSED, "Slices by bits"), \
  SWITCH ("copy-timestamp", PT_NO_EFFECT, "Timestamps as they come in, which they always are"), \
  UINT ("slice-header-spacing", 0, PT_REFUSED, "Macroblocks, or bits, of a slice"), \
  UINT ("SliceIntraRefreshInterval", 0, PT_REFUSED, "Frames between refreshes of slices"), \
  UINT ("quant-i-frames", G_MAXUINT, PT_REFUSED, "Quantizer of I frames"), \
  UINT ("quant-p-frames", G_MAXUINT, PT_REFUSED, "Quantizer of P frames"), \
  UINT ("quant-b-frames", G_MAXUINT, PT_REFUSED, "Quantizer of B frames"), \
  {"ratecontrol-enable", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_REFUSED, "Keep the bit rate"}, \
  {"qp-range", NULL, G_TYPE_STRING, 0, 0, 0, PT_REFUSED, "Ranges of quantizers"}, \
  {"aq", NULL, G_TYPE_UINT, 0, 15, 0, PT_NO_EFFECT, "Strength of adaptive quantization"}, \
  SWITCH ("temporalaq", PT_NO_EFFECT, "Adapt quantizers over time"), \
  {"cq", NULL, G_TYPE_UINT, 0, 51, 0, PT_NO_EFFECT, "Target quality of a variable rate"}, \
  {"output-io-mode", output_io_type, 0, 0, 0, 0, PT_NO_EFFECT, "Memory of the input"}, \
  {"capture-io-mode", output_io_type, 0, 0, 0, 0, PT_NO_EFFECT, "Memory of the output"}

static const PtInert h264_properties[] = {
  SHARED_PROPERTIES,
  {"profile", h264_profile_type, 0, 0, 0, 0, PT_FORWARDED, "Profile"},
  SWITCH ("disable-cabac", PT_FORWARDED, "Code by CAVLC"),
  SWITCH ("insert-vui", PT_FORWARDED, "Insert video usability information"),
  {"poc-type", NULL, G_TYPE_UINT, 0, 2, 0, PT_NO_EFFECT, "How the order of pictures is coded"},
  {NULL}
};

static const PtInert h265_properties[] = {
  SHARED_PROPERTIES,
  {"profile", h265_profile_type, 0, 0, 0, 0, PT_FORWARDED, "Profile"},
  SWITCH ("insert-vui", PT_NO_EFFECT, "Insert video usability information, which x265 always does"),
  {NULL}
};

/* ---- x264's and x265's ---- */

#define NUMBER(name) pt_encoder_bin_number (self, name)

static guint
kilobits (PtEncoderBin * self, guint most)
{
  return (guint) CLAMP (NUMBER ("bitrate") / 1000, 1, most);
}

static const char *
speed (PtEncoderBin * self)
{
  static const char *const levels[] = { "medium", "ultrafast", "fast", "medium", "slow" };
  static const char *const ids[] = { NULL, "ultrafast", "superfast", "veryfast", "faster", "fast",
    "medium", "slow"
  };
  return pt_encoder_bin_is_set (self, "preset-id") ? ids[NUMBER ("preset-id")]
      : levels[NUMBER ("preset-level")];
}

static gint
key_interval (PtEncoderBin * self)
{
  const gint64 intra = NUMBER ("iframeinterval"), idr = NUMBER ("idrinterval");
  return (gint) CLAMP (intra && idr ? MIN (intra, idr) : MAX (intra, idr), 0, G_MAXINT);
}

static gboolean
holds_back (PtEncoderBin * self)
{
  return NUMBER ("tuning-info-id") == TUNE_QUALITY;
}

/* How long the rate may be off, in milliseconds; x264 keeps none at 0. */
static guint
buffer_milliseconds (PtEncoderBin * self)
{
  if (NUMBER ("control-rate") == VARIABLE)
    return 0;
  return (guint) CLAMP (NUMBER ("vbv-size") * 1000 / MAX (NUMBER ("bitrate"), 1), 1, 10000);
}

static GstCaps *
prepare_h264 (PtEncoderBin * self, GstElement * encoder)
{
  static const char *const profiles[] = { "{ constrained-baseline, baseline }", NULL, "main", NULL,
    "{ high, progressive-high, constrained-high }"
  };
  gst_util_set_object_arg (G_OBJECT (encoder), "speed-preset", speed (self));
  gst_util_set_object_arg (G_OBJECT (encoder), "tune", holds_back (self) ? "" : "zerolatency");
  g_object_set (encoder, "bitrate", kilobits (self, 2048000), "vbv-buf-capacity",
      buffer_milliseconds (self), "key-int-max", (guint) key_interval (self), "bframes",
      (guint) NUMBER ("num-B-Frames"), "ref", (guint) MAX (NUMBER ("num-Ref-Frames"), 1), "aud",
      (gboolean) NUMBER ("insert-aud"), "cabac", !NUMBER ("disable-cabac"), "insert-vui",
      (gboolean) NUMBER ("insert-vui"), NULL);
  gchar *text = g_strdup_printf ("video/x-h264, stream-format=(string)byte-stream, "
      "alignment=(string)au, profile=(string)%s", profiles[NUMBER ("profile")]);
  GstCaps *caps = gst_caps_from_string (text);
  g_free (text);
  return caps;
}

static GstCaps *
prepare_h265 (PtEncoderBin * self, GstElement * encoder)
{
  const guint rate = kilobits (self, 102400);
  GString *options = g_string_new (NULL);
  g_string_append_printf (options, "bframes=%d:ref=%d:aud=%d:repeat-headers=1:open-gop=0",
      (gint) NUMBER ("num-B-Frames"), (gint) MAX (NUMBER ("num-Ref-Frames"), 1),
      (gint) NUMBER ("insert-aud"));
  self->most_kilobits = buffer_milliseconds (self) ? rate : 0;
  if (self->most_kilobits)
    g_string_append_printf (options, ":vbv-maxrate=%u:vbv-bufsize=%u", rate,
        (guint) MAX ((guint64) rate * buffer_milliseconds (self) / 1000, 1));
  gst_util_set_object_arg (G_OBJECT (encoder), "speed-preset", speed (self));
  gst_util_set_object_arg (G_OBJECT (encoder), "tune", holds_back (self) ? "ssim" : "zerolatency");
  g_object_set (encoder, "bitrate", rate, "key-int-max", key_interval (self), "option-string",
      options->str, NULL);
  g_string_free (options, TRUE);
  return gst_caps_from_string ("video/x-h265, stream-format=(string)byte-stream, "
      "alignment=(string)au, profile=(string)main");
}

/* x265 keeps the limit of a constant rate that it was started with. */
static void
tell_limit (PtEncoderBin * self, guint rate)
{
  if (self->most_kilobits && rate > self->most_kilobits)
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("bitrate=%u000 counts as %u000, the rate that x265 was started with, until the next start",
            rate, self->most_kilobits),
        ("Start with the highest rate that is needed, or set control-rate=variable_bitrate"));
}

static gboolean
changed (PtEncoderBin * self, GstElement * encoder, const char *name)
{
  if (!g_str_equal (name, "bitrate"))
    return FALSE;
  const guint rate = kilobits (self, 102400);
  g_object_set (encoder, "bitrate", rate, NULL);
  tell_limit (self, rate);
  return TRUE;
}

static const PtEncoderKind h264 = {
  "x264enc", "gstreamer1.0-plugins-ugly", "H.264", h264_properties, prepare_h264, changed
};

static const PtEncoderKind h265 = {
  "x265enc", "gstreamer1.0-plugins-bad", "H.265", h265_properties, prepare_h265, changed
};

/* ---- parameter sets ---- */

enum
{ KEY_SLICE = 16, LAST_KEY_SLICE = 23, FIRST_PARAMETERS = 32, DELIMITER = 35 }; /* H.265's units */

/* Where the frame of x265 begins behind what x265enc puts in front of its first one: parameter sets, and
 * behind them bytes that nobody wrote, at times. 0: there is nothing. */
static gsize
begin_of_frame (const guint8 * data, gsize size)
{
  gsize delimiter = 0;
  guint sets = 0;
  for (gsize i = 0; i + 3 < size; i++) {
    if (data[i] || data[i + 1] || data[i + 2] != 1)
      continue;
    const guint type = data[i + 3] >> 1 & 63;
    const gsize begin = i && !data[i - 1] ? i - 1 : i;
    if (type >= KEY_SLICE && type <= LAST_KEY_SLICE)
      return 0;
    if (type == DELIMITER)
      delimiter = begin;
    else if (type == FIRST_PARAMETERS && ++sets == 2)
      return delimiter ? delimiter : begin;
    i += 3;
  }
  return 0;
}

/* Parsers take such a frame for two or more, of which only the first has a time. */
static GstPadProbeReturn
drop_first_sets (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstMapInfo map;
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT)
      || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  const gsize begin = begin_of_frame (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  if (begin) {
    info->data = buffer = gst_buffer_make_writable (buffer);
    gst_buffer_resize (buffer, (gssize) begin, -1);
  }
  return GST_PAD_PROBE_OK;
}

/* ---- force-IDR ---- */

static void
force_idr (PtEncoderBin * self)
{
  GstPad *src = self->encoder ? gst_element_get_static_pad (self->encoder, "src") : NULL;
  if (!src)
    return;
  gst_pad_send_event (src,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
  gst_object_unref (src);
}

static void
class_init (PtEncoderBinClass * klass, const PtEncoderKind * kind, GstStaticPadTemplate * src,
    const char *title, const char *text)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  pt_encoder_bin_install (klass, kind);
  g_signal_new_class_handler ("force-IDR", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (force_idr), NULL, NULL, NULL, G_TYPE_NONE,
      0);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, src);
  gst_element_class_set_static_metadata (element_class, title, "Codec/Encoder/Video", text,
      "the pythiags maintainers");
}

static void
gst_nvv4l2h264enc_class_init (GstNvv4l2h264encClass * klass)
{
  GST_DEBUG_CATEGORY_INIT (h264_debug, "nvv4l2h264enc", 0, "portable nvv4l2h264enc");
  class_init (klass, &h264, &h264_template, "Portable H.264 encoder",
      "Encodes H.264 by x264, on a CPU");
}

static void
gst_nvv4l2h264enc_init (GstNvv4l2h264enc * self)
{
  pt_encoder_bin_build (self, &h264, h264_debug);
}

static void
gst_nvv4l2h265enc_class_init (GstNvv4l2h265encClass * klass)
{
  GST_DEBUG_CATEGORY_INIT (h265_debug, "nvv4l2h265enc", 0, "portable nvv4l2h265enc");
  class_init (klass, &h265, &h265_template, "Portable H.265 encoder",
      "Encodes H.265 by x265, on a CPU");
}

static void
gst_nvv4l2h265enc_init (GstNvv4l2h265enc * self)
{
  pt_encoder_bin_build (self, &h265, h265_debug);
  GstPad *src = self->encoder ? gst_element_get_static_pad (self->encoder, "src") : NULL;
  if (!src)
    return;
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER, drop_first_sets, NULL, NULL);
  gst_object_unref (src);
}

gboolean
pt_nvv4l2h264enc_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvv4l2h264enc", GST_RANK_NONE,
      gst_nvv4l2h264enc_get_type ());
}

gboolean
pt_nvv4l2h265enc_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvv4l2h265enc", GST_RANK_NONE,
      gst_nvv4l2h265enc_get_type ());
}
