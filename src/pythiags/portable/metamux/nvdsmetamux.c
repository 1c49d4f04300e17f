/* nvdsmetamux: the metadata of branches that run beside each other, in the pictures of one of them.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 ! tee name=t \
 *       t. ! queue ! nvinfer config-file-path=config_infer_primary.txt ! meta.sink_0 \
 *       t. ! queue ! nvinfer config-file-path=config_infer_second.txt ! meta.sink_1 \
 *       nvdsmetamux name=meta config-file=config_metamux.txt ! nvdsosd ! fakesink
 *
 * Pads are numbered in the order in which they are asked for, whatever name is asked for, as with DeepStream. A
 * frame gets the objects, the display and the user metadata of the frame of its source that is closest in time, of
 * each other pad; boxes are copied as they are.
 */
#include <gst/video/video.h>

#include "branch.h"
#include "findings.h"
#include "gstmeta.h"
#include "inert.h"
#include "metafile.h"
#include "streams.h"
#include "surface.h"
#include "tensors.h"

GST_DEBUG_CATEGORY (pt_metamux_debug);
#define GST_CAT_DEFAULT pt_metamux_debug

typedef struct
{
  GstAggregator parent;
  GQueue early;                 /* of GstEvent, until there are caps; of the streaming thread */
  /* under the object's lock */
  char *active_pad;             /* NULL: the first one */
  gint64 tolerance;
  char *file;
  PtMetaSettings *settings;     /* of the file; NULL: none was read */
  PtFindings findings;          /* on the file */
} GstNvdsmetamux;

typedef GstAggregatorClass GstNvdsmetamuxClass;
typedef GstNvdsmetamux Mux;

GType gst_nvdsmetamux_get_type (void);
G_DEFINE_TYPE (GstNvdsmetamux, gst_nvdsmetamux, GST_TYPE_AGGREGATOR);

#define MUX(object) ((Mux *) (object))
#define SRC(mux) GST_AGGREGATOR_SRC_PAD (mux)
#define TOLERANCE 60000         /* microseconds */
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA, I420 }")

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- pads ---- */

static GstAggregatorPad *
create_new_pad (GstAggregator * mux, GstPadTemplate * template, const gchar * name,
    const GstCaps * caps)
{
  GstAggregatorPad *pad = GST_AGGREGATOR_CLASS (gst_nvdsmetamux_parent_class)->create_new_pad (mux,
      template, "sink_%u", caps);
  if (pad && name && g_str_has_prefix (name, "sink_") && !strchr (name, '%')
      && strcmp (name, GST_PAD_NAME (pad)) != 0)
    GST_WARNING_OBJECT (mux, "%s was asked for and is %s: pads are numbered in the order in which "
        "they are asked for, as with DeepStream", name, GST_PAD_NAME (pad));
  return pad;
}

/* With references. */
static GList *
sink_pads (Mux * mux)
{
  GST_OBJECT_LOCK (mux);
  GList *pads = g_list_copy_deep (GST_ELEMENT (mux)->sinkpads, (GCopyFunc) gst_object_ref, NULL);
  GST_OBJECT_UNLOCK (mux);
  return pads;
}

static void
unref_pads (GList * pads)
{
  g_list_free_full (pads, gst_object_unref);
}

/* Of `pads`, borrowed; NULL: there is none of that name. */
static GstPad *
active_of (Mux * mux, GList * pads)
{
  GST_OBJECT_LOCK (mux);
  gchar *name = g_strdup (mux->active_pad);
  GST_OBJECT_UNLOCK (mux);
  GstPad *found = NULL;
  for (GList * item = pads; item && !found; item = item->next)
    if (!name || g_str_equal (GST_PAD_NAME (item->data), name))
      found = item->data;
  g_free (name);
  return found;
}

static gboolean
is_active (Mux * mux, GstPad * pad)
{
  GList *pads = sink_pads (mux);
  const gboolean active = active_of (mux, pads) == pad;
  unref_pads (pads);
  return active;
}

