/* Scaling, letterbox, colours and normalisation before a network, a row at a time: see preprocess.h.
 *
 * GstVideoConverter is not used: its two-tap scaler begins at the corner of the first pixel instead
 * of its centre, which moves the picture by half a pixel and the boxes of a careful detector by more.
 */
#include "preprocess.h"

#include "convert.h"
#include "loops.h"
#include "resample.h"

#define COMPONENTS 3               /* colour: a fourth one is alpha, and of no interest */

struct _PtPreprocess
{
  PtTensorSpec spec;
  GstVideoInfo from;               /* what the rest was prepared for; the first time nothing */
  GstVideoRectangle at;            /* where the picture lies in the tensor */
  guint components;
  PtFilter *across[COMPONENTS], *down[COMPONENTS];
  float matrix[COMPONENTS][COMPONENTS], bias[COMPONENTS];  /* channel = matrix * components + bias */
  gsize bytes[COMPONENTS];         /* of a row of the component's plane */
  float *sum;                      /* a row of a plane */
  float *rows[COMPONENTS];         /* a row of each component, at the tensor's width */
};

PtPreprocess *
pt_preprocess_new (const PtTensorSpec * spec)
{
  PtPreprocess *self = g_new0 (PtPreprocess, 1);
  self->spec = *spec;
  for (guint c = 0; c < COMPONENTS; c++)
    self->rows[c] = g_new0 (float, spec->width);
  return self;
}

static void
forget (PtPreprocess * self)
{
  for (guint c = 0; c < COMPONENTS; c++) {
    g_clear_pointer (&self->across[c], pt_filter_free);
    g_clear_pointer (&self->down[c], pt_filter_free);
  }
  g_clear_pointer (&self->sum, g_free);
}

void
pt_preprocess_free (PtPreprocess * self)
{
  if (!self)
    return;
  forget (self);
  for (guint c = 0; c < COMPONENTS; c++)
    g_free (self->rows[c]);
  g_free (self);
}

GstVideoRectangle
pt_preprocess_place (const PtTensorSpec * spec, guint width, guint height)
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

PtPlacement
pt_preprocess_placement (GstVideoRectangle at, guint width, guint height)
{
  return (PtPlacement) {
    .scale_x = (float) at.w / width,.scale_y = (float) at.h / height,
    .offset_x = at.x,.offset_y = at.y,
  };
}

/* Red, green and blue, 0 to 255 each, of the format's components: rgb = matrix * components + bias. */
static void
find_colors (const GstVideoInfo * info, double matrix[3][3], double bias[3])
{
  gint offset[GST_VIDEO_MAX_COMPONENTS], scale[GST_VIDEO_MAX_COMPONENTS];
  double kr = 0.299, kb = 0.114;   /* BT.601, if the stream does not say */
  gst_video_color_range_offsets (info->colorimetry.range, info->finfo, offset, scale);
  if (GST_VIDEO_INFO_IS_YUV (info))
    gst_video_color_matrix_get_Kr_Kb (info->colorimetry.matrix, &kr, &kb);
  double kg = 1 - kr - kb, to_red = 2 * (1 - kr), to_blue = 2 * (1 - kb);
  const double yuv[3][3] = {
    {1, 0, to_red}, {1, -to_blue * kb / kg, -to_red * kr / kg}, {1, to_blue, 0}
  };
  for (guint color = 0; color < 3; color++) {
    bias[color] = 0;
    for (guint c = 0; c < 3; c++) {
      double part = GST_VIDEO_INFO_IS_YUV (info) ? yuv[color][c]
          : GST_VIDEO_INFO_IS_GRAY (info) ? c == 0 : c == color;
      guint from = GST_VIDEO_INFO_IS_GRAY (info) ? 0 : c;
      matrix[color][c] = part * 255 / scale[from];
      bias[color] -= matrix[color][c] * offset[from];
    }
  }
}

void
pt_preprocess_colors (const GstVideoInfo * info, float matrix[3][3], float bias[3])
{
  double exact[3][3], shift[3];
  find_colors (info, exact, shift);
  for (guint color = 0; color < 3; color++) {
    bias[color] = shift[color];
    for (guint c = 0; c < 3; c++)
      matrix[color][c] = exact[color][c];
  }
}

/* The same for the network's channels, in their order. */
static void
find_channels (PtPreprocess * self, const GstVideoInfo * info)
{
  static const double channels[][3][3] = {
    [PT_COLOR_RGB] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    [PT_COLOR_BGR] = {{0, 0, 1}, {0, 1, 0}, {1, 0, 0}},
    [PT_COLOR_GRAY] = {{0.299, 0.587, 0.114}},
  };
  double matrix[3][3], bias[3];
  find_colors (info, matrix, bias);
  for (guint channel = 0; channel < self->spec.channels; channel++) {
    const double *mix = channels[self->spec.color_format][channel];
    self->bias[channel] = mix[0] * bias[0] + mix[1] * bias[1] + mix[2] * bias[2];
    for (guint c = 0; c < 3; c++)
      self->matrix[channel][c] =
          mix[0] * matrix[0][c] + mix[1] * matrix[1][c] + mix[2] * matrix[2][c];
  }
}

