/* Metadata behind a conversion: see plan.h. */
#include "plan.h"

#include "gstmeta.h"
#include "transform.h"

PtArea
pt_plan_unflipped (const PtPlan * plan)
{
  gboolean turned = pt_flip_turns (plan->flip);
  return (PtArea) {
  0, 0, turned ? plan->to.height : plan->to.width, turned ? plan->to.width : plan->to.height};
}

static void
move_frame (const PtPlan * plan, PtFrame * frame)
{
  const PtArea *from = &plan->from, *to = &plan->to, flat = pt_plan_unflipped (plan);
  double sx = (double) flat.width / from->width, sy = (double) flat.height / from->height;
  if (plan->flip == PT_FLIP_NONE) {
    pt_frame_transform (frame, sx, sy, to->x - from->x * sx, to->y - from->y * sy);
    return;
  }
  pt_frame_transform (frame, sx, sy, -from->x * sx, -from->y * sy);
  pt_flip_frame (plan->flip, frame, flat.width, flat.height);
  pt_frame_transform (frame, 1, 1, to->x, to->y);
}

void
pt_plan_move_boxes (const PtPlan * plan, GstBuffer * buffer, const GstVideoInfo * out)
{
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch)
    return;
  PT_EACH (PtFrame, frame, batch->frames) {
    move_frame (plan, frame);
    frame->pipeline_width = GST_VIDEO_INFO_WIDTH (out);
    frame->pipeline_height = GST_VIDEO_INFO_HEIGHT (out);
  }
}

/* ---- other metas ---- */

typedef struct
{
  GstBuffer *to;
  GstVideoMetaTransform scale;
} MetaCopy;

static gboolean
has_tag (const GstMetaInfo * info, const char *tag)
{
  return gst_meta_api_type_has_tag (info->api, g_quark_from_static_string (tag));
}

static gboolean
copy_meta (GstBuffer * from, GstMeta ** meta, gpointer data)
{
  MetaCopy *copy = data;
  const GstMetaInfo *info = (*meta)->info;
  GstMetaTransformCopy whole = {.region = FALSE,.offset = 0,.size = (gsize) - 1 };
  if (!info->transform_func || has_tag (info, GST_META_TAG_MEMORY_STR))
    return TRUE;
  if (has_tag (info, GST_META_TAG_VIDEO_SIZE_STR))
    info->transform_func (copy->to, *meta, from, gst_video_meta_transform_scale_get_quark (),
        &copy->scale);
  else
    info->transform_func (copy->to, *meta, from, _gst_meta_transform_copy, &whole);
  return TRUE;
}

void
pt_copy_metadata (GstBuffer * from, const GstVideoInfo * in, GstBuffer * to,
    const GstVideoInfo * out)
{
  GstVideoInfo in_info = *in, out_info = *out;
  MetaCopy copy = {.to = to,.scale = {.in_info = &in_info,.out_info = &out_info} };
  gst_buffer_copy_into (to, from, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  GST_BUFFER_FLAG_UNSET (to, GST_BUFFER_FLAG_TAG_MEMORY);
  gst_buffer_foreach_meta (from, copy_meta, &copy);
}
