/* nvstreamdemux: the frames of a batch, each to the source pad that has its source's number.
 *
 *   gst-launch-1.0 nvstreammux name=m batch-size=2 width=640 height=480 ! nvstreamdemux name=d \
 *       videotestsrc num-buffers=100 ! m.sink_0   videotestsrc num-buffers=100 ! m.sink_1 \
 *       d.src_0 ! queue ! fakesink   d.src_1 ! queue ! fakesink
 *
 * A source pad gives plain pictures with the source's own timestamps, segment and frame rate, and
 * the metadata of that one frame. Frames of sources without a linked pad are dropped.
 */
#include <gst/base/gstflowcombiner.h>
#include <gst/video/video.h>
#include <stdio.h>

#include "copy.h"
#include "gstmeta.h"
#include "indices.h"
#include "nvinput.h"
#include "pictures.h"
#include "convert.h"
#include "surface.h"
#include "streams.h"

GST_DEBUG_CATEGORY_STATIC (demux_debug);
#define GST_CAT_DEFAULT demux_debug

typedef struct
{
  GstPad parent;
  guint index;
  /* of the streaming thread */
  gboolean started, needs_caps, needs_segment, eos;
  GstVideoInfo info;            /* what the caps say; zeroed before there are any */
} GstNvstreamdemuxPad;

typedef struct
{
  GstElement parent;
  GstPad *sink;
  GMutex lock;
  GPtrArray *pads;              /* of GstNvstreamdemuxPad, owned; under the lock */
  GArray *indices;              /* numbers in use, also by pads that are leaving; under the lock */
  gboolean per_stream_eos;      /* under the lock */
  /* of the streaming thread */
  GstFlowCombiner *flows;
  GHashTable *streams;          /* source id -> PtStream */
  GstCaps *caps;
  GstVideoInfo info;            /* of `caps` */
  PtNvInput input;
  GstSegment segment;           /* for sources without an event */
} GstNvstreamdemux;

typedef GstPadClass GstNvstreamdemuxPadClass;
typedef GstElementClass GstNvstreamdemuxClass;
typedef GstNvstreamdemux Demux;
typedef GstNvstreamdemuxPad DemuxPad;

GType gst_nvstreamdemux_get_type (void);
GType gst_nvstreamdemux_pad_get_type (void);
G_DEFINE_TYPE (GstNvstreamdemuxPad, gst_nvstreamdemux_pad, GST_TYPE_PAD);
G_DEFINE_TYPE (GstNvstreamdemux, gst_nvstreamdemux, GST_TYPE_ELEMENT);

#define DEMUX(object) ((Demux *) (object))
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA, I420 }")

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src_%u", GST_PAD_SRC, GST_PAD_REQUEST, GST_STATIC_CAPS (CAPS));

/* ---- pads ---- */

static void
gst_nvstreamdemux_pad_class_init (GstNvstreamdemuxPadClass * klass)
{
}

static void
gst_nvstreamdemux_pad_init (DemuxPad * pad)
{
  pad->needs_caps = pad->needs_segment = TRUE;
}

/* A reference, or NULL. */
static DemuxPad *
find_pad (Demux * demux, guint index)
{
  DemuxPad *found = NULL;
  g_mutex_lock (&demux->lock);
  for (guint i = 0; i < demux->pads->len && !found; i++) {
    DemuxPad *pad = g_ptr_array_index (demux->pads, i);
    if (pad->index == index)
      found = gst_object_ref (pad);
  }
  g_mutex_unlock (&demux->lock);
  return found;
}

/* A snapshot that holds references: pads may go while something is pushed. */
static GPtrArray *
all_pads (Demux * demux)
{
  GPtrArray *pads = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_lock (&demux->lock);
  for (guint i = 0; i < demux->pads->len; i++)
    g_ptr_array_add (pads, gst_object_ref (g_ptr_array_index (demux->pads, i)));
  g_mutex_unlock (&demux->lock);
  return pads;
}

static DemuxPad *
pad_new (GstPadTemplate * template, guint index)
{
  char *name = g_strdup_printf ("src_%u", index);
  DemuxPad *pad = g_object_new (gst_nvstreamdemux_pad_get_type (), "name", name,
      "direction", GST_PAD_SRC, "template", template, NULL);
  g_free (name);
  pad->index = index;
  gst_pad_use_fixed_caps (GST_PAD (pad));
  return pad;
}

static void
free_index (Demux * demux, guint index)
{
  g_mutex_lock (&demux->lock);
  pt_indices_free (demux->indices, index);
  g_mutex_unlock (&demux->lock);
}

