/* One picture of a buffer as one array of bytes: see picture.h. */
#include "picture.h"

#include <string.h>

/* ---- where it lies ---- */

/* Other features stand for memory of a GPU or a camera, whose layout only its owner knows; that of
 * NVIDIA is also ours, whose pictures are in system memory. */
static gboolean
may_be_mapped (const GstCaps * caps)
{
  const GstCapsFeatures *features = gst_caps_get_features (caps, 0);
  return gst_caps_features_contains (features, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY)
      || pt_caps_are_nvmm (caps);
}

static PtPictureResult
find_layout (GstVideoInfo * info, GstBuffer * picture, const GstCaps * caps)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (picture);
  gst_video_info_init (info);
  if (caps && gst_caps_is_fixed (caps)) {
    if (!gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw"))
      return PT_PICTURE_NO_VIDEO;
    if (!may_be_mapped (caps))
      return PT_PICTURE_ELSEWHERE;
    return gst_video_info_from_caps (info, caps) ? PT_PICTURE_OK : PT_PICTURE_NO_VIDEO;
  }
  if (!meta)
    return PT_PICTURE_NO_LAYOUT;
  if (meta->format <= GST_VIDEO_FORMAT_ENCODED)
    return PT_PICTURE_NO_VIDEO;
  gst_video_info_set_format (info, meta->format, meta->width, meta->height);
  return PT_PICTURE_OK;
}

/* Boxes refer to the part; its coordinates are not those of the memory. */
static gboolean
is_cropped (GstBuffer * picture, const GstVideoInfo * info)
{
  const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta (picture);
  return crop && (crop->x || crop->y || crop->width != (guint) GST_VIDEO_INFO_WIDTH (info)
      || crop->height != (guint) GST_VIDEO_INFO_HEIGHT (info));
}

/* Bytes from the first of a plane to behind the last that is part of the picture; 0: no layout.
 * Formats without whole bytes for a pixel take the row that GStreamer gives them. */
static gsize
extent_of (const GstVideoInfo * info, guint plane, gint stride)
{
  gint component[GST_VIDEO_MAX_COMPONENTS];
  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (info->finfo) && plane > 0)
    return 256 * 4;
  gst_video_format_info_component (info->finfo, plane, component);
  const gsize rows = GST_VIDEO_INFO_COMP_HEIGHT (info, component[0]);
  gsize row = 0;
  for (guint i = 0; i < GST_VIDEO_MAX_COMPONENTS && component[i] >= 0; i++)
    row = MAX (row, (gsize) GST_VIDEO_INFO_COMP_WIDTH (info, component[i])
        * GST_VIDEO_INFO_COMP_PSTRIDE (info, component[i]));
  if (row == 0)
    row = GST_VIDEO_INFO_PLANE_STRIDE (info, plane);
  return stride > 0 && rows > 0 ? (rows - 1) * stride + row : 0;
}

/* What a buffer of NVIDIA's holds is a few bytes that describe a picture of its own. A plane that a
 * GstVideoMeta places is mapped alone, with the one memory in which it begins. */
static gboolean
holds_all_planes (GstBuffer * picture, const GstVideoInfo * info)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (picture);
  const gsize *offsets = meta ? meta->offset : info->offset;
  const gint *strides = meta ? meta->stride : info->stride;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (info); plane++) {
    const gsize extent = extent_of (info, plane, strides[plane]);
    guint first, memories;
    gsize skipped;
    if (!extent || !gst_buffer_find_memory (picture, offsets[plane], extent, &first, &memories,
            &skipped))
      return FALSE;
    if (meta && memories > 1)
      return FALSE;
  }
  return TRUE;
}

/* ---- as one array ---- */

guint
pt_packed_bytes (GstVideoFormat format)
{
  switch (format) {
    case GST_VIDEO_FORMAT_GRAY8:
      return 1;
    case GST_VIDEO_FORMAT_RGB:
    case GST_VIDEO_FORMAT_BGR:
      return 3;
    case GST_VIDEO_FORMAT_RGBA:
    case GST_VIDEO_FORMAT_BGRA:
    case GST_VIDEO_FORMAT_ARGB:
    case GST_VIDEO_FORMAT_ABGR:
    case GST_VIDEO_FORMAT_RGBx:
    case GST_VIDEO_FORMAT_BGRx:
    case GST_VIDEO_FORMAT_xRGB:
    case GST_VIDEO_FORMAT_xBGR:
      return 4;
    default:
      return 0;
  }
}

static gboolean
is_yuv420 (GstVideoFormat format)
{
  return format == GST_VIDEO_FORMAT_NV12 || format == GST_VIDEO_FORMAT_NV21
      || format == GST_VIDEO_FORMAT_I420 || format == GST_VIDEO_FORMAT_YV12;
}

