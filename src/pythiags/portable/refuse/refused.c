/* Elements that need hardware or code that no CPU has, and say so.
 *
 * They exist, with DeepStream's pads and properties, so that whoever names one is told what to use
 * instead, where GStreamer would only say that there is no such element. They never leave NULL.
 */
#include "enums.h"
#include "inert.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (camera_debug);
GST_DEBUG_CATEGORY_STATIC (template_debug);

typedef GstElement PythiagsRefused;

typedef struct
{
  GstElementClass parent;
  const char *reason, *instead;
} PythiagsRefusedClass;

typedef PythiagsRefused GstNvarguscamerasrc;
typedef PythiagsRefusedClass GstNvarguscamerasrcClass;
typedef PythiagsRefused GstNvdsvideotemplate;
typedef PythiagsRefusedClass GstNvdsvideotemplateClass;

G_DEFINE_ABSTRACT_TYPE (PythiagsRefused, pythiags_refused, GST_TYPE_ELEMENT);
G_DEFINE_TYPE (GstNvarguscamerasrc, gst_nvarguscamerasrc, pythiags_refused_get_type ());
G_DEFINE_TYPE (GstNvdsvideotemplate, gst_nvdsvideotemplate, pythiags_refused_get_type ());

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  const PythiagsRefusedClass *klass = (gpointer) G_OBJECT_GET_CLASS (element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND, ("%s: %s", klass->reason, klass->instead),
        (NULL));
    return GST_STATE_CHANGE_FAILURE;
  }
  return GST_ELEMENT_CLASS (pythiags_refused_parent_class)->change_state (element, transition);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  pt_inert_set (object, value, spec);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  pt_inert_get (object, value, spec);
}

static void
install (gpointer klass, const PtInert * properties)
{
  G_OBJECT_CLASS (klass)->set_property = set_property;
  G_OBJECT_CLASS (klass)->get_property = get_property;
  pt_inert_install (G_OBJECT_CLASS (klass), properties);
}

static void
pythiags_refused_class_init (PythiagsRefusedClass * klass)
{
  GST_ELEMENT_CLASS (klass)->change_state = change_state;
}

static void
pythiags_refused_init (PythiagsRefused * self)
{
}

static void
add_pad (GstElement * self, const char *name)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), name);
  gst_element_add_pad (self, gst_pad_new_from_template (template, name));
}

/* ---- nvarguscamerasrc ---- */

static GstStaticPadTemplate camera_src = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("memory:NVMM", "NV12")));

static GType
white_balance_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Off", "off"}, {1, "Automatic", "auto"}, {2, "Incandescent", "incandescent"},
    {3, "Fluorescent", "fluorescent"}, {4, "Warm fluorescent", "warm-fluorescent"},
    {5, "Daylight", "daylight"}, {6, "Cloudy daylight", "cloudy-daylight"},
    {7, "Twilight", "twilight"}, {8, "Shade", "shade"}, {9, "Manual", "manual"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsArgusWhiteBalance", values);
}

static GType
antibanding_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Off", "AeAntibandingMode_Off"}, {1, "Automatic", "AeAntibandingMode_Auto"},
    {2, "50 Hz", "AeAntibandingMode_50HZ"}, {3, "60 Hz", "AeAntibandingMode_60HZ"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsArgusAntibanding", values);
}

static GType
noise_reduction_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Off", "NoiseReduction_Off"}, {1, "Fast", "NoiseReduction_Fast"},
    {2, "High quality", "NoiseReduction_HighQuality"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsArgusNoiseReduction", values);
}

static GType
edges_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Off", "EdgeEnhancement_Off"}, {1, "Fast", "EdgeEnhancement_Fast"},
    {2, "High quality", "EdgeEnhancement_HighQuality"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsArgusEdges", values);
}

