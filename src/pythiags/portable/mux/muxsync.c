/* nvstreammux with sync-inputs: a batch holds frames of one moment. See muxsync.h. */
#include "muxsync.h"

#include "muxfile.h"

#define GST_CAT_DEFAULT pt_mux_debug

#define MUCH GST_SECOND         /* later than any live source starts up */

typedef GstNvstreammux Mux;
typedef GstNvstreammuxPad MuxPad;

static const PtMuxFrame *
next_of (Mux * mux, guint place)
{
  return g_queue_peek_head (&pt_mux_pad_at (mux, place)->queue);
}

/* Frames that are less than this apart are of one moment: half of what a frame lasts. */
static GstClockTime
tolerance (const PtMuxFrame * frame)
{
  const GstVideoInfo *info = &frame->info;
  return info->fps_n > 0 ? gst_util_uint64_scale (GST_SECOND, info->fps_d, 2 * info->fps_n) : 0;
}

static gboolean
is_late (const Mux * mux, const PtMuxFrame * frame)
{
  return frame && GST_CLOCK_TIME_IS_VALID (mux->moment)
      && GST_CLOCK_TIME_IS_VALID (frame->running_time)
      && frame->running_time + tolerance (frame) < mux->moment;
}

static void
drop_late_of (Mux * mux, MuxPad * pad)
{
  const GstClockTime late = mux->moment - ((PtMuxFrame *) g_queue_peek_head (&pad->queue))->running_time;
  GST_DEBUG_OBJECT (pad, "%" GST_TIME_FORMAT " too late for its batch, dropped", GST_TIME_ARGS (late));
  if (!pad->joined && late > MUCH) {
    pad->joined = TRUE;
    pad->late_by = late;
  }
  pt_mux_drop_next (pad);
}

/* What comes when its batch has gone is of no use to a live pipeline. A file that is added later starts
 * from zero, and is not late. */
static void
drop_late (Mux * mux)
{
  for (guint i = 0; i < mux->pads->len; i++)
    while (is_late (mux, next_of (mux, i)))
      drop_late_of (mux, pt_mux_pad_at (mux, i));
}

/* 0: no pad has anything to say; else its `name` is to be freed. */
static GstClockTime
take_late (Mux * mux, char **name)
{
  GstClockTime late = 0;
  g_mutex_lock (&mux->lock);
  for (guint i = 0; i < mux->pads->len && !late; i++) {
    MuxPad *pad = pt_mux_pad_at (mux, i);
    late = pad->late_by;
    pad->late_by = 0;
    if (late)
      *name = gst_object_get_name (GST_OBJECT (pad));
  }
  g_mutex_unlock (&mux->lock);
  return late;
}

void
pt_mux_tell_of_late (Mux * mux)
{
  GstClockTime late;
  char *name;
  while ((late = take_late (mux, &name))) {
    GST_ELEMENT_WARNING (mux, STREAM, FAILED,
        ("The first frame of %s is %.1f s late: with sync-inputs=true frames of a live pipeline are dropped "
            "until they have caught up. A source that is added to a running pipeline begins at zero: "
            "set_offset() of the pad with the pipeline's running time has it begin now",
            name, (gdouble) late / GST_SECOND), (NULL));
    g_free (name);
  }
}

/* NULL: no frame waits. */
static const PtMuxFrame *
earliest (Mux * mux)
{
  const PtMuxFrame *first = NULL;
  for (guint i = 0; i < mux->pads->len; i++) {
    const PtMuxFrame *frame = next_of (mux, i);
    if (frame && (!first || frame->running_time < first->running_time))
      first = frame;
  }
  return first;
}

static gboolean
waits_for_any (Mux * mux)
{
  for (guint i = 0; i < mux->pads->len; i++)
    if (!next_of (mux, i) && pt_mux_has_more (pt_mux_pad_at (mux, i)))
      return TRUE;
  return FALSE;
}

gboolean
pt_mux_take_moment (Mux * mux, gboolean at_once)
{
  if (mux->live || mux->settings.live_source)
    drop_late (mux);
  const PtMuxFrame *first = earliest (mux);
  if (!first || (!at_once && waits_for_any (mux)))
    return FALSE;
  const GstClockTime moment = first->running_time;
  const GstClockTime end = GST_CLOCK_TIME_IS_VALID (moment) ? moment + tolerance (first) : moment;
  const guint turn = mux->turn;
  for (guint i = 0; i < mux->pads->len && mux->forming->len < pt_mux_batch_size (mux); i++) {
    const PtMuxFrame *frame = next_of (mux, turn + i);
    if (frame && frame->running_time <= end)
      pt_mux_take (mux, turn + i);
  }
  mux->moment = moment;
  return TRUE;
}

gint64
pt_mux_patience (const Mux * mux)
{
  const PtMuxSettings *settings = &mux->settings;
  const gint64 more = settings->sync ? settings->max_latency / GST_USECOND : 0;
  if (settings->timeout >= 0)
    return settings->timeout + more;
  return more && (mux->live || settings->live_source) ? more : -1;
}
