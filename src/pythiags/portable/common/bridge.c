/* See bridge.h. */
#include "bridge.h"
#include "nvinput.h"
#include "surface.h"
#include <gst/base/gstbasetransform.h>

typedef struct
{
  GstBaseTransform parent;
  gboolean to_nvmm;
  GstVideoInfo info;
  PtNvInput input;
} PythiagsNvmmBridge;

typedef GstBaseTransformClass PythiagsNvmmBridgeClass;

enum
{ PROP_TO_NVMM = 1 };

#define BRIDGE_CAPS \
  GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, GST_VIDEO_FORMATS_ALL) "; " \
  GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_EGL, GST_VIDEO_FORMATS_ALL) "; " \
  GST_VIDEO_CAPS_MAKE (GST_VIDEO_FORMATS_ALL)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (BRIDGE_CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (BRIDGE_CAPS));

GType pythiags_nvmm_bridge_get_type (void);
G_DEFINE_TYPE (PythiagsNvmmBridge, pythiags_nvmm_bridge, GST_TYPE_BASE_TRANSFORM);

static GstCaps *
with_feature (const GstCaps * caps, const char *feature)
{
  GstCaps *result = gst_caps_copy (caps);
  for (guint i = 0; i < gst_caps_get_size (result); i++)
    gst_caps_set_features (result, i, gst_caps_features_new (feature, NULL));
  return result;
}

/* Out go caps with the one feature; in come both, and to leave NVMM, those of nvegltransform. */
static GstCaps *
bridge_transform_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps,
    GstCaps * filter)
{
  PythiagsNvmmBridge *self = (PythiagsNvmmBridge *) base;
  const char *out = self->to_nvmm ? PT_FEATURE_NVMM : GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY;
  const char *other = self->to_nvmm ? GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY : PT_FEATURE_NVMM;
  GstCaps *result = with_feature (caps, out);
  if (direction == GST_PAD_SRC)
    result = gst_caps_merge (result, with_feature (caps, other));
  if (direction == GST_PAD_SRC && !self->to_nvmm)
    result = gst_caps_merge (result, with_feature (caps, PT_FEATURE_EGL));
  if (filter) {
    GstCaps *filtered = gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (result);
    result = filtered;
  }
  return result;
}

static GstFlowReturn
bridge_look (GstBaseTransform * base, GstBuffer * buffer)
{
  PythiagsNvmmBridge *self = (PythiagsNvmmBridge *) base;
  guint count = pt_surface_count (buffer);
  if (self->to_nvmm || count == 1)
    return GST_FLOW_OK;
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("A batch of %u pictures cannot leave NVMM memory as one", count),
      ("Put nvmultistreamtiler or nvstreamdemux before this element"));
  return GST_FLOW_ERROR;
}

static gboolean
bridge_set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  return gst_video_info_from_caps (&((PythiagsNvmmBridge *) base)->info, in);
}

/* Pictures on a card become the system's. */
static GstFlowReturn
bridge_submit (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  PythiagsNvmmBridge *self = (PythiagsNvmmBridge *) base;
  return pt_nv_input_submit (&self->input, base, pythiags_nvmm_bridge_parent_class, discont, buffer,
      &self->info, FALSE);
}

static gboolean
bridge_stop (GstBaseTransform * base)
{
  pt_nv_input_clear (&((PythiagsNvmmBridge *) base)->input);
  return TRUE;
}

static void
bridge_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  ((PythiagsNvmmBridge *) object)->to_nvmm = g_value_get_boolean (value);
}

static void
bridge_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  g_value_set_boolean (value, ((PythiagsNvmmBridge *) object)->to_nvmm);
}

static void
pythiags_nvmm_bridge_class_init (PythiagsNvmmBridgeClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = bridge_set_property;
  object_class->get_property = bridge_get_property;
  g_object_class_install_property (object_class, PROP_TO_NVMM,
      g_param_spec_boolean ("to-nvmm", "To NVMM",
          "Whether the output has the feature memory:NVMM", TRUE,
          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));

  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "NVMM bridge", "Filter/Video",
      "Changes the caps feature memory:NVMM and nothing else", "the pythiags maintainers");

  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);
  base_class->transform_caps = bridge_transform_caps;
  base_class->set_caps = bridge_set_caps;
  base_class->stop = bridge_stop;
  base_class->submit_input_buffer = bridge_submit;
  base_class->transform_ip = bridge_look;
  base_class->transform_ip_on_passthrough = TRUE;
}

static void
pythiags_nvmm_bridge_init (PythiagsNvmmBridge * self)
{
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}

GstElement *
pt_bridge_new (const char *name, gboolean to_nvmm)
{
  return g_object_new (pythiags_nvmm_bridge_get_type (), "name", name, "to-nvmm", to_nvmm, NULL);
}
