/* The task of nvstreammux: from the queues to batches downstream. See mux.h. */
#include "muxsync.h"

#include "muxfile.h"
#include "surface.h"
#include "streams.h"

#define GST_CAT_DEFAULT pt_mux_debug

typedef GstNvstreammux Mux;
typedef GstNvstreammuxPad MuxPad;

/* ---- collecting a batch, with the lock held ---- */

void
pt_mux_changed (Mux * mux)
{
  g_cond_signal (&mux->changed);
}

void
pt_mux_changed_for_all (Mux * mux)
{
  pt_mux_changed (mux);
  for (guint i = 0; i < mux->pads->len; i++)
    g_cond_broadcast (&pt_mux_pad_at (mux, i)->room);
}

MuxPad *
pt_mux_pad_at (Mux * mux, guint place)
{
  return g_ptr_array_index (mux->pads, place % mux->pads->len);
}

/* A pad that nothing is linked to gives no frames: no batch waits for it. */
gboolean
pt_mux_has_more (MuxPad * pad)
{
  return pad->queue.length || (!pad->eos && gst_pad_is_linked (GST_PAD (pad)));
}

static gboolean
any_has_more (Mux * mux)
{
  for (guint i = 0; i < mux->pads->len; i++)
    if (pt_mux_has_more (pt_mux_pad_at (mux, i)))
      return TRUE;
  return FALSE;
}

static gboolean
any_frame (Mux * mux)
{
  for (guint i = 0; i < mux->pads->len; i++)
    if (pt_mux_pad_at (mux, i)->queue.length)
      return TRUE;
  return FALSE;
}

static gboolean
has_ended (MuxPad * pad)
{
  return pad->eos && !pad->queue.length;
}

/* No chain function is called any more, though frames may wait in the queues. */
static gboolean
all_eos (Mux * mux)
{
  for (guint i = 0; i < mux->pads->len; i++)
    if (!pt_mux_pad_at (mux, i)->eos)
      return FALSE;
  return TRUE;
}

static gboolean
all_ended (Mux * mux)
{
  for (guint i = 0; i < mux->pads->len; i++)
    if (!has_ended (pt_mux_pad_at (mux, i)))
      return FALSE;
  return mux->pads->len > 0;
}

static gboolean
has_news (Mux * mux)
{
  for (guint i = 0; i < mux->pads->len; i++)
    if (pt_mux_pad_at (mux, i)->end_due && has_ended (pt_mux_pad_at (mux, i)))
      return TRUE;
  return mux->farewells->len || (all_ended (mux) && !mux->settings.drop_eos);
}

void
pt_mux_take (Mux * mux, guint place)
{
  MuxPad *pad = pt_mux_pad_at (mux, place);
  PtMuxFrame *frame = g_queue_pop_head (&pad->queue);
  g_array_append_vals (mux->forming, frame, 1);
  pad->joined = TRUE;
  g_free (frame);               /* what it holds is the array's now */
  mux->turn = (place + 1) % mux->pads->len;
  g_cond_signal (&pad->room);
}

/* Once around, from whose turn it is. In lockstep the round ends at a source that is late. */
static gboolean
take_round (Mux * mux, gboolean lockstep)
{
  guint first = mux->turn, before = mux->forming->len;
  for (guint i = 0; i < mux->pads->len && mux->forming->len < pt_mux_batch_size (mux); i++) {
    MuxPad *pad = pt_mux_pad_at (mux, first + i);
    if (pad->queue.length)
      pt_mux_take (mux, first + i);
    else if (lockstep && pt_mux_has_more (pad))
      break;
  }
  return mux->forming->len > before;
}

static gboolean
take_all (Mux * mux, gboolean lockstep)
{
  while (mux->forming->len < pt_mux_batch_size (mux))
    if (!take_round (mux, lockstep))
      return FALSE;
  return TRUE;
}

/* FALSE: the batch waits for more frames. Once its time is over it takes what there is. */
static gboolean
take_some (Mux * mux, gboolean is_over)
{
  if (mux->settings.sync)
    return mux->forming->len || pt_mux_take_moment (mux, is_over);
  return take_all (mux, !is_over && !mux->live && !mux->settings.live_source);
}

static gboolean
wait_for_change (Mux * mux, gint64 deadline)
{
  if (deadline >= 0)
    return g_cond_wait_until (&mux->changed, &mux->lock, deadline);
  g_cond_wait (&mux->changed, &mux->lock);
  return TRUE;
}

/* Waits for a batch: full, or what there is at its deadline, or when no source has more.
 * FALSE: stopped. No frames: there is other news, as of a source's end. */
