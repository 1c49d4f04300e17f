/* The sink pads of nvstreammux: frames into queues. See mux.h. */
#include "mux.h"

#define GST_CAT_DEFAULT pt_mux_debug

#define QUEUE_FRAMES 2          /* a pad's: enough to hide the change of threads */

typedef GstNvstreammux Mux;
typedef GstNvstreammuxPad MuxPad;

G_DEFINE_TYPE (GstNvstreammuxPad, gst_nvstreammux_pad, GST_TYPE_PAD);

/* ---- the pad ---- */

static void
frame_free (gpointer frame)
{
  pt_mux_frame_clear (frame);
  g_free (frame);
}

void
pt_mux_drop_frames (Mux * mux, MuxPad * pad)
{
  g_queue_clear_full (&pad->queue, frame_free);
  for (guint i = mux->forming->len; i-- > 0;)
    if (g_array_index (mux->forming, PtMuxFrame, i).owner == (GstObject *) pad)
      g_array_remove_index (mux->forming, i);
}

void
pt_mux_drop_next (MuxPad * pad)
{
  frame_free (g_queue_pop_head (&pad->queue));
  g_cond_signal (&pad->room);
}

static void
pad_finalize (GObject * object)
{
  g_queue_clear_full (&PT_MUX_PAD (object)->queue, frame_free);
  g_cond_clear (&PT_MUX_PAD (object)->room);
  pt_converter_clear (&PT_MUX_PAD (object)->converter);
  pt_pool_clear (&PT_MUX_PAD (object)->pool);
  pt_nv_input_clear (&PT_MUX_PAD (object)->input);
  G_OBJECT_CLASS (gst_nvstreammux_pad_parent_class)->finalize (object);
}

static void
gst_nvstreammux_pad_class_init (GstNvstreammuxPadClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = pad_finalize;
}

static void
gst_nvstreammux_pad_init (MuxPad * pad)
{
  g_queue_init (&pad->queue);
  g_cond_init (&pad->room);
  gst_video_info_init (&pad->info);
  gst_segment_init (&pad->segment, GST_FORMAT_TIME);
}

/* ---- frames ---- */

static PtMuxFrame *
frame_new (MuxPad * pad, GstBuffer * buffer)
{
  PtMuxFrame *frame = g_new0 (PtMuxFrame, 1);
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  frame->buffer = buffer;
  frame->owner = gst_object_ref (pad);
  frame->converter = &pad->converter;
  frame->pool = &pad->pool;
  frame->source_id = pad->index;
  frame->info = pad->info;
  frame->segment = pad->segment;
  frame->running_time = gst_segment_to_running_time (&pad->segment, GST_FORMAT_TIME, pts);
  return frame;
}

/* With the lock held: why a frame cannot be taken, now or ever; OK: it can. */
static GstFlowReturn
pad_flow (Mux * mux, MuxPad * pad)
{
  if (mux->stopping || pad->flushing || pad->released)
    return GST_FLOW_FLUSHING;
  if (mux->seeking)             /* the task starts again when the seek is through */
    return GST_FLOW_OK;
  if (pad->eos || mux->ended)
    return GST_FLOW_EOS;
  return mux->flow;
}

/* Read here, other pictures of a card become plain ones in as many threads as there are sources. */
static gboolean
stays_on_card (Mux * mux, const MuxPad * pad, GstBuffer * buffer)
{
  g_mutex_lock (&mux->lock);
  const gint memory = mux->settings.memory;
  g_mutex_unlock (&mux->lock);
  return memory != PT_NV_PINNED && memory != PT_NV_UNIFIED
      && pt_mux_stays_on_card (buffer, &pad->info);
}

static GstFlowReturn
sink_chain (GstPad * base, GstObject * parent, GstBuffer * buffer)
{
  Mux *mux = PT_MUX (parent);
  MuxPad *pad = PT_MUX_PAD (base);
  if (GST_VIDEO_INFO_FORMAT (&pad->info) == GST_VIDEO_FORMAT_UNKNOWN) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  const gboolean on_card = stays_on_card (mux, pad, buffer);
  if (!on_card)
    buffer = pt_nv_input_take (&pad->input, GST_ELEMENT (mux), buffer, &pad->info);
  if (!buffer)
    return GST_FLOW_ERROR;
  PtMuxFrame *frame = frame_new (pad, buffer);
  frame->on_card = on_card;
  if (GST_BUFFER_PTS_IS_VALID (buffer) && !GST_CLOCK_TIME_IS_VALID (frame->running_time)) {
    GST_DEBUG_OBJECT (pad, "outside its segment, dropped: %" GST_PTR_FORMAT, buffer);
    frame_free (frame);
    return GST_FLOW_OK;
  }
  g_mutex_lock (&mux->lock);
  GstFlowReturn flow;
  while ((flow = pad_flow (mux, pad)) == GST_FLOW_OK && pad->queue.length >= QUEUE_FRAMES)
    g_cond_wait (&pad->room, &mux->lock);
  if (flow == GST_FLOW_OK) {
    frame->frame_num = pad->frame_num++;
    g_queue_push_tail (&pad->queue, g_steal_pointer (&frame));
    pt_mux_changed (mux);
  }
  g_mutex_unlock (&mux->lock);
  g_clear_pointer (&frame, frame_free);
  return flow;
}

