/* nvinfer: runs a network on every frame of a batch, or on objects in them, and adds what it finds.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=1280 height=720 \
 *       ! nvinfer config-file-path=config_infer_primary.txt ! fakesink
 *
 * Scaling, colours and metadata are C and need no GIL; the network is run by the Python engine, once
 * a batch, and a batch that `interval` skips never gets there. A buffer without a batch (no
 * muxer upstream) gets one of its own.
 *
 * With output-analytics-meta=true the objects are also written as GstAnalytics, GStreamer's own metadata,
 * for elements such as objectdetectionoverlay. Their boxes are in pixels of this element's pictures.
 *
 * As in DeepStream, buffers leave in a thread of their own: the streaming thread takes the next
 * batch while threads of the line prepare and run those before it, and another is drawn. Events and queries that have a place
 * among the buffers wait until all buffers before them have left.
 */
#include "nvinferproperties.h"
#include "python.h"
#include "analytics.h"
#include "inferline.h"
#include "inferqueries.h"
#include "streams.h"
#include "surface.h"
#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_STATIC (nvinfer_debug);
#define GST_CAT_DEFAULT nvinfer_debug

typedef struct
{
  GstBaseTransform parent;
  GstStructure *settings;          /* the properties that were set; under the object lock */
  PtInferLine *line;               /* lasts as long as the element */

  /* Set by start, freed by stop. */
  gpointer engine;
  PtInferPlan plan;

  /* The streaming thread's between start and stop. */
  GstVideoInfo info;
  PtInferJob *job;                 /* of the buffer that is being prepared */
  PtInferHistory *history;         /* of tracked objects */
  guint to_skip;                   /* batches before the next one that is inferred */
  gint frame_num;                  /* for buffers without a batch */
  gboolean reported;               /* upstream knows why the line has stopped */
  gboolean warned;                 /* of objects that nothing tracks */

  gboolean warned_of_class;        /* the output thread's */
} GstNvinfer;

typedef struct
{
  GstBaseTransformClass parent;
} GstNvinferClass;

static GType gst_nvinfer_get_type (void);
G_DEFINE_TYPE (GstNvinfer, gst_nvinfer, GST_TYPE_BASE_TRANSFORM);
#define NVINFER(object) ((GstNvinfer *) (object))

#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, PT_TENSOR_FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (PT_TENSOR_FORMATS)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- properties ---- */

static void
nvinfer_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  pt_nvinfer_set (object, NVINFER (object)->settings, value, pspec);
}

static void
nvinfer_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  pt_nvinfer_get (object, NVINFER (object)->settings, value, pspec);
}

/* ---- the output thread ---- */

static void
warn_of_class (GstNvinfer * self, const PtInferJob * job)
{
  if (!self->warned_of_class)
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("The network found objects of class %d, and "
            "num-detected-classes is %u. They are left out.", job->unknown_class,
            self->plan.classes->len), ("set num-detected-classes to what the network was trained for, "
            "or correct the function that reads its outputs"));
  self->warned_of_class = TRUE;
}

static void
output (gpointer data)
{
  GstNvinfer *self = data;
  GstPad *src = GST_BASE_TRANSFORM_SRC_PAD (self);
  PtInferJob *job = pt_infer_line_next (self->line);
  if (!job) {
    gst_pad_pause_task (src);
    return;
  }
  GstFlowReturn flow = job->flow;
  if (flow == GST_FLOW_OK)
    pt_infer_job_finish (job, &self->plan);
  if (job->unknown)
    warn_of_class (self, job);
  GST_LOG_OBJECT (self, "%u pictures inferred, %u objects and labels found, %u of unknown classes: %"
      GST_PTR_FORMAT, job->pictures->len, job->found, job->unknown, job->buffer);
  if (job->error)
    GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", job->error), (NULL));
  if (flow == GST_FLOW_OK)
    flow = gst_pad_push (src, g_steal_pointer (&job->buffer));
  pt_infer_line_settle (self->line, job, flow);
}