static GstPad *
request_new_pad (GstElement * element, GstPadTemplate * template, const gchar * name,
    const GstCaps * caps)
{
  Demux *demux = DEMUX (element);
  guint index;
  gboolean given = name && sscanf (name, "src_%u", &index) == 1;
  g_mutex_lock (&demux->lock);
  gboolean reserved = pt_indices_reserve (demux->indices, given, &index);
  g_mutex_unlock (&demux->lock);
  if (!reserved) {
    GST_WARNING_OBJECT (demux, "the pad src_%u already exists", index);
    return NULL;
  }
  DemuxPad *pad = pad_new (template, index);
  if (!gst_element_add_pad (element, GST_PAD (pad))) {
    free_index (demux, index);
    return NULL;
  }
  GST_DEBUG_OBJECT (demux, "source %u goes to %" GST_PTR_FORMAT, index, pad);
  g_mutex_lock (&demux->lock);
  g_ptr_array_add (demux->pads, gst_object_ref (pad));
  gst_flow_combiner_add_pad (demux->flows, GST_PAD (pad));
  g_mutex_unlock (&demux->lock);
  return GST_PAD (pad);
}

/* The number is free again only when no pad of that name is left in the element. */
static void
release_pad (GstElement * element, GstPad * pad)
{
  Demux *demux = DEMUX (element);
  const guint index = ((DemuxPad *) pad)->index;
  g_mutex_lock (&demux->lock);
  gboolean known = g_ptr_array_find (demux->pads, pad, NULL);
  if (known) {
    gst_flow_combiner_remove_pad (demux->flows, pad);
    g_ptr_array_remove (demux->pads, pad);
  }
  g_mutex_unlock (&demux->lock);
  if (!known)
    return;
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
  free_index (demux, index);
}

/* ---- what goes before a source's frames ---- */

static const PtStream *
stream_of (Demux * demux, const DemuxPad * pad)
{
  return g_hash_table_lookup (demux->streams, GUINT_TO_POINTER (pad->index));
}

static void
start (Demux * demux, DemuxPad * pad)
{
  if (pad->started)
    return;
  char *id = g_strdup_printf ("stream-%u-%08x", pad->index, g_random_int ());
  GstEvent *event = gst_event_new_stream_start (id);
  GstEvent *ours = gst_pad_get_sticky_event (demux->sink, GST_EVENT_STREAM_START, 0);
  guint group;
  if (ours && gst_event_parse_group_id (ours, &group))
    gst_event_set_group_id (event, group);
  if (ours)
    gst_event_unref (ours);
  gst_pad_push_event (GST_PAD (pad), event);
  g_free (id);
  pad->started = TRUE;
}

/* The pictures of a batch may have the colours and the size of their sources. */
static void
set_colours (GstCaps * caps, const GstVideoInfo * info)
{
  static const char *const fields[] = { "colorimetry", "chroma-site" };
  GstVideoInfo picture = *info;
  GstCaps *own = gst_video_info_to_caps (&picture);
  const GstStructure *from = gst_caps_get_structure (own, 0);
  GstStructure *to = gst_caps_get_structure (caps, 0);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (gst_structure_has_field (from, fields[i]))
      gst_structure_set_value (to, fields[i], gst_structure_get_value (from, fields[i]));
    else
      gst_structure_remove_field (to, fields[i]);
  gst_caps_unref (own);
}

static void
push_caps (Demux * demux, DemuxPad * pad)
{
  const PtStream *stream = stream_of (demux, pad);
  GstCaps *caps = gst_caps_copy (demux->caps);
  set_colours (caps, &pad->info);
  gst_caps_set_simple (caps, "batch-size", G_TYPE_INT, 1, "width", G_TYPE_INT, pad->info.width,
      "height", G_TYPE_INT, pad->info.height, NULL);
  if (stream)
    gst_caps_set_simple (caps, "framerate", GST_TYPE_FRACTION, stream->fps_n, stream->fps_d, NULL);
  GST_INFO_OBJECT (pad, "%" GST_PTR_FORMAT, caps);
  gst_pad_push_event (GST_PAD (pad), gst_event_new_caps (caps));
  gst_caps_unref (caps);
}

static void
push_segment (Demux * demux, DemuxPad * pad)
{
  const PtStream *stream = stream_of (demux, pad);
  gst_pad_push_event (GST_PAD (pad),
      gst_event_new_segment (stream ? &stream->segment : &demux->segment));
}

static void
prepare (Demux * demux, DemuxPad * pad, const GstVideoInfo * info)
{
  start (demux, pad);
  pad->needs_caps |= !pt_same_colours (&pad->info, info) || pad->info.width != info->width
      || pad->info.height != info->height;
  pad->info = *info;
  if (pad->needs_caps)
    push_caps (demux, pad);
  if (pad->needs_segment)
    push_segment (demux, pad);
  pad->needs_caps = pad->needs_segment = FALSE;
}

/* ---- frames ---- */

