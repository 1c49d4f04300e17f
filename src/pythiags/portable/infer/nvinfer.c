/* nvinfer: runs a network on every frame of a batch, or on objects in them, and adds what it finds.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=1280 height=720 \
 *       ! nvinfer config-file-path=config_infer_primary.txt ! fakesink
 *
 * With output-analytics-meta=true the objects are also written as GstAnalytics, GStreamer's own metadata,
 * for elements such as objectdetectionoverlay. Their boxes are in pixels of this element's pictures.
 */
#include "inferelement.h"

GST_DEBUG_CATEGORY_STATIC (nvinfer_debug);

typedef PythiagsInfer GstNvinfer;
typedef PythiagsInferClass GstNvinferClass;

GType gst_nvinfer_get_type (void);

static const PtInFile in_file[] = {
  {"batch-size", "batch-size"}, {"interval", "interval"}, {"gpu-id", "gpu-id"}, {"unique-id", "gie-unique-id"},
  {"process-mode", "process-mode"}, {"infer-on-gie-id", "operate-on-gie-id"},
  {"output-tensor-meta", "output-tensor-meta"}, {"output-instance-mask", "output-instance-mask"},
  {NULL}
};

static const PtInferKind kind = { "nvinfer", &nvinfer_debug, in_file };

G_DEFINE_TYPE (GstNvinfer, gst_nvinfer, pythiags_infer_get_type ());

static void
gst_nvinfer_class_init (GstNvinferClass * klass)
{
  GST_DEBUG_CATEGORY_INIT (nvinfer_debug, "nvinfer", 0, "portable nvinfer");
  pt_infer_install (klass, &kind);
  pt_nvinfer_install_properties (G_OBJECT_CLASS (klass));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Portable inference",
      "Filter/Analyzer/Video", "Runs networks on frames and objects with ONNX Runtime, on a CPU",
      "the pythiags maintainers");
}

static void
gst_nvinfer_init (GstNvinfer * self)
{
}

gboolean
pt_nvinfer_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvinfer", GST_RANK_NONE, gst_nvinfer_get_type ());
}