/* Flushing is the only stop that ends the thread; after any other it waits in the line. */
static void
start_output (GstNvinfer * self)
{
  self->reported = FALSE;
  gst_pad_start_task (GST_BASE_TRANSFORM_SRC_PAD (self), output, self, NULL);
}

/* ---- start and stop ---- */

static gboolean
nvinfer_stop (GstBaseTransform * base)
{
  GstNvinfer *self = NVINFER (base);
  pt_infer_line_shut (self->line);
  gst_pad_stop_task (GST_BASE_TRANSFORM_SRC_PAD (base));
  pt_infer_line_close (self->line);
  if (self->engine)
    pt_infer_engine_get ()->close (self->engine);
  self->engine = NULL;
  g_clear_pointer (&self->job, pt_infer_job_free);
  g_clear_pointer (&self->plan.classes, g_array_unref);
  g_clear_pointer (&self->plan.targets.class_ids, g_array_unref);
  pt_infer_history_forget_all (self->history);
  return TRUE;
}

static gboolean
nvinfer_start (GstBaseTransform * base)
{
  GstNvinfer *self = NVINFER (base);
  gchar *error = NULL;
  self->plan = (PtInferPlan) {
    .classes = g_array_new (FALSE, TRUE, sizeof (PtInferClass)),
    .targets.class_ids = g_array_new (FALSE, FALSE, sizeof (gint)),
  };
  gchar **settings = pt_nvinfer_spell (G_OBJECT (self), self->settings, &self->plan.analytics);
  if (!pt_infer_engine_get ())
    GST_INFO_OBJECT (self, "no engine is registered: starting Python to register it");
  self->to_skip = 0;
  self->frame_num = 0;
  self->warned = self->warned_of_class = FALSE;
  const PtInferEngine *python = NULL;
  if (self->plan.analytics && !pt_analytics_library (TRUE))
    error = g_strdup (PT_ANALYTICS_PROPERTY " needs libgstanalytics-1.0, which is part of "
        "GStreamer from 1.24 on: install it, or leave the property out");
  else
    python = pt_engine_ensure (&error);
  if (!python)
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error), (NULL));
  else if (!(self->engine = python->open (settings, &self->plan, &error)) && error)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("%s", error), (NULL));
  g_strfreev (settings);
  g_free (error);
  if (!self->engine) {
    nvinfer_stop (base);
    return FALSE;
  }
  GST_INFO_OBJECT (self, "a network for %ux%ux%u values, %u classes, %u runs at once",
      self->plan.tensor.channels, self->plan.tensor.height, self->plan.tensor.width,
      self->plan.classes->len, self->plan.runs_at_once);
  pt_infer_line_open (self->line, self->engine, &self->plan);
  start_output (self);
  return TRUE;
}

/* Who waits for room, or for a batch, holds a stream lock, for which the parent class waits. Shut,
 * as a flush may end in another thread before the pads are deactivated. */
static GstStateChangeReturn
nvinfer_change_state (GstElement * element, GstStateChange transition)
{
  GstNvinfer *self = NVINFER (element);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    pt_infer_line_shut (self->line);
    if (self->engine)
      pt_infer_engine_get ()->interrupt (self->engine);
  }
  return GST_ELEMENT_CLASS (gst_nvinfer_parent_class)->change_state (element, transition);
}

/* ---- a batch ---- */

/* As nvinfer: of all frames, of every so many batches. */
static void
take_frames (GstNvinfer * self, GstBuffer * buffer, const PtBatch * batch)
{
  if (self->to_skip) {
    GST_LOG_OBJECT (self, "skipped by the interval: %" GST_PTR_FORMAT, buffer);
    self->to_skip--;
    return;
  }
  self->to_skip = pt_nvinfer_interval (G_OBJECT (self), self->settings, self->plan.interval);
  PT_EACH (PtFrame, frame, batch->frames)
    pt_infer_job_add (self->job, frame);
}

