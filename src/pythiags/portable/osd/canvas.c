/* See canvas.h. */
#include "canvas.h"
#include <math.h>
#include <string.h>

#define PACKED 4                /* bytes of a pixel of RGBA and its like */
#define LANES 16

static gboolean
is_packed (const PtCanvas * canvas)
{
  for (guint i = 0; i < canvas->channels; i++) {
    const PtChannel *channel = &canvas->channel[i];
    if (channel->step != PACKED || channel->x_shift || channel->y_shift)
      return FALSE;
  }
  return GST_VIDEO_INFO_N_PLANES (canvas->info) == 1;
}

void
pt_canvas_init (PtCanvas * canvas, GstVideoFrame * frame)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  *canvas = (PtCanvas) {
    .width = GST_VIDEO_FRAME_WIDTH (frame),.height = GST_VIDEO_FRAME_HEIGHT (frame),
    .channels = GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format),.info = &frame->info
  };
  for (guint i = 0; i < canvas->channels; i++)
    canvas->channel[i] = (PtChannel) {
      .data = GST_VIDEO_FRAME_COMP_DATA (frame, i),
      .stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, i),
      .step = GST_VIDEO_FRAME_COMP_PSTRIDE (frame, i),
      .x_shift = GST_VIDEO_FORMAT_INFO_W_SUB (format, i),
      .y_shift = GST_VIDEO_FORMAT_INFO_H_SUB (format, i)
    };
  if (is_packed (canvas))
    canvas->packed = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
}

void
pt_canvas_clear (PtCanvas * canvas)
{
  g_clear_pointer (&canvas->band, g_free);
}

/* -- colours ---------------------------------------------------------------------------------- */

static double
unit (double value)
{
  return value > 0 ? MIN (value, 1) : 0;        /* NaN is not greater than 0 */
}

static guint8
quantise (double value, gint scale, gint offset)
{
  return (guint8) CLAMP ((gint) floor (value * scale + offset + 0.5), 0, 255);
}

PtPaint
pt_canvas_paint (const PtCanvas * canvas, const PtColor * color)
{
  const GstVideoFormatInfo *format = canvas->info->finfo;
  const GstVideoColorimetry *space = &canvas->info->colorimetry;
  double red = unit (color->red), green = unit (color->green), blue = unit (color->blue);
  double part[GST_VIDEO_MAX_COMPONENTS] = { red, green, blue, 1 };     /* what is drawn is opaque */
  gint offset[GST_VIDEO_MAX_COMPONENTS], scale[GST_VIDEO_MAX_COMPONENTS];

  if (!GST_VIDEO_FORMAT_INFO_IS_RGB (format)) {
    double kr = 0.299, kb = 0.114;
    gst_video_color_matrix_get_Kr_Kb (space->matrix, &kr, &kb);
    double luma = kr * red + (1 - kr - kb) * green + kb * blue;
    part[0] = luma;
    part[1] = (blue - luma) / (2 * (1 - kb));
    part[2] = (red - luma) / (2 * (1 - kr));
  }
  gst_video_color_range_offsets (space->range, format, offset, scale);
  PtPaint paint = {.alpha = (guint) (unit (color->alpha) * 256 + 0.5) };
  for (guint i = 0; i < canvas->channels; i++)
    paint.value[i] = quantise (part[i], scale[i], offset[i]);
  return paint;
}

/* -- spans ------------------------------------------------------------------------------------ */

/* Never above 65408, so that compilers can vectorise it in lanes of 16 bits. */
static inline guint8
mix (guint8 under, guint value, guint alpha)
{
  return (guint8) ((guint16) (under * (256 - alpha) + value * alpha + 128) >> 8);
}

static void
mix_span (guint8 * at, gint step, gint count, guint8 value, guint alpha)
{
  if (step == 1 && alpha == 256)
    memset (at, value, count);
  else if (step == 1)           /* a loop of its own, which compilers vectorise */
    for (gint i = 0; i < count; i++)
      at[i] = mix (at[i], value, alpha);
  else
    for (gint i = 0; i < count; i++, at += step)
      *at = mix (*at, value, alpha);
}

/* How much of a cell lies within low..high, as a part of 256; the last cell may be cut by the edge. */
static guint
covered (gint cell, guint shift, gint low, gint high, gint edge)
{
  gint begin = cell << shift, end = MIN ((cell + 1) << shift, edge);
  return (guint) (256 * (MIN (high, end) - MAX (low, begin)) / (end - begin));
}

static void
fill_row (const PtChannel * channel, guint8 * row, gint x0, gint x1, gint edge, guint8 value,
    guint alpha)
{
  gint first = x0 >> channel->x_shift, last = (x1 - 1) >> channel->x_shift;
  guint8 *at = row + first * channel->step;
  guint left = covered (first, channel->x_shift, x0, x1, edge);
  guint right = covered (last, channel->x_shift, x0, x1, edge);
  *at = mix (*at, value, alpha * left >> 8);
  if (last == first)
    return;
  mix_span (at + channel->step, channel->step, last - first - 1, value, alpha);
  at = row + last * channel->step;
  *at = mix (*at, value, alpha * right >> 8);
}