/* ---- events and queries ---- */

static gboolean
upstream_is_live (GstPad * pad)
{
  gboolean live = FALSE;
  GstQuery *query = gst_query_new_latency ();
  if (gst_pad_peer_query (pad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  return live;
}

static gboolean
take_caps (Mux * mux, MuxPad * pad, GstEvent * event)
{
  GstCaps *caps;
  gst_event_parse_caps (event, &caps);
  if (!gst_video_info_from_caps (&pad->info, caps))
    return FALSE;
  gboolean live = upstream_is_live (GST_PAD (pad));
  GST_INFO_OBJECT (pad, "a %s source of %" GST_PTR_FORMAT, live ? "live" : "file's", caps);
  g_mutex_lock (&mux->lock);
  mux->live |= live;
  g_mutex_unlock (&mux->lock);
  return TRUE;
}

static gboolean
take_segment (Mux * mux, MuxPad * pad, GstEvent * event)
{
  const GstSegment *segment;
  gst_event_parse_segment (event, &segment);
  if (segment->format != GST_FORMAT_TIME) {
    GST_ELEMENT_ERROR (mux, STREAM, FORMAT,
        ("The source of %s uses the format %s, expected time: set format=time on an appsrc.",
            GST_OBJECT_NAME (pad), gst_format_get_name (segment->format)), (NULL));
    return FALSE;
  }
  gst_segment_copy_into (segment, &pad->segment);
  return TRUE;
}

static void
set_eos (Mux * mux, MuxPad * pad, gboolean eos)
{
  g_mutex_lock (&mux->lock);
  pad->eos = pad->end_due = eos;
  pad->joined &= eos;           /* another stream begins */
  if (eos)
    GST_INFO_OBJECT (pad, "the source has ended");
  g_cond_broadcast (&pad->room);
  pt_mux_changed (mux);
  GstFlowReturn flow = mux->flow;
  g_mutex_unlock (&mux->lock);
  if (eos && pt_mux_has_failed (flow))  /* no frame follows that would carry the failure up */
    GST_ELEMENT_FLOW_ERROR (mux, flow);
}

/* A flush of one source empties its own queue and goes no further: the frames of the others that
 * are downstream do not concern it. A seek flushes downstream by itself. */
static void
set_flushing (Mux * mux, MuxPad * pad, gboolean flushing)
{
  g_mutex_lock (&mux->lock);
  pad->flushing = flushing;
  if (!flushing) {
    pt_mux_drop_frames (mux, pad);
    pad->eos = pad->end_due = FALSE;
  }
  g_cond_broadcast (&pad->room);
  pt_mux_changed (mux);
  g_mutex_unlock (&mux->lock);
}

static gboolean
sink_event (GstPad * base, GstObject * parent, GstEvent * event)
{
  Mux *mux = PT_MUX (parent);
  MuxPad *pad = PT_MUX_PAD (base);
  gboolean taken = TRUE;
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      taken = take_caps (mux, pad, event);
      break;
    case GST_EVENT_SEGMENT:
      taken = take_segment (mux, pad, event);
      break;
    case GST_EVENT_STREAM_START:
      set_eos (mux, pad, FALSE);
      break;
    case GST_EVENT_EOS:
      set_eos (mux, pad, TRUE);
      break;
    case GST_EVENT_FLUSH_START:
      set_flushing (mux, pad, TRUE);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_segment_init (&pad->segment, GST_FORMAT_TIME);
      set_flushing (mux, pad, FALSE);
      break;
    case GST_EVENT_SINK_MESSAGE:
    case GST_EVENT_CUSTOM_DOWNSTREAM:
    case GST_EVENT_CUSTOM_DOWNSTREAM_OOB:
      return gst_pad_push_event (mux->src, event);
    default:                   /* tags, gaps and the like are about one source, not the batches */
      break;
  }
  gst_event_unref (event);
  return taken;
}

/* Decoders may then give padded pictures as they are, instead of copying them. */
static gboolean
sink_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return gst_pad_query_default (pad, parent, query);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

void
pt_mux_pad_set_functions (GstPad * pad)
{
  gst_pad_set_chain_function (pad, sink_chain);
  gst_pad_set_event_function (pad, sink_event);
  gst_pad_set_query_function (pad, sink_query);
}