static gboolean
collect (Mux * mux)
{
  gint64 deadline = -1;
  while (!mux->stopping && !mux->seeking && mux->flow == GST_FLOW_OK) {
    if (take_some (mux, FALSE))
      return TRUE;
    if (mux->forming->len ? !any_has_more (mux) : !any_frame (mux) && has_news (mux))
      return TRUE;
    if (!mux->forming->len && !any_frame (mux))
      deadline = -1;            /* nothing waits, or its source was removed */
    else if (pt_mux_patience (mux) >= 0 && deadline < 0)
      deadline = g_get_monotonic_time () + pt_mux_patience (mux);
    if (!wait_for_change (mux, deadline)) {
      GST_DEBUG_OBJECT (mux, "batched-push-timeout is over: pushing an incomplete batch");
      take_some (mux, TRUE);
      return TRUE;
    }
  }
  return FALSE;
}

/* ---- negotiation ---- */

static GstCaps *
nvmm_caps (GstCaps * caps)
{
  gst_caps_set_features (caps, 0, gst_caps_features_new (PT_FEATURE_NVMM, NULL));
  return caps;
}

static gboolean
downstream_takes (Mux * mux, GstVideoFormat format)
{
  GstCaps *wanted = nvmm_caps (gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
          gst_video_format_to_string (format), NULL));
  GstCaps *possible = gst_pad_peer_query_caps (mux->src, wanted);
  gboolean takes = !gst_caps_is_empty (possible);
  gst_caps_unref (possible);
  gst_caps_unref (wanted);
  return takes;
}

static GstVideoFormat
choose_format (Mux * mux, GArray * frames)
{
  gboolean rgba = TRUE;
  for (guint i = 0; i < frames->len; i++) {
    const GstVideoInfo *info = &g_array_index (frames, PtMuxFrame, i).info;
    rgba &= GST_VIDEO_INFO_FORMAT (info) == GST_VIDEO_FORMAT_RGBA;
  }
  GstVideoFormat best = rgba ? GST_VIDEO_FORMAT_RGBA : GST_VIDEO_FORMAT_NV12;
  GstVideoFormat other = rgba ? GST_VIDEO_FORMAT_NV12 : GST_VIDEO_FORMAT_RGBA;
  return !downstream_takes (mux, best) && downstream_takes (mux, other) ? other : best;
}

/* The first source gives the rate, and the first with YUV pictures the colours. */
static GstVideoInfo
output_info (Mux * mux, const PtMuxSettings * settings, GArray * frames)
{
  GstVideoInfo info;
  const GstVideoInfo *first = &g_array_index (frames, PtMuxFrame, 0).info;
  gst_video_info_set_format (&info, choose_format (mux, frames),
      settings->width ? settings->width : (guint) GST_VIDEO_INFO_WIDTH (first),
      settings->height ? settings->height : (guint) GST_VIDEO_INFO_HEIGHT (first));
  info.fps_n = first->fps_n;
  info.fps_d = first->fps_d;
  if (GST_VIDEO_INFO_FORMAT (first) == GST_VIDEO_INFO_FORMAT (&info))
    info.colorimetry = first->colorimetry;
  for (guint i = frames->len; i-- > 0;)
    pt_inherit_colours (&info, &g_array_index (frames, PtMuxFrame, i).info);
  return info;
}

/* Latency queries come from other threads, and see the old output or the new one, never a mixture. */
static void
update_output (Mux * mux, const PtMuxSettings * settings, GArray * frames)
{
  const GstVideoInfo info = output_info (mux, settings, frames);
  g_mutex_lock (&mux->lock);
  const GstClockTime latency = pt_mux_latency (mux);
  mux->output.info = info;
  mux->output.batch_size = settings->batch_size;
  mux->output.keeps_sizes = pt_mux_is_new () && !settings->width && !settings->height;
  const gboolean changed = pt_mux_latency (mux) != latency;
  g_mutex_unlock (&mux->lock);
  if (changed)
    gst_element_post_message (GST_ELEMENT (mux), gst_message_new_latency (GST_OBJECT (mux)));
}

