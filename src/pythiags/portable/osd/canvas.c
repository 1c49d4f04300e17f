/* See canvas.h. */
#include "canvas.h"

#include <math.h>
#include <string.h>

#include "loops.h"

#define LANES 48                /* bytes at a time: whole cells of 1, 2, 3 or 4 bytes */

/* -- layers ----------------------------------------------------------------------------------- */

static PtLayer
layer_of (const GstVideoFrame * frame, guint component)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  return (PtLayer) {
    .data = GST_VIDEO_FRAME_COMP_DATA (frame, component),
    .stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, component),
    .step = GST_VIDEO_FRAME_COMP_PSTRIDE (frame, component),
    .bytes = 1,
    .x_shift = GST_VIDEO_FORMAT_INFO_W_SUB (format, component),
    .y_shift = GST_VIDEO_FORMAT_INFO_H_SUB (format, component),
    .channel = {(gint8) component, -1, -1, -1}
  };
}

/* The cells of a plane are one layer where each has a sample of all its components. */
static gboolean
has_common_cells (const GstVideoFormatInfo * format, guint first)
{
  const guint plane = GST_VIDEO_FORMAT_INFO_PLANE (format, first);
  const gint step = GST_VIDEO_FORMAT_INFO_PSTRIDE (format, first);
  for (guint i = 0; i < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); i++)
    if (GST_VIDEO_FORMAT_INFO_PLANE (format, i) == plane
        && GST_VIDEO_FORMAT_INFO_PSTRIDE (format, i) != step)
      return FALSE;
  return TRUE;
}

static PtLayer
plane_layer (const GstVideoFrame * frame, guint first)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  const guint plane = GST_VIDEO_FORMAT_INFO_PLANE (format, first);
  PtLayer layer = layer_of (frame, first);
  layer.data = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
  layer.bytes = layer.step;
  layer.channel[0] = -1;
  for (guint i = 0; i < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); i++)
    if (GST_VIDEO_FORMAT_INFO_PLANE (format, i) == plane)
      layer.channel[GST_VIDEO_FORMAT_INFO_POFFSET (format, i)] = (gint8) i;
  return layer;
}

void
pt_canvas_init (PtCanvas * canvas, GstVideoFrame * frame)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  guint planes = 0;             /* a bit for each that is a layer already */
  *canvas = (PtCanvas) {
    .width = GST_VIDEO_FRAME_WIDTH (frame),.height = GST_VIDEO_FRAME_HEIGHT (frame),
    .channels = GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format),.info = &frame->info
  };
  for (guint i = 0; i < canvas->channels; i++) {
    const guint plane = 1u << GST_VIDEO_FORMAT_INFO_PLANE (format, i);
    const gboolean common = has_common_cells (format, i);
    if (!(planes & plane))
      canvas->layer[canvas->layers++] = common ? plane_layer (frame, i) : layer_of (frame, i);
    if (common)
      planes |= plane;
  }
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

/* A paint on one layer, repeated. */
typedef struct
{
  guint8 values[LANES];
  guint bytes;                  /* of a cell */
} Brush;

static Brush
brush_of (const PtLayer * layer, const PtPaint * paint)
{
  Brush brush = {.bytes = layer->bytes };
  for (guint i = 0; i < LANES; i++) {
    const gint channel = layer->channel[i % layer->bytes];
    brush.values[i] = channel < 0 ? 255 : paint->value[channel];
  }
  return brush;
}

/* Never above 65408, so that compilers can vectorise it in lanes of 16 bits. */
PT_INLINE guint8
mix (guint8 under, guint value, guint alpha)
{
  return (guint8) ((guint16) (under * (256 - alpha) + value * alpha + 128) >> 8);
}

static void
paint_bytes (guint8 * at, gint bytes, const Brush * brush)
{
  if (brush->bytes == 1) {
    memset (at, brush->values[0], bytes);
    return;
  }
  for (; bytes >= LANES; bytes -= LANES, at += LANES)
    memcpy (at, brush->values, LANES);
  for (gint i = 0; i < bytes; i++)
    at[i] = brush->values[i];
}

static PT_CLONES void
mix_bytes (guint8 * restrict at, gint bytes, const Brush * restrict brush, guint alpha)
{
  for (; bytes >= LANES; bytes -= LANES, at += LANES)
    for (guint i = 0; i < LANES; i++)
      at[i] = mix (at[i], brush->values[i], alpha);
  for (gint i = 0; i < bytes; i++)
    at[i] = mix (at[i], brush->values[i], alpha);
}

static void
mix_cell (guint8 * at, const Brush * brush, guint alpha)
{
  for (guint i = 0; i < brush->bytes; i++)
    at[i] = mix (at[i], brush->values[i], alpha);
}

static void
mix_cells (guint8 * at, gint count, const PtLayer * layer, const Brush * brush, guint alpha)
{
  if ((guint) layer->step != layer->bytes)      /* what lies between is another layer's */
    for (; count > 0; count--, at += layer->step)
      mix_cell (at, brush, alpha);
  else if (alpha == 256)
    paint_bytes (at, count * layer->step, brush);
  else
    mix_bytes (at, count * layer->step, brush, alpha);
}

/* How much of a cell lies within low..high, as a part of 256; the last cell may be cut by the edge. */
static guint
covered (gint cell, guint shift, gint low, gint high, gint edge)
{
  gint begin = cell << shift, end = MIN ((cell + 1) << shift, edge);
  return (guint) (256 * (MIN (high, end) - MAX (low, begin)) / (end - begin));
}

/* The cells of one axis that lie within low..high, and how much of the first and last one does. */
typedef struct
{
  gint first, last;
  guint of_first, of_last;
} Cells;