static void
post_no_active_pad (Mux * mux, GList * pads)
{
  GString *names = g_string_new (NULL);
  for (GList * item = pads; item; item = item->next)
    g_string_append_printf (names, "%s%s", names->len ? ", " : "", GST_PAD_NAME (item->data));
  GST_OBJECT_LOCK (mux);
  gchar *name = g_strdup (mux->active_pad);
  GST_OBJECT_UNLOCK (mux);
  GST_ELEMENT_ERROR (mux, LIBRARY, SETTINGS, ("%s has no pad '%s', which active-pad names: it has %s",
          GST_OBJECT_NAME (mux), name, names->str), (NULL));
  g_free (name);
  g_string_free (names, TRUE);
}

/* ---- the file ---- */

/* Under the lock. What the file says counts until the property is set after it. */
static void
read_file (Mux * mux)
{
  g_clear_pointer (&mux->settings, pt_meta_settings_unref);
  pt_findings_empty (&mux->findings);
  if (!mux->file || !*mux->file)
    return;
  mux->settings = pt_meta_file_read (mux->file, mux->findings.notes, &mux->findings.error);
  if (!mux->settings)
    return;
  if (mux->settings->active_pad) {
    g_free (mux->active_pad);
    mux->active_pad = g_strdup (mux->settings->active_pad);
  }
  if (mux->settings->tolerance >= 0)
    mux->tolerance = mux->settings->tolerance;
}

/* ---- which metadata stays ---- */

static void
filter_object (const PtMetaSettings * settings, PtObject * object, guint source_id)
{
  PT_EACH (PtClassifier, classifier, object->classifiers)
    if (!pt_meta_settings_keep (settings, classifier->unique_component_id, source_id))
      pt_list_remove (&object->classifiers, &classifier->node);
  if (!pt_meta_settings_keep (settings, object->unique_component_id, source_id))
    pt_frame_remove_object (object);
}

static void
filter (const PtMetaSettings * settings, PtBatch * batch)
{
  PT_EACH (PtFrame, frame, batch->frames) {
    PT_EACH (PtObject, object, frame->objects)
      filter_object (settings, object, frame->source_id);
    PT_EACH (PtUser, user, frame->users)
      if (user->payload == PT_PAYLOAD_TENSORS
        && !pt_meta_settings_keep (settings, ((PtTensors *) user->data)->unique_id,
            frame->source_id))
      pt_list_remove (&frame->users, &user->node);
  }
}

/* ---- batches ---- */

/* The aggregator calls when each pad has something, but a branch may have brought all that is wanted of it:
 * then a gap stands for it, until more is wanted. */
static void
put_gap (GstAggregator * mux, GstAggregatorPad * branch)
{
  if (gst_aggregator_pad_is_eos (branch) || gst_aggregator_pad_has_buffer (branch))
    return;
  GST_OBJECT_LOCK (branch);
  const GstClockTime begin = branch->segment.start;
  GST_OBJECT_UNLOCK (branch);
  GST_AGGREGATOR_CLASS (gst_nvdsmetamux_parent_class)->sink_event (mux, branch,
      gst_event_new_gap (begin, GST_CLOCK_TIME_NONE));
}

/* Whether it was one. */
static gboolean
drop_gap (GstAggregatorPad * pad)
{
  GstBuffer *first = gst_aggregator_pad_peek_buffer (pad);
  const gboolean is_gap = first && gst_buffer_get_size (first) == 0
      && GST_BUFFER_FLAG_IS_SET (first, GST_BUFFER_FLAG_GAP);
  gst_clear_buffer (&first);
  return is_gap && gst_aggregator_pad_drop_buffer (pad);
}

static gboolean
are_ready (Mux * mux, GList * pads, GstPad * active, const PtBatch * batch)
{
  gboolean ready = TRUE;        /* each takes what there is, so that it can wait for more */
  for (GList * item = pads; item; item = item->next)
    if (item->data == active)
      continue;
    else if (pt_meta_branch_ready (item->data, batch))
      put_gap (GST_AGGREGATOR (mux), item->data);
    else
      ready = FALSE;
  return ready;
}

