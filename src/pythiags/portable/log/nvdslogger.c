/* nvdslogger: prints the frame rate of each source, and passes buffers on.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert ! "video/x-raw(memory:NVMM)" \
 *       ! m.sink_0 nvstreammux name=m batch-size=1 width=320 height=240 \
 *       ! nvdslogger fps-measurement-interval-sec=5 ! fakesink
 *
 * The rate is the one since the first interval began, as DeepStream's is. It is printed by the
 * system's clock, whether or not frames arrive and whether or not a main loop runs.
 */
#include "gstmeta.h"
#include "inert.h"
#include "streams.h"

#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_STATIC (logger_debug);
#define GST_CAT_DEFAULT logger_debug

typedef struct
{
  guint64 frames;
  GstClockTime since;           /* GST_CLOCK_TIME_NONE: from the next interval on */
  gboolean ended;
} Source;

typedef struct
{
  GstBaseTransform parent;
  GstClockID tick;              /* NULL: not started, or no interval */
  GMutex lock;                  /* of what follows */
  GHashTable *sources;          /* Source by pad_index */
  gchar *last_message;
  /* the object lock guards these */
  guint interval, sleep_time;
  gboolean show_fps, silent, signal_handoffs;
} GstNvdslogger;

typedef GstBaseTransformClass GstNvdsloggerClass;

GType gst_nvdslogger_get_type (void);
G_DEFINE_TYPE (GstNvdslogger, gst_nvdslogger, GST_TYPE_BASE_TRANSFORM);

enum
{ PROP_INTERVAL = 1, PROP_SHOW_FPS, PROP_SILENT, PROP_LAST_MESSAGE, PROP_SLEEP_TIME, PROP_HANDOFFS };

static guint handoff_signal;

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