static gboolean
push_caps (Mux * mux)
{
  GstCaps *caps = nvmm_caps (gst_video_info_to_caps (&mux->output.info));
  gst_caps_set_simple (caps, "batch-size", G_TYPE_INT, (gint) mux->output.batch_size, NULL);
  GST_INFO_OBJECT (mux, "batches of %" GST_PTR_FORMAT, caps);
  gboolean accepted = gst_pad_push_event (mux->src, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  return accepted || GST_PAD_IS_FLUSHING (mux->src);
}

static void
push_stream_start (Mux * mux)
{
  if (mux->started)
    return;
  char *id = g_strdup_printf ("batches-%08x%08x", g_random_int (), g_random_int ());
  GstEvent *event = gst_event_new_stream_start (id);
  gst_event_set_group_id (event, gst_util_group_id_next ());
  gst_pad_push_event (mux->src, event);
  g_free (id);
  mux->started = TRUE;
}

/* Batches are in running time; the segment maps it to stream time, so that positions are right. */
static void
push_segment (Mux * mux, const PtMuxFrame * first)
{
  GstSegment segment;
  GstClockTime stream_time = gst_segment_to_stream_time (&first->segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (first->buffer));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  if (GST_CLOCK_TIME_IS_VALID (stream_time) && stream_time > first->running_time)
    segment.time = stream_time - first->running_time;
  gst_pad_push_event (mux->src, gst_event_new_segment (&segment));
}

/* A size that is not set stays that of the first frame. */
static gboolean
is_outdated (const PtMuxOutput * output, const PtMuxSettings * settings)
{
  const guint width = GST_VIDEO_INFO_WIDTH (&output->info);
  const guint height = GST_VIDEO_INFO_HEIGHT (&output->info);
  return (settings->width && width != settings->width)
      || (settings->height && height != settings->height)
      || output->batch_size != settings->batch_size;
}

static gboolean
negotiate (Mux * mux, const PtMuxSettings * settings, GArray * frames)
{
  gboolean reconfigure = gst_pad_check_reconfigure (mux->src);
  push_stream_start (mux);
  if (!mux->negotiated || reconfigure || is_outdated (&mux->output, settings)) {
    update_output (mux, settings, frames);
    if (!push_caps (mux)) {
      gst_pad_mark_reconfigure (mux->src);
      return FALSE;
    }
  }
  if (mux->need_segment)
    push_segment (mux, &g_array_index (frames, PtMuxFrame, 0));
  mux->need_segment = FALSE;
  mux->negotiated = TRUE;
  return TRUE;
}

/* ---- pushing ---- */

static void
announce (Mux * mux, const PtMuxFrame * frame)
{
  MuxPad *pad = PT_MUX_PAD (frame->owner);
  g_mutex_lock (&mux->lock);
  gboolean known = pad->announced && gst_segment_is_equal (&pad->told, &frame->segment);
  if (pad->released && !pad->announced) /* released while this frame was under way */
    g_array_append_val (mux->farewells, pad->index);
  pad->announced = TRUE;
  g_mutex_unlock (&mux->lock);
  if (known)
    return;
  PtStream stream = {.source_id = frame->source_id,.fps_n = frame->info.fps_n,
    .fps_d = frame->info.fps_d,.segment = frame->segment
  };
  pad->told = frame->segment;
  gst_pad_push_event (mux->src, pt_event_stream_started (&stream));
}

static void
post_problem (Mux * mux, char *problem)
{
  GST_ELEMENT_ERROR (mux, STREAM, FORMAT, ("No batch can be made: %s.", problem), (NULL));
  g_free (problem);
}

static gboolean
fit_all (Mux * mux, const PtMuxSettings * settings, GArray * frames)
{
  char *problem = NULL;
  mux->output.padding = settings->padding;
  mux->output.system_time = settings->system_time;
  mux->output.method = settings->method;
  mux->output.gpu_id = settings->gpu_id;
  const gboolean was_on_card = mux->output.on_card;
  gboolean fits = pt_mux_place (&mux->output, (PtMuxFrame *) frames->data, frames->len, &problem);
  if (fits && mux->output.on_card != was_on_card)
    GST_INFO_OBJECT (mux, "batches are in the memory of %s from now on",
        mux->output.on_card ? "a card" : "the system");
  for (guint i = 0; i < frames->len && fits; i++)
    fits = pt_mux_fit (&mux->output, &g_array_index (frames, PtMuxFrame, i), &problem);
  if (!fits)
    post_problem (mux, problem);
  return fits;
}

/* Sources may be removed while pictures are converted. Their number may soon be another's. */
static void
drop_released (Mux * mux, GArray * frames)
{
  g_mutex_lock (&mux->lock);
  for (guint i = frames->len; i-- > 0;)
    if (PT_MUX_PAD (g_array_index (frames, PtMuxFrame, i).owner)->released)
      g_array_remove_index (frames, i);
  g_mutex_unlock (&mux->lock);
}

static GstFlowReturn
push_batch (Mux * mux, GArray * frames)
{
  char *problem = NULL;
  GstBuffer *batch =
      pt_mux_batch (&mux->output, (PtMuxFrame *) frames->data, frames->len, &problem);
  if (!batch) {
    post_problem (mux, problem);
    return GST_FLOW_ERROR;
  }
  if (GST_BUFFER_PTS_IS_VALID (batch)) {
    /* A source that joins late starts from a zero of its own: the output never goes back. */
    if (GST_CLOCK_TIME_IS_VALID (mux->last_pts))
      GST_BUFFER_PTS (batch) = MAX (GST_BUFFER_PTS (batch), mux->last_pts);
    mux->last_pts = GST_BUFFER_PTS (batch);
  }
  GST_LOG_OBJECT (mux, "%u frames in %" GST_PTR_FORMAT, frames->len, batch);
  return gst_pad_push (mux->src, batch);
}

static GstFlowReturn
deliver (Mux * mux, const PtMuxSettings * settings, GArray * frames)
{
  if (!negotiate (mux, settings, frames))
    return GST_FLOW_NOT_NEGOTIATED;
  if (!fit_all (mux, settings, frames))
    return GST_FLOW_ERROR;
  drop_released (mux, frames);
  for (guint i = 0; i < frames->len; i++)
    announce (mux, &g_array_index (frames, PtMuxFrame, i));
  return frames->len ? push_batch (mux, frames) : GST_FLOW_OK;
}

static gboolean
has_frame_of (GArray * frames, const MuxPad * pad)
{
  for (guint i = 0; i < frames->len; i++)
    if (g_array_index (frames, PtMuxFrame, i).owner == (const GstObject *) pad)
      return TRUE;
  return FALSE;
}

/* With the lock held: the numbers of the sources that have ended, but for those with a frame in the
 * batch that goes next. */
static GArray *
take_ends (Mux * mux, GArray * frames)
{
  GArray *ids = mux->farewells;
  mux->farewells = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < mux->pads->len; i++) {
    MuxPad *pad = pt_mux_pad_at (mux, i);
    if (!pad->end_due || !has_ended (pad) || has_frame_of (frames, pad))
      continue;
    g_array_append_val (ids, pad->index);
    pad->announced = pad->end_due = FALSE;
    if (mux->settings.reset_on_eos)
      pad->frame_num = 0;
  }
  return ids;
}