/* Planes may be shared, and then a row of one holds them all. */
static gsize
bytes_of_plane (const GstVideoInfo * info, guint plane)
{
  gsize bytes = 0;
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS (info); c++)
    if (GST_VIDEO_INFO_COMP_PLANE (info, c) == plane)
      bytes = MAX (bytes, (gsize) GST_VIDEO_INFO_COMP_WIDTH (info, c)
          * GST_VIDEO_INFO_COMP_PSTRIDE (info, c));
  return bytes;
}

static void
prepare (PtPreprocess * self, const GstVideoInfo * info)
{
  PtFilterKind kind = self->spec.scaling_filter;
  if ((guint) kind > PT_FILTER_LANCZOS)
    kind = PT_FILTER_BILINEAR;     /* none or default */
  gsize longest = 0;
  forget (self);
  self->from = *info;
  self->at = pt_preprocess_place (&self->spec, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info));
  self->components = MIN (COMPONENTS, GST_VIDEO_INFO_N_COMPONENTS (info));
  for (guint c = 0; c < self->components; c++) {
    self->across[c] = pt_filter_new (kind, GST_VIDEO_INFO_COMP_WIDTH (info, c), self->at.w);
    self->down[c] = pt_filter_new (kind, GST_VIDEO_INFO_COMP_HEIGHT (info, c), self->at.h);
    self->bytes[c] = bytes_of_plane (info, GST_VIDEO_INFO_COMP_PLANE (info, c));
    longest = MAX (longest, self->bytes[c]);
  }
  self->sum = g_new0 (float, longest);
  find_channels (self, info);
}

/* Fills self->rows with the components of one row of the scaled picture. */
static void
scale_row (PtPreprocess * self, const GstVideoFrame * picture, guint y)
{
  gint summed = -1;
  for (guint c = 0; c < self->components; c++) {
    gint plane = GST_VIDEO_FRAME_COMP_PLANE (picture, c);
    if (self->down[c]->copies && self->across[c]->copies) {
      pt_filter_copy ((const guint8 *) GST_VIDEO_FRAME_COMP_DATA (picture, c)
          + (gsize) y * GST_VIDEO_FRAME_COMP_STRIDE (picture, c),
          GST_VIDEO_FRAME_COMP_PSTRIDE (picture, c), self->across[c]->outputs, self->rows[c]);
      continue;
    }
    if (plane != summed)
      pt_filter_rows (self->down[c], y, GST_VIDEO_FRAME_PLANE_DATA (picture, plane),
          GST_VIDEO_FRAME_PLANE_STRIDE (picture, plane), self->bytes[c], self->sum);
    summed = plane;
    pt_filter_row (self->across[c], self->sum + GST_VIDEO_FRAME_COMP_POFFSET (picture, c),
        GST_VIDEO_FRAME_COMP_PSTRIDE (picture, c), self->rows[c]);
  }
}

static void
fill (float *out, guint count, float value)
{
  for (guint x = 0; x < count; x++)
    out[x] = value;
}

/* One channel of a row: its colour, within 0 to 255, and normalised. */
static PT_CLONES void
mix (const PtPreprocess * self, guint channel, float *restrict out)
{
  const float *restrict a = self->rows[0], *restrict b = self->rows[1], *restrict c = self->rows[2];
  const float *m = self->matrix[channel], m0 = m[0], m1 = m[1], m2 = m[2];
  const float bias = self->bias[channel], scale = self->spec.scale;
  const float shift = -self->spec.offsets[channel] * scale;
  for (gint x = 0; x < self->at.w; x++) {
    float value = m0 * a[x] + m1 * b[x] + m2 * c[x] + bias;
    out[x] = CLAMP (value, 0, 255) * scale + shift;
  }
}

void
pt_preprocess_run (PtPreprocess * self, const GstVideoFrame * picture, float *tensor,
    PtPlacement * placement)
{
  if (!self->sum || !pt_same_layout (&self->from, &picture->info))
    prepare (self, &picture->info);
  else if (!gst_video_colorimetry_is_equal (&self->from.colorimetry, &picture->info.colorimetry))
    find_channels (self, &picture->info);
  self->from.colorimetry = picture->info.colorimetry;
  const PtTensorSpec *spec = &self->spec;
  const GstVideoRectangle at = self->at;
  for (gint y = 0; y < (gint) spec->height; y++) {
    gboolean inside = y >= at.y && y < at.y + at.h;
    if (inside)
      scale_row (self, picture, y - at.y);
    for (guint channel = 0; channel < spec->channels; channel++) {
      float *out = tensor + ((gsize) channel * spec->height + y) * spec->width;
      const float black = -spec->offsets[channel] * spec->scale;
      guint left = inside ? at.x : (gint) spec->width;
      fill (out, left, black);
      if (inside) {
        mix (self, channel, out + left);
        fill (out + left + at.w, spec->width - left - at.w, black);
      }
    }
  }
  *placement = pt_preprocess_placement (at, GST_VIDEO_FRAME_WIDTH (picture),
      GST_VIDEO_FRAME_HEIGHT (picture));
}
