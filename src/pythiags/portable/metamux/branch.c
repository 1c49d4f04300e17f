/* See branch.h. */
#include "branch.h"

#include "copy.h"
#include "gstmeta.h"

GST_DEBUG_CATEGORY_EXTERN (pt_metamux_debug);
#define GST_CAT_DEFAULT pt_metamux_debug

G_DEFINE_TYPE (PtMetaBranch, pt_meta_branch, GST_TYPE_AGGREGATOR_PAD);

/* ---- what is kept ---- */

static const PtBatch *
kept (const PtMetaBranch * branch, guint place)
{
  return pt_buffer_get_batch (g_ptr_array_index (branch->kept, place));
}

static void
clear (PtMetaBranch * branch)
{
  g_mutex_lock (&branch->lock);
  g_ptr_array_set_size (branch->kept, 0);
  g_mutex_unlock (&branch->lock);
}

void
pt_meta_branch_drain (PtMetaBranch * branch)
{
  clear (branch);
  while (gst_aggregator_pad_drop_buffer (GST_AGGREGATOR_PAD (branch)));
}

void
pt_meta_branch_stop (PtMetaBranch * branch)
{
  pt_meta_branch_drain (branch);
  g_hash_table_remove_all (branch->sources);
  g_hash_table_remove_all (branch->gone);
}

static gboolean
take (PtMetaBranch * branch)
{
  GstBuffer *buffer = gst_aggregator_pad_pop_buffer (GST_AGGREGATOR_PAD (branch));
  if (!buffer)
    return FALSE;
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch) {                 /* it has nothing to merge */
    gst_buffer_unref (buffer);
    return TRUE;
  }
  PT_EACH (PtFrame, frame, batch->frames)
    g_hash_table_add (branch->sources, GUINT_TO_POINTER (frame->source_id));
  g_mutex_lock (&branch->lock);
  g_ptr_array_add (branch->kept, buffer);
  g_mutex_unlock (&branch->lock);
  return TRUE;
}

/* ---- which frame is meant ---- */

static guint64
apart (guint64 one, guint64 other)
{
  return one > other ? one - other : other - one;
}

static const PtFrame *
nearest_to (const PtMetaBranch * branch, const PtFrame * frame, gint64 tolerance)
{
  const PtFrame *nearest = NULL;
  for (guint i = 0; i < branch->kept->len; i++)
    PT_EACH (PtFrame, other, kept (branch, i)->frames)
      if (other->source_id == frame->source_id && (!nearest
          || apart (other->buf_pts, frame->buf_pts) < apart (nearest->buf_pts, frame->buf_pts)))
        nearest = other;
  if (!nearest || tolerance < 0
      || apart (nearest->buf_pts, frame->buf_pts) / 1000 > (guint64) tolerance)
    return NULL;
  return nearest;
}

void
pt_meta_branch_merge (PtMetaBranch * branch, PtBatch * active, gint64 tolerance)
{
  g_mutex_lock (&branch->lock);
  PT_EACH (PtFrame, frame, active->frames) {
    const PtFrame *nearest = nearest_to (branch, frame, tolerance);
    if (nearest)
      pt_frame_copy_contents (nearest, frame);
    GST_LOG_OBJECT (branch, "source %u at %" GST_TIME_FORMAT ": %s", frame->source_id,
        GST_TIME_ARGS (frame->buf_pts), nearest ? "merged" : "there is no such frame");
  }
  g_mutex_unlock (&branch->lock);
}

static gboolean
has_reached (const PtMetaBranch * branch, guint source_id, guint64 pts)
{
  for (guint i = 0; i < branch->kept->len; i++)
    PT_EACH (PtFrame, frame, kept (branch, i)->frames)
      if (frame->source_id == source_id && frame->buf_pts >= pts)
        return TRUE;
  return FALSE;
}

static guint
most_kept (const PtBatch * active)
{
  return PT_MOST_KEPT * MAX (active->num_frames_in_batch, 1);
}