static void
warn_of_untracked (GstNvinfer * self)
{
  if (!self->warned)
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("Untracked objects in metadata. Cannot infer on "
            "untracked objects in asynchronous mode."),
        ("put nvtracker before this nvinfer, or set classifier-async-mode=0"));
  self->warned = TRUE;
}

static GstFlowReturn
nvinfer_transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  GstNvinfer *self = NVINFER (base);
  PtBatch *batch = pt_infer_ensure_batch (buffer, &self->info, &self->frame_num);
  if (self->plan.analytics && batch->num_frames_in_batch > 1) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("%s is for one picture a buffer; this one has %u: set batch-size=1 on nvstreammux, or "
            "put nvinfer behind nvstreamdemux", PT_ANALYTICS_PROPERTY,
            batch->num_frames_in_batch), (NULL));
    return GST_FLOW_ERROR;
  }
  if (!self->job)
    self->job = pt_infer_line_take_spare (self->line);
  pt_infer_job_clear (self->job);  /* of a batch that failed half-way */
  self->job->info = self->info;
  if (!self->plan.on_objects)
    take_frames (self, buffer, batch);
  else if (!pt_infer_job_take_objects (self->job, buffer, batch, self->history, &self->plan))
    warn_of_untracked (self);
  return GST_FLOW_OK;
}

/* What the parent class would push goes into the line; the parent class sees nothing to push. */
static GstFlowReturn
nvinfer_generate_output (GstBaseTransform * base, GstBuffer ** buffer)
{
  GstNvinfer *self = NVINFER (base);
  GstFlowReturn flow =
      GST_BASE_TRANSFORM_CLASS (gst_nvinfer_parent_class)->generate_output (base, buffer);
  if (flow != GST_FLOW_OK || !*buffer)
    return flow;
  PtInferJob *job = g_steal_pointer (&self->job);
  job->buffer = g_steal_pointer (buffer);
  flow = pt_infer_line_append (self->line, job);
  self->reported = flow != GST_FLOW_OK;
  return flow;
}

/* ---- caps, events and queries ---- */

static gboolean
nvinfer_set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  GST_INFO_OBJECT (base, "reads %" GST_PTR_FORMAT, in);
  return gst_video_info_from_caps (&NVINFER (base)->info, in);
}

/* Who writes to this buffer is downstream: its answers are good for upstream too. */
static gboolean
nvinfer_propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  return gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (base), query);
}

/* After these a stream that had ended downstream may continue. */
static gboolean
begins_anew (GstEvent * event)
{
  return GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START
      || GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT;
}

/* An event in its place among the buffers. A bad result that no buffer carries up any more, since
 * the stream has ended, is reported by a message; what returns GST_FLOW_ERROR has posted one. */
static void
wait_for_turn (GstNvinfer * self, GstEvent * event)
{
  GstFlowReturn flow = pt_infer_line_drain (self->line);
  gboolean failed = flow == GST_FLOW_NOT_LINKED || (flow < GST_FLOW_EOS && flow != GST_FLOW_ERROR);
  if (flow == GST_FLOW_EOS && begins_anew (event)
      && pt_infer_line_resume (self->line, GST_FLOW_EOS))
    self->reported = FALSE;
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS && failed && !self->reported)
    GST_ELEMENT_FLOW_ERROR (self, flow);
}

