/* Cached converters and pools of pictures: see convert.h. */
#include "convert.h"

#include <string.h>

#include "yuvrgb.h"

static const GstVideoResamplerMethod resamplers[] = {
  [PT_INTER_NEAREST] = GST_VIDEO_RESAMPLER_METHOD_NEAREST,
  [PT_INTER_BILINEAR] = GST_VIDEO_RESAMPLER_METHOD_LINEAR,
  [PT_INTER_ALGO1] = GST_VIDEO_RESAMPLER_METHOD_CUBIC,
  [PT_INTER_ALGO2] = GST_VIDEO_RESAMPLER_METHOD_LINEAR,
  [PT_INTER_ALGO3] = GST_VIDEO_RESAMPLER_METHOD_LANCZOS,
  [PT_INTER_ALGO4] = GST_VIDEO_RESAMPLER_METHOD_LANCZOS,
  [PT_INTER_DEFAULT] = GST_VIDEO_RESAMPLER_METHOD_NEAREST,
};

void
pt_converter_clear (PtConverter * converter)
{
  g_clear_pointer (&converter->converter, gst_video_converter_free);
}

gboolean
pt_same_layout (const GstVideoInfo * a, const GstVideoInfo * b)
{
  return GST_VIDEO_INFO_FORMAT (a) == GST_VIDEO_INFO_FORMAT (b)
      && GST_VIDEO_INFO_WIDTH (a) == GST_VIDEO_INFO_WIDTH (b)
      && GST_VIDEO_INFO_HEIGHT (a) == GST_VIDEO_INFO_HEIGHT (b);
}

static gboolean
same_sites (const GstVideoInfo * a, const GstVideoInfo * b)
{
  return a->chroma_site == GST_VIDEO_CHROMA_SITE_UNKNOWN
      || b->chroma_site == GST_VIDEO_CHROMA_SITE_UNKNOWN || a->chroma_site == b->chroma_site;
}

gboolean
pt_same_colours (const GstVideoInfo * a, const GstVideoInfo * b)
{
  return same_sites (a, b) && a->colorimetry.matrix == b->colorimetry.matrix
      && a->colorimetry.range == b->colorimetry.range;
}

void
pt_inherit_colours (GstVideoInfo * to, const GstVideoInfo * from)
{
  if (!GST_VIDEO_INFO_IS_YUV (from) || !GST_VIDEO_INFO_IS_YUV (to))
    return;
  to->colorimetry = from->colorimetry;
  to->chroma_site = from->chroma_site;
}

static PtArea
area_or_whole (const PtArea * area, const GstVideoInfo * info)
{
  if (area && area->width)
    return *area;
  return (PtArea) {
  0, 0, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info)};
}

