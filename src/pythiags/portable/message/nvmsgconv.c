/* nvmsgconv: makes messages, by DeepStream's schemas, of what scripts attached or of the metadata itself.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 \
 *       ! nvinfer config-file-path=config_infer_primary.txt \
 *       ! nvmsgconv payload-type=PAYLOAD_DEEPSTREAM_MINIMAL msg2p-newapi=true frame-interval=10 \
 *           debug-payload-dir=. ! fakesink
 *
 * Each message is attached to its frame as a user meta of NVDS_PAYLOAD_META, which nvmsgbroker sends. Buffers
 * without a message pass as they are; one with a message that others have as well is copied.
 */
#include <gst/base/gstbasetransform.h>

#include "findings.h"
#include "gstmeta.h"
#include "inert.h"
#include "payloads.h"

GST_DEBUG_CATEGORY_STATIC (msgconv_debug);
#define GST_CAT_DEFAULT msgconv_debug

#define LIBRARY "libnvds_msgconv.so"
#define FRAME_INTERVAL 30

typedef struct
{
  GstBaseTransform parent;
  PtSchema schema;              /* of the streaming thread */
  /* under the object's lock */
  PtMsgSettings settings;
  gboolean multiple;
  char *config, *library, *folder;
} GstNvmsgconv;

typedef GstBaseTransformClass GstNvmsgconvClass;

GType gst_nvmsgconv_get_type (void);
G_DEFINE_TYPE (GstNvmsgconv, gst_nvmsgconv, GST_TYPE_BASE_TRANSFORM);

#define MSGCONV(object) ((GstNvmsgconv *) (object))

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GType
payload_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {PT_MSG_FULL, "DeepStream's full schema, one message an object", "PAYLOAD_DEEPSTREAM"},
    {PT_MSG_MINIMAL, "DeepStream's minimal schema, one message a frame",
        "PAYLOAD_DEEPSTREAM_MINIMAL"},
    {PT_MSG_PROTOBUF, "The minimal schema as protobuf", "PAYLOAD_DEEPSTREAM_PROTOBUF"},
    {PT_MSG_RESERVED, "Reserved", "PAYLOAD_RESERVED"},
    {PT_MSG_CUSTOM, "The words CUSTOM Schema, where no library has another", "PAYLOAD_CUSTOM"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsMsgConvPayloadType", values);
}

/* ---- buffers ---- */

static void
report (GstNvmsgconv * self)
{
  GPtrArray *notes = self->schema.notes;
  for (guint i = 0; i < notes->len; i++)
    GST_ELEMENT_WARNING (self, STREAM, ENCODE, ("%s", (char *) notes->pdata[i]), (NULL));
  g_ptr_array_set_size (notes, 0);
}

/* Takes a buffer over that is its own only after this, where others have it too. */
static GstBuffer *
attach (GstBuffer * buffer, GArray * payloads)
{
  if (payloads->len) {
    buffer = gst_buffer_make_writable (buffer);
    pt_payloads_attach (payloads, pt_buffer_get_batch (buffer));
  }
  return buffer;
}

static gboolean
write_down (GstNvmsgconv * self, const GArray * payloads, const char *folder)
{
  char *error = NULL;
  if (!folder || !payloads->len || pt_payloads_write (payloads, folder, &error))
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, WRITE, ("debug-payload-dir: %s", error), (NULL));
  g_free (error);
  return FALSE;
}

/* The batch is read as it is: the buffer is copied, where others have it, only to attach a message. */
static gboolean
convert (GstNvmsgconv * self, GstBuffer ** buffer, PtBatch * batch)
{
  GST_OBJECT_LOCK (self);
  const PtMsgSettings settings = self->settings;
  gchar *folder = g_strdup (self->folder);
  GST_OBJECT_UNLOCK (self);
  GArray *payloads = pt_payloads_of (&self->schema, &settings, batch);
  GST_LOG_OBJECT (self, "%u messages in %" GST_PTR_FORMAT, payloads->len, *buffer);
  report (self);
  const gboolean written = write_down (self, payloads, folder);
  if (written)
    *buffer = attach (*buffer, payloads);
  pt_payloads_free (payloads);
  g_free (folder);
  return written;
}

