/* nvinferserver: runs a network of a Triton model repository on frames, or on objects in them.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=1280 height=720 \
 *       ! nvinferserver config-file-path=config_inferserver.txt ! fakesink
 *
 * There is no server: the repository's ONNX model is run in this process, as nvinfer runs it. The
 * configuration file is DeepStream's, in the text format of protocol buffers.
 */
#include "inferelement.h"

GST_DEBUG_CATEGORY_STATIC (server_debug);

typedef PythiagsInfer GstNvinferserver;
typedef PythiagsInferClass GstNvinferserverClass;

GType gst_nvinferserver_get_type (void);

static const PtInFile in_file[] = {
  {"batch-size", "max_batch_size"}, {"interval", "interval"}, {"unique-id", "unique_id"},
  {"infer-on-gie-id", "operate_on_gie_id"},
  {NULL}
};

static const PtInferKind kind = { "nvinferserver", &server_debug, in_file };

G_DEFINE_TYPE (GstNvinferserver, gst_nvinferserver, pythiags_infer_get_type ());

static void
gst_nvinferserver_class_init (GstNvinferserverClass * klass)
{
  GST_DEBUG_CATEGORY_INIT (server_debug, "nvinferserver", 0, "portable nvinferserver");
  pt_infer_install (klass, &kind);
  pt_nvinferserver_install_properties (G_OBJECT_CLASS (klass));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Portable inference of a model repository", "Filter/Analyzer/Video",
      "Runs the ONNX networks of a Triton model repository on frames and objects, on a CPU",
      "the pythiags maintainers");
}

static void
gst_nvinferserver_init (GstNvinferserver * self)
{
}

gboolean
pt_nvinferserver_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvinferserver", GST_RANK_NONE,
      gst_nvinferserver_get_type ());
}
