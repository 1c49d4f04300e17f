/* Packed RGB to NV12 and I420: see rgbyuv.h. The loops are plain so that compilers vectorise them. */
#include "rgbyuv.h"

#include <math.h>
#include <string.h>

#include "colours.h"
#include "loops.h"
#include "semiplanar.h"

#define BLOCK 512               /* pixels at a time, so that what lies between stays in the cache */
#define ROWS 2                  /* that share chroma */

/* Samples are scaled by 2^7 and weights by 2^15; the upper half of the 32-bit products is the value
 * times 64, and sums of them fit 16 bits. The sum of four samples that are scaled by 2^5 is scaled so. */
typedef struct
{
  gint16 red, green, blue;
} Weights;

typedef struct
{
  Weights y, u, v;
  gint16 black;                 /* luma of black */
} Matrix;

enum
{ RED, GREEN, BLUE, COLOURS };

/* A block of a row, and one more pixel on either side, for chroma that lies on its left pixel. */
typedef guint16 Row[1 + BLOCK + 1];
typedef Row Rows[COLOURS];

static Weights
weights (double red, double green, double blue)
{
  return (Weights) {
  (gint16) floor (red * 32768 + 0.5), (gint16) floor (green * 32768 + 0.5),
      (gint16) floor (blue * 32768 + 0.5)};
}

static gboolean
matrix_of (const GstVideoColorimetry * colours, Matrix * matrix)
{
  double kr, kb;
  if (!gst_video_color_matrix_get_Kr_Kb (colours->matrix, &kr, &kb))
    return FALSE;
  const gboolean full = pt_is_full_range (colours);
  const double luma = full ? 1 : 219.0 / 255, chroma = full ? 1 : 224.0 / 255;
  const double kg = 1 - kr - kb;
  const double u = chroma / (2 * (1 - kb)), v = chroma / (2 * (1 - kr));
  *matrix = (Matrix) {
    .y = weights (kr * luma, kg * luma, kb * luma),
    .u = weights (-kr * u, -kg * u, (1 - kb) * u),
    .v = weights ((1 - kr) * v, -kg * v, -kb * v),
    .black = full ? 0 : 16,
  };
  return TRUE;
}

static gboolean
is_source (GstVideoFormat format)
{
  return format == GST_VIDEO_FORMAT_RGB || format == GST_VIDEO_FORMAT_BGR
      || format == GST_VIDEO_FORMAT_RGBA || format == GST_VIDEO_FORMAT_BGRA
      || format == GST_VIDEO_FORMAT_RGBx || format == GST_VIDEO_FORMAT_BGRx;
}

/* Chroma beside its pixels, or on the left ones; never on the upper ones. */
static gboolean
is_site (GstVideoChromaSite site)
{
  return site == GST_VIDEO_CHROMA_SITE_UNKNOWN || site == GST_VIDEO_CHROMA_SITE_NONE
      || site == GST_VIDEO_CHROMA_SITE_H_COSITED;
}

gboolean
pt_rgb_yuv_possible (const GstVideoInfo * from, const GstVideoInfo * to)
{
  Matrix matrix;
  return is_source (GST_VIDEO_INFO_FORMAT (from))
      && (GST_VIDEO_INFO_FORMAT (to) == GST_VIDEO_FORMAT_NV12
      || GST_VIDEO_INFO_FORMAT (to) == GST_VIDEO_FORMAT_I420)
      && from->colorimetry.range != GST_VIDEO_COLOR_RANGE_16_235
      && is_site (to->chroma_site) && matrix_of (&to->colorimetry, &matrix);
}

/* ---- a block of a row ---- */

PT_INLINE void
unpack_3 (const guint8 * restrict from, guint16 * restrict a, guint16 * restrict b,
    guint16 * restrict c, gint count)
{
  for (gint i = 0; i < count; i++) {
    a[i] = (guint16) (from[3 * i] << 5);
    b[i] = (guint16) (from[3 * i + 1] << 5);
    c[i] = (guint16) (from[3 * i + 2] << 5);
  }
}

