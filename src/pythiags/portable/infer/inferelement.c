/* What nvinfer and nvinferserver share: see inferelement.h.
 *
 * Scaling, colours and metadata are C and need no GIL; the network is run by the Python engine, once
 * a batch, and a batch that `interval` skips never gets there. A buffer without a batch (no
 * muxer upstream) gets one of its own.
 *
 * As in DeepStream, buffers leave in a thread of their own: the streaming thread takes the next
 * batch while threads of the line prepare and run those before it, and another is drawn. Events and queries that have a place
 * among the buffers wait until all buffers before them have left.
 */
#include "inferelement.h"
#include "ensure.h"
#include "analytics.h"
#include "inferqueries.h"
#include "streams.h"
#include "surface.h"

#define GST_CAT_DEFAULT *kind_of (self)->category

G_DEFINE_ABSTRACT_TYPE (PythiagsInfer, pythiags_infer, GST_TYPE_BASE_TRANSFORM);
#define INFER(object) ((PythiagsInfer *) (object))

#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, PT_TENSOR_FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (PT_TENSOR_FORMATS)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

static const PtInferKind *
kind_of (gpointer self)
{
  return ((PythiagsInferClass *) G_OBJECT_GET_CLASS (self))->kind;
}

/* ---- properties ---- */

static void
infer_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  pt_nvinfer_set (object, INFER (object)->settings, value, pspec);
}

static void
infer_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  pt_nvinfer_get (object, INFER (object)->settings, kind_of (object)->in_file, value, pspec);
}

/* ---- the output thread ---- */

static void
warn_of_class (PythiagsInfer * self, const PtInferJob * job)
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
  PythiagsInfer *self = data;
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
start_output (PythiagsInfer * self)
{
  self->reported = FALSE;
  gst_pad_start_task (GST_BASE_TRANSFORM_SRC_PAD (self), output, self, NULL);
}

/* ---- start and stop ---- */

static gboolean
infer_stop (GstBaseTransform * base)
{
  PythiagsInfer *self = INFER (base);
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
infer_start (GstBaseTransform * base)
{
  PythiagsInfer *self = INFER (base);
  gchar *error = NULL;
  self->plan = (PtInferPlan) {
    .classes = g_array_new (FALSE, TRUE, sizeof (PtInferClass)),
    .targets.class_ids = g_array_new (FALSE, FALSE, sizeof (gint)),
  };
  gchar **settings = pt_nvinfer_spell (G_OBJECT (self), self->settings,
      kind_of (self)->factory, &self->plan.analytics);
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
    infer_stop (base);
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
infer_change_state (GstElement * element, GstStateChange transition)
{
  PythiagsInfer *self = INFER (element);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    pt_infer_line_shut (self->line);
    if (self->engine)
      pt_infer_engine_get ()->interrupt (self->engine);
  }
  return GST_ELEMENT_CLASS (pythiags_infer_parent_class)->change_state (element, transition);
}

/* ---- a batch ---- */

/* As nvinfer: of all frames, of every so many batches. */
static void
take_frames (PythiagsInfer * self, GstBuffer * buffer, const PtBatch * batch)
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
warn_of_untracked (PythiagsInfer * self)
{
  if (!self->warned)
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("Untracked objects in metadata. Cannot infer on "
            "untracked objects in asynchronous mode."),
        ("put nvtracker before this nvinfer, or set classifier-async-mode=0"));
  self->warned = TRUE;
}

static void
warn_of_tensor (PythiagsInfer * self, const char *name)
{
  if (!self->warned)
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("The tensor of nvdspreprocess is called '%s', and the "
            "input of the network '%s': nothing is inferred.", name, self->plan.input_name),
        ("set tensor-name in the file of nvdspreprocess to the name of the input"));
  self->warned = TRUE;
}

/* As nvinfer: whatever interval and process-mode say. */
static void
take_prepared (PythiagsInfer * self, const PtBatch * batch)
{
  const char *name = NULL;
  if (!pt_infer_job_take_prepared (self->job, batch, &self->plan, &name))
    warn_of_tensor (self, name);
}

static GstFlowReturn
infer_transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  PythiagsInfer *self = INFER (base);
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
  if (self->plan.from_meta)
    take_prepared (self, batch);
  else if (!self->plan.on_objects)
    take_frames (self, buffer, batch);
  else if (!pt_infer_job_take_objects (self->job, buffer, batch, self->history, &self->plan))
    warn_of_untracked (self);
  return GST_FLOW_OK;
}