static GstFlowReturn
submit_input_buffer (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (batch && !convert (MSGCONV (base), &buffer, batch)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_nvmsgconv_parent_class)->submit_input_buffer (base, discont,
      buffer);
}

/* ---- start and stop ---- */

static gboolean
check_library (GstNvmsgconv * self)
{
  gchar *name = self->library ? g_path_get_basename (self->library) : NULL;
  const gboolean known = !name || !*self->library || g_str_has_prefix (name, LIBRARY);
  if (!known)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("msg2p-lib is %s, a library of its own, which needs "
            "DeepStream: leave it out, or set it to " LIBRARY ", in whose place the portable "
            "schemas are", self->library), (NULL));
  g_free (name);
  return known;
}

static gboolean
check_folder (GstNvmsgconv * self)
{
  if (!self->folder || g_file_test (self->folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND, ("debug-payload-dir is %s, which is no folder: make "
          "it", self->folder), (NULL));
  return FALSE;
}

static gboolean
check_type (GstNvmsgconv * self)
{
  const char *problem = NULL;
  if (self->settings.type == PT_MSG_FULL && !self->config)
    problem = "config is not set, without which there is no full schema: name a file with the groups "
        "[sensor0], [place0] and [analytics0], or set payload-type=PAYLOAD_DEEPSTREAM_MINIMAL";
  else if (self->settings.type == PT_MSG_RESERVED)
    problem = "payload-type=PAYLOAD_RESERVED is no schema: set PAYLOAD_DEEPSTREAM or "
        "PAYLOAD_DEEPSTREAM_MINIMAL";
  if (problem)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("%s", problem), (NULL));
  return !problem;
}

static gboolean
read_config (GstNvmsgconv * self, PtMsgConfig ** config)
{
  PtFindings findings;
  char *error = NULL;
  pt_findings_init (&findings);
  const gboolean wanted = self->config && self->settings.type != PT_MSG_CUSTOM;
  *config = wanted ? pt_msg_config_read (self->config, findings.notes, &error) : NULL;
  findings.error = error ? g_strconcat ("config: ", error, NULL) : NULL;
  const gboolean read = pt_findings_post (&findings, GST_ELEMENT (self), NULL);
  pt_findings_clear (&findings);
  g_free (error);
  return read;
}

static gboolean
start (GstBaseTransform * base)
{
  GstNvmsgconv *self = MSGCONV (base);
  PtMsgConfig *config = NULL;
  if (!check_library (self) || !check_folder (self) || !check_type (self)
      || !read_config (self, &config))
    return FALSE;
  pt_schema_init (&self->schema, config);
  GST_INFO_OBJECT (self, "payload type %d, of %s, %u sensors", self->settings.type,
      self->settings.of_metadata ? "the metadata" : "what is attached",
      config ? g_hash_table_size (config->sensors) : 0);
  return TRUE;
}

static gboolean
stop (GstBaseTransform * base)
{
  pt_schema_clear (&MSGCONV (base)->schema);
  return TRUE;
}

/* ---- properties ---- */

enum
{
  PROP_CONFIG = 1, PROP_LIBRARY, PROP_TYPE, PROP_COMPONENT_ID, PROP_FOLDER, PROP_MULTIPLE,
  PROP_OF_METADATA, PROP_INTERVAL, PROP_DUMMY,
};

static const PtInert inert[] = {
  {"embedding-filter", NULL, G_TYPE_STRING, 0, 0, 0, PT_NO_EFFECT,
      "Whose embeddings are in messages, of objects of three dimensions"},
  {NULL}
};

