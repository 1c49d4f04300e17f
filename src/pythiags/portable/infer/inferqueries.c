/* See inferqueries.h. */
#include "inferqueries.h"

#include <gst/video/video.h>

void
pt_infer_add_latency (GstBaseTransform * base, GstQuery * query, guint room)
{
  GstCaps *caps = gst_pad_get_current_caps (GST_BASE_TRANSFORM_SINK_PAD (base));
  GstVideoInfo info;
  gboolean live;
  GstClockTime min, max;
  gst_query_parse_latency (query, &live, &min, &max);
  if (caps && gst_video_info_from_caps (&info, caps) && info.fps_n > 0
      && GST_CLOCK_TIME_IS_VALID (max)) {
    max += room * gst_util_uint64_scale (GST_SECOND, info.fps_d, info.fps_n);
    gst_query_set_latency (query, live, min, max);
  }
  gst_clear_caps (&caps);
}

gboolean
pt_infer_answer_scheduling (GstQuery * query)
{
  gst_query_set_scheduling (query, GST_SCHEDULING_FLAG_SEQUENTIAL, 1, -1, 0);
  gst_query_add_scheduling_mode (query, GST_PAD_MODE_PUSH);
  return TRUE;
}

gboolean
pt_infer_refuse_pull (GstPad * pad, GstObject * parent, GstPadMode mode, gboolean active)
{
  return mode == GST_PAD_MODE_PUSH;
}