PT_INLINE void
unpack_4 (const PtWord32 * restrict from, guint16 * restrict a, guint16 * restrict b,
    guint16 * restrict c, gint count)
{
  for (gint i = 0; i < count; i++) {
    const guint32 pixel = GUINT32_FROM_LE (from[i]);
    a[i] = (guint16) ((pixel & 0xff) << 5);
    b[i] = (guint16) ((pixel >> 8 & 0xff) << 5);
    c[i] = (guint16) ((pixel >> 16 & 0xff) << 5);
  }
}

PT_INLINE gint16
scaled (gint16 value, gint16 weight)
{
  return (gint16) (((gint32) value * weight) >> 16);
}

PT_INLINE guint8
weighed (gint16 red, gint16 green, gint16 blue, Weights w, gint16 offset)
{
  const gint16 sum = scaled (red, w.red) + scaled (green, w.green) + scaled (blue, w.blue);
  const gint16 rounded = (gint16) (sum + offset * 64 + 32) >> 6;
  return (guint8) MIN (rounded, 255);   /* full range: 127.5 above 128, rounded up */
}

PT_INLINE void
to_luma (guint8 * restrict luma, const Rows rows, gint count, const Matrix * m)
{
  const guint16 *red = rows[RED] + 1, *green = rows[GREEN] + 1, *blue = rows[BLUE] + 1;
  const Weights w = m->y;
  const gint16 black = m->black;
  for (gint i = 0; i < count; i++)
    luma[i] = weighed ((gint16) (red[i] << 2), (gint16) (green[i] << 2), (gint16) (blue[i] << 2),
        w, black);
}

/* The sum of four samples; or half the sum of six, of which the middle ones count twice. */
PT_INLINE void
gather (guint16 * restrict sums, const Row upper, const Row lower, gint pairs, gboolean cosited)
{
  if (cosited)
    for (gint i = 0; i < 2 * pairs; i++) {
      const guint16 left = upper[i] + lower[i], middle = upper[i + 1] + lower[i + 1];
      const guint16 right = upper[i + 2] + lower[i + 2];
      sums[i] = (guint16) (left + 2 * middle + right) >> 1;
    }
  else
    for (gint i = 0; i < 2 * pairs; i++)
      sums[i] = upper[i + 1] + lower[i + 1] + upper[i + 2] + lower[i + 2];
}

/* Only every other sum is used: to compute them all takes vectors less time than to pick some first. */
PT_INLINE void
to_chroma (guint8 * restrict u, guint8 * restrict v, const Rows upper, const Rows lower, gint pairs,
    gboolean cosited, const Matrix * m)
{
  guint16 sums[COLOURS][BLOCK];
  guint8 all[2][BLOCK];
  const Weights for_u = m->u, for_v = m->v;
  for (gint c = 0; c < COLOURS; c++)
    gather (sums[c], upper[c], lower[c], pairs, cosited);
  for (gint i = 0; i < 2 * pairs; i++) {
    const gint16 red = (gint16) sums[RED][i], green = (gint16) sums[GREEN][i];
    const gint16 blue = (gint16) sums[BLUE][i];
    all[0][i] = weighed (red, green, blue, for_u, 128);
    all[1][i] = weighed (red, green, blue, for_v, 128);
  }
  for (gint i = 0; i < pairs; i++) {
    u[i] = all[0][2 * i];
    v[i] = all[1][2 * i];
  }
}

PT_INLINE void
unpack (GstVideoFormat format, Rows rows, const guint8 * from, gint count)
{
  guint16 *red = rows[RED] + 1, *green = rows[GREEN] + 1, *blue = rows[BLUE] + 1;
  switch (format) {
    case GST_VIDEO_FORMAT_RGB:
      unpack_3 (from, red, green, blue, count);
      break;
    case GST_VIDEO_FORMAT_BGR:
      unpack_3 (from, blue, green, red, count);
      break;
    case GST_VIDEO_FORMAT_RGBA:
    case GST_VIDEO_FORMAT_RGBx:
      unpack_4 ((const PtWord32 *) from, red, green, blue, count);
      break;
    default:
      unpack_4 ((const PtWord32 *) from, blue, green, red, count);
  }
}

