/* Cached converters and pools of pictures: see convert.h. */
#include "convert.h"

#include "direct.h"
#include "halve.h"

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
  g_clear_pointer (&converter->between, g_free);
}

gboolean
pt_same_layout (const GstVideoInfo * a, const GstVideoInfo * b)
{
  return GST_VIDEO_INFO_FORMAT (a) == GST_VIDEO_INFO_FORMAT (b)
      && GST_VIDEO_INFO_WIDTH (a) == GST_VIDEO_INFO_WIDTH (b)
      && GST_VIDEO_INFO_HEIGHT (a) == GST_VIDEO_INFO_HEIGHT (b);
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
same_picture (const GstVideoInfo * a, const GstVideoInfo * b)
{
  return pt_same_layout (a, b) && a->chroma_site == b->chroma_site
      && gst_video_colorimetry_is_equal (&a->colorimetry, &b->colorimetry);
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

/* A picture of which a part is used, from or to: all of it, but for formats that have no views. */
typedef struct
{
  GstVideoFrame *frame;
  GstVideoInfo info;
  PtArea area;
} Part;

static Part
whole_of (GstVideoFrame * frame)
{
  const GstVideoInfo info = picture_only (&frame->info);
  return (Part) {
  .frame = frame,.info = info,.area = pt_area_or_whole (NULL, &info)};
}

static Part
part_of (GstVideoFrame * frame, const PtArea * area, GstVideoFrame * view)
{
  Part part = whole_of (frame);
  part.area = pt_area_or_whole (area, &part.info);
  return pt_area_view (view, frame, &part.area) ? whole_of (view) : part;
}

/* ---- by GStreamer's converter ---- */

static gboolean
is_current (const PtConverter * c, const Part * from, const Part * to, PtInterpolation method,
    gboolean fill)
{
  return c->converter && c->method == method && c->fill == fill
      && same_picture (&c->from, &from->info) && same_picture (&c->to, &to->info)
      && pt_area_equal (&c->from_area, &from->area) && pt_area_equal (&c->to_area, &to->area);
}

static gboolean
convert (PtConverter * c, const Part * from, const Part * to, PtInterpolation method,
    gboolean fill)
{
  if (!is_current (c, from, to, method, fill)) {
    g_clear_pointer (&c->converter, gst_video_converter_free);
    GstVideoInfo from_info = from->info, to_info = to->info;
    if (pt_same_chroma_site (&from_info, &to_info))
      from_info.chroma_site = to_info.chroma_site;
    c->converter = gst_video_converter_new (&from_info, &to_info,
        converter_options (&from->area, &to->area, method, fill));
    if (!c->converter)
      return FALSE;
    c->from = from->info, c->to = to->info;
    c->from_area = from->area, c->to_area = to->area;
    c->method = method, c->fill = fill;
  }
  gst_video_converter_frame (c->converter, from->frame, to->frame);
  return TRUE;
}

/* ---- by loops of our own ---- */

static gboolean
same_size (const PtArea * a, const PtArea * b)
{
  return a->width == b->width && a->height == b->height;
}

static gboolean
is_nearest (PtInterpolation method)
{
  return method == PT_INTER_NEAREST || method == PT_INTER_DEFAULT;
}

/* FALSE: there is no loop for it. */
static gboolean
move (const Part * from, const Part * to, PtInterpolation method)
{
  if (same_size (&from->area, &to->area) && pt_direct_possible (&from->info, &to->info))
    pt_direct_convert (from->frame, to->frame);
  else if (is_nearest (method) && pt_halve_possible (&from->info, &to->info))
    pt_halve (from->frame, to->frame);
  else
    return FALSE;
  return TRUE;
}

/* ---- in two passes: scaled, and converted by a loop of our own ---- */

static GstVideoFrame
between (PtConverter * c, const GstVideoInfo * like, const PtArea * area)
{
  GstVideoInfo info;
  GstVideoFrame frame = { 0 };
  gst_video_info_set_format (&info, GST_VIDEO_INFO_FORMAT (like), area->width, area->height);
  info.colorimetry = like->colorimetry;
  info.chroma_site = like->chroma_site;
  if (!c->between || !pt_same_layout (&c->between_info, &info)) {
    g_free (c->between);
    c->between = g_malloc (GST_VIDEO_INFO_SIZE (&info));
  }
  c->between_info = frame.info = picture_only (&info);
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (&info); plane++)
    frame.data[plane] = c->between + GST_VIDEO_INFO_PLANE_OFFSET (&info, plane);
  return frame;
}

static gint64
bytes_of (const GstVideoInfo * info, const PtArea * area)
{
  return (gint64) area->width * area->height * GST_VIDEO_INFO_SIZE (info)
      / (GST_VIDEO_INFO_WIDTH (info) * GST_VIDEO_INFO_HEIGHT (info));
}

/* What scaling costs goes by the bytes of its output, what converting costs by the pixels: about a
 * third of a nanosecond for each, for the nearest pixel less, and for others several times that. */
static gboolean
scales_first (const Part * from, const Part * to, PtInterpolation method)
{
  const gint64 before = (gint64) from->area.width * from->area.height;
  const gint64 after = (gint64) to->area.width * to->area.height;
  const double byte = is_nearest (method) ? 0.15 : 1.5, pixel = 0.35;
  const double first = byte * bytes_of (&from->info, &to->area) + pixel * after;
  const double last = byte * bytes_of (&to->info, &to->area) + pixel * before;
  return first <= last;
}

static gboolean
step (PtConverter * c, const Part * from, const Part * to, PtInterpolation method)
{
  return move (from, to, method) || convert (c, from, to, method, FALSE);
}

static gboolean
convert_in_two (PtConverter * c, const Part * from, const Part * to, PtInterpolation method)
{
  const gboolean first = scales_first (from, to, method);
  GstVideoFrame frame = first ? between (c, &from->info, &to->area)
      : between (c, &to->info, &from->area);
  const Part middle = whole_of (&frame);
  return step (c, from, &middle, method) && step (c, &middle, to, method);
}

/* ---- the ways ---- */

gboolean
pt_converter_run (PtConverter * c, GstVideoFrame * from, const PtArea * from_area,
    GstVideoFrame * to, const PtArea * to_area, PtInterpolation method, gboolean fill)
{
  GstVideoFrame from_view, to_view;
  const Part source = part_of (from, from_area, &from_view);
  const Part target = part_of (to, to_area, &to_view);
  if (fill && target.frame == &to_view)
    pt_fill_outside (to, to_area);
  if (move (&source, &target, method))
    return TRUE;
  if (pt_direct_possible (&source.info, &target.info))
    return convert_in_two (c, &source, &target, method);
  if (!convert (c, &source, &target, method, fill && target.frame == to))
    return FALSE;
  if (fill && target.frame == to)
    pt_repack_outside (to, &target.area);
  return TRUE;
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