static GstFlowReturn
push (Mux * mux, GList * pads, GstPad * active)
{
  GstBuffer *buffer = gst_aggregator_pad_pop_buffer (GST_AGGREGATOR_PAD (active));
  if (!buffer)                  /* the pad was released or flushed meanwhile */
    return GST_AGGREGATOR_FLOW_NEED_DATA;
  buffer = gst_buffer_make_writable (buffer);
  PtBatch *batch = pt_buffer_get_batch (buffer);
  GST_OBJECT_LOCK (mux);
  PtMetaSettings *settings = mux->settings ? g_atomic_rc_box_acquire (mux->settings) : NULL;
  const gint64 tolerance = mux->tolerance;
  GST_OBJECT_UNLOCK (mux);
  for (GList * item = pads; item; item = item->next)
    if (item->data != active) {
      pt_meta_branch_merge (item->data, batch, tolerance);
      pt_meta_branch_forget (item->data, batch);
    }
  if (settings) {
    filter (settings, batch);
    pt_meta_settings_unref (settings);
  }
  GST_LOG_OBJECT (mux, "%u frames in %" GST_PTR_FORMAT, batch->num_frames_in_batch, buffer);
  return gst_aggregator_finish_buffer (GST_AGGREGATOR (mux), buffer);
}

/* The active pad has ended: what others still bring is of no use. */
static GstFlowReturn
end (GList * pads)
{
  gboolean ended = TRUE;
  for (GList * item = pads; item; item = item->next) {
    pt_meta_branch_drain (item->data);
    ended &= gst_aggregator_pad_is_eos (item->data);
  }
  return ended ? GST_FLOW_EOS : GST_AGGREGATOR_FLOW_NEED_DATA;
}

static GstFlowReturn
merge (Mux * mux, GList * pads, GstPad * active)
{
  if (drop_gap (GST_AGGREGATOR_PAD (active)))  /* it was not the active one before */
    return GST_AGGREGATOR_FLOW_NEED_DATA;
  GstBuffer *buffer = gst_aggregator_pad_peek_buffer (GST_AGGREGATOR_PAD (active));
  if (!buffer)
    return gst_aggregator_pad_is_eos (GST_AGGREGATOR_PAD (active)) ? end (pads)
        : GST_AGGREGATOR_FLOW_NEED_DATA;
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  const gboolean ready = batch && are_ready (mux, pads, active, batch);
  gst_buffer_unref (buffer);
  if (batch)
    return ready ? push (mux, pads, active) : GST_AGGREGATOR_FLOW_NEED_DATA;
  GST_ELEMENT_ERROR (mux, STREAM, FAILED,
      ("A buffer without metadata cannot be merged: put nvstreammux before %s.",
          GST_OBJECT_NAME (mux)), (NULL));
  return GST_FLOW_ERROR;
}

static void
push_early_events (Mux * mux)
{
  GstEvent *event;
  while ((event = g_queue_pop_head (&mux->early)))
    gst_pad_push_event (SRC (mux), event);
}

static GstFlowReturn
aggregate (GstAggregator * aggregator, gboolean timeout G_GNUC_UNUSED)
{
  Mux *mux = MUX (aggregator);
  GList *pads = sink_pads (mux);
  GstPad *active = active_of (mux, pads);
  GstFlowReturn flow = GST_FLOW_ERROR;
  push_early_events (mux);
  if (active)
    flow = merge (mux, pads, active);
  else
    post_no_active_pad (mux, pads);
  unref_pads (pads);
  return flow;
}

/* Without a time to go by it waits for all pads, live or not. */
static GstClockTime
get_next_time (GstAggregator * aggregator G_GNUC_UNUSED)
{
  return GST_CLOCK_TIME_NONE;
}

/* ---- caps, segments and events are those of the active pad ---- */

static GstFlowReturn
update_src_caps (GstAggregator * aggregator, GstCaps * downstream G_GNUC_UNUSED, GstCaps ** caps)
{
  Mux *mux = MUX (aggregator);
  GList *pads = sink_pads (mux);
  GstPad *active = active_of (mux, pads);
  *caps = active ? gst_pad_get_current_caps (active) : NULL;
  if (!active)
    post_no_active_pad (mux, pads);
  unref_pads (pads);
  GST_INFO_OBJECT (mux, "%" GST_PTR_FORMAT, *caps);
  return *caps ? GST_FLOW_OK : active ? GST_AGGREGATOR_FLOW_NEED_DATA : GST_FLOW_ERROR;
}