/* What the parent class would push goes into the line; the parent class sees nothing to push. */
static GstFlowReturn
infer_generate_output (GstBaseTransform * base, GstBuffer ** buffer)
{
  PythiagsInfer *self = INFER (base);
  GstFlowReturn flow =
      GST_BASE_TRANSFORM_CLASS (pythiags_infer_parent_class)->generate_output (base, buffer);
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
infer_set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  PythiagsInfer *self = INFER (base);
  GST_INFO_OBJECT (self, "reads %" GST_PTR_FORMAT, in);
  return gst_video_info_from_caps (&self->info, in);
}

/* Who writes to this buffer is downstream: its answers are good for upstream too. */
static gboolean
infer_propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
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
wait_for_turn (PythiagsInfer * self, GstEvent * event)
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
infer_sink_event (GstBaseTransform * base, GstEvent * event)
{
  PythiagsInfer *self = INFER (base);
  GstEventType type = GST_EVENT_TYPE (event);
  guint source_id;
  if (GST_EVENT_IS_SERIALIZED (event) && type != GST_EVENT_FLUSH_STOP)
    wait_for_turn (self, event);
  if (pt_event_is_stream_ended (event, &source_id))
    pt_infer_history_forget (self->history, source_id);
  gboolean done =
      GST_BASE_TRANSFORM_CLASS (pythiags_infer_parent_class)->sink_event (base, event);
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
infer_src_event (GstBaseTransform * base, GstEvent * event)
{
  PythiagsInfer *self = INFER (base);
  if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
    pt_infer_line_resume (self->line, GST_FLOW_NOT_LINKED);
  return GST_BASE_TRANSFORM_CLASS (pythiags_infer_parent_class)->src_event (base, event);
}

static gboolean
infer_query (GstBaseTransform * base, GstPadDirection direction, GstQuery * query)
{
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_SCHEDULING)
    return pt_infer_answer_scheduling (query);
  if (direction == GST_PAD_SINK && GST_QUERY_IS_SERIALIZED (query)
      && pt_infer_line_drain (INFER (base)->line) == GST_FLOW_FLUSHING)
    return FALSE;
  gboolean done =
      GST_BASE_TRANSFORM_CLASS (pythiags_infer_parent_class)->query (base, direction, query);
  if (done && direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    pt_infer_add_latency (base, query, pt_infer_line_room (INFER (base)->line));
  return done;
}

/* ---- the class ---- */

static void
infer_finalize (GObject * object)
{
  pt_infer_line_free (INFER (object)->line);
  pt_infer_history_free (INFER (object)->history);
  gst_structure_free (INFER (object)->settings);
  G_OBJECT_CLASS (pythiags_infer_parent_class)->finalize (object);
}

static void
pythiags_infer_init (PythiagsInfer * self)
{
  self->settings = gst_structure_new_empty ("settings");
  self->line = pt_infer_line_new ();
  self->history = pt_infer_history_new ();
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
  gst_pad_set_activatemode_function (GST_BASE_TRANSFORM_SRC_PAD (self), pt_infer_refuse_pull);
}

static void
pythiags_infer_class_init (PythiagsInferClass * class)
{
  GObjectClass *object = G_OBJECT_CLASS (class);
  GstElementClass *element = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *transform = GST_BASE_TRANSFORM_CLASS (class);

  object->finalize = infer_finalize;
  gst_element_class_add_static_pad_template (element, &sink_template);
  gst_element_class_add_static_pad_template (element, &src_template);

  element->change_state = infer_change_state;
  transform->start = infer_start;
  transform->stop = infer_stop;
  transform->set_caps = infer_set_caps;
  transform->propose_allocation = infer_propose_allocation;
  transform->transform_ip = infer_transform_ip;
  transform->generate_output = infer_generate_output;
  transform->sink_event = infer_sink_event;
  transform->src_event = infer_src_event;
  transform->query = infer_query;
}

void
pt_infer_install (gpointer klass, const PtInferKind * kind)
{
  ((PythiagsInferClass *) klass)->kind = kind;
  G_OBJECT_CLASS (klass)->set_property = infer_set_property;   /* GObject does not inherit them */
  G_OBJECT_CLASS (klass)->get_property = infer_get_property;
}
