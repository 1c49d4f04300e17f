/* An element as it is compiled for DeepStream: it finds NVIDIA's batch on a buffer, tells of its objects and adds one.
 *
 * Linked to NVIDIA's libraries; what it needs of their headers is declared here, with the offsets of DeepStream 9.
 */
#include <gst/base/gstbasetransform.h>
#include <string.h>

gpointer gst_buffer_get_nvds_batch_meta (GstBuffer * buffer);
gpointer nvds_acquire_obj_meta_from_pool (gpointer batch);
void nvds_add_obj_meta_to_frame (gpointer frame, gpointer object, gpointer parent);
void nvds_acquire_meta_lock (gpointer batch);
void nvds_release_meta_lock (gpointer batch);

#define AT(type, base, offset) (*(type *) ((char *) (base) + (offset)))

typedef struct { GstBaseTransform parent; } GstCompiled;
typedef GstBaseTransformClass GstCompiledClass;
GType gst_compiled_get_type (void);
G_DEFINE_TYPE (GstCompiled, gst_compiled, GST_TYPE_BASE_TRANSFORM);

static GstStaticPadTemplate sink = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static void
add_object (gpointer batch, gpointer frame)
{
  gpointer object = nvds_acquire_obj_meta_from_pool (batch);
  const float box[4] = { 1, 2, 3, 4 };
  AT (gint, object, 52) = 77;
  memcpy ((char *) object + 104, box, sizeof box);
  strcpy ((char *) object + 344, "compiled");
  AT (char *, object, 240) = g_strdup ("from C");
  nvds_add_obj_meta_to_frame (frame, object, NULL);
}

static GstFlowReturn
look (GstBaseTransform * base, GstBuffer * buffer)
{
  gpointer batch = gst_buffer_get_nvds_batch_meta (buffer);
  GString *seen = g_string_new (batch ? "seen:" : "nothing");
  if (batch) {
    nvds_acquire_meta_lock (batch);
    for (GList * frames = AT (GList *, batch, 96); frames; frames = frames->next) {
      g_string_append_printf (seen, " source %u", AT (guint, frames->data, 72));
      for (GList * objects = AT (GList *, frames->data, 104); objects; objects = objects->next)
        g_string_append_printf (seen, " %s", (char *) objects->data + 344);
      add_object (batch, frames->data);
    }
    nvds_release_meta_lock (batch);
  }
  gst_element_post_message (GST_ELEMENT (base), gst_message_new_element (GST_OBJECT (base),
          gst_structure_new ("seen", "text", G_TYPE_STRING, seen->str, NULL)));
  g_string_free (seen, TRUE);
  return GST_FLOW_OK;
}

static void
gst_compiled_class_init (GstCompiledClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &sink);
  gst_element_class_add_static_pad_template (element_class, &src);
  gst_element_class_set_static_metadata (element_class, "Compiled for DeepStream", "Generic", "Adds an object", "tests");
  klass->transform_ip = look;
}

static void
gst_compiled_init (GstCompiled * self)
{
}

static gboolean
plugin_init (GstPlugin * plugin)
{
  return gst_element_register (plugin, "dscompiled", GST_RANK_NONE, gst_compiled_get_type ());
}

#define PACKAGE "tests"
GST_PLUGIN_DEFINE (1, 20, dscompiled, "An element that was compiled for DeepStream", plugin_init, "1", "Proprietary", PACKAGE, "-")
