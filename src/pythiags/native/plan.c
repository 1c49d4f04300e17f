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

PtPlan
pt_plan_whole (const GstVideoInfo * in, const GstVideoInfo * out)
{
  return (PtPlan) {
  .from = {0, 0, GST_VIDEO_INFO_WIDTH (in), GST_VIDEO_INFO_HEIGHT (in)},
  .to = {0, 0, GST_VIDEO_INFO_WIDTH (out), GST_VIDEO_INFO_HEIGHT (out)}};
}

static PtAffine
affine_of (const PtPlan * plan)
{
  return pt_affine_between (&plan->from, &plan->to, plan->flip);
}

void
pt_plan_move_boxes (const PtPlan * plan, PtFrame * frame, const GstVideoInfo * out)
{
  const PtAffine affine = affine_of (plan);
  pt_frame_transform (frame, &affine);
  frame->pipeline_width = GST_VIDEO_INFO_WIDTH (out);
  frame->pipeline_height = GST_VIDEO_INFO_HEIGHT (out);
}

/* ---- other metas ---- */

typedef struct
{
  GstBuffer *to;
  const GstVideoInfo *out;
  PtAffine affine;
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
  if (info->api == GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)
    pt_region_add_transformed (copy->to, copy->out, (GstVideoRegionOfInterestMeta *) *meta,
        &copy->affine);
  else if (!info->transform_func || has_tag (info, GST_META_TAG_MEMORY_STR))
    return TRUE;
  else if (has_tag (info, GST_META_TAG_VIDEO_SIZE_STR))
    info->transform_func (copy->to, *meta, from, gst_video_meta_transform_scale_get_quark (),
        &copy->scale);
  else
    info->transform_func (copy->to, *meta, from, _gst_meta_transform_copy, &whole);
  return TRUE;
}

void
pt_plan_copy_metadata (const PtPlan * plan, GstBuffer * from, const GstVideoInfo * in,
    GstBuffer * to, const GstVideoInfo * out)
{
  GstVideoInfo in_info = *in, out_info = *out;
  MetaCopy copy = {.to = to,.out = out,.affine = affine_of (plan),.scale = {.in_info = &in_info,.out_info = &out_info} };
  gst_buffer_copy_into (to, from, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  GST_BUFFER_FLAG_UNSET (to, GST_BUFFER_FLAG_TAG_MEMORY);
  gst_buffer_foreach_meta (from, copy_meta, &copy);
}