/* The neighbours of a block's first and last pixels: at the edges of the picture they are repeated.
 * As in GStreamer, chroma on the left one of the last two pixels does not see the right one, unless
 * there are but two. */
PT_INLINE void
surround (Rows rows, gint x, gint count, gboolean last, gboolean cosited)
{
  const gint end = cosited && x + count > 2 ? (count + 1) / 2 * 2 : count + 1;
  for (gint c = 0; c < COLOURS; c++) {
    if (x == 0)
      rows[c][0] = rows[c][1];
    if (last)
      rows[c][end] = rows[c][end - 1];
  }
}

/* ---- the picture ---- */

typedef struct
{
  GstVideoFormat from, to;
  gint step;                    /* bytes of a pixel of `from` */
  gboolean cosited;
  Matrix matrix;
} Way;

/* Rows of the input, and what becomes of them. An odd last one is its own neighbour. */
typedef struct
{
  const guint8 *from[ROWS];
  guint8 *luma[ROWS], *u, *v;
} Band;

PT_INLINE void
store_chroma (const Way * way, const Band * band, gint at, const guint8 * restrict u,
    const guint8 * restrict v, gint pairs)
{
  if (way->to == GST_VIDEO_FORMAT_NV12) {
    pt_chroma_join (band->u + 2 * at, u, v, pairs);
  } else {
    memcpy (band->u + at, u, pairs);
    memcpy (band->v + at, v, pairs);
  }
}

PT_INLINE void
convert_block (const Way * way, const Band * band, Rows rows[ROWS], gint x, gint count, gint width)
{
  guint8 u[BLOCK / 2], v[BLOCK / 2];
  const gint pairs = (count + 1) / 2;
  for (gint row = 0; row < ROWS; row++) {
    for (gint c = 0; c < COLOURS; c++)
      rows[row][c][0] = rows[row][c][BLOCK];
    unpack (way->from, rows[row], band->from[row] + x * way->step, count);
    to_luma (band->luma[row] + x, rows[row], count, &way->matrix);
    surround (rows[row], x, count, x + count == width, way->cosited);
  }
  to_chroma (u, v, rows[0], rows[1], pairs, way->cosited, &way->matrix);
  store_chroma (way, band, x / 2, u, v, pairs);
}

static PT_CLONES void
convert_band (const Way * way, const Band * band, gint width)
{
  Rows rows[ROWS];
  for (gint x = 0; x < width; x += BLOCK)
    convert_block (way, band, rows, x, MIN (BLOCK, width - x), width);
}

void
pt_rgb_yuv_convert (const GstVideoFrame * from, GstVideoFrame * to)
{
  Way way = {.from = GST_VIDEO_FRAME_FORMAT (from),.to = GST_VIDEO_FRAME_FORMAT (to),
    .step = GST_VIDEO_FRAME_COMP_PSTRIDE (from, 0),
    .cosited = to->info.chroma_site == GST_VIDEO_CHROMA_SITE_H_COSITED
  };
  const gint height = GST_VIDEO_FRAME_HEIGHT (to);
  if (!matrix_of (&to->info.colorimetry, &way.matrix))
    return;
  for (gint y = 0; y < height; y += ROWS) {
    const gint next = MIN (y + 1, height - 1);
    const guint8 *pixels = GST_VIDEO_FRAME_PLANE_DATA (from, 0);
    const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (from, 0);
    const Band band = {
      .from = {pixels + y * stride, pixels + next * stride},
      .luma = {pt_component_row (to, GST_VIDEO_COMP_Y, y),
          pt_component_row (to, GST_VIDEO_COMP_Y, next)},
      .u = pt_component_row (to, GST_VIDEO_COMP_U, y / 2),
      .v = pt_component_row (to, GST_VIDEO_COMP_V, y / 2),
    };
    convert_band (&way, &band, GST_VIDEO_FRAME_WIDTH (to));
  }
}
