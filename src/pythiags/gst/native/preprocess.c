/* Scaling, letterbox, colours and normalisation before a network: see preprocess.h. */
#include "preprocess.h"

struct _PtPreprocess
{
  PtTensorSpec spec;
  GstVideoInfo from, to;           /* of the converter */
  GstVideoConverter *converter;    /* made for the first picture, and again when the format changes */
  GstBuffer *scaled;               /* the network's picture, still in bytes */
  PtPlacement placement;
};

static const GstVideoFormat FORMATS[] = {
  [PT_COLOR_RGB] = GST_VIDEO_FORMAT_RGBP,
  [PT_COLOR_BGR] = GST_VIDEO_FORMAT_BGRP,
  [PT_COLOR_GRAY] = GST_VIDEO_FORMAT_GRAY8,
};

/* NvBufSurfTransform_Inter: nearest, bilinear, cubic, super sampling, Lanczos. What a GPU leaves to
 * "default" is bilinear here: nearest costs a CPU as much and the boxes suffer. Bilinear looks at
 * two pixels each way, as a GPU and most training code do, and costs a quarter of super sampling. */
static void
set_filter (GstStructure * options, gint scaling_filter)
{
  static const struct { GstVideoResamplerMethod method; guint taps; } filters[] = {
    {GST_VIDEO_RESAMPLER_METHOD_NEAREST, 1}, {GST_VIDEO_RESAMPLER_METHOD_LINEAR, 2},
    {GST_VIDEO_RESAMPLER_METHOD_CUBIC, 4}, {GST_VIDEO_RESAMPLER_METHOD_LINEAR, 0},
    {GST_VIDEO_RESAMPLER_METHOD_LANCZOS, 0},
  };
  gint which = scaling_filter < (gint) G_N_ELEMENTS (filters) ? scaling_filter : 1;
  gst_structure_set (options,
      GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
      filters[which].method,
      GST_VIDEO_CONVERTER_OPT_RESAMPLER_TAPS, G_TYPE_UINT, filters[which].taps, NULL);
}

PtPreprocess *
pt_preprocess_new (const PtTensorSpec * spec)
{
  PtPreprocess *self = g_new0 (PtPreprocess, 1);
  self->spec = *spec;
  gst_video_info_set_format (&self->to, FORMATS[spec->color_format], spec->width, spec->height);
  self->scaled = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&self->to), NULL);
  return self;
}

void
pt_preprocess_free (PtPreprocess * self)
{
  if (!self)
    return;
  g_clear_pointer (&self->converter, gst_video_converter_free);
  gst_buffer_unref (self->scaled);
  g_free (self);
}

/* The picture's rectangle in the network's input: whole pixels, rounded down, as nvinfer does. */
static GstVideoRectangle
place (const PtTensorSpec * spec, guint width, guint height)
{
  GstVideoRectangle at = { 0, 0, spec->width, spec->height };
  if (!spec->maintain_aspect_ratio)
    return at;
  if ((guint64) spec->width * height <= (guint64) spec->height * width)
    at.h = MAX (1, (guint64) spec->width * height / width);
  else
    at.w = MAX (1, (guint64) spec->height * width / height);
  if (spec->symmetric_padding) {
    at.x = (spec->width - at.w) / 2;
    at.y = (spec->height - at.h) / 2;
  }
  return at;
}

static gboolean
prepare (PtPreprocess * self, const GstVideoInfo * from)
{
  if (self->converter && gst_video_info_is_equal (&self->from, from))
    return TRUE;
  g_clear_pointer (&self->converter, gst_video_converter_free);
  GstVideoRectangle at = place (&self->spec, from->width, from->height);
  self->from = *from;
  self->placement = (PtPlacement) {
    .scale_x = (float) at.w / from->width, .scale_y = (float) at.h / from->height,
    .offset_x = at.x, .offset_y = at.y,
  };
  /* Time and fields are nothing to a network: the converter insists that both sides agree. */
  GstVideoInfo still = *from;
  still.fps_n = self->to.fps_n;
  still.fps_d = self->to.fps_d;
  still.interlace_mode = self->to.interlace_mode;
  GstStructure *options = gst_structure_new ("options",
      GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, at.x,
      GST_VIDEO_CONVERTER_OPT_DEST_Y, G_TYPE_INT, at.y,
      GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, at.w,
      GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, at.h,
      GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, TRUE,
      GST_VIDEO_CONVERTER_OPT_BORDER_ARGB, G_TYPE_UINT, 0xff000000u,
      GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
      GST_VIDEO_DITHER_NONE, NULL);
  set_filter (options, self->spec.scaling_filter);
  self->converter = gst_video_converter_new (&still, &self->to, options);
  return self->converter != NULL;
}

static void
normalise (const PtTensorSpec * spec, GstVideoFrame * bytes, float *tensor)
{
  for (guint c = 0; c < spec->channels; c++) {
    const float scale = spec->scale, bias = -spec->offsets[c] * spec->scale;
    for (guint y = 0; y < spec->height; y++) {
      const guint8 *row = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (bytes, c)
          + (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (bytes, c);
      for (guint x = 0; x < spec->width; x++)
        tensor[x] = row[x] * scale + bias;
      tensor += spec->width;
    }
  }
}

gboolean
pt_preprocess_run (PtPreprocess * self, GstVideoFrame * picture, float *tensor,
    PtPlacement * placement)
{
  GstVideoFrame bytes;
  if (!prepare (self, &picture->info)
      || !gst_video_frame_map (&bytes, &self->to, self->scaled, GST_MAP_READWRITE))
    return FALSE;
  gst_video_converter_frame (self->converter, picture, &bytes);
  normalise (&self->spec, &bytes, tensor);
  gst_video_frame_unmap (&bytes);
  *placement = self->placement;
  return TRUE;
}
