/* Parts of pictures, and black ones: see area.h. */
#include "area.h"

#include <string.h>

PtArea
pt_area_or_whole (const PtArea * area, const GstVideoInfo * info)
{
  if (area && area->width)
    return *area;
  return (PtArea) {
  0, 0, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info)};
}

gboolean
pt_area_equal (const PtArea * a, const PtArea * b)
{
  return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

gboolean
pt_area_is_whole (const PtArea * area, const GstVideoInfo * info)
{
  const PtArea whole = pt_area_or_whole (NULL, info);
  return pt_area_equal (area, &whole);
}

PtArea
pt_area_letterbox (const GstVideoInfo * from, const GstVideoInfo * to)
{
  gint width = GST_VIDEO_INFO_WIDTH (to), height = GST_VIDEO_INFO_HEIGHT (to);
  guint64 wide = (guint64) GST_VIDEO_INFO_WIDTH (from) * GST_VIDEO_INFO_PAR_N (from);
  guint64 tall = (guint64) GST_VIDEO_INFO_HEIGHT (from) * GST_VIDEO_INFO_PAR_D (from);
  PtArea area = {.width = width,.height = gst_util_uint64_scale (width, tall, wide) };
  if (area.height > height) {
    area.height = height;
    area.width = gst_util_uint64_scale (height, wide, tall);
  }
  area.width = MAX (2, GST_ROUND_DOWN_2 (area.width));
  area.height = MAX (2, GST_ROUND_DOWN_2 (area.height));
  area.x = GST_ROUND_DOWN_2 ((width - area.width) / 2);
  area.y = GST_ROUND_DOWN_2 ((height - area.height) / 2);
  return area;
}

/* ---- views ---- */

/* An edge lies between cells of chroma, or is the picture's. */
static gboolean
is_edge (gint place, gint end, guint shift)
{
  return place == end || !(place & ((1 << shift) - 1));
}

gboolean
pt_area_view (GstVideoFrame * view, const GstVideoFrame * frame, const PtArea * area)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  if (area->x + area->width > GST_VIDEO_FRAME_WIDTH (frame)
      || area->y + area->height > GST_VIDEO_FRAME_HEIGHT (frame))
    return FALSE;
  *view = *frame;
  view->buffer = NULL;
  view->info.width = area->width;
  view->info.height = area->height;
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); c++) {
    const guint xs = GST_VIDEO_FORMAT_INFO_W_SUB (format, c);
    const guint ys = GST_VIDEO_FORMAT_INFO_H_SUB (format, c);
    const guint plane = GST_VIDEO_FORMAT_INFO_PLANE (format, c);
    if (!is_edge (area->x, 0, xs) || !is_edge (area->y, 0, ys)
        || !is_edge (area->x + area->width, GST_VIDEO_FRAME_WIDTH (frame), xs)
        || !is_edge (area->y + area->height, GST_VIDEO_FRAME_HEIGHT (frame), ys))
      return FALSE;
    view->data[plane] = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, plane)
        + (gssize) (area->y >> ys) * GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane)
        + (area->x >> xs) * GST_VIDEO_FORMAT_INFO_PSTRIDE (format, c);
  }
  return TRUE;
}

/* ---- black ---- */

gboolean
pt_format_is_bit_packed (const GstVideoFormatInfo * format)
{
  return GST_VIDEO_FORMAT_INFO_IS_RGB (format) && GST_VIDEO_FORMAT_INFO_BITS (format) > 8
      && GST_VIDEO_FORMAT_INFO_IS_COMPLEX (format);
}

static void
fill_rows (GstVideoFrame * frame, guint plane, gint value)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  gint component = 0;
  while (GST_VIDEO_FORMAT_INFO_PLANE (format, component) != plane)
    component++;
  guint8 *row = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
  gint rows = GST_VIDEO_FRAME_COMP_HEIGHT (frame, component);
  gsize bytes = GST_VIDEO_FRAME_COMP_WIDTH (frame, component)
      * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, component);
  for (gint y = 0; y < rows; y++, row += GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane))
    memset (row, value, bytes);
}

static void
fill_alpha (GstVideoFrame * frame)
{
  guint8 *row = GST_VIDEO_FRAME_COMP_DATA (frame, GST_VIDEO_COMP_A);
  gint stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, GST_VIDEO_COMP_A);
  gint step = GST_VIDEO_FRAME_COMP_PSTRIDE (frame, GST_VIDEO_COMP_A);
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (frame); y++, row += stride)
    for (gint x = 0; x < GST_VIDEO_FRAME_WIDTH (frame); x++)
      row[x * step] = 255;
}

/* A row in the format's unpacked form, 8 or 16 bits a component, alpha first. */
static void
pack_black (GstVideoFrame * frame)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  const gint width = GST_VIDEO_FRAME_WIDTH (frame);
  const gboolean wide = GST_VIDEO_FORMAT_INFO_BITS (gst_video_format_get_info
      (format->unpack_format)) > 8;
  const gsize bytes = wide ? 2 : 1;
  guint8 *row = g_malloc0 (4 * bytes * width);
  for (gint x = 0; x < width; x++)
    memset (row + 4 * bytes * x, 255, bytes);
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (frame); y++)
    format->pack_func (format, GST_VIDEO_PACK_FLAG_NONE, row, 0, frame->data,
        frame->info.stride, frame->info.chroma_site, y, width);
  g_free (row);
}

void
pt_fill_black (GstVideoFrame * frame)
{
  if (pt_format_is_bit_packed (frame->info.finfo)) {
    pack_black (frame);
    return;
  }
  gboolean yuv = GST_VIDEO_INFO_IS_YUV (&frame->info);
  gboolean full = frame->info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++)
    fill_rows (frame, plane, !yuv ? 0 : plane ? 128 : full ? 0 : 16);
  if (GST_VIDEO_INFO_HAS_ALPHA (&frame->info))
    fill_alpha (frame);
}

void
pt_fill_outside (const GstVideoFrame * frame, const PtArea * area)
{
  const gint width = GST_VIDEO_FRAME_WIDTH (frame), height = GST_VIDEO_FRAME_HEIGHT (frame);
  const gint right = area->x + area->width, bottom = area->y + area->height;
  const PtArea bands[] = {
    {0, 0, width, area->y}, {0, bottom, width, height - bottom},
    {0, area->y, area->x, area->height}, {right, area->y, width - right, area->height},
  };
  for (guint i = 0; i < G_N_ELEMENTS (bands); i++) {
    GstVideoFrame band;
    if (bands[i].width > 0 && bands[i].height > 0 && pt_area_view (&band, frame, &bands[i]))
      pt_fill_black (&band);
  }
}
