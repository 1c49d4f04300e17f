/* nvjpegenc: encodes JPEG pictures on the CPU, in the place of the hardware's encoder.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert \
 *       ! "video/x-raw(memory:NVMM),format=I420" ! nvjpegenc quality=90 ! jpegparse \
 *       ! fakesink
 *
 * A bin around jpegenc: see encoderbin.h.
 */
#include <gst/video/video.h>

#include "encoderbin.h"
#include "enums.h"

GST_DEBUG_CATEGORY_STATIC (jpeg_debug);

typedef PtEncoderBin GstNvjpegenc;
typedef PtEncoderBinClass GstNvjpegencClass;

G_DEFINE_TYPE (GstNvjpegenc, gst_nvjpegenc, pythiags_encoder_bin_get_type ());

#define FORMATS "{ I420, NV12 }"

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("memory:NVMM", FORMATS) "; "
        GST_VIDEO_CAPS_MAKE (FORMATS)));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("image/jpeg"));

static GType
idct_method_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Slow, accurate, in whole numbers", "islow"},
    {1, "Faster, less accurate", "ifast"},
    {2, "Accurate, in floating point", "float"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsIDCTMethod", values);
}

static const PtInert properties[] = {
  PT_INERT_GPU_ID,
  {"quality", NULL, G_TYPE_INT, 0, 100, 85, PT_FORWARDED, "Quality; may be set at any time"},
  {"idct-method", idct_method_type, 0, 0, 0, 1, PT_FORWARDED, "How it is computed"},
  {"smoothing", NULL, G_TYPE_INT, 0, 100, 0, PT_NO_EFFECT, "Smoothing factor"},
  {"Enableperf", NULL, G_TYPE_BOOLEAN, 0, 0, 0, PT_NO_EFFECT, "Print how long it takes"},
  {NULL}
};

static gboolean
changed (PtEncoderBin * self, GstElement * encoder, const char *name)
{
  if (!g_str_equal (name, "quality"))
    return FALSE;
  g_object_set (encoder, "quality", (gint) pt_encoder_bin_number (self, "quality"), NULL);
  return TRUE;
}

static GstCaps *
prepare (PtEncoderBin * self, GstElement * encoder)
{
  g_object_set (encoder, "quality", (gint) pt_encoder_bin_number (self, "quality"),
      "idct-method", (gint) pt_encoder_bin_number (self, "idct-method"), NULL);
  return gst_caps_new_empty_simple ("image/jpeg");
}

static const PtEncoderKind kind = {
  "jpegenc", "gstreamer1.0-plugins-good", "JPEG", properties, prepare, changed
};

static void
gst_nvjpegenc_class_init (GstNvjpegencClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GST_DEBUG_CATEGORY_INIT (jpeg_debug, "nvjpegenc", 0, "portable nvjpegenc");
  pt_encoder_bin_install (klass, &kind);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable JPEG encoder",
      "Codec/Encoder/Image", "Encodes JPEG pictures, on a CPU", "the pythiags maintainers");
}

static void
gst_nvjpegenc_init (GstNvjpegenc * self)
{
  pt_encoder_bin_build (self, &kind, jpeg_debug);
}

gboolean
pt_nvjpegenc_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvjpegenc", GST_RANK_NONE, gst_nvjpegenc_get_type ());
}
