/* nvstreammux: frames of several sources become batches, with metadata for each frame.
 *
 *   gst-launch-1.0 nvstreammux name=m batch-size=2 width=1280 height=720 ! nvdsosd ! fakesink \
 *       videotestsrc num-buffers=100 ! nvvideoconvert ! m.sink_0 \
 *       videotestsrc num-buffers=100 pattern=ball ! nvvideoconvert ! m.sink_1
 *
 * The number of a sink pad is its frames' source_id and pad_index. See mux.h for how it works.
 */
#include <stdio.h>

#include "enums.h"
#include "indices.h"
#include "surface.h"
#include "muxfile.h"
#include "muxsync.h"

GST_DEBUG_CATEGORY (pt_mux_debug);
#define GST_CAT_DEFAULT pt_mux_debug

typedef GstNvstreammux Mux;
typedef GstNvstreammuxPad MuxPad;

G_DEFINE_TYPE (GstNvstreammux, gst_nvstreammux, GST_TYPE_ELEMENT);

#define MAX_BATCH 1024
#define NEW_TIMEOUT 33000       /* microseconds, where nothing else is set */
#define IN_FORMATS "{ NV12, RGBA, I420 }"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK,
    GST_PAD_REQUEST,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, IN_FORMATS) "; "
        GST_VIDEO_CAPS_MAKE (IN_FORMATS)));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC,
    GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA }")));

/* ---- properties ---- */

enum
{
  PROP_WIDTH = 1, PROP_HEIGHT, PROP_BATCH_SIZE, PROP_TIMEOUT, PROP_LIVE_SOURCE, PROP_PADDING,
  PROP_SYSTEM_TIME, PROP_METHOD, PROP_RESET_ON_EOS, PROP_DROP_EOS, PROP_MEMORY,
  PROP_SYNC, PROP_MAX_LATENCY, PROP_CONFIG_FILE, PROP_GPU_ID,
};