/* What it has of identity's properties, and what changes the stream. */
static const PtInert inert[] = {
  {"show-latency", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_NO_EFFECT, "Print latencies"},
  {"latency", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_REFUSED, "Delay of the first buffer, in us"},
  {"error-after", NULL, G_TYPE_INT, G_MININT, G_MAXINT, -1, PT_REFUSED, "Fail after N buffers"},
  {"drop-probability", NULL, G_TYPE_FLOAT, 0, 1, 0, PT_REFUSED, "How probable it is to drop"},
  {"datarate", NULL, G_TYPE_INT, 0, G_MAXINT, 0, PT_REFUSED, "Stamp buffers anew, bytes a second"},
  {"single-segment", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Stamp buffers as one segment"},
  {"dump", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Print the bytes of buffers"},
  {"sync", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Wait for the clock"},
  {"ts-offset", NULL, G_TYPE_INT64, G_MININT64, G_MAXINT64, 0, PT_REFUSED, "Offset of sync, in ns"},
  {"check-imperfect-timestamp", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED,
      "Report gaps in timestamps"},
  {"check-imperfect-offset", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Report gaps in offsets"},
  {"drop-allocation", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Answer no allocation query"},
  {NULL}
};

/* ---- the frame rates ---- */

static Source *
source_of (GstNvdslogger * self, guint index)
{
  Source *source = g_hash_table_lookup (self->sources, GUINT_TO_POINTER (index));
  if (!source) {
    source = g_new0 (Source, 1);
    source->since = GST_CLOCK_TIME_NONE;
    g_hash_table_insert (self->sources, GUINT_TO_POINTER (index), source);
  }
  return source;
}

static void
count_frames (GstNvdslogger * self, GstBuffer * buffer)
{
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch)
    return;
  g_mutex_lock (&self->lock);
  PT_EACH (PtFrame, frame, batch->frames) {
    Source *source = source_of (self, frame->pad_index);
    source->frames++;
    source->ended = FALSE;
  }
  g_mutex_unlock (&self->lock);
}

static gint
by_number (gconstpointer a, gconstpointer b)
{
  return GPOINTER_TO_INT (a) - GPOINTER_TO_INT (b);
}

/* "**PERF : FPS_0 (30.00)\tFPS_1 (29.97)\t"; NULL: no source has been seen for an interval. */
static gchar *
rates_text (GstNvdslogger * self, GstClockTime now)
{
  GString *text = g_string_new (NULL);
  GList *indices = g_list_sort (g_hash_table_get_keys (self->sources), by_number);
  for (GList * link = indices; link; link = link->next) {
    Source *source = source_of (self, GPOINTER_TO_UINT (link->data));
    if (source->ended || source->since == GST_CLOCK_TIME_NONE) {
      source->since = source->ended ? GST_CLOCK_TIME_NONE : now;
      source->frames = 0;
      if (!source->ended)
        continue;
    }
    const double rate = source->ended || now <= source->since ? 0
        : source->frames * (double) GST_SECOND / (now - source->since);
    g_string_append_printf (text, "FPS_%u (%.2f)\t", GPOINTER_TO_UINT (link->data), rate);
  }
  g_list_free (indices);
  if (text->len)
    g_string_prepend (text, "**PERF : ");
  return g_string_free (text, text->len == 0);
}

static gboolean
tick (GstClock * clock, GstClockTime time, GstClockID id, gpointer data)
{
  GstNvdslogger *self = data;
  GST_OBJECT_LOCK (self);
  const gboolean show = self->show_fps;
  GST_OBJECT_UNLOCK (self);
  g_mutex_lock (&self->lock);
  gchar *text = rates_text (self, gst_clock_get_time (clock));
  g_mutex_unlock (&self->lock);
  if (text) {
    if (show)
      g_print ("%s\n", text);
    GST_INFO_OBJECT (self, "%s", text); /* last: whoever reads this finds it printed */
  }
  g_free (text);
  return TRUE;
}

static gboolean
start (GstBaseTransform * base)
{
  GstNvdslogger *self = (GstNvdslogger *) base;
  if (!pt_inert_check (GST_ELEMENT (self), inert))
    return FALSE;
  GST_OBJECT_LOCK (self);
  const GstClockTime interval = self->interval * GST_SECOND;
  GST_OBJECT_UNLOCK (self);
  GST_INFO_OBJECT (self, "measures every %" GST_TIME_FORMAT, GST_TIME_ARGS (interval));
  if (!interval)
    return TRUE;
  GstClock *clock = gst_system_clock_obtain ();
  self->tick = gst_clock_new_periodic_id (clock, gst_clock_get_time (clock) + interval, interval);
  gst_clock_id_wait_async (self->tick, tick, gst_object_ref (self), gst_object_unref);
  gst_object_unref (clock);
  return TRUE;
}

static gboolean
stop (GstBaseTransform * base)
{
  GstNvdslogger *self = (GstNvdslogger *) base;
  if (self->tick) {
    gst_clock_id_unschedule (self->tick);
    gst_clock_id_unref (self->tick);
    self->tick = NULL;
  }
  g_mutex_lock (&self->lock);
  g_hash_table_remove_all (self->sources);
  g_clear_pointer (&self->last_message, g_free);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* ---- buffers and events ---- */

static void
note (GstNvdslogger * self, gchar * message)
{
  g_mutex_lock (&self->lock);
  g_free (self->last_message);
  self->last_message = message;
  g_mutex_unlock (&self->lock);
  g_object_notify (G_OBJECT (self), "last-message");
}

static GstFlowReturn
transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  GstNvdslogger *self = (GstNvdslogger *) base;
  GST_OBJECT_LOCK (self);
  const gboolean silent = self->silent, handoffs = self->signal_handoffs;
  const guint sleep_time = self->sleep_time;
  GST_OBJECT_UNLOCK (self);
  GST_LOG_OBJECT (self, "%" GST_PTR_FORMAT, buffer);
  count_frames (self, buffer);
  if (!silent)
    note (self, g_strdup_printf ("chain   ******* (%s:%s) (pts: %" GST_TIME_FORMAT ")",
            GST_DEBUG_PAD_NAME (base->sinkpad), GST_TIME_ARGS (GST_BUFFER_PTS (buffer))));
  if (handoffs)
    g_signal_emit (self, handoff_signal, 0, buffer);
  if (sleep_time)
    g_usleep (sleep_time);
  return GST_FLOW_OK;
}

static gboolean
sink_event (GstBaseTransform * base, GstEvent * event)
{
  GstNvdslogger *self = (GstNvdslogger *) base;
  guint index;
  if (pt_event_is_stream_ended (event, &index)) {
    g_mutex_lock (&self->lock);
    source_of (self, index)->ended = TRUE;
    g_mutex_unlock (&self->lock);
  }
  return GST_BASE_TRANSFORM_CLASS (gst_nvdslogger_parent_class)->sink_event (base, event);
}

/* ---- properties ---- */

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvdslogger *self = (GstNvdslogger *) object;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_INTERVAL: self->interval = g_value_get_uint (value); break;
    case PROP_SHOW_FPS: self->show_fps = g_value_get_boolean (value); break;
    case PROP_SILENT: self->silent = g_value_get_boolean (value); break;
    case PROP_SLEEP_TIME: self->sleep_time = g_value_get_uint (value); break;
    case PROP_HANDOFFS: self->signal_handoffs = g_value_get_boolean (value); break;
    default: pt_inert_set (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvdslogger *self = (GstNvdslogger *) object;
  if (id == PROP_LAST_MESSAGE) {
    g_mutex_lock (&self->lock);
    g_value_set_string (value, self->last_message);
    g_mutex_unlock (&self->lock);
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_INTERVAL: g_value_set_uint (value, self->interval); break;
    case PROP_SHOW_FPS: g_value_set_boolean (value, self->show_fps); break;
    case PROP_SILENT: g_value_set_boolean (value, self->silent); break;
    case PROP_SLEEP_TIME: g_value_set_uint (value, self->sleep_time); break;
    case PROP_HANDOFFS: g_value_set_boolean (value, self->signal_handoffs); break;
    default: pt_inert_get (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_switch (GObjectClass * klass, guint id, const char *name, const char *blurb, gboolean on)
{
  g_object_class_install_property (klass, id, g_param_spec_boolean (name, name, blurb, on,
          G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
  g_object_class_install_property (klass, PROP_INTERVAL,
      g_param_spec_uint ("fps-measurement-interval-sec", "fps-measurement-interval-sec",
          "Seconds between two measurements; 0: none", 0, G_MAXUINT, 5, flags));
  install_switch (klass, PROP_SHOW_FPS, "show-fps",
      "Print frame rates, as DeepStream does up to 8.0; from 9.0 on its default is false", TRUE);
  install_switch (klass, PROP_SILENT, "silent", "Whether last-message is not written", TRUE);
  install_switch (klass, PROP_HANDOFFS, "signal-handoffs", "Emit handoff for each buffer", TRUE);
  g_object_class_install_property (klass, PROP_SLEEP_TIME,
      g_param_spec_uint ("sleep-time", "sleep-time", "Microseconds to sleep after each buffer", 0,
          G_MAXUINT, 0, flags));
  g_object_class_install_property (klass, PROP_LAST_MESSAGE,
      g_param_spec_string ("last-message", "last-message", "What was last seen", NULL,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  pt_inert_install (klass, inert);
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  GstNvdslogger *self = (GstNvdslogger *) object;
  g_hash_table_unref (self->sources);
  g_free (self->last_message);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_nvdslogger_parent_class)->finalize (object);
}

static void
gst_nvdslogger_class_init (GstNvdsloggerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  handoff_signal = g_signal_new ("handoff", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 1, GST_TYPE_BUFFER | G_SIGNAL_TYPE_STATIC_SCOPE);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable logger", "Generic",
      "Prints the frame rate of each source", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (logger_debug, "nvdslogger", 0, "portable nvdslogger");
  klass->start = start;
  klass->stop = stop;
  klass->sink_event = sink_event;
  klass->transform_ip = transform_ip;
  klass->passthrough_on_same_caps = TRUE;
}

static void
gst_nvdslogger_init (GstNvdslogger * self)
{
  g_mutex_init (&self->lock);
  self->sources = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  gst_base_transform_set_gap_aware (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvdslogger_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvdslogger", GST_RANK_NONE, gst_nvdslogger_get_type ());
}