/* Before a batch as well as behind it: downstream may wait with the batch for the end of a source
 * that has no frame, as sinks do that start together. */
static void
push_ends (Mux * mux, GArray * frames)
{
  g_mutex_lock (&mux->lock);
  GArray *ids = take_ends (mux, frames);
  g_mutex_unlock (&mux->lock);
  for (guint i = 0; i < ids->len; i++) {
    push_stream_start (mux);
    gst_pad_push_event (mux->src, pt_event_stream_ended (g_array_index (ids, guint, i)));
  }
  g_array_unref (ids);
}

static gboolean
is_over (Mux * mux)
{
  g_mutex_lock (&mux->lock);
  gboolean over = mux->ended = all_ended (mux) && !mux->settings.drop_eos;
  g_mutex_unlock (&mux->lock);
  return over;
}

static void
push_eos (Mux * mux)
{
  GST_INFO_OBJECT (mux, "all sources have ended");
  push_stream_start (mux);
  gst_pad_push_event (mux->src, gst_event_new_eos ());
  gst_pad_pause_task (mux->src);
}

gboolean
pt_mux_has_failed (GstFlowReturn flow)
{
  return flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS;
}

/* The chain functions carry a bad result up; where no source is in one any more, a message does,
 * and where the sources end later, their end does (see set_eos). */
static void
stop_flow (Mux * mux, GstFlowReturn flow)
{
  g_mutex_lock (&mux->lock);
  mux->flow = flow;
  gboolean alone = all_eos (mux);
  pt_mux_changed_for_all (mux);
  g_mutex_unlock (&mux->lock);
  gst_pad_pause_task (mux->src);
  GST_INFO_OBJECT (mux, "stops: %s", gst_flow_get_name (flow));
  if (flow == GST_FLOW_EOS)
    gst_pad_push_event (mux->src, gst_event_new_eos ());
  else if (alone && pt_mux_has_failed (flow))
    GST_ELEMENT_FLOW_ERROR (mux, flow);
}

void
pt_mux_loop (gpointer data)
{
  Mux *mux = PT_MUX (data);
  g_mutex_lock (&mux->lock);
  GstFlowReturn flow = collect (mux) ? GST_FLOW_OK : GST_FLOW_FLUSHING;
  PtMuxSettings settings = mux->settings;
  settings.batch_size = pt_mux_batch_size (mux);
  GArray *frames = mux->forming;
  mux->forming = pt_mux_frames_new ();
  g_mutex_unlock (&mux->lock);
  if (settings.sync)
    pt_mux_tell_of_late (mux);
  if (flow == GST_FLOW_OK)
    push_ends (mux, frames);
  if (flow == GST_FLOW_OK && frames->len)
    flow = deliver (mux, &settings, frames);
  g_array_set_size (frames, 0);
  if (flow != GST_FLOW_OK) {
    stop_flow (mux, flow);
  } else {
    push_ends (mux, frames);
    if (is_over (mux)) {
      push_ends (mux, frames);  /* of a source that has ended since */
      push_eos (mux);
    }
  }
  g_array_unref (frames);
}