static void
note_stream (PtMetaBranch * branch, GstEvent * event)
{
  PtStream stream;
  if (pt_event_is_stream_started (event, &stream))
    g_hash_table_add (branch->sources, GUINT_TO_POINTER (stream.source_id));
  else if (pt_event_is_stream_ended (event, &stream.source_id))
    g_hash_table_remove (branch->sources, GUINT_TO_POINTER (stream.source_id));
}

/* A branch that shares its batches with the active pad's does not hear of a source's end: what a demuxer
 * gives to a muxer of its own just stops, and ends when everything does. */
static void
follow_active (Mux * mux, GstPad * active, GstEvent * event)
{
  PtStream stream;
  const gboolean started = pt_event_is_stream_started (event, &stream);
  if (!started && !pt_event_is_stream_ended (event, &stream.source_id))
    return;
  gboolean known = FALSE;
  GList *pads = sink_pads (mux);
  for (GList * item = pads; item; item = item->next)
    if (item->data != active && started)
      known |= pt_meta_branch_regain (item->data, stream.source_id);
    else if (item->data != active)
      pt_meta_branch_lose (item->data, stream.source_id);
  for (GList * item = pads; item && started && !known; item = item->next)
    if (item->data != active && pt_meta_branch_is_idle (item->data))
      drop_gap (item->data);     /* whichever the new source belongs to */
  unref_pads (pads);
}

static void
use_segment (GstAggregator * aggregator, GstEvent * event)
{
  const GstSegment *segment;
  gst_event_parse_segment (event, &segment);
  if (segment->format == GST_FORMAT_TIME)
    gst_aggregator_update_segment (aggregator, segment);
}

/* Whether the parent class is to have it. Takes it over where not. */
static gboolean
is_for_parent (Mux * mux, GstPad * pad, GstEvent * event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      if (is_active (mux, pad))
        gst_pad_mark_reconfigure (SRC (mux));
      return TRUE;
    case GST_EVENT_SEGMENT:
      if (is_active (mux, pad))
        use_segment (GST_AGGREGATOR (mux), event);
      return TRUE;
    case GST_EVENT_STREAM_START:
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
    case GST_EVENT_EOS:
      return TRUE;
    default:
      if (GST_EVENT_TYPE (event) == GST_EVENT_GAP || !is_active (mux, pad)) {
        gst_event_unref (event);
        return FALSE;
      }
      /* What is not serialized comes in upstream's thread, and waits for nothing. */
      if (!GST_EVENT_IS_SERIALIZED (event) || gst_pad_has_current_caps (SRC (mux)))
        return TRUE;
      g_queue_push_tail (&mux->early, event);
      return FALSE;
  }
}

static gboolean
sink_event (GstAggregator * aggregator, GstAggregatorPad * pad, GstEvent * event)
{
  note_stream (PT_META_BRANCH (pad), event);
  if (is_active (MUX (aggregator), GST_PAD (pad)))
    follow_active (MUX (aggregator), GST_PAD (pad), event);
  if (!is_for_parent (MUX (aggregator), GST_PAD (pad), event))
    return TRUE;
  return GST_AGGREGATOR_CLASS (gst_nvdsmetamux_parent_class)->sink_event (aggregator, pad, event);
}