static const PtInert camera_properties[] = {
  {"sensor-id", NULL, G_TYPE_INT, 0, 255, 0, PT_FORWARDED, "Which camera"},
  {"sensor-mode", NULL, G_TYPE_INT, -1, 255, -1, PT_FORWARDED, "Its mode; -1: the best match"},
  {"num-buffers", NULL, G_TYPE_INT, -1, G_MAXINT, -1, PT_FORWARDED, "Frames to the end; -1: no end"},
  {"timeout", NULL, G_TYPE_UINT, 0, G_MAXINT, 0, PT_FORWARDED, "Seconds to the end; 0: no end"},
  {"do-timestamp", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED, "Stamp frames with the clock"},
  {"blocksize", NULL, G_TYPE_UINT, 0, G_MAXUINT, 4096, PT_FORWARDED, "Bytes of a buffer"},
  {"silent", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_FORWARDED, "Print less"},
  {"wbmode", white_balance_type, 0, 0, 0, 1, PT_FORWARDED, "White balance"},
  {"aeantibanding", antibanding_type, 0, 0, 0, 1, PT_FORWARDED, "Against the flicker of lamps"},
  {"tnr-mode", noise_reduction_type, 0, 0, 0, 1, PT_FORWARDED, "Noise reduction over time"},
  {"tnr-strength", NULL, G_TYPE_FLOAT, -1, 1, -1, PT_FORWARDED, "Its strength"},
  {"ee-mode", edges_type, 0, 0, 0, 1, PT_FORWARDED, "Edge enhancement"},
  {"ee-strength", NULL, G_TYPE_FLOAT, -1, 1, -1, PT_FORWARDED, "Its strength"},
  {"saturation", NULL, G_TYPE_FLOAT, 0, 2, 1, PT_FORWARDED, "Saturation of colours"},
  {"exposurecompensation", NULL, G_TYPE_FLOAT, -2, 2, 0, PT_FORWARDED, "Exposure compensation"},
  {"exposuretimerange", NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, "Exposure, in nanoseconds"},
  {"gainrange", NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, "Analog gain: two numbers"},
  {"ispdigitalgainrange", NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, "Digital gain: two numbers"},
  {"aeregion", NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, "What the exposure is measured on"},
  {"aelock", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_FORWARDED, "Keep the exposure"},
  {"awblock", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_FORWARDED, "Keep the white balance"},
  {"bufapi-version", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_FORWARDED, "Buffers as DeepStream's"},
  {"maxperf", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_FORWARDED, "Clocks at their highest"},
  {"show-latency", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_FORWARDED, "Show the latency of capture"},
  {"acquire-wait", NULL, G_TYPE_UINT64, 5 * GST_SECOND, G_MAXINT64, 5 * GST_SECOND, PT_FORWARDED,
      "How long to wait for a frame, in ns"},
  {"event-wait", NULL, G_TYPE_UINT64, 3 * GST_SECOND, G_MAXINT64, 3 * GST_SECOND, PT_FORWARDED,
      "How long to wait for an event, in ns"},
  {NULL}
};

static void
gst_nvarguscamerasrc_class_init (GstNvarguscamerasrcClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  klass->reason = "nvarguscamerasrc reads a camera on the connector of a Jetson";
  klass->instead = "use v4l2src device=/dev/video0 ! nvvideoconvert for a USB camera, or videotestsrc "
      "is-live=true ! nvvideoconvert without one";
  install (klass, camera_properties);
  gst_element_class_add_static_pad_template (element_class, &camera_src);
  gst_element_class_set_static_metadata (element_class, "Camera of a Jetson (refused)", "Source/Video",
      "Says what to use in the place of a Jetson's camera", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (camera_debug, "nvarguscamerasrc", 0, "refused nvarguscamerasrc");
}

static void
gst_nvarguscamerasrc_init (GstNvarguscamerasrc * self)
{
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
  add_pad (self, "src");
}

gboolean
pt_nvarguscamerasrc_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvarguscamerasrc", GST_RANK_NONE,
      gst_nvarguscamerasrc_get_type ());
}

/* ---- nvdsvideotemplate ---- */

#define TEMPLATE_CAPS \
  GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("memory:NVMM", "{ NV12, RGBA, I420, RGB, BGR, GRAY8 }") "; " \
  GST_VIDEO_CAPS_MAKE ("{ NV12, RGBA, I420 }")

static GstStaticPadTemplate template_sink =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (TEMPLATE_CAPS));
static GstStaticPadTemplate template_src =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (TEMPLATE_CAPS));

static const PtInert template_properties[] = {
  {"gpu-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_FORWARDED, "Number of the GPU"},
  {"config-file", NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, "Where properties are read from"},
  {"customlib-name", NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, "The compiled library"},
  {"customlib-props", NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, "A property of it: key:value"},
  {"dummy-meta-insert", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_FORWARDED, "Insert sample metadata"},
  {"fill-dummy-batch-meta", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_FORWARDED,
      "Fill sample metadata of nvstreammux"},
  {NULL}
};

static void
gst_nvdsvideotemplate_class_init (GstNvdsvideotemplateClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  klass->reason = "nvdsvideotemplate runs a library that was compiled for an NVIDIA GPU "
      "(customlib-name)";
  klass->instead = "do the same in a probe, which gets pictures from get_nvds_buf_surface or "
      "frame_image, or run the pipeline where DeepStream is installed";
  install (klass, template_properties);
  gst_element_class_add_static_pad_template (element_class, &template_sink);
  gst_element_class_add_static_pad_template (element_class, &template_src);
  gst_element_class_set_static_metadata (element_class, "Video template (refused)", "Filter/Video",
      "Says what to do in the place of a library for a GPU", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (template_debug, "nvdsvideotemplate", 0, "refused nvdsvideotemplate");
}

static void
gst_nvdsvideotemplate_init (GstNvdsvideotemplate * self)
{
  add_pad (self, "sink");
  add_pad (self, "src");
}

gboolean
pt_nvdsvideotemplate_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvdsvideotemplate", GST_RANK_NONE,
      gst_nvdsvideotemplate_get_type ());
}
