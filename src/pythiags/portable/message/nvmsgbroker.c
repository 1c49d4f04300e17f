/* nvmsgbroker: sends the messages that nvmsgconv made to a broker, by Kafka, MQTT, AMQP or Redis.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 \
 *       ! nvmsgconv payload-type=PAYLOAD_DEEPSTREAM_MINIMAL msg2p-newapi=true frame-interval=1 \
 *       ! nvmsgbroker proto-lib=libnvds_mqtt_proto.so conn-str="localhost;1883;detections" sync=false
 *
 * The protocol is chosen by the name of NVIDIA's library, which need not be there. A thread of its own sends:
 * the stream never waits for the broker. A broker that is not there at the start is an error.
 */
#include <gst/base/gstbasesink.h>

#include "brokers.h"
#include "gstmeta.h"
#include "inert.h"
#include "sender.h"

GST_DEBUG_CATEGORY_STATIC (msgbroker_debug);
#define GST_CAT_DEFAULT msgbroker_debug

typedef struct
{
  GstBaseSink parent;
  PtSender *sender;             /* while it is started */
  gboolean batch_too;           /* new-api, when it started */
  /* under the object's lock */
  char *library, *connection, *config, *topic;
  guint component_id;
  gboolean new_api;
} GstNvmsgbroker;

typedef GstBaseSinkClass GstNvmsgbrokerClass;

GType gst_nvmsgbroker_get_type (void);
G_DEFINE_TYPE (GstNvmsgbroker, gst_nvmsgbroker, GST_TYPE_BASE_SINK);

#define MSGBROKER(object) ((GstNvmsgbroker *) (object))

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

/* ---- buffers ---- */

typedef struct
{
  GstNvmsgbroker *self;
  guint component_id, sent;
} Work;

/* Newest first, as DeepStream's lists are: those of one frame in the order of its events. */
static gboolean
send_all (Work * work, const PtList * users)
{
  for (const PtNode * at = users->tail; at; at = at->prev) {
    const PtUser *user = (const PtUser *) at;
    const PtMessage *message = user->meta_type == PT_META_PAYLOAD
        ? PT_BLOCK_OF (PtMessage, user->data) : NULL;
    if (!message || !message->size || !pt_block_of (message->payload, message->size)
        || (work->component_id && message->component_id != work->component_id))
      continue;
    if (!pt_sender_push (work->self->sender, message))
      return FALSE;
    work->sent++;
  }
  return TRUE;
}

static GstFlowReturn
render (GstBaseSink * base, GstBuffer * buffer)
{
  GstNvmsgbroker *self = MSGBROKER (base);
  PtBatch *batch = pt_buffer_get_batch (buffer);
  gboolean sent = TRUE;
  GST_OBJECT_LOCK (self);
  Work work = { self, self->component_id, 0 };
  GST_OBJECT_UNLOCK (self);
  if (batch) {
    PT_EACH (PtFrame, frame, batch->frames)
      sent = sent && send_all (&work, &frame->users);
    if (sent && self->batch_too)
      sent = send_all (&work, &batch->users);
  }
  GST_LOG_OBJECT (self, "%u messages of %" GST_PTR_FORMAT, work.sent, buffer);
  return sent ? GST_FLOW_OK : GST_FLOW_ERROR;
}

/* ---- start and stop ---- */

static void
add_setting (GPtrArray * settings, const char *name, const char *value)
{
  if (!value)
    return;
  g_ptr_array_add (settings, g_strdup (name));
  g_ptr_array_add (settings, g_strdup (value));
}

static gchar **
spell_settings (GstNvmsgbroker * self)
{
  GPtrArray *settings = g_ptr_array_new ();
  GST_OBJECT_LOCK (self);
  add_setting (settings, "proto-lib", self->library);
  add_setting (settings, "conn-str", self->connection);
  add_setting (settings, "config", self->config);
  add_setting (settings, "topic", self->topic);
  add_setting (settings, "new-api", self->new_api ? "1" : NULL);
  self->batch_too = self->new_api;
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_add (settings, NULL);
  return (gchar **) g_ptr_array_free (settings, FALSE);
}

