/* A plugin with an element nvinfer, in the place of DeepStream's. */
#include <gst/gst.h>

typedef GstElement GstNvInfer;
typedef GstElementClass GstNvInferClass;

GType gst_nv_infer_get_type (void);
G_DEFINE_TYPE (GstNvInfer, gst_nv_infer, GST_TYPE_ELEMENT);

static void
gst_nv_infer_class_init (GstNvInferClass * klass)
{
  gst_element_class_set_static_metadata (klass, "Stand-in", "Filter", "DeepStream's", "tests");
}

static void
gst_nv_infer_init (GstNvInfer * self)
{
}

static gboolean
plugin_init (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvinfer", GST_RANK_PRIMARY, gst_nv_infer_get_type ());
}

#define PACKAGE "tests"
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, nvdsgst_infer, "A stand-in", plugin_init,
    "1.0", "Proprietary", PACKAGE, "https://example.org")