static void
replace (char **text, const GValue * value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvmsgconv *self = MSGCONV (object);
  PtMsgSettings *settings = &self->settings;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CONFIG: replace (&self->config, value); break;
    case PROP_LIBRARY: replace (&self->library, value); break;
    case PROP_TYPE: settings->type = g_value_get_enum (value); break;
    case PROP_COMPONENT_ID: settings->component_id = g_value_get_uint (value); break;
    case PROP_FOLDER: replace (&self->folder, value); break;
    case PROP_MULTIPLE: self->multiple = g_value_get_boolean (value); break;
    case PROP_OF_METADATA: settings->of_metadata = g_value_get_boolean (value); break;
    case PROP_INTERVAL: settings->interval = g_value_get_uint (value); break;
    case PROP_DUMMY: settings->dummy = g_value_get_boolean (value); break;
    default: pt_inert_set (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvmsgconv *self = MSGCONV (object);
  const PtMsgSettings *settings = &self->settings;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CONFIG: g_value_set_string (value, self->config); break;
    case PROP_LIBRARY: g_value_set_string (value, self->library); break;
    case PROP_TYPE: g_value_set_enum (value, settings->type); break;
    case PROP_COMPONENT_ID: g_value_set_uint (value, settings->component_id); break;
    case PROP_FOLDER: g_value_set_string (value, self->folder); break;
    case PROP_MULTIPLE: g_value_set_boolean (value, self->multiple); break;
    case PROP_OF_METADATA: g_value_set_boolean (value, settings->of_metadata); break;
    case PROP_INTERVAL: g_value_set_uint (value, settings->interval); break;
    case PROP_DUMMY: g_value_set_boolean (value, settings->dummy); break;
    default: pt_inert_get (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags both = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags at_start = both | GST_PARAM_MUTABLE_READY;
  const GParamFlags any_time = both | GST_PARAM_MUTABLE_PLAYING;
#define ADD(id, kind, name, blurb, ...) \
  g_object_class_install_property (klass, id, \
      g_param_spec_##kind (name, name, blurb, __VA_ARGS__))
  ADD (PROP_CONFIG, string, "config",
      "File with what messages say of sensors, places and analytics modules", NULL, at_start);
  ADD (PROP_LIBRARY, string, "msg2p-lib",
      "NVIDIA's library, in whose place the portable schemas are; the file need not be there", NULL,
      at_start);
  ADD (PROP_TYPE, enum, "payload-type", "The schema of the messages", payload_type (), PT_MSG_FULL,
      at_start);
  ADD (PROP_COMPONENT_ID, uint, "comp-id",
      "Of the messages; only events of this component count; 0: all", 0, G_MAXUINT, 0, any_time);
  ADD (PROP_FOLDER, string, "debug-payload-dir", "Folder that every message is written to as well",
      NULL, at_start);
  ADD (PROP_MULTIPLE, boolean, "multiple-payloads",
      "Let a library make several messages at once; the schemas here make the same", FALSE, any_time);
  ADD (PROP_OF_METADATA, boolean, "msg2p-newapi",
      "Make messages of frames and objects, not of what scripts attached", FALSE, any_time);
  ADD (PROP_INTERVAL, uint, "frame-interval", "With msg2p-newapi: every how many frames", 1,
      G_MAXUINT, FRAME_INTERVAL, any_time);
  ADD (PROP_DUMMY, boolean, "dummy-payload",
      "In the minimal schema, make a message also of a frame without events", FALSE, any_time);
#undef ADD
  pt_inert_install (klass, inert);
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  GstNvmsgconv *self = MSGCONV (object);
  g_free (self->config);
  g_free (self->library);
  g_free (self->folder);
  G_OBJECT_CLASS (gst_nvmsgconv_parent_class)->finalize (object);
}

static void
gst_nvmsgconv_class_init (GstNvmsgconvClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  klass->start = start;
  klass->stop = stop;
  klass->submit_input_buffer = submit_input_buffer;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable message converter",
      "Filter/Metadata", "Makes messages of metadata, by DeepStream's schemas",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (msgconv_debug, "nvmsgconv", 0, "portable nvmsgconv");
}

static void
gst_nvmsgconv_init (GstNvmsgconv * self)
{
  self->settings.interval = FRAME_INTERVAL;
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvmsgconv_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvmsgconv", GST_RANK_NONE, gst_nvmsgconv_get_type ());
}