static gboolean
start (GstBaseSink * base)
{
  GstNvmsgbroker *self = MSGBROKER (base);
  gchar *error = NULL;
  guint patience = 0;
  if (!pt_brokers_get ())
    GST_INFO_OBJECT (self, "no connections are registered: starting Python to register them");
  const PtBrokers *brokers = pt_brokers_ensure (&error);
  gchar **settings = spell_settings (self);
  gpointer broker = brokers ? brokers->open (settings, &patience, &error) : NULL;
  g_strfreev (settings);
  if (broker) {
    GST_INFO_OBJECT (self, "connected; closing may take %u ms", patience);
    self->sender = pt_sender_new (GST_ELEMENT (self), brokers, broker, patience);
  } else if (error)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("%s", error), (NULL));
  g_free (error);
  return broker != NULL;
}

static gboolean
stop (GstBaseSink * base)
{
  g_clear_pointer (&MSGBROKER (base)->sender, pt_sender_free);
  return TRUE;
}

/* ---- properties ---- */

enum
{ PROP_LIBRARY = 1, PROP_CONNECTION, PROP_CONFIG, PROP_TOPIC, PROP_COMPONENT_ID, PROP_NEW_API };

static const PtInert inert[] = {
  {"sleep-time", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT,
      "Milliseconds to wait between two looks at what is to be sent"},
  {NULL}
};

static void
replace (char **text, const GValue * value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

/* An empty topic is none, and blanks around it do not count. */
static void
replace_topic (char **topic, const GValue * value)
{
  replace (topic, value);
  if (*topic && !*g_strstrip (*topic))
    g_clear_pointer (topic, g_free);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvmsgbroker *self = MSGBROKER (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LIBRARY: replace (&self->library, value); break;
    case PROP_CONNECTION: replace (&self->connection, value); break;
    case PROP_CONFIG: replace (&self->config, value); break;
    case PROP_TOPIC: replace_topic (&self->topic, value); break;
    case PROP_COMPONENT_ID: self->component_id = g_value_get_uint (value); break;
    case PROP_NEW_API: self->new_api = g_value_get_boolean (value); break;
    default: pt_inert_set (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvmsgbroker *self = MSGBROKER (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LIBRARY: g_value_set_string (value, self->library); break;
    case PROP_CONNECTION: g_value_set_string (value, self->connection); break;
    case PROP_CONFIG: g_value_set_string (value, self->config); break;
    case PROP_TOPIC: g_value_set_string (value, self->topic); break;
    case PROP_COMPONENT_ID: g_value_set_uint (value, self->component_id); break;
    case PROP_NEW_API: g_value_set_boolean (value, self->new_api); break;
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
  ADD (PROP_LIBRARY, string, "proto-lib",
      "NVIDIA's library for a protocol, whose name chooses it; the file need not be there", NULL,
      at_start);
  ADD (PROP_CONNECTION, string, "conn-str", "The broker: host;port, or host;port;topic", NULL,
      at_start);
  ADD (PROP_CONFIG, string, "config", "File with more of the connection, in [message-broker]", NULL,
      at_start);
  ADD (PROP_TOPIC, string, "topic", "What messages are sent to", NULL, at_start);
  ADD (PROP_COMPONENT_ID, uint, "comp-id", "Only messages of this component are sent; 0: all", 0,
      G_MAXUINT, 0, any_time);
  ADD (PROP_NEW_API, boolean, "new-api",
      "Connect again when the broker was away, and send what is attached to whole batches too", FALSE,
      at_start);
#undef ADD
  pt_inert_install (klass, inert);
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  GstNvmsgbroker *self = MSGBROKER (object);
  g_free (self->library);
  g_free (self->connection);
  g_free (self->config);
  g_free (self->topic);
  G_OBJECT_CLASS (gst_nvmsgbroker_parent_class)->finalize (object);
}

static void
gst_nvmsgbroker_class_init (GstNvmsgbrokerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  klass->start = start;
  klass->stop = stop;
  klass->render = render;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Portable message broker", "Sink/Metadata",
      "Sends messages to a broker by Kafka, MQTT, AMQP or Redis", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (msgbroker_debug, "nvmsgbroker", 0, "portable nvmsgbroker");
}

static void
gst_nvmsgbroker_init (GstNvmsgbroker * self)
{
}

gboolean
pt_nvmsgbroker_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvmsgbroker", GST_RANK_PRIMARY,
      gst_nvmsgbroker_get_type ());
}