static Cells
cells_within (guint shift, gint low, gint high, gint edge)
{
  Cells cells = {.first = low >> shift,.last = (high - 1) >> shift };
  cells.of_first = covered (cells.first, shift, low, high, edge);
  cells.of_last = covered (cells.last, shift, low, high, edge);
  return cells;
}

static void
fill_row (guint8 * row, const PtLayer * layer, const Brush * brush, const Cells * cells,
    guint alpha)
{
  gint first = cells->first, last = cells->last;
  if (cells->of_first != 256)
    mix_cells (row + first++ * layer->step, 1, layer, brush, alpha * cells->of_first >> 8);
  if (last >= first && cells->of_last != 256)
    mix_cells (row + last-- * layer->step, 1, layer, brush, alpha * cells->of_last >> 8);
  if (last >= first)
    mix_cells (row + first * layer->step, last - first + 1, layer, brush, alpha);
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
  for (guint i = 0; i < canvas->layers; i++) {
    const PtLayer *layer = &canvas->layer[i];
    const Brush brush = brush_of (layer, paint);
    const Cells across = cells_within (layer->x_shift, x0, x1, canvas->width);
    const Cells down = cells_within (layer->y_shift, y0, y1, canvas->height);
    for (gint y = down.first; y <= down.last; y++) {
      const guint rows = y == down.first ? down.of_first : y == down.last ? down.of_last : 256;
      fill_row (layer->data + (gsize) y * layer->stride, layer, &brush, &across,
          paint->alpha * rows >> 8);
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

/* n / 255 for all that 255 * 256 is not less than, in lanes of 16 bits. */
PT_INLINE guint16
by_255 (guint16 n)
{
  return (guint16) (((guint32) n * 0x8081) >> 16) >> 7;
}

static PT_CLONES void
blend_bytes (guint8 * restrict at, const guint8 * restrict in, gint count, guint8 value,
    guint16 alpha)
{
  for (gint i = 0; i < count; i++)
    at[i] = mix (at[i], value, by_255 ((guint16) (in[i] * alpha)));
}

static void
blend_pixels (const PtLayer * layer, const PtCoverage * cover, const Brush * brush, guint alpha)
{
  for (gint y = cover->y0; y < cover->y1; y++) {
    const guint8 *in = cover->data + (gssize) y * cover->stride;
    guint8 *row = layer->data + (gsize) y * layer->stride;
    if (layer->step == 1)
      blend_bytes (row + cover->x0, in + cover->x0, cover->x1 - cover->x0, brush->values[0],
          (guint16) alpha);
    else
      for (gint x = cover->x0; x < cover->x1; x++)
        if (in[x])
          mix_cell (row + x * layer->step, brush, in[x] * alpha / 255);
  }
}

static void
blend_some (const PtCanvas * canvas, const PtLayer * layer, const PtCoverage * cover,
    const Brush * brush, guint alpha, gint y, gint first, gint end)
{
  const guint xs = layer->x_shift, ys = layer->y_shift;
  const gint y_begin = y << ys, y_end = MIN ((y + 1) << ys, canvas->height);
  guint8 *row = layer->data + (gsize) y * layer->stride;
  for (gint x = first; x < end; x++) {
    const gint x_begin = x << xs, x_end = MIN ((x + 1) << xs, canvas->width);
    const guint sum = cell_sum (cover, x_begin, x_end, y_begin, y_end);
    const guint size = 255 * (guint) ((x_end - x_begin) * (y_end - y_begin));
    if (sum)
      mix_cell (row + x * layer->step, brush, sum * alpha / size);
  }
}

/* Cells of two by two pixels, all of which are covered in part. */
static void
blend_quads (const PtLayer * layer, const PtCoverage * cover, const Brush * brush, guint alpha,
    gint y, gint first, gint end)
{
  const guint8 *upper = cover->data + (gssize) 2 * y * cover->stride;
  const guint8 *lower = upper + cover->stride;
  guint8 *row = layer->data + (gsize) y * layer->stride;
  for (gint x = first; x < end; x++) {
    const guint sum = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
    if (sum)
      mix_cell (row + x * layer->step, brush, sum * alpha / (4 * 255));
  }
}

static void
blend_cells (const PtCanvas * canvas, const PtLayer * layer, const PtCoverage * cover,
    const Brush * brush, guint alpha)
{
  const guint xs = layer->x_shift, ys = layer->y_shift;
  const gint first = cover->x0 >> xs, end = ((cover->x1 - 1) >> xs) + 1;
  for (gint y = cover->y0 >> ys; y <= (cover->y1 - 1) >> ys; y++) {
    const gboolean quads = xs == 1 && ys == 1 && 2 * y >= cover->y0 && 2 * y + 2 <= cover->y1;
    /* From the first cell to the last of which all pixels are there. */
    const gint begin = quads ? (cover->x0 + 1) / 2 : end;
    const gint stop = quads ? MAX (cover->x1 / 2, begin) : end;
    blend_some (canvas, layer, cover, brush, alpha, y, first, MIN (begin, end));
    if (quads)
      blend_quads (layer, cover, brush, alpha, y, begin, stop);
    blend_some (canvas, layer, cover, brush, alpha, y, stop, end);
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
  for (guint i = 0; i < canvas->layers; i++) {
    const PtLayer *layer = &canvas->layer[i];
    const Brush brush = brush_of (layer, paint);
    if (layer->x_shift == 0 && layer->y_shift == 0)
      blend_pixels (layer, &cover, &brush, paint->alpha);
    else
      blend_cells (canvas, layer, &cover, &brush, paint->alpha);
  }
}
