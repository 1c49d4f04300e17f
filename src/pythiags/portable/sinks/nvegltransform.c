/* nvegltransform: hands pictures of NVMM memory to a renderer, as scripts for a Jetson have it.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert ! "video/x-raw(memory:NVMM)" \
 *       ! nvegltransform ! "video/x-raw(memory:EGLImage)" ! fakesink
 *
 * Only the name of the memory changes: the pictures are the system's before and after, and nveglglessink
 * takes both.
 */
#include "bridge.h"
#include "inert.h"
#include "nvinput.h"
#include "surface.h"

#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_STATIC (egltransform_debug);
#define GST_CAT_DEFAULT egltransform_debug

typedef struct
{
  GstBaseTransform parent;
  GstVideoInfo info;
  PtNvInput input;
} GstNvegltransform;

typedef GstBaseTransformClass GstNvegltransformClass;

GType gst_nvegltransform_get_type (void);
G_DEFINE_TYPE (GstNvegltransform, gst_nvegltransform, GST_TYPE_BASE_TRANSFORM);

#define FORMATS "{ RGBA, BGRx, I420, NV12 }"

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, FORMATS)));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_EGL, FORMATS)));

static const PtInert properties[] = {
  {"silent", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_NO_EFFECT, "Print less"},
  {NULL}
};

static GstCaps *
transform_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps, GstCaps * filter)
{
  const char *feature = direction == GST_PAD_SINK ? PT_FEATURE_EGL : PT_FEATURE_NVMM;
  GstCaps *result = gst_caps_copy (caps);
  for (guint i = 0; i < gst_caps_get_size (result); i++) {
    gst_caps_set_features (result, i, gst_caps_features_new (feature, NULL));
    gst_structure_remove_field (gst_caps_get_structure (result, i), "batch-size");
  }
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (result);
    result = both;
  }
  return result;
}

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  GST_INFO_OBJECT (base, "%" GST_PTR_FORMAT " becomes %" GST_PTR_FORMAT, in, out);
  return gst_video_info_from_caps (&((GstNvegltransform *) base)->info, in);
}

static GstFlowReturn
submit (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  GstNvegltransform *self = (GstNvegltransform *) base;
  return pt_nv_input_submit (&self->input, base, gst_nvegltransform_parent_class, discont, buffer,
      &self->info, FALSE);
}

static GstFlowReturn
look (GstBaseTransform * base, GstBuffer * buffer)
{
  GST_LOG_OBJECT (base, "%" GST_PTR_FORMAT, buffer);
  return GST_FLOW_OK;
}

static gboolean
stop (GstBaseTransform * base)
{
  pt_nv_input_clear (&((GstNvegltransform *) base)->input);
  return TRUE;
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
gst_nvegltransform_class_init (GstNvegltransformClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  pt_inert_install (object_class, properties);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable EGL transform", "Filter/Video",
      "Hands pictures of NVMM memory to a renderer", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (egltransform_debug, "nvegltransform", 0, "portable nvegltransform");
  klass->transform_caps = transform_caps;
  klass->set_caps = set_caps;
  klass->submit_input_buffer = submit;
  klass->transform_ip = look;
  klass->transform_ip_on_passthrough = TRUE;
  klass->stop = stop;
}

static void
gst_nvegltransform_init (GstNvegltransform * self)
{
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvegltransform_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvegltransform", GST_RANK_NONE,
      gst_nvegltransform_get_type ());
}