static gboolean
lacks_frames (const PtMetaBranch * branch, const PtBatch * active)
{
  if (branch->kept->len >= most_kept (active))
    return FALSE;
  PT_EACH (PtFrame, frame, active->frames)
    if (g_hash_table_contains (branch->sources, GUINT_TO_POINTER (frame->source_id))
        && !has_reached (branch, frame->source_id, frame->buf_pts))
      return TRUE;
  return FALSE;
}

gboolean
pt_meta_branch_ready (PtMetaBranch * branch, const PtBatch * active)
{
  for (;;) {
    g_mutex_lock (&branch->lock);
    const gboolean lacking = lacks_frames (branch, active);
    g_mutex_unlock (&branch->lock);
    if (!lacking)
      return TRUE;
    if (!take (branch))
      return gst_aggregator_pad_is_eos (GST_AGGREGATOR_PAD (branch));
  }
}

/* ---- sources that end ---- */

void
pt_meta_branch_lose (PtMetaBranch * branch, guint source_id)
{
  if (g_hash_table_remove (branch->sources, GUINT_TO_POINTER (source_id)))
    g_hash_table_add (branch->gone, GUINT_TO_POINTER (source_id));
}

gboolean
pt_meta_branch_regain (PtMetaBranch * branch, guint source_id)
{
  if (!g_hash_table_remove (branch->gone, GUINT_TO_POINTER (source_id)))
    return FALSE;
  g_hash_table_add (branch->sources, GUINT_TO_POINTER (source_id));
  return TRUE;
}

gboolean
pt_meta_branch_is_idle (const PtMetaBranch * branch)
{
  return g_hash_table_size (branch->sources) == 0;
}

/* ---- letting go ---- */

/* Whether a later frame of its source is as close to all that follows, or closer. */
static gboolean
is_passed (const PtMetaBranch * branch, guint place, const PtFrame * frame, const PtBatch * active)
{
  for (guint i = place + 1; i < branch->kept->len; i++)
    PT_EACH (PtFrame, later, kept (branch, i)->frames)
      if (later->source_id == frame->source_id)
        PT_EACH (PtFrame, now, active->frames)
          if (now->source_id == frame->source_id && later->buf_pts <= now->buf_pts)
            return TRUE;
  return FALSE;
}

static gboolean
is_needed (const PtMetaBranch * branch, guint place, const PtBatch * active)
{
  PT_EACH (PtFrame, frame, kept (branch, place)->frames)
    if (!is_passed (branch, place, frame, active))
      return TRUE;
  return FALSE;
}

void
pt_meta_branch_forget (PtMetaBranch * branch, const PtBatch * active)
{
  g_mutex_lock (&branch->lock);
  for (guint i = 0; i < branch->kept->len;)
    if (is_needed (branch, i, active))
      i++;
    else
      g_ptr_array_remove_index (branch->kept, i);
  while (branch->kept->len >= most_kept (active))
    g_ptr_array_remove_index (branch->kept, 0);
  g_mutex_unlock (&branch->lock);
}

/* ---- the class ---- */

static GstFlowReturn
flush (GstAggregatorPad * pad, GstAggregator * mux G_GNUC_UNUSED)
{
  clear (PT_META_BRANCH (pad));
  return GST_FLOW_OK;
}

static void
finalize (GObject * object)
{
  PtMetaBranch *branch = PT_META_BRANCH (object);
  g_ptr_array_unref (branch->kept);
  g_hash_table_unref (branch->sources);
  g_hash_table_unref (branch->gone);
  g_mutex_clear (&branch->lock);
  G_OBJECT_CLASS (pt_meta_branch_parent_class)->finalize (object);
}

static void
pt_meta_branch_class_init (PtMetaBranchClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
  klass->flush = flush;
}

static void
pt_meta_branch_init (PtMetaBranch * branch)
{
  g_mutex_init (&branch->lock);
  branch->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  branch->sources = g_hash_table_new (NULL, NULL);
  branch->gone = g_hash_table_new (NULL, NULL);
}