/* Pictures go on as they came. */
static gboolean
propose_allocation (GstAggregator * aggregator G_GNUC_UNUSED, GstAggregatorPad * pad G_GNUC_UNUSED,
    GstQuery * decide G_GNUC_UNUSED, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

/* ---- start and stop ---- */

static void
clear_events (Mux * mux)
{
  g_queue_clear_full (&mux->early, (GDestroyNotify) gst_event_unref);
}

static GstFlowReturn
flush (GstAggregator * aggregator)
{
  clear_events (MUX (aggregator));
  return GST_FLOW_OK;
}

static gboolean
start (GstAggregator * aggregator)
{
  return pt_findings_post (&MUX (aggregator)->findings, GST_ELEMENT (aggregator), NULL);
}

static gboolean
stop (GstAggregator * aggregator)
{
  Mux *mux = MUX (aggregator);
  GList *pads = sink_pads (mux);
  for (GList * item = pads; item; item = item->next)
    pt_meta_branch_stop (item->data);
  unref_pads (pads);
  clear_events (mux);
  return TRUE;
}

/* ---- properties ---- */

enum
{
  PROP_ACTIVE_PAD = 1, PROP_TOLERANCE, PROP_FILE,
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  Mux *mux = MUX (object);
  if (id == PROP_FILE && pt_is_set_too_late (object, spec))
    return;
  GST_OBJECT_LOCK (mux);
  switch (id) {
    case PROP_ACTIVE_PAD:
      g_free (mux->active_pad);
      mux->active_pad = g_value_dup_string (value);
      break;
    case PROP_TOLERANCE: mux->tolerance = g_value_get_int64 (value); break;
    case PROP_FILE:
      g_free (mux->file);
      mux->file = g_value_dup_string (value);
      read_file (mux);
      break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (mux);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  Mux *mux = MUX (object);
  GST_OBJECT_LOCK (mux);
  switch (id) {
    case PROP_ACTIVE_PAD: g_value_set_string (value, mux->active_pad); break;
    case PROP_TOLERANCE: g_value_set_int64 (value, mux->tolerance); break;
    case PROP_FILE: g_value_set_string (value, mux->file); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (mux);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  g_object_class_install_property (klass, PROP_ACTIVE_PAD,
      g_param_spec_string ("active-pad", "active-pad",
          "The sink pad whose pictures are put out; NULL: the first one", NULL, flags));
  g_object_class_install_property (klass, PROP_TOLERANCE,
      g_param_spec_int64 ("pts-tolerance", "pts-tolerance",
          "Microseconds that frames of one source may be apart and be the same one", G_MININT64,
          G_MAXINT64, TOLERANCE, flags));
  g_object_class_install_property (klass, PROP_FILE,
      g_param_spec_string ("config-file", "config-file",
          "Which sources' metadata is kept of which model, as in DeepStream's files; the active pad and "
          "the tolerance are the file's until they are set after it", NULL,
          flags | GST_PARAM_MUTABLE_READY));
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  Mux *mux = MUX (object);
  clear_events (mux);
  g_clear_pointer (&mux->settings, pt_meta_settings_unref);
  pt_findings_clear (&mux->findings);
  g_free (mux->active_pad);
  g_free (mux->file);
  G_OBJECT_CLASS (gst_nvdsmetamux_parent_class)->finalize (object);
}

static void
gst_nvdsmetamux_class_init (GstNvdsmetamuxClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  klass->start = start;
  klass->stop = stop;
  klass->flush = flush;
  klass->create_new_pad = create_new_pad;
  klass->update_src_caps = update_src_caps;
  klass->sink_event = sink_event;
  klass->propose_allocation = propose_allocation;
  klass->get_next_time = get_next_time;
  klass->aggregate = aggregate;
  gst_element_class_add_static_pad_template_with_gtype (element_class, &sink_template,
      pt_meta_branch_get_type ());
  gst_element_class_add_static_pad_template_with_gtype (element_class, &src_template,
      GST_TYPE_AGGREGATOR_PAD);
  gst_element_class_set_static_metadata (element_class, "Portable metadata multiplexer",
      "Muxer/Metadata", "Merges the metadata of branches into the pictures of one, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (pt_metamux_debug, "nvdsmetamux", 0, "portable nvdsmetamux");
}

static void
gst_nvdsmetamux_init (Mux * mux)
{
  mux->tolerance = TOLERANCE;
  pt_findings_init (&mux->findings);
  g_queue_init (&mux->early);
}

gboolean
pt_nvdsmetamux_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvdsmetamux", GST_RANK_NONE, gst_nvdsmetamux_get_type ());
}
