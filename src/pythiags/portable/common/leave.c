/* See leave.h. */
#include "leave.h"

#include "plan.h"
#include "surface.h"

void
pt_leave_reset (PtLeave * leave)
{
  leave->asked = FALSE;
}

void
pt_leave_clear (PtLeave * leave)
{
  pt_pool_clear (&leave->pool);
  leave->asked = FALSE;
}

gboolean
pt_leave_check (GstBaseTransform * element, guint pictures)
{
  if (pictures == 1)
    return TRUE;
  GST_ELEMENT_ERROR (element, STREAM, FORMAT,
      ("A batch of up to %u pictures cannot leave NVMM memory as one picture: put nvstreamdemux "
          "(one stream a source) or nvmultistreamtiler (one mosaic) before %s.", pictures,
          GST_OBJECT_NAME (element)), (NULL));
  return FALSE;
}

/* In the category of the element. */
static void
warn (GstBaseTransform * element)
{
  GstDebugCategory *category = NULL;
  GST_DEBUG_CATEGORY_GET (category, GST_OBJECT_NAME (gst_element_get_factory (GST_ELEMENT (element))));
  if (category)
    GST_CAT_WARNING_OBJECT (category, element,
        "padded pictures are copied: downstream does not read GstVideoMeta");
}

static gboolean
downstream_reads_strides (PtLeave * leave, GstBaseTransform * element)
{
  if (leave->asked)
    return leave->reads_strides;
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (element);
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GstQuery *query = gst_query_new_allocation (caps, FALSE);
  leave->asked = TRUE;
  leave->reads_strides = gst_pad_peer_query (pad, query)
      && gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  gst_query_unref (query);
  gst_caps_unref (caps);
  if (!leave->reads_strides)
    warn (element);
  return leave->reads_strides;
}

static gboolean
has_default_rows (GstBuffer * buffer, const GstVideoInfo * info)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  if (!meta)
    return TRUE;
  for (guint plane = 0; plane < meta->n_planes; plane++)
    if (meta->offset[plane] != GST_VIDEO_INFO_PLANE_OFFSET (info, plane)
        || meta->stride[plane] != GST_VIDEO_INFO_PLANE_STRIDE (info, plane))
      return FALSE;
  return TRUE;
}

static GstBuffer *
with_default_rows (PtLeave * leave, GstBuffer * in, const GstVideoInfo * info)
{
  GstVideoFrame source, target;
  GstBuffer *out = pt_pool_acquire (&leave->pool, info);
  if (!out || !pt_surface_map (&source, in, 0, info, GST_MAP_READ)) {
    gst_clear_buffer (&out);
    return NULL;
  }
  if (gst_video_frame_map (&target, info, out, GST_MAP_WRITE)) {
    gst_video_frame_copy (&target, &source);
    gst_video_frame_unmap (&target);
  }
  gst_video_frame_unmap (&source);
  const PtPlan plan = pt_plan_whole (info, info);
  pt_plan_copy_metadata (&plan, in, info, out, info);
  return out;
}

GstBuffer *
pt_leave_buffer (PtLeave * leave, GstBaseTransform * element, GstBuffer * in,
    const GstVideoInfo * info)
{
  if (pt_surface_get (in, 0) == in
      && (has_default_rows (in, info) || downstream_reads_strides (leave, element)))
    return in;
  return with_default_rows (leave, in, info);
}
