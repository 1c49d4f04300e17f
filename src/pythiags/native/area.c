/* Parts of pictures, and black ones: see area.h. */
#include "area.h"

#include <string.h>

#include "colours.h"

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

/* The largest cell of the components: pixels that share a sample, as a power of two. */
static void
cell_of (const GstVideoFormatInfo * format, guint * x_shift, guint * y_shift)
{
  *x_shift = *y_shift = 0;
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); c++) {
    *x_shift = MAX (*x_shift, GST_VIDEO_FORMAT_INFO_W_SUB (format, c));
    *y_shift = MAX (*y_shift, GST_VIDEO_FORMAT_INFO_H_SUB (format, c));
  }
}

static void
widen (gint * start, gint * length, guint shift, gint limit)
{
  const gint cell = 1 << shift, end = *start + *length;
  *start &= ~(cell - 1);
  *length = MIN ((end + cell - 1) & ~(cell - 1), limit) - *start;
}

PtArea
pt_area_on_cells (PtArea area, const GstVideoInfo * info)
{
  guint x_shift, y_shift;
  cell_of (info->finfo, &x_shift, &y_shift);
  widen (&area.x, &area.width, x_shift, GST_VIDEO_INFO_WIDTH (info));
  widen (&area.y, &area.height, y_shift, GST_VIDEO_INFO_HEIGHT (info));
  return area;
}

/* ---- views ---- */

/* Pixels that are no bytes of their own cannot be pointed to. */
static gboolean
has_views (const GstVideoFormatInfo * format)
{
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); c++)
    if (GST_VIDEO_FORMAT_INFO_PSTRIDE (format, c) == 0)
      return FALSE;
  return TRUE;
}

gboolean
pt_area_view (GstVideoFrame * view, const GstVideoFrame * frame, const PtArea * area)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  const PtArea on_cells = pt_area_on_cells (*area, &frame->info);
  if (!has_views (format) || !pt_area_equal (area, &on_cells))
    return FALSE;
  *view = *frame;
  view->buffer = NULL;
  view->info.width = area->width;
  view->info.height = area->height;
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); c++) {
    const guint plane = GST_VIDEO_FORMAT_INFO_PLANE (format, c);
    view->data[plane] = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, plane)
        + (gssize) (area->y >> GST_VIDEO_FORMAT_INFO_H_SUB (format, c))
        * GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane)
        + (area->x >> GST_VIDEO_FORMAT_INFO_W_SUB (format, c))
        * GST_VIDEO_FORMAT_INFO_PSTRIDE (format, c);
  }
  return TRUE;
}

/* ---- black ---- */

/* Every byte of a plane is that of a sample, and all samples of black in a plane are the same. */
static gboolean
has_plain_planes (const GstVideoFormatInfo * format)
{
  return GST_VIDEO_FORMAT_INFO_BITS (format) == 8
      && !(GST_VIDEO_FORMAT_INFO_IS_YUV (format) && GST_VIDEO_FORMAT_INFO_N_PLANES (format) == 1);
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

static void
fill_planes (GstVideoFrame * frame, gint level)
{
  const gboolean yuv = GST_VIDEO_INFO_IS_YUV (&frame->info);
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++)
    fill_rows (frame, plane, yuv && plane ? 128 : level);
  if (GST_VIDEO_INFO_HAS_ALPHA (&frame->info))
    fill_alpha (frame);
}

static gint
black_level (const GstVideoFrame * frame)
{
  return pt_is_full_range (&frame->info.colorimetry) ? 0 : 16;
}

/* Pixels as GStreamer packs them: of four components with 8 or 16 bits each, alpha first. */
static void
set_black (const GstVideoFrame * frame, guint16 * row, gint from, gint to)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  const gint level = black_level (frame);
  const gint color = GST_VIDEO_FORMAT_INFO_IS_RGB (format) ? level : 128;
  const gint pixel[] = { 255, level, color, color };
  const gboolean wide = GST_VIDEO_FORMAT_INFO_BITS (gst_video_format_get_info
      (format->unpack_format)) > 8;
  for (gint i = 4 * from; i < 4 * to; i++)
    if (wide)
      row[i] = (guint16) (i % 4 ? pixel[i % 4] << 8 : 0xffff);
    else
      ((guint8 *) row)[i] = (guint8) pixel[i % 4];
}

static void
pack_pixels (GstVideoFrame * frame)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  const gint width = GST_VIDEO_FRAME_WIDTH (frame);
  guint16 *row = g_new (guint16, 4 * width);
  set_black (frame, row, 0, width);
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (frame); y++)
    format->pack_func (format, GST_VIDEO_PACK_FLAG_NONE, row, 0, frame->data,
        frame->info.stride, frame->info.chroma_site, y, width);
  g_free (row);
}

void
pt_repack_outside (GstVideoFrame * frame, const PtArea * area)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  const gint width = GST_VIDEO_FRAME_WIDTH (frame);
  if (has_plain_planes (format))
    return;
  guint16 *row = g_new (guint16, 4 * width);
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (frame); y++) {
    const gboolean within = y >= area->y && y < area->y + area->height;
    format->unpack_func (format, GST_VIDEO_PACK_FLAG_NONE, row, frame->data, frame->info.stride,
        0, y, width);
    set_black (frame, row, 0, within ? area->x : width);
    set_black (frame, row, within ? area->x + area->width : width, width);
    format->pack_func (format, GST_VIDEO_PACK_FLAG_NONE, row, 0, frame->data,
        frame->info.stride, frame->info.chroma_site, y, width);
  }
  g_free (row);
}

void
pt_fill_black (GstVideoFrame * frame)
{
  if (has_plain_planes (frame->info.finfo))
    fill_planes (frame, black_level (frame));
  else
    pack_pixels (frame);
}

void
pt_fill_outside (const GstVideoFrame * frame, const PtArea * area)
{
  if (!area || !area->width)
    return;
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