static gboolean
nvinfer_sink_event (GstBaseTransform * base, GstEvent * event)
{
  GstNvinfer *self = NVINFER (base);
  GstEventType type = GST_EVENT_TYPE (event);
  guint source_id;
  if (GST_EVENT_IS_SERIALIZED (event) && type != GST_EVENT_FLUSH_STOP)
    wait_for_turn (self, event);
  if (pt_event_is_stream_ended (event, &source_id))
    pt_infer_history_forget (self->history, source_id);
  gboolean done =
      GST_BASE_TRANSFORM_CLASS (gst_nvinfer_parent_class)->sink_event (base, event);
  if (type == GST_EVENT_FLUSH_START) {
    pt_infer_line_stop (self->line, GST_FLOW_FLUSHING);
    gst_pad_pause_task (GST_BASE_TRANSFORM_SRC_PAD (base));
  } else if (type == GST_EVENT_FLUSH_STOP
      && pt_infer_line_resume (self->line, GST_FLOW_FLUSHING)) {
    pt_infer_history_forget_all (self->history);
    start_output (self);
  }
  return done;
}

/* Something was linked downstream where nothing was before. */
static gboolean
nvinfer_src_event (GstBaseTransform * base, GstEvent * event)
{
  GstNvinfer *self = NVINFER (base);
  if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
    pt_infer_line_resume (self->line, GST_FLOW_NOT_LINKED);
  return GST_BASE_TRANSFORM_CLASS (gst_nvinfer_parent_class)->src_event (base, event);
}

static gboolean
nvinfer_query (GstBaseTransform * base, GstPadDirection direction, GstQuery * query)
{
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_SCHEDULING)
    return pt_infer_answer_scheduling (query);
  if (direction == GST_PAD_SINK && GST_QUERY_IS_SERIALIZED (query)
      && pt_infer_line_drain (NVINFER (base)->line) == GST_FLOW_FLUSHING)
    return FALSE;
  gboolean done =
      GST_BASE_TRANSFORM_CLASS (gst_nvinfer_parent_class)->query (base, direction, query);
  if (done && direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    pt_infer_add_latency (base, query, pt_infer_line_room (NVINFER (base)->line));
  return done;
}

/* ---- the class ---- */

static void
nvinfer_finalize (GObject * object)
{
  pt_infer_line_free (NVINFER (object)->line);
  pt_infer_history_free (NVINFER (object)->history);
  gst_structure_free (NVINFER (object)->settings);
  G_OBJECT_CLASS (gst_nvinfer_parent_class)->finalize (object);
}

static void
gst_nvinfer_init (GstNvinfer * self)
{
  self->settings = gst_structure_new_empty ("settings");
  self->line = pt_infer_line_new ();
  self->history = pt_infer_history_new ();
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
  gst_pad_set_activatemode_function (GST_BASE_TRANSFORM_SRC_PAD (self), pt_infer_refuse_pull);
}

static void
gst_nvinfer_class_init (GstNvinferClass * class)
{
  GObjectClass *object = G_OBJECT_CLASS (class);
  GstElementClass *element = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *transform = GST_BASE_TRANSFORM_CLASS (class);

  GST_DEBUG_CATEGORY_INIT (nvinfer_debug, "nvinfer", 0, "portable nvinfer");
  object->set_property = nvinfer_set_property;
  object->get_property = nvinfer_get_property;
  object->finalize = nvinfer_finalize;
  pt_nvinfer_install_properties (object);

  gst_element_class_set_static_metadata (element, "Portable inference", "Filter/Analyzer/Video",
      "Runs networks on frames and objects with ONNX Runtime, on a CPU", "the pythiags maintainers");
  gst_element_class_add_static_pad_template (element, &sink_template);
  gst_element_class_add_static_pad_template (element, &src_template);

  element->change_state = nvinfer_change_state;
  transform->start = nvinfer_start;
  transform->stop = nvinfer_stop;
  transform->set_caps = nvinfer_set_caps;
  transform->propose_allocation = nvinfer_propose_allocation;
  transform->transform_ip = nvinfer_transform_ip;
  transform->generate_output = nvinfer_generate_output;
  transform->sink_event = nvinfer_sink_event;
  transform->src_event = nvinfer_src_event;
  transform->query = nvinfer_query;
}

gboolean
pt_nvinfer_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvinfer", GST_RANK_NONE, gst_nvinfer_get_type ());
}