/* A row of packed pixels, LANES bytes at a time, which compilers turn into one vector. */
static void
mix_packed (guint8 * at, gint bytes, const guint8 * pixel, guint alpha)
{
  guint8 values[LANES];
  for (guint i = 0; i < LANES; i++)
    values[i] = pixel[i % PACKED];
  gint i = 0;
  for (; i + LANES <= bytes; i += LANES)
    for (guint j = 0; j < LANES; j++)
      at[i + j] = mix (at[i + j], values[j], alpha);
  for (; i < bytes; i++)
    at[i] = mix (at[i], values[i % LANES], alpha);
}

static void
fill_packed (const PtCanvas * canvas, gint x0, gint y0, gint x1, gint y1, const PtPaint * paint)
{
  guint8 pixel[PACKED] = { 255, 255, 255, 255 };        /* also what no component describes */
  for (guint i = 0; i < canvas->channels; i++)
    pixel[canvas->channel[i].data - canvas->packed] = paint->value[i];
  for (gint y = y0; y < y1; y++) {
    guint8 *at = canvas->packed + (gsize) y * canvas->channel[0].stride + (gsize) x0 * PACKED;
    if (paint->alpha == 256)
      for (gint x = x0; x < x1; x++, at += PACKED)
        memcpy (at, pixel, PACKED);
    else
      mix_packed (at, (x1 - x0) * PACKED, pixel, paint->alpha);
  }
}

void
pt_canvas_fill (PtCanvas * canvas, gint x0, gint y0, gint x1, gint y1, const PtPaint * paint)
{
  x0 = MAX (x0, 0);
  y0 = MAX (y0, 0);
  x1 = MIN (x1, canvas->width);
  y1 = MIN (y1, canvas->height);
  if (x0 >= x1 || y0 >= y1 || paint->alpha == 0)
    return;
  if (canvas->packed) {
    fill_packed (canvas, x0, y0, x1, y1, paint);
    return;
  }
  for (guint i = 0; i < canvas->channels; i++) {
    const PtChannel *channel = &canvas->channel[i];
    for (gint y = y0 >> channel->y_shift; y <= (y1 - 1) >> channel->y_shift; y++) {
      guint rows = covered (y, channel->y_shift, y0, y1, canvas->height);
      fill_row (channel, channel->data + (gsize) y * channel->stride, x0, x1, canvas->width,
          paint->value[i], paint->alpha * rows >> 8);
    }
  }
}

/* -- coverage --------------------------------------------------------------------------------- */

typedef struct
{
  const guint8 *data;           /* of the pixel at the picture's 0, 0, were it there */
  gint stride;
  gint x0, y0, x1, y1;          /* clipped to the picture */
} PtCoverage;

/* The sum of the coverage of a cell's pixels. */
static guint
cell_sum (const PtCoverage * cover, gint x_begin, gint x_end, gint y_begin, gint y_end)
{
  guint sum = 0;
  for (gint y = MAX (y_begin, cover->y0); y < MIN (y_end, cover->y1); y++)
    for (gint x = MAX (x_begin, cover->x0); x < MIN (x_end, cover->x1); x++)
      sum += cover->data[(gssize) y * cover->stride + x];
  return sum;
}

static void
blend_pixels (const PtChannel * channel, const PtCoverage * cover, guint8 value, guint alpha)
{
  for (gint y = cover->y0; y < cover->y1; y++) {
    const guint8 *in = cover->data + (gssize) y * cover->stride;
    guint8 *row = channel->data + (gsize) y * channel->stride;
    for (gint x = cover->x0; x < cover->x1; x++)
      if (in[x])
        row[x * channel->step] = mix (row[x * channel->step], value, in[x] * alpha / 255);
  }
}

static void
blend_cells (const PtCanvas * canvas, const PtChannel * channel, const PtCoverage * cover,
    guint8 value, guint alpha)
{
  guint xs = channel->x_shift, ys = channel->y_shift;
  for (gint y = cover->y0 >> ys; y <= (cover->y1 - 1) >> ys; y++) {
    gint y_begin = y << ys, y_end = MIN ((y + 1) << ys, canvas->height);
    guint8 *row = channel->data + (gsize) y * channel->stride;
    for (gint x = cover->x0 >> xs; x <= (cover->x1 - 1) >> xs; x++) {
      gint x_begin = x << xs, x_end = MIN ((x + 1) << xs, canvas->width);
      guint sum = cell_sum (cover, x_begin, x_end, y_begin, y_end);
      guint size = 255 * (guint) ((x_end - x_begin) * (y_end - y_begin));
      if (sum)
        row[x * channel->step] = mix (row[x * channel->step], value, sum * alpha / size);
    }
  }
}

void
pt_canvas_blend (PtCanvas * canvas, gint x, gint y, const guint8 * coverage, gint stride,
    gint width, gint height, const PtPaint * paint)
{
  PtCoverage cover = {
    .data = coverage - ((gssize) y * stride + x),.stride = stride,
    .x0 = MAX (x, 0),.y0 = MAX (y, 0),
    .x1 = MIN (x + width, canvas->width),.y1 = MIN (y + height, canvas->height)
  };
  if (cover.x0 >= cover.x1 || cover.y0 >= cover.y1 || paint->alpha == 0)
    return;
  for (guint i = 0; i < canvas->channels; i++) {
    const PtChannel *channel = &canvas->channel[i];
    if (channel->x_shift == 0 && channel->y_shift == 0)
      blend_pixels (channel, &cover, paint->value[i], paint->alpha);
    else
      blend_cells (canvas, channel, &cover, paint->value[i], paint->alpha);
  }
}