static gboolean
same_area (const PtArea * a, const PtArea * b)
{
  return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

/* GstVideoConverter insists on equal rates and interlacing, which do not matter to a picture. */
static GstVideoInfo
picture_only (const GstVideoInfo * info)
{
  GstVideoInfo plain = *info;
  plain.fps_n = 0;
  plain.fps_d = 1;
  plain.interlace_mode = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  return plain;
}

static gboolean
is_current (const PtConverter * c, const GstVideoInfo * from, const PtArea * from_area,
    const GstVideoInfo * to, const PtArea * to_area, PtInterpolation method)
{
  return c->converter && c->method == method
      && pt_same_layout (&c->from, from) && pt_same_layout (&c->to, to)
      && gst_video_colorimetry_is_equal (&c->from.colorimetry, &from->colorimetry)
      && gst_video_colorimetry_is_equal (&c->to.colorimetry, &to->colorimetry)
      && c->from.chroma_site == from->chroma_site && c->to.chroma_site == to->chroma_site
      && same_area (&c->from_area, from_area) && same_area (&c->to_area, to_area);
}

static GstStructure *
converter_options (const PtArea * from, const PtArea * to, PtInterpolation method, gboolean fill)
{
  GstStructure *options = gst_structure_new ("options",
      GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
      resamplers[method],
      GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
      GST_VIDEO_DITHER_NONE,
      GST_VIDEO_CONVERTER_OPT_SRC_X, G_TYPE_INT, from->x,
      GST_VIDEO_CONVERTER_OPT_SRC_Y, G_TYPE_INT, from->y,
      GST_VIDEO_CONVERTER_OPT_SRC_WIDTH, G_TYPE_INT, from->width,
      GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT, G_TYPE_INT, from->height,
      GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, to->x,
      GST_VIDEO_CONVERTER_OPT_DEST_Y, G_TYPE_INT, to->y,
      GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, to->width,
      GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, to->height,
      GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, fill, NULL);
  if (method == PT_INTER_BILINEAR)      /* two neighbours, as a GPU's; else it averages an area */
    gst_structure_set (options, GST_VIDEO_RESAMPLER_OPT_MAX_TAPS, G_TYPE_INT, 2, NULL);
  return options;
}

static gboolean
is_whole (const PtArea * area, const GstVideoInfo * info)
{
  const PtArea whole = area_or_whole (NULL, info);
  return same_area (area, &whole);
}

/* Pixels of several components in one word: GStreamer's converter leaves their border blue. */
static gboolean
is_bit_packed (const GstVideoFormatInfo * format)
{
  return GST_VIDEO_FORMAT_INFO_IS_RGB (format) && GST_VIDEO_FORMAT_INFO_BITS (format) > 8
      && GST_VIDEO_FORMAT_INFO_IS_COMPLEX (format);
}

gboolean
pt_converter_run (PtConverter * c, GstVideoFrame * from, const PtArea * from_area,
    GstVideoFrame * to, const PtArea * to_area, PtInterpolation method, gboolean fill)
{
  GstVideoInfo from_info = picture_only (&from->info), to_info = picture_only (&to->info);
  PtArea source = area_or_whole (from_area, &from_info);
  PtArea target = area_or_whole (to_area, &to_info);
  if (same_sites (&from_info, &to_info))
    from_info.chroma_site = to_info.chroma_site;
  if (is_whole (&source, &from_info) && is_whole (&target, &to_info)
      && pt_yuv_rgb_possible (&from_info, &to_info)) {
    pt_yuv_rgb_convert (from, to);
    return TRUE;
  }
  if (fill && is_bit_packed (to_info.finfo) && !is_whole (&target, &to_info)) {
    pt_fill_black (to);
    fill = FALSE;
  }
  if (!is_current (c, &from_info, &source, &to_info, &target, method)) {
    pt_converter_clear (c);
    c->converter = gst_video_converter_new (&from_info, &to_info,
        converter_options (&source, &target, method, fill));
    if (!c->converter)
      return FALSE;
    c->from = from_info, c->to = to_info;
    c->from_area = source, c->to_area = target;
    c->method = method;
  }
  gst_video_converter_frame (c->converter, from, to);
  return TRUE;
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
  if (is_bit_packed (frame->info.finfo)) {
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

/* ---- pools ---- */

void
pt_pool_clear (PtPool * pool)
{
  if (pool->pool)
    gst_buffer_pool_set_active (pool->pool, FALSE);
  gst_clear_object (&pool->pool);
}

static gboolean
pool_open (PtPool * pool, const GstVideoInfo * info)
{
  GstVideoInfo plain = *info;
  GstCaps *caps = gst_video_info_to_caps (&plain);
  pool->pool = gst_video_buffer_pool_new ();
  pool->info = *info;
  GstStructure *config = gst_buffer_pool_get_config (pool->pool);
  gst_buffer_pool_config_set_params (config, caps, GST_VIDEO_INFO_SIZE (info), 0, 0);
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_caps_unref (caps);
  return gst_buffer_pool_set_config (pool->pool, config)
      && gst_buffer_pool_set_active (pool->pool, TRUE);
}

GstBuffer *
pt_pool_acquire (PtPool * pool, const GstVideoInfo * info)
{
  if (!pool->pool || !pt_same_layout (&pool->info, info)) {
    pt_pool_clear (pool);
    if (!pool_open (pool, info))
      return NULL;
  }
  GstBuffer *buffer = NULL;
  gst_buffer_pool_acquire_buffer (pool->pool, &buffer, NULL);
  return buffer;
}