static const PtInert inert[] = {
  PT_INERT_COMPUTE_HW,
  {"buffer-pool-size", NULL, G_TYPE_UINT, 4, MAX_BATCH, 4, PT_NO_EFFECT, "Buffers of the output"},
  {"async-process", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_NO_EFFECT, "Scale asynchronously"},
  {"num-surfaces-per-frame", NULL, G_TYPE_UINT, 1, 4, 1, PT_REFUSED, "Pictures in a frame"},
  {"align-inputs", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Align the sources' timestamps"},
  {"align-first-buffer", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Align the first frames"},
  {"sync-inputs-ntp", NULL, G_TYPE_INT, 0, G_MAXINT, 0, PT_REFUSED, "Synchronise by NTP time"},
  {"frame-num-reset-on-stream-reset", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED,
      "Frame numbers start again after a stream reset"},
  {"frame-duration", NULL, G_TYPE_UINT64, 0, -1, -1, PT_REFUSED, "Milliseconds, to correct NTP times"},
  {"extract-sei-type5-data", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Keep SEI data"},
  {"extract-sei-sim-time", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Keep simulation times"},
  {"drop-backward-sei", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Drop frames by SEI times"},
  {"sort-batch", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Order a batch by source"},
  {"cache-buffer", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Repeat a late source's frame"},
  {"cache-buffer-timeout", NULL, G_TYPE_INT, -1, G_MAXINT, -1, PT_REFUSED,
      "Microseconds that a frame may be repeated"},
  {NULL}
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  Mux *mux = PT_MUX (object);
  PtMuxSettings *s = &mux->settings;
  g_mutex_lock (&mux->lock);
  const GstClockTime latency = pt_mux_latency (mux);
  switch (id) {
    case PROP_WIDTH: s->width = g_value_get_uint (value); break;
    case PROP_HEIGHT: s->height = g_value_get_uint (value); break;
    case PROP_BATCH_SIZE: s->batch_size = g_value_get_uint (value); break;
    case PROP_TIMEOUT: s->timeout = g_value_get_int (value); break;
    case PROP_LIVE_SOURCE: s->live_source = g_value_get_boolean (value); break;
    case PROP_PADDING: s->padding = g_value_get_boolean (value); break;
    case PROP_SYSTEM_TIME: s->system_time = g_value_get_boolean (value); break;
    case PROP_METHOD: s->method = g_value_get_enum (value); break;
    case PROP_RESET_ON_EOS: s->reset_on_eos = g_value_get_boolean (value); break;
    case PROP_DROP_EOS: s->drop_eos = g_value_get_boolean (value); break;
    case PROP_MEMORY: s->memory = g_value_get_enum (value); break;
    case PROP_SYNC: s->sync = g_value_get_boolean (value); break;
    case PROP_GPU_ID: s->gpu_id = g_value_get_uint (value); break;
    case PROP_MAX_LATENCY: s->max_latency = g_value_get_uint (value); break;
    case PROP_CONFIG_FILE:
      g_free (mux->config_file);
      mux->config_file = g_value_dup_string (value);
      break;
    default: pt_inert_set (object, value, spec);
  }
  const gboolean changed = pt_mux_latency (mux) != latency;
  pt_mux_changed (mux);
  g_mutex_unlock (&mux->lock);
  if (changed)
    gst_element_post_message (GST_ELEMENT (mux), gst_message_new_latency (GST_OBJECT (mux)));
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  Mux *mux = PT_MUX (object);
  const PtMuxSettings *s = &mux->settings;
  g_mutex_lock (&mux->lock);
  switch (id) {
    case PROP_WIDTH: g_value_set_uint (value, s->width); break;
    case PROP_HEIGHT: g_value_set_uint (value, s->height); break;
    case PROP_BATCH_SIZE: g_value_set_uint (value, s->batch_size); break;
    case PROP_TIMEOUT: g_value_set_int (value, s->timeout); break;
    case PROP_LIVE_SOURCE: g_value_set_boolean (value, s->live_source); break;
    case PROP_PADDING: g_value_set_boolean (value, s->padding); break;
    case PROP_SYSTEM_TIME: g_value_set_boolean (value, s->system_time); break;
    case PROP_METHOD: g_value_set_enum (value, s->method); break;
    case PROP_RESET_ON_EOS: g_value_set_boolean (value, s->reset_on_eos); break;
    case PROP_DROP_EOS: g_value_set_boolean (value, s->drop_eos); break;
    case PROP_MEMORY: g_value_set_enum (value, s->memory); break;
    case PROP_SYNC: g_value_set_boolean (value, s->sync); break;
    case PROP_GPU_ID: g_value_set_uint (value, s->gpu_id); break;
    case PROP_MAX_LATENCY: g_value_set_uint (value, s->max_latency); break;
    case PROP_CONFIG_FILE: g_value_set_string (value, mux->config_file); break;
    default: pt_inert_get (object, value, spec);
  }
  g_mutex_unlock (&mux->lock);
}

/* Each install call makes one property; `initial` must be what init sets. */
static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
#define UINT(id, name, max, blurb) \
  g_object_class_install_property (klass, id, g_param_spec_uint (name, name, blurb, 0, max, 0, flags))
#define SWITCH(id, name, initial, blurb) \
  g_object_class_install_property (klass, id, \
      g_param_spec_boolean (name, name, blurb, initial, flags))
  UINT (PROP_WIDTH, "width", G_MAXINT16, "Width of every frame of the output; must be set");
  UINT (PROP_HEIGHT, "height", G_MAXINT16, "Height of every frame of the output; must be set");
  UINT (PROP_BATCH_SIZE, "batch-size", MAX_BATCH,
      "Largest number of frames in a batch; must be set");
  g_object_class_install_property (klass, PROP_TIMEOUT, g_param_spec_int ("batched-push-timeout",
          "batched-push-timeout", "Microseconds from the first frame of a batch until it is pushed "
          "even if it is not full; -1: wait until it is full", -1, G_MAXINT, -1, flags));
  SWITCH (PROP_LIVE_SOURCE, "live-source", FALSE,
      "Whether the sources are live: a batch then takes the frames that have arrived");
  SWITCH (PROP_PADDING, "enable-padding", FALSE,
      "Keep the aspect ratio when scaling, and add black borders");
  SWITCH (PROP_SYSTEM_TIME, "attach-sys-ts", TRUE,
      "ntp_timestamp is the system's time; otherwise the source's, or 0 if it has none");
  g_object_class_install_property (klass, PROP_METHOD,
      g_param_spec_enum ("interpolation-method", "interpolation-method",
          "How pictures are scaled", pt_interpolation_type (), PT_INTER_BILINEAR, flags));
  g_object_class_install_property (klass, PROP_MEMORY,
      g_param_spec_enum ("nvbuf-memory-type", "nvbuf-memory-type",
          "Memory of the output: a card's, where all sources are in it; nvbuf-mem-cuda-pinned and "
          "nvbuf-mem-cuda-unified stand for the system's", pt_memory_type_type (), 0, flags));
  UINT (PROP_GPU_ID, "gpu-id", G_MAXUINT, "Number of the GPU; no effect on a CPU");
  SWITCH (PROP_RESET_ON_EOS, "frame-num-reset-on-eos", FALSE,
      "Restart a source's frame numbers at 0 after its end");
  SWITCH (PROP_DROP_EOS, "drop-pipeline-eos", FALSE,
      "Do not end the output when all sources have ended");
  SWITCH (PROP_SYNC, "sync-inputs", FALSE,
      "A batch holds the frames of one moment, at most one of each source");
  UINT (PROP_MAX_LATENCY, "max-latency", G_MAXUINT,
      "With sync-inputs: nanoseconds that a batch of live sources waits longer for late frames; "
      "what comes later is dropped");
  g_object_class_install_property (klass, PROP_CONFIG_FILE, g_param_spec_string ("config-file-path",
          "config-file-path", "Configuration of the new nvstreammux, for USE_NEW_NVSTREAMMUX=yes", NULL,
          flags));
#undef UINT
#undef SWITCH
  pt_inert_install (klass, inert);
}

/* ---- sink pads come and go ---- */

static MuxPad *
pad_new (GstPadTemplate * template, guint index)
{
  char *name = g_strdup_printf ("sink_%u", index);
  MuxPad *pad = g_object_new (gst_nvstreammux_pad_get_type (), "name", name,
      "direction", GST_PAD_SINK, "template", template, NULL);
  g_free (name);
  pad->index = index;
  pt_mux_pad_set_functions (GST_PAD (pad));
  return pad;
}

static GstPad *
request_new_pad (GstElement * element, GstPadTemplate * template, const gchar * name,
    const GstCaps * caps)
{
  Mux *mux = PT_MUX (element);
  guint index;
  gboolean given = name && sscanf (name, "sink_%u", &index) == 1;
  g_mutex_lock (&mux->lock);
  gboolean reserved = pt_indices_reserve (mux->indices, given, &index);
  g_mutex_unlock (&mux->lock);
  if (!reserved) {
    GST_WARNING_OBJECT (mux, "the pad sink_%u already exists", index);
    return NULL;
  }
  MuxPad *pad = pad_new (template, index);
  if (!gst_element_add_pad (element, GST_PAD (pad))) {
    g_mutex_lock (&mux->lock);
    pt_indices_free (mux->indices, index);
    g_mutex_unlock (&mux->lock);
    return NULL;
  }
  g_mutex_lock (&mux->lock);
  g_ptr_array_add (mux->pads, gst_object_ref (pad));
  pt_mux_changed (mux);
  g_mutex_unlock (&mux->lock);
  GST_DEBUG_OBJECT (mux, "a new source at %" GST_PTR_FORMAT, pad);
  return GST_PAD (pad);
}

/* The number is free again only when no pad of that name is left in the element. */
static void
release_pad (GstElement * element, GstPad * base)
{
  Mux *mux = PT_MUX (element);
  MuxPad *pad = PT_MUX_PAD (base);
  g_mutex_lock (&mux->lock);
  const gboolean known = g_ptr_array_find (mux->pads, pad, NULL);
  if (known) {
    gst_object_ref (pad);
    g_ptr_array_remove (mux->pads, pad);
    pad->released = TRUE;
    pt_mux_drop_frames (mux, pad);
    mux->turn = 0;
    if (pad->announced)
      g_array_append_val (mux->farewells, pad->index);
    g_cond_broadcast (&pad->room);
    pt_mux_changed (mux);
  }
  g_mutex_unlock (&mux->lock);
  if (!known)
    return;
  GST_DEBUG_OBJECT (mux, "%" GST_PTR_FORMAT " goes", pad);
  gst_pad_set_active (base, FALSE);
  gst_element_remove_pad (element, base);
  g_mutex_lock (&mux->lock);
  pt_indices_free (mux->indices, pad->index);
  g_mutex_unlock (&mux->lock);
  gst_object_unref (pad);
}

/* ---- the source pad ---- */

static gboolean
src_activate_mode (GstPad * pad, GstObject * parent, GstPadMode mode, gboolean active)
{
  Mux *mux = PT_MUX (parent);
  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  g_mutex_lock (&mux->lock);
  mux->stopping = !active;
  mux->flow = GST_FLOW_OK;
  pt_mux_changed_for_all (mux);
  g_mutex_unlock (&mux->lock);
  return active ? gst_pad_start_task (pad, pt_mux_loop, mux, NULL) : gst_pad_stop_task (pad);
}

static void
set_seeking (Mux * mux, gboolean seeking)
{
  g_mutex_lock (&mux->lock);
  mux->seeking = seeking;
  if (!seeking) {
    mux->flow = GST_FLOW_OK;
    mux->ended = FALSE;
    mux->need_segment = TRUE;
    mux->last_pts = mux->moment = GST_CLOCK_TIME_NONE;
    for (guint i = 0; i < mux->pads->len; i++)
      pt_mux_pad_at (mux, i)->announced = FALSE;        /* the flush swept it away downstream */
  }
  pt_mux_changed_for_all (mux);
  g_mutex_unlock (&mux->lock);
}

/* The sources' own flushes stay at the sink pads, so downstream is flushed here, around them all. */
static gboolean
flushing_seek (Mux * mux, GstEvent * event)
{
  guint32 number = gst_event_get_seqnum (event);
  GstEvent *start = gst_event_new_flush_start (), *stop = gst_event_new_flush_stop (TRUE);
  gst_event_set_seqnum (start, number);
  gst_event_set_seqnum (stop, number);
  set_seeking (mux, TRUE);
  gst_pad_push_event (mux->src, start);
  gst_pad_pause_task (mux->src);
  GST_PAD_STREAM_LOCK (mux->src);       /* the task has left */
  gboolean done = gst_pad_event_default (mux->src, GST_OBJECT (mux), event);
  gst_pad_push_event (mux->src, stop);
  set_seeking (mux, FALSE);
  gst_pad_start_task (mux->src, pt_mux_loop, mux, NULL);
  GST_PAD_STREAM_UNLOCK (mux->src);
  return done;
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  Mux *mux = PT_MUX (parent);
  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK)
    return gst_pad_event_default (pad, parent, event);
  GstSeekFlags flags;
  gst_event_parse_seek (event, NULL, NULL, &flags, NULL, NULL, NULL, NULL);
  guint32 number = gst_event_get_seqnum (event);
  g_mutex_lock (&mux->lock);
  gboolean again = mux->last_seek == number;
  mux->last_seek = number;
  g_mutex_unlock (&mux->lock);
  if (again) {
    gst_event_unref (event);
    return TRUE;
  }
  return flags & GST_SEEK_FLAG_FLUSH ? flushing_seek (mux, event)
      : gst_pad_event_default (pad, parent, event);
}

GstClockTime
pt_mux_latency (const Mux * mux)
{
  const GstVideoInfo *info = &mux->output.info;
  if (pt_mux_patience (mux) >= 0)
    return pt_mux_patience (mux) * GST_USECOND;
  if (pt_mux_batch_size (mux) <= 1 || info->fps_n <= 0)
    return 0;
  return gst_util_uint64_scale (GST_SECOND, info->fps_d, info->fps_n);
}

static gboolean
answer_latency (Mux * mux, GstQuery * query)
{
  gboolean live;
  GstClockTime min, max;
  if (!gst_pad_query_default (mux->src, GST_OBJECT (mux), query))
    return FALSE;
  gst_query_parse_latency (query, &live, &min, &max);
  if (live) {
    g_mutex_lock (&mux->lock);
    GstClockTime own = pt_mux_latency (mux);
    g_mutex_unlock (&mux->lock);
    gst_query_set_latency (query, live, min + own, GST_CLOCK_TIME_IS_VALID (max) ? max + own : max);
  }
  return TRUE;
}

static gboolean
src_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return answer_latency (PT_MUX (parent), query);
  return gst_pad_query_default (pad, parent, query);
}

/* ---- states ---- */

static gboolean
read_file (Mux * mux)
{
  PtFindings findings;
  pt_findings_init (&findings);
  pt_mux_read_file (mux, &findings);
  const gboolean read = pt_findings_post (&findings, GST_ELEMENT (mux), NULL);
  pt_findings_clear (&findings);
  return read;
}

static gboolean
check_settings (Mux * mux)
{
  const PtMuxSettings *s = &mux->settings;
  const char *missing = pt_mux_is_new ()? NULL : !s->width ? "width" : !s->height ? "height"
      : !s->batch_size ? "batch-size" : NULL;
  if (!missing)
    return pt_inert_check (GST_ELEMENT (mux), inert) && read_file (mux);
  GST_ELEMENT_ERROR (mux, LIBRARY, SETTINGS,
      ("nvstreammux: the property '%s' is not set.", missing),
      ("width, height and batch-size must be set, as in: "
          "nvstreammux width=1280 height=720 batch-size=1"));
  return FALSE;
}

static void
reset (Mux * mux)
{
  g_mutex_lock (&mux->lock);
  mux->started = mux->negotiated = mux->live = mux->ended = mux->seeking = FALSE;
  mux->need_segment = TRUE;
  mux->last_pts = mux->moment = GST_CLOCK_TIME_NONE;
  mux->turn = 0;
  g_array_set_size (mux->farewells, 0);
  g_array_set_size (mux->forming, 0);
  for (guint i = 0; i < mux->pads->len; i++) {
    MuxPad *pad = pt_mux_pad_at (mux, i);
    pt_mux_drop_frames (mux, pad);
    pad->flushing = pad->eos = pad->announced = pad->end_due = pad->joined = FALSE;
    pad->late_by = 0;
    pad->frame_num = 0;
  }
  g_mutex_unlock (&mux->lock);
}

/* Chain functions that wait hold their pads' stream locks, for which the parent class waits. */
static void
wake_all (Mux * mux)
{
  g_mutex_lock (&mux->lock);
  mux->stopping = TRUE;
  pt_mux_changed_for_all (mux);
  g_mutex_unlock (&mux->lock);
}

static void
clear_memory (Mux * mux)
{
  g_mutex_lock (&mux->lock);
  for (guint i = 0; i < mux->pads->len; i++)
    pt_pool_clear (&pt_mux_pad_at (mux, i)->pool);
  g_mutex_unlock (&mux->lock);
  pt_mux_output_clear (&mux->output);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  Mux *mux = PT_MUX (element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !check_settings (mux))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    reset (mux);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    wake_all (mux);
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS (gst_nvstreammux_parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    reset (mux);
    clear_memory (mux);
  }
  return result;
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  Mux *mux = PT_MUX (object);
  g_free (mux->config_file);
  pt_mux_output_clear (&mux->output);
  g_ptr_array_unref (mux->pads);
  g_array_unref (mux->indices);
  g_array_unref (mux->forming);
  g_array_unref (mux->farewells);
  g_cond_clear (&mux->changed);
  g_mutex_clear (&mux->lock);
  G_OBJECT_CLASS (gst_nvstreammux_parent_class)->finalize (object);
}

static void
gst_nvstreammux_class_init (GstNvstreammuxClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  klass->request_new_pad = request_new_pad;
  klass->release_pad = release_pad;
  klass->change_state = change_state;
  gst_element_class_add_static_pad_template_with_gtype (klass, &sink_template,
      gst_nvstreammux_pad_get_type ());
  gst_element_class_add_static_pad_template (klass, &src_template);
  gst_element_class_set_static_metadata (klass, "Portable stream multiplexer", "Muxer/Video",
      "Combines the frames of several sources into batches, on a CPU", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (pt_mux_debug, "nvstreammux", 0, "portable nvstreammux");
}

static void
gst_nvstreammux_init (Mux * mux)
{
  g_mutex_init (&mux->lock);
  g_cond_init (&mux->changed);
  mux->pads = g_ptr_array_new_with_free_func (gst_object_unref);
  mux->indices = pt_indices_new ();
  mux->forming = pt_mux_frames_new ();
  mux->farewells = g_array_new (FALSE, FALSE, sizeof (guint));
  mux->settings = (PtMuxSettings) {
  .timeout = pt_mux_is_new ()? NEW_TIMEOUT : -1,.system_time = TRUE,.method = PT_INTER_BILINEAR};
  mux->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_activatemode_function (mux->src, src_activate_mode);
  gst_pad_set_event_function (mux->src, src_event);
  gst_pad_set_query_function (mux->src, src_query);
  gst_pad_use_fixed_caps (mux->src);
  gst_element_add_pad (GST_ELEMENT (mux), mux->src);
}

gboolean
pt_nvstreammux_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvstreammux", GST_RANK_NONE,
      gst_nvstreammux_get_type ());
}
