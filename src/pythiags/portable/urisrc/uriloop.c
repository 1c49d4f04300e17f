/* file-loop of nvurisrcbin: the file is played again, and its timestamps go on.
 *
 * Downstream sees one stream without an end: one segment, open at its end, and frames whose
 * timestamps are shifted by what was played before. The front is rewound when it has put out its
 * last frame, so that the decoder holds none back.
 */
#include "nvurisrcbin.h"

#define GST_CAT_DEFAULT pt_uri_debug

#define WATCHED \
  (GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_BOTH | GST_PAD_PROBE_TYPE_EVENT_FLUSH)

/* ---- what passes ---- */

static GstPadProbeReturn
pass_segment (PtUriBranch * branch, GstPadProbeInfo * info)
{
  GstNvurisrcbin *self = branch->owner;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gst_event_copy_segment (event, &branch->segment);
  branch->last_pts = GST_CLOCK_TIME_NONE;
  if (branch->started)
    return GST_PAD_PROBE_DROP;
  branch->started = TRUE;
  g_mutex_lock (&self->lock);
  if (!GST_CLOCK_TIME_IS_VALID (self->base))
    self->base = self->end = branch->segment.start;
  g_mutex_unlock (&self->lock);
  GstSegment endless = branch->segment;
  endless.stop = endless.duration = GST_CLOCK_TIME_NONE;
  GST_PAD_PROBE_INFO_DATA (info) = gst_event_new_segment (&endless);
  gst_event_unref (event);
  return GST_PAD_PROBE_OK;
}

static GstClockTime
shifted (GstClockTime time, GstClockTime from, GstClockTime to)
{
  if (!GST_CLOCK_TIME_IS_VALID (time))
    return time;
  return time + to >= from ? time + to - from : 0;
}

static GstClockTime
length_of (PtUriBranch * branch, GstBuffer * buffer)
{
  const GstClockTime pts = GST_BUFFER_PTS (buffer);
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    return GST_BUFFER_DURATION (buffer);
  return GST_CLOCK_TIME_IS_VALID (branch->last_pts) && pts > branch->last_pts
      ? pts - branch->last_pts : 0;
}

static void
pass_buffer (PtUriBranch * branch, GstPadProbeInfo * info)
{
  GstNvurisrcbin *self = branch->owner;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  if (!GST_BUFFER_PTS_IS_VALID (buffer))
    return;
  const GstClockTime length = length_of (branch, buffer), start = branch->segment.start;
  branch->last_pts = GST_BUFFER_PTS (buffer);
  g_mutex_lock (&self->lock);
  GST_BUFFER_PTS (buffer) = shifted (GST_BUFFER_PTS (buffer), start, self->base);
  GST_BUFFER_DTS (buffer) = shifted (GST_BUFFER_DTS (buffer), start, self->base);
  self->end = MAX (self->end, GST_BUFFER_PTS (buffer) + length);
  g_mutex_unlock (&self->lock);
}

static gboolean
has_ended (PtUriBranch * branch)
{
  return !branch->pad || branch->held;
}

gboolean
pt_uri_loop_is_due (GstNvurisrcbin * self)
{
  const gboolean any = self->video.held || self->audio.held;
  return any && (self->ending || (has_ended (&self->video) && has_ended (&self->audio)));
}

static GstPadProbeReturn
pass_eos (PtUriBranch * branch)
{
  GstNvurisrcbin *self = branch->owner;
  g_mutex_lock (&self->lock);
  const gboolean passes = self->ending;
  branch->held = !passes;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  return passes ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* Another's flush, as of a seek: the stream begins anew. */
static GstPadProbeReturn
pass_flush (PtUriBranch * branch, gboolean stops)
{
  GstNvurisrcbin *self = branch->owner;
  g_mutex_lock (&self->lock);
  const gboolean ours = self->rewinding;
  if (!ours && stops) {
    branch->started = branch->held = FALSE;
    self->base = GST_CLOCK_TIME_NONE;
  }
  g_mutex_unlock (&self->lock);
  return ours ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
pass (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  PtUriBranch *branch = data;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    pass_buffer (branch, info);
    return GST_PAD_PROBE_OK;
  }
  switch (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))) {
    case GST_EVENT_SEGMENT:
      return pass_segment (branch, info);
    case GST_EVENT_EOS:
      return pass_eos (branch);
    case GST_EVENT_FLUSH_START:
      return pass_flush (branch, FALSE);
    case GST_EVENT_FLUSH_STOP:
      return pass_flush (branch, TRUE);
    case GST_EVENT_QOS:        /* its times are not the decoder's */
    case GST_EVENT_GAP:
      return GST_PAD_PROBE_DROP;
    default:
      return GST_PAD_PROBE_OK;
  }
}

void
pt_uri_loop_watch (PtUriBranch * branch, GstPad * pad)
{
  gst_pad_add_probe (pad, WATCHED, pass, branch, NULL);
}

/* ---- once more ---- */

/* A pad that takes a seek, a reference. NULL: the file had no frames, or it ends. */
static GstPad *
begin_round (GstNvurisrcbin * self)
{
  GstPad *pad = NULL;
  g_mutex_lock (&self->lock);
  if (!self->stopping && !self->ending && self->end > self->base) {
    pad = self->video.pad ? self->video.pad : self->audio.pad;
    if (pad)
      gst_object_ref (pad);
    self->base = self->end;
    self->video.held = self->audio.held = FALSE;
    self->rewinding = TRUE;
  }
  g_mutex_unlock (&self->lock);
  return pad;
}

/* The ends that were held back pass now, and those that follow by themselves. A branch whose end has not
 * come is left alone: its pad may be busy for long. */
static void
end (GstNvurisrcbin * self)
{
  g_mutex_lock (&self->lock);
  const gboolean stopping = self->stopping, told = self->ending;
  const gboolean video = self->video.held, audio = self->audio.held;
  self->video.held = self->audio.held = FALSE;
  self->ending = TRUE;
  g_mutex_unlock (&self->lock);
  if (stopping)
    return;
  if (!told)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("The file has no frames: it is not played again, in spite of file-loop"), (NULL));
  GST_INFO_OBJECT (self, "the loop ends");
  if (video)
    pt_uri_branch_send_eos (&self->video);
  if (audio)
    pt_uri_branch_send_eos (&self->audio);
}

void
pt_uri_loop_again (GstNvurisrcbin * self)
{
  GstPad *pad = begin_round (self);
  if (!pad) {
    end (self);
    return;
  }
  GST_INFO_OBJECT (self, "the file begins again at %" GST_TIME_FORMAT, GST_TIME_ARGS (self->base));
  const gboolean sought = gst_pad_send_event (pad, gst_event_new_seek (1.0, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE,
          GST_CLOCK_TIME_NONE));
  gst_object_unref (pad);
  g_mutex_lock (&self->lock);
  self->rewinding = FALSE;
  g_mutex_unlock (&self->lock);
  if (!sought) {
    GST_INFO_OBJECT (self, "the file cannot be rewound: opening it again");
    pt_uri_front_replace (self);
  }
}