static void
lay_out_packed (PtPicture * self, guint bytes)
{
  self->dimensions = bytes == 1 ? 2 : 3;
  self->data = GST_VIDEO_FRAME_PLANE_DATA (&self->frame, 0);
  self->shape[0] = GST_VIDEO_FRAME_HEIGHT (&self->frame);
  self->shape[1] = GST_VIDEO_FRAME_WIDTH (&self->frame);
  self->shape[2] = bytes;
  self->strides[0] = GST_VIDEO_FRAME_PLANE_STRIDE (&self->frame, 0);
  self->strides[1] = bytes;
  self->strides[2] = 1;
}

/* Each plane starts where the one before it ends, and no row of chroma is padded more than fits. */
static gboolean
planes_are_one (const GstVideoFrame * frame)
{
  const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  const gint height = GST_VIDEO_FRAME_HEIGHT (frame);
  const guint8 *expected = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  expected += (gsize) stride * height;
  if (GST_VIDEO_FRAME_N_PLANES (frame) == 2)
    return GST_VIDEO_FRAME_PLANE_DATA (frame, 1) == expected
        && GST_VIDEO_FRAME_PLANE_STRIDE (frame, 1) == stride;
  for (guint plane = 1; plane < 3; plane++) {
    if (GST_VIDEO_FRAME_PLANE_DATA (frame, plane) != expected
        || GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane) * 2 != stride
        || stride != GST_VIDEO_FRAME_WIDTH (frame))
      return FALSE;
    expected += (gsize) (stride / 2) * (height / 2);
  }
  return TRUE;
}

static void
lay_out_yuv420 (PtPicture * self)
{
  const gint width = GST_VIDEO_FRAME_WIDTH (&self->frame);
  const gint height = GST_VIDEO_FRAME_HEIGHT (&self->frame);
  if (width % 2 || height % 2)
    return;
  self->dimensions = 2;
  self->shape[0] = height / 2 * 3;
  self->shape[1] = width;
  self->strides[0] = GST_VIDEO_FRAME_PLANE_STRIDE (&self->frame, 0);
  self->strides[1] = 1;
  if (planes_are_one (&self->frame))
    self->data = GST_VIDEO_FRAME_PLANE_DATA (&self->frame, 0);
}

PtPictureResult
pt_picture_map (PtPicture * self, GstBuffer * buffer, guint slot, const GstCaps * caps)
{
  const gboolean plain = pt_surface_get (buffer, 0) == buffer;
  GstBuffer *picture = plain ? buffer : pt_surface_get (buffer, slot);
  GstVideoInfo info;
  PtPictureResult result = PT_PICTURE_OK;
  if (!picture)
    return PT_PICTURE_NO_SLOT;
  if (plain)
    result = find_layout (&info, picture, caps);
  else
    info = *pt_surface_info (buffer, slot, NULL);
  if (result != PT_PICTURE_OK)
    return result;
  if (is_cropped (picture, &info))
    return PT_PICTURE_CROPPED;
  if (pt_frame_is_contradicted (picture, &info))
    return PT_PICTURE_CONTRADICTED;
  if (!holds_all_planes (picture, &info))
    return PT_PICTURE_SHORT;
  if (!pt_frame_map (&self->frame, &info, picture, GST_MAP_READ))
    return PT_PICTURE_ELSEWHERE;
  const GstVideoFormat format = GST_VIDEO_FRAME_FORMAT (&self->frame);
  if (pt_packed_bytes (format))
    lay_out_packed (self, pt_packed_bytes (format));
  else if (is_yuv420 (format))
    lay_out_yuv420 (self);
  return PT_PICTURE_OK;
}

void
pt_picture_unmap (PtPicture * self)
{
  gst_video_frame_unmap (&self->frame);
}

/* ---- as a copy ---- */

void
pt_picture_copy (const PtPicture * self, guint8 * target)
{
  const GstVideoFrame *frame = &self->frame;
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++) {
    gint component[GST_VIDEO_MAX_COMPONENTS];
    gst_video_format_info_component (frame->info.finfo, plane, component);
    const gsize bytes = (gsize) GST_VIDEO_FRAME_COMP_WIDTH (frame, component[0])
        * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, component[0]);
    const guint8 *row = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (frame, component[0]); y++) {
      memcpy (target, row, bytes);
      target += bytes;
      row += GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
    }
  }
}

gboolean
pt_picture_convert (PtPicture * self, PtConverter * converter, GstVideoFormat format,
    guint8 * target)
{
  GstVideoFrame into = { 0, };
  const gint width = GST_VIDEO_FRAME_WIDTH (&self->frame);
  const gint height = GST_VIDEO_FRAME_HEIGHT (&self->frame);
  gst_video_info_set_format (&into.info, format, width, height);
  into.info.stride[0] = width * (gint) pt_packed_bytes (format);        /* tight */
  into.info.size = (gsize) into.info.stride[0] * height;
  into.data[0] = target;
  return pt_converter_run (converter, &self->frame, NULL, &into, NULL, PT_INTER_NEAREST, FALSE);
}