static GstBuffer *
picture_of (Demux * demux, GstBuffer * buffer, const PtFrame * frame)
{
  GstBuffer *picture = pt_picture_take (buffer, frame->batch_id);
  if (!picture)
    return NULL;
  picture = gst_buffer_make_writable (picture); /* the pixels are shared */
  PtBatch *batch = pt_batch_new (1);
  pt_frame_copy_into (frame, batch)->batch_id = 0;
  pt_buffer_add_batch (picture, batch);
  if (g_hash_table_contains (demux->streams, GUINT_TO_POINTER (frame->pad_index)))
    GST_BUFFER_PTS (picture) = frame->buf_pts;
  else                          /* there is only the batch's segment to go by */
    GST_BUFFER_PTS (picture) = GST_BUFFER_PTS (buffer);
  return picture;
}

static GstFlowReturn
push_frame (Demux * demux, GstBuffer * buffer, const PtFrame * frame)
{
  DemuxPad *pad = find_pad (demux, frame->pad_index);
  if (!pad) {
    GST_LOG_OBJECT (demux, "a frame of source %u is dropped: there is no pad for it",
        frame->pad_index);
    return GST_FLOW_OK;
  }
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *picture = gst_pad_is_linked (GST_PAD (pad)) && !pad->eos
      ? picture_of (demux, buffer, frame) : NULL;
  if (picture) {
    prepare (demux, pad, pt_surface_info (buffer, frame->batch_id, &demux->info));
    GST_LOG_OBJECT (pad, "%" GST_PTR_FORMAT, picture);
    flow = gst_pad_push (GST_PAD (pad), picture);
    g_mutex_lock (&demux->lock);
    /* A pad that was released meanwhile says nothing about the others. */
    flow = g_ptr_array_find (demux->pads, pad, NULL)
        ? gst_flow_combiner_update_pad_flow (demux->flows, GST_PAD (pad), flow) : GST_FLOW_OK;
    g_mutex_unlock (&demux->lock);
  }
  gst_object_unref (pad);
  return flow == GST_FLOW_NOT_LINKED ? GST_FLOW_OK : flow;
}

static GstFlowReturn
chain (GstPad * sink, GstObject * parent, GstBuffer * buffer)
{
  Demux *demux = DEMUX (parent);
  GstFlowReturn flow = GST_FLOW_OK;
  if (!pt_nv_is_on_card (buffer))
    buffer = pt_nv_input_take (&demux->input, GST_ELEMENT (demux), buffer, &demux->info);
  if (!buffer)
    return GST_FLOW_ERROR;
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch) {
    GST_ELEMENT_ERROR (demux, STREAM, DEMUX,
        ("A buffer without metadata cannot be split by source: put nvstreammux before %s.",
            GST_OBJECT_NAME (demux)), (NULL));
    flow = GST_FLOW_ERROR;
  } else
    for (PtFrame * frame = (PtFrame *) batch->frames.head; frame && flow == GST_FLOW_OK;
        frame = (PtFrame *) frame->node.next)
      flow = push_frame (demux, buffer, frame);
  gst_buffer_unref (buffer);
  return flow;
}

/* ---- events ---- */

static void
push_eos (Demux * demux, DemuxPad * pad)
{
  if (pad->eos)
    return;
  GST_INFO_OBJECT (pad, "the source has ended");
  start (demux, pad);
  pad->eos = TRUE;
  gst_pad_push_event (GST_PAD (pad), gst_event_new_eos ());
}

static void
stream_started (Demux * demux, const PtStream * stream)
{
  g_hash_table_insert (demux->streams, GUINT_TO_POINTER (stream->source_id),
      g_memdup2 (stream, sizeof *stream));
  DemuxPad *pad = find_pad (demux, stream->source_id);
  if (!pad)
    return;
  pad->needs_caps = pad->needs_segment = TRUE;
  if (pad->eos)                 /* the source came back: that is a new stream */
    pad->started = pad->eos = FALSE;
  gst_object_unref (pad);
}

static void
stream_ended (Demux * demux, guint source_id)
{
  g_mutex_lock (&demux->lock);
  gboolean tell = demux->per_stream_eos;
  g_mutex_unlock (&demux->lock);
  DemuxPad *pad = tell ? find_pad (demux, source_id) : NULL;
  if (pad)
    push_eos (demux, pad);
  g_clear_object (&pad);
}

static void
for_each_pad (Demux * demux, void (*what) (Demux * demux, DemuxPad * pad))
{
  GPtrArray *pads = all_pads (demux);
  for (guint i = 0; i < pads->len; i++)
    what (demux, g_ptr_array_index (pads, i));
  g_ptr_array_unref (pads);
}

static void
renew_caps (Demux * demux, DemuxPad * pad)
{
  pad->needs_caps = TRUE;
}

