/* Cached converters and pools of pictures: see convert.h. */
#include "convert.h"

#include "byrgb.h"
#include "direct.h"
#include "sample.h"

/* Of formats and methods for which sample.h has no loop. NVIDIA's converter ignores Algo-4 on a GPU, and
 * takes the pixels that are nearest to centres. */
static const GstVideoResamplerMethod resamplers[] = {
  [PT_INTER_NEAREST] = GST_VIDEO_RESAMPLER_METHOD_NEAREST,
  [PT_INTER_BILINEAR] = GST_VIDEO_RESAMPLER_METHOD_LINEAR,
  [PT_INTER_ALGO1] = GST_VIDEO_RESAMPLER_METHOD_CUBIC,
  [PT_INTER_ALGO2] = GST_VIDEO_RESAMPLER_METHOD_LINEAR,
  [PT_INTER_ALGO3] = GST_VIDEO_RESAMPLER_METHOD_LANCZOS,
  [PT_INTER_ALGO4] = GST_VIDEO_RESAMPLER_METHOD_NEAREST,
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

/* ---- by loops of our own, in one size ---- */

static gboolean
same_size (const PtArea * a, const PtArea * b)
{
  return a->width == b->width && a->height == b->height;
}

/* FALSE: there is no loop for it. */
static gboolean
move (const Part * from, const Part * to)
{
  const gboolean known =
      same_size (&from->area, &to->area) && pt_direct_possible (&from->info, &to->info);
  if (known)
    pt_direct_convert (from->frame, to->frame);
  return known;
}

/* ---- in two passes ---- */

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

/* What GStreamer's scaling costs goes by the bytes of its output, what converting costs by the pixels. */
static gboolean
scales_first (const Part * from, const Part * to)
{
  const gint64 before = (gint64) from->area.width * from->area.height;
  const gint64 after = (gint64) to->area.width * to->area.height;
  const double byte = 1.5, pixel = 0.35;        /* ns */
  const double first = byte * bytes_of (&from->info, &to->area) + pixel * after;
  const double last = byte * bytes_of (&to->info, &to->area) + pixel * before;
  return first <= last;
}

static gboolean
step (PtConverter * c, const Part * from, const Part * to, PtInterpolation method)
{
  return move (from, to) || convert (c, from, to, method, FALSE);
}

static gboolean
convert_in_two (PtConverter * c, const Part * from, const Part * to, PtInterpolation method)
{
  const gboolean first = scales_first (from, to);
  GstVideoFrame frame = first ? between (c, &from->info, &to->area)
      : between (c, &to->info, &from->area);
  const Part middle = whole_of (&frame);
  return step (c, from, &middle, method) && step (c, &middle, to, method);
}

/* ---- scaled as on a GPU ---- */

static gboolean
is_nearest (PtInterpolation method)
{
  return method == PT_INTER_NEAREST || method == PT_INTER_DEFAULT;
}

static gboolean
is_enlarged (const Part * from, const Part * to)
{
  return (gint64) to->area.width * to->area.height > (gint64) from->area.width * from->area.height;
}

static gboolean
is_all_of (const Part * to)
{
  const PtArea whole = pt_area_or_whole (NULL, &to->info);
  return pt_area_equal (&to->area, &whole);
}

/* In the source's format, from which the loops of one size go on. */
static gboolean
sample_first (PtConverter * c, const Part * from, const Part * to, PtInterpolation method)
{
  const gboolean bilinear = method == PT_INTER_BILINEAR;
  const gboolean same = GST_VIDEO_INFO_FORMAT (&from->info) == GST_VIDEO_INFO_FORMAT (&to->info);
  const gboolean by_rgb = pt_by_rgb_possible (&from->info, &to->info);
  if (by_rgb && same) {
    pt_sample (from->frame, &from->area, to->frame, bilinear);
    pt_by_rgb (to->frame, to->frame);
    return TRUE;
  }
  if (same && pt_same_colours (&from->info, &to->info)) {
    pt_sample (from->frame, &from->area, to->frame, bilinear);
    return TRUE;
  }
  GstVideoFrame frame = between (c, &from->info, &to->area);
  const Part middle = whole_of (&frame);
  pt_sample (from->frame, &from->area, &frame, bilinear);
  if (!by_rgb)
    return step (c, &middle, to, method);
  pt_by_rgb (&frame, to->frame);
  return TRUE;
}

/* In the target's format. */
static gboolean
sample_last (PtConverter * c, const Part * from, const Part * to, PtInterpolation method)
{
  GstVideoFrame frame = between (c, &to->info, &from->area);
  const Part middle = whole_of (&frame);
  if (!step (c, from, &middle, method))
    return FALSE;
  pt_sample (&frame, &middle.area, to->frame, method == PT_INTER_BILINEAR);
  return TRUE;
}

/* Pixels of RGB that are only repeated are converted once, though chroma is shared by others then. */
static gboolean
samples_first (const Part * from, const Part * to, PtInterpolation method)
{
  return pt_sample_possible (GST_VIDEO_INFO_FORMAT (&from->info))
      && !(is_nearest (method) && is_enlarged (from, to) && GST_VIDEO_INFO_IS_YUV (&from->info)
      && GST_VIDEO_INFO_IS_RGB (&to->info) && pt_direct_possible (&from->info, &to->info));
}

/* ---- the ways ---- */

/* `source` is the area of a view where there is one. */
static gboolean
run (PtConverter * c, const Part * from, const Part * source, const Part * to,
    PtInterpolation method, gboolean fill)
{
  const gboolean scaled = !same_size (&from->area, &to->area) && is_all_of (to);
  if (move (source, to))
    return TRUE;
  if (scaled && (is_nearest (method) || method == PT_INTER_BILINEAR)) {
    if (samples_first (from, to, method))
      return sample_first (c, from, to, method);
    if (pt_sample_possible (GST_VIDEO_INFO_FORMAT (&to->info)))
      return sample_last (c, source, to, method);
  }
  if (pt_direct_possible (&source->info, &to->info))
    return convert_in_two (c, source, to, method);
  return convert (c, source, to, method, fill);
}

gboolean
pt_converter_run (PtConverter * c, GstVideoFrame * from, const PtArea * from_area,
    GstVideoFrame * to, const PtArea * to_area, PtInterpolation method, gboolean fill)
{
  GstVideoFrame from_view, to_view;
  Part all = whole_of (from);
  all.area = pt_area_or_whole (from_area, &all.info);
  const Part source = part_of (from, from_area, &from_view);
  const Part target = part_of (to, to_area, &to_view);
  const gboolean partly = fill && target.frame == to;
  if (fill && !partly)
    pt_fill_outside (to, to_area);
  if (!run (c, &all, &source, &target, method, partly))
    return FALSE;
  if (partly)
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
