/* What GStreamer's own elements attach to plain buffers: see plain.h. */
#include "plain.h"

#include "analytics.h"
#include "roi.h"
#include "roiparams.h"

#include <gst/video/video.h>

void
pt_plain_describe (PtFrame * frame, GstBuffer * buffer, const GstCaps * caps)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  gint width = 0, height = 0;
  if (meta) {
    width = meta->width;
    height = meta->height;
  } else if (caps && gst_caps_get_size (caps)) {
    const GstStructure *structure = gst_caps_get_structure (caps, 0);
    gst_structure_get_int (structure, "width", &width);
    gst_structure_get_int (structure, "height", &height);
  }
  frame->buf_pts = GST_BUFFER_PTS (buffer);
  frame->source_frame_width = frame->pipeline_width = width;
  frame->source_frame_height = frame->pipeline_height = height;
}

PtBatch *
pt_plain_empty (GstBuffer * buffer, const GstCaps * caps)
{
  PtBatch *batch = pt_batch_new (1);
  batch->read_only = TRUE;
  pt_plain_describe (pt_batch_add_frame (batch), buffer, caps);
  return batch;
}

PtBatch *
pt_plain_read (GstBuffer * buffer, const GstCaps * caps)
{
  PtBatch *batch = pt_analytics_read (buffer, caps);
  if (batch)
    return batch;
  batch = pt_roi_read (buffer, caps);
  if (!batch && (pt_analytics_has_tensors (buffer) || pt_params_has_metas (buffer)))
    batch = pt_plain_empty (buffer, caps);
  if (!batch)
    return NULL;
  batch->source = buffer;
  pt_analytics_add_tensor_metas ((PtFrame *) batch->frames.head, buffer);
  pt_params_add_metas ((PtFrame *) batch->frames.head, buffer);
  return batch;
}
