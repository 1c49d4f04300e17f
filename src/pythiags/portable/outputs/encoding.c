/* See encoding.h. */
#include "encoding.h"

#include "encodertimes.h"

#define BAD "gstreamer1.0-plugins-bad"
#define NUMBER(name) pt_inert_number (G_OBJECT (chain->bin), name)
#define MOST_KILOBITS 102400    /* of x265enc */

enum
{ HARDWARE, SOFTWARE };

enum
{ BASELINE, MAIN, HIGH, MAIN10, PROFILES };

static const PtCodecParts parts[] = {
  {"nvv4l2h264enc", "x264enc", "gstreamer1.0-plugins-ugly", "h264parse", "rtph264pay", "H264"},
  {"nvv4l2h265enc", "x265enc", BAD, "h265parse", "rtph265pay", "H265"},
  {NULL, "avenc_mpeg4", "gstreamer1.0-libav", "mpeg4videoparse", "rtpmp4vpay", "MP4V-ES"},
};

const PtCodecParts *
pt_codec_parts (PtCodec codec)
{
  return &parts[codec - PT_CODEC_H264];
}

GType
pt_codec_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {PT_CODEC_H264, "H.264", "h264"},
    {PT_CODEC_H265, "H.265", "h265"},
    {PT_CODEC_MPEG4, "MPEG-4, by avenc_mpeg4 whatever enc-type says", "mpeg4"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsOutputCodec", values);
}

GType
pt_encoder_choice_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {HARDWARE, "nvv4l2h264enc or nvv4l2h265enc", "hw"},
    {SOFTWARE, "x264enc or x265enc", "sw"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsOutputEncoder", values);
}

GType
pt_output_profile_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {BASELINE, "Baseline of H.264; of H.265 it is Main", "baseline"},
    {MAIN, "Main", "main"},
    {HIGH, "High of H.264", "high"},
    {MAIN10, "Main 10 of H.265", "main10"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsOutputProfile", values);
}

/* ---- DeepStream's encoders ---- */

/* Sets the profile by the numbers of DeepStream's encoders; -1: the codec has no such profile. */
static void
set_profile (PtChain * chain, GstElement * encoder, PtCodec codec)
{
  static const gint numbers[][PROFILES] = { {0, 2, 4, -1}, {0, 0, -1, 1} };
  const gint profile = (gint) NUMBER ("profile");
  const gint number = numbers[codec - PT_CODEC_H264][profile];
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (encoder), "profile");
  if (!spec)
    return;
  if (number >= 0 && (!G_IS_PARAM_SPEC_ENUM (spec)
          || g_enum_get_value (G_PARAM_SPEC_ENUM (spec)->enum_class, number)))
    g_object_set (encoder, "profile", number, NULL);
  else
    GST_ELEMENT_WARNING (chain->bin, LIBRARY, SETTINGS,
        ("profile=%s is none that %s has: it counts as %s",
            g_enum_get_value (g_type_class_peek (pt_output_profile_type ()), profile)->value_nick,
            GST_OBJECT_NAME (gst_element_get_factory (encoder)),
            codec == PT_CODEC_H264 ? "baseline" : "main"), (NULL));
}

static void
set_where_given (GstElement * encoder, const char *name, guint number)
{
  if (number && g_object_class_find_property (G_OBJECT_GET_CLASS (encoder), name))
    g_object_set (encoder, name, number, NULL);
}

static void
set_up_hardware (PtChain * chain, GstElement * encoder, PtCodec codec)
{
  set_profile (chain, encoder, codec);
  set_where_given (encoder, "gpu-id", (guint) NUMBER ("gpu-id"));
  set_where_given (encoder, "bitrate", (guint) NUMBER ("bitrate"));
  set_where_given (encoder, "iframeinterval", (guint) NUMBER ("iframeinterval"));
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (chain->bin), "idrinterval"))
    set_where_given (encoder, "idrinterval", (guint) NUMBER ("idrinterval"));
  /* A player that comes later needs the parameter sets again. */
  set_where_given (encoder, "insert-sps-pps", TRUE);
}

/* ---- encoders of the CPU ---- */

static void
set_up_software (PtChain * chain, GstElement * encoder, PtCodec codec, gboolean live)
{
  const gint64 rate = NUMBER ("bitrate"), interval = NUMBER ("iframeinterval");
  if (codec == PT_CODEC_MPEG4) {
    pt_encoder_mend_times (encoder);
    if (rate)
      g_object_set (encoder, "bitrate", (gint) MIN (rate, G_MAXINT), NULL);
    return;
  }
  if (rate)
    g_object_set (encoder, "bitrate", (guint) CLAMP (rate / 1000, 1, MOST_KILOBITS), NULL);
  if (interval)
    g_object_set (encoder, "key-int-max", (guint) MIN (interval, G_MAXINT), NULL);
  if (!live)
    return;
  gst_util_set_object_arg (G_OBJECT (encoder), "tune", "zerolatency");
  /* Key frames of open groups of pictures are none that a player can begin with. */
  if (codec == PT_CODEC_H265)
    g_object_set (encoder, "option-string", "open-gop=0", NULL);
}

/* ---- the chain ---- */

gboolean
pt_encoding_append (PtChain * chain, gboolean live)
{
  const PtCodec codec = (PtCodec) NUMBER ("codec");
  const PtCodecParts *of = pt_codec_parts (codec);
  const gboolean hardware = of->hardware && NUMBER ("enc-type") == HARDWARE;
  pt_chain_append (chain, "queue", "queue", "libgstreamer1.0-0");
  pt_chain_append (chain, "nvvideoconvert", "transform", "pythiags");
  pt_chain_filter (chain, "capsfilter",
      hardware ? "video/x-raw(memory:NVMM), format=I420" : "video/x-raw, format=I420");
  GstElement *encoder = pt_chain_append (chain, hardware ? of->hardware : of->software, "encoder",
      hardware ? "pythiags" : of->package);
  if (!encoder)
    return FALSE;
  if (hardware)
    set_up_hardware (chain, encoder, codec);
  else
    set_up_software (chain, encoder, codec, live);
  return pt_chain_append (chain, of->parser, "codecparser", BAD) != NULL;
}

/* ---- what the bins share besides ---- */

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  if (pt_is_set_too_late (object, spec))
    return;
  GST_OBJECT_LOCK (object);
  pt_inert_set (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_inert_get (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

void
pt_output_install (GObjectClass * klass, const PtInert * properties)
{
  klass->set_property = set_property;
  klass->get_property = get_property;
  pt_inert_install (klass, properties);
}

void
pt_output_set_up_sink (GstBin * bin, GstElement * sink)
{
  g_object_set (sink, "async", FALSE, "sync", (gboolean) pt_inert_number (G_OBJECT (bin), "sync"),
      "qos", (gboolean) pt_inert_number (G_OBJECT (bin), "qos"), NULL);
}