static void
restart (Demux * demux, DemuxPad * pad)
{
  pad->eos = FALSE;
  pad->needs_segment = TRUE;
}

/* Pads may be requested and released meanwhile, whatever state the element is in. */
static void
reset_flows (Demux * demux)
{
  g_mutex_lock (&demux->lock);
  gst_flow_combiner_reset (demux->flows);
  g_mutex_unlock (&demux->lock);
}

static void
flush_stopped (Demux * demux)
{
  reset_flows (demux);
  for_each_pad (demux, restart);
}

/* Each source pad gets its own events: only flushes and unknown events are forwarded. */
static gboolean
sink_event (GstPad * sink, GstObject * parent, GstEvent * event)
{
  Demux *demux = DEMUX (parent);
  PtStream stream;
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:{
      GstCaps *caps;
      gst_event_parse_caps (event, &caps);
      gst_caps_replace (&demux->caps, caps);
      gst_video_info_from_caps (&demux->info, caps);
      for_each_pad (demux, renew_caps);
      break;
    }
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &demux->segment);
      break;
    case GST_EVENT_STREAM_START:
      break;
    case GST_EVENT_EOS:
      for_each_pad (demux, push_eos);
      break;
    case GST_EVENT_FLUSH_STOP:
      flush_stopped (demux);
      return gst_pad_event_default (sink, parent, event);
    default:
      if (pt_event_is_stream_started (event, &stream))
        stream_started (demux, &stream);
      else if (pt_event_is_stream_ended (event, &stream.source_id))
        stream_ended (demux, stream.source_id);
      else
        return gst_pad_event_default (sink, parent, event);
  }
  gst_event_unref (event);
  return TRUE;
}

/* ---- the class ---- */

enum
{ PROP_PER_STREAM_EOS = 1 };

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  g_mutex_lock (&DEMUX (object)->lock);
  DEMUX (object)->per_stream_eos = g_value_get_boolean (value);
  g_mutex_unlock (&DEMUX (object)->lock);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  g_mutex_lock (&DEMUX (object)->lock);
  g_value_set_boolean (value, DEMUX (object)->per_stream_eos);
  g_mutex_unlock (&DEMUX (object)->lock);
}

static void
begin_anew (Demux * demux, DemuxPad * pad)
{
  pad->started = pad->eos = FALSE;
  pad->needs_caps = pad->needs_segment = TRUE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  Demux *demux = DEMUX (element);
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS (gst_nvstreamdemux_parent_class)->change_state (element,
      transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    for_each_pad (demux, begin_anew);
    g_hash_table_remove_all (demux->streams);
    gst_caps_replace (&demux->caps, NULL);
    reset_flows (demux);
    pt_nv_input_clear (&demux->input);
  }
  return result;
}

static void
finalize (GObject * object)
{
  Demux *demux = DEMUX (object);
  g_ptr_array_unref (demux->pads);
  g_array_unref (demux->indices);
  gst_flow_combiner_free (demux->flows);
  pt_nv_input_clear (&demux->input);
  g_hash_table_unref (demux->streams);
  gst_caps_replace (&demux->caps, NULL);
  g_mutex_clear (&demux->lock);
  G_OBJECT_CLASS (gst_nvstreamdemux_parent_class)->finalize (object);
}

static void
gst_nvstreamdemux_class_init (GstNvstreamdemuxClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  g_object_class_install_property (object_class, PROP_PER_STREAM_EOS,
      g_param_spec_boolean ("per-stream-eos", "per-stream-eos",
          "End a source pad when its source ends, not only when all have ended", FALSE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  klass->request_new_pad = request_new_pad;
  klass->release_pad = release_pad;
  klass->change_state = change_state;
  gst_element_class_add_static_pad_template (klass, &sink_template);
  gst_element_class_add_static_pad_template_with_gtype (klass, &src_template,
      gst_nvstreamdemux_pad_get_type ());
  gst_element_class_set_static_metadata (klass, "Portable stream demultiplexer",
      "Demuxer/Video", "Outputs the frames of a batch on one pad per source, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (demux_debug, "nvstreamdemux", 0, "portable nvstreamdemux");
}

static void
gst_nvstreamdemux_init (Demux * demux)
{
  g_mutex_init (&demux->lock);
  demux->pads = g_ptr_array_new_with_free_func (gst_object_unref);
  demux->indices = pt_indices_new ();
  demux->flows = gst_flow_combiner_new ();
  demux->streams = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  gst_segment_init (&demux->segment, GST_FORMAT_TIME);
  demux->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (demux->sink, chain);
  gst_pad_set_event_function (demux->sink, sink_event);
  gst_element_add_pad (GST_ELEMENT (demux), demux->sink);
}

gboolean
pt_nvstreamdemux_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvstreamdemux", GST_RANK_NONE,
      gst_nvstreamdemux_get_type ());
}
