/* nvjpegdec: decodes JPEG pictures on the CPU, in the place of the hardware's decoder.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! jpegenc ! nvjpegdec \
 *       ! "video/x-raw(memory:NVMM)" ! fakesink
 *
 * A bin:  jpegdec ! NVMM bridge ! nvvideoconvert ! capsfilter
 * The pictures are in NVMM memory where downstream takes it, and in plain memory elsewhere.
 */
#include "bridge.h"
#include "inert.h"
#include "surface.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (jpegdec_debug);
#define GST_CAT_DEFAULT jpegdec_debug

typedef struct
{
  GstBin parent;
  GstElement *decoder;          /* NULL: its plugin is missing */
} GstNvjpegdec;

typedef GstBinClass GstNvjpegdecClass;

GType gst_nvjpegdec_get_type (void);
G_DEFINE_TYPE (GstNvjpegdec, gst_nvjpegdec, GST_TYPE_BIN);

#define FORMATS "{ I420, NV12, Y42B, Y444, GRAY8 }"
#define SRC_CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (FORMATS)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("image/jpeg"));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (SRC_CAPS));

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
  return pt_enum_type (&once, "PythiagsJpegDecIDCTMethod", values);
}

static const PtInert properties[] = {
  {"gpu-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT, "Number of the GPU"},
  {"idct-method", idct_method_type, 0, 0, 0, 1, PT_FORWARDED, "How it is computed"},
  {"max-errors", NULL, G_TYPE_INT, -1, G_MAXINT, 0, PT_FORWARDED,
      "How many pictures in a row may be broken before it is an error; -1: any number"},
  {"DeepStream", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_NO_EFFECT, "Output for DeepStream"},
  {"Enableperf", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_NO_EFFECT, "Print how long it takes"},
  {NULL}
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvjpegdec *self = (GstNvjpegdec *) object;
  GST_OBJECT_LOCK (self);
  pt_inert_set (object, value, spec);
  GST_OBJECT_UNLOCK (self);
  if (self->decoder)
    pt_inert_forward (object, properties, G_OBJECT (self->decoder));
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_inert_get (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstNvjpegdec *self = (GstNvjpegdec *) element;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !self->decoder) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("jpegdec is missing; install the Debian package gstreamer1.0-plugins-good"), (NULL));
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_NULL_TO_READY)
    GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT " decodes", self->decoder);
  return GST_ELEMENT_CLASS (gst_nvjpegdec_parent_class)->change_state (element, transition);
}

static void
gst_nvjpegdec_class_init (GstNvjpegdecClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  pt_inert_install (object_class, properties);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable JPEG decoder",
      "Codec/Decoder/Image", "Decodes JPEG pictures, on a CPU", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (jpegdec_debug, "nvjpegdec", 0, "portable nvjpegdec");
}

static GstPadProbeReturn
log_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer self)
{
  GST_LOG_OBJECT (self, "decoded %" GST_PTR_FORMAT, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static void
add_ghost (GstNvjpegdec * self, const char *name, GstElement * inner)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), name);
  GstPad *target = inner ? gst_element_get_static_pad (inner, name) : NULL;
  GstPad *ghost = target ? gst_ghost_pad_new_from_template (name, target, template)
      : gst_ghost_pad_new_no_target_from_template (name, template);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
  gst_clear_object (&target);
}

GType gst_nvvideoconvert_get_type (void);

static void
gst_nvjpegdec_init (GstNvjpegdec * self)
{
  self->decoder = gst_element_factory_make ("jpegdec", NULL);
  GstElement *filter = self->decoder ? gst_element_factory_make ("capsfilter", NULL) : NULL;
  if (filter) {
    GstElement *bridge = pt_bridge_new (NULL, TRUE);
    GstElement *convert = g_object_new (gst_nvvideoconvert_get_type (), "name", "convert", NULL);
    GstCaps *caps = gst_static_pad_template_get_caps (&src_template);
    g_object_set (filter, "caps", caps, NULL);
    gst_caps_unref (caps);
    gst_bin_add_many (GST_BIN (self), self->decoder, bridge, convert, filter, NULL);
    gst_element_link_many (self->decoder, bridge, convert, filter, NULL);
    GstPad *out = gst_element_get_static_pad (filter, "src");
    gst_pad_add_probe (out, GST_PAD_PROBE_TYPE_BUFFER, log_buffer, self, NULL);
    gst_object_unref (out);
  }
  add_ghost (self, "sink", self->decoder);
  add_ghost (self, "src", filter);
}

gboolean
pt_nvjpegdec_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvjpegdec", GST_RANK_NONE, gst_nvjpegdec_get_type ());
}
