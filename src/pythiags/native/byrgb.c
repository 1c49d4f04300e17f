/* YUV to RGB and back: see byrgb.h. The loops are plain so that compilers vectorise them. */
#include "byrgb.h"

#include <math.h>
#include <string.h>

#include "colours.h"
#include "loops.h"
#include "semiplanar.h"

#define BLOCK 512               /* pixels at a time, so that what lies between stays in the cache */
#define PAIRS (BLOCK / 2)

/* All is done in 16 bits. Colours are scaled by 2^6, and lie above LEAST, so that none is negative; what
 * is made of them is scaled by 2^7. The upper half of a product lacks half a step, on average: in one
 * of a hundred pixels a sum is 1 off. */
#define STEPS 6
#define LEAST (320 << STEPS)

typedef struct
{
  gint16 luma, red_v, green_u, green_v, blue_u; /* to RGB: by 2^14 (luma's by 2^15), and less 1 but for green */
  gint16 y[3], u[3], v[3];      /* from RGB: by 2^15 */
  gint16 black;                 /* luma of black */
  gint16 half_y, half_u, half_v;        /* of a gray of 128, by 2^7 */
} Matrix;

/* Colours of pixels: what chroma adds to them, or 256 times what they are above 128. */
typedef struct
{
  guint16 red[BLOCK], green[BLOCK], blue[BLOCK];
} Tints;

typedef struct
{
  gint16 red[BLOCK], green[BLOCK], blue[BLOCK];
} Colours;

static gint16
fixed (double weight, guint bits)
{
  return (gint16) floor (weight * (1 << bits) + 0.5);
}

static gboolean
matrix_of (const GstVideoColorimetry * colours, Matrix * m)
{
  double kr, kb;
  if (!gst_video_color_matrix_get_Kr_Kb (colours->matrix, &kr, &kb))
    return FALSE;
  const gboolean full = pt_is_full_range (colours);
  const double kg = 1 - kr - kb, luma = full ? 1 : 219.0 / 255, chroma = full ? 1 : 224.0 / 255;
  const double u = chroma / (2 * (1 - kb)), v = chroma / (2 * (1 - kr)), black = full ? 0 : 16;
  *m = (Matrix) {
    .luma = fixed (1 / luma - 1, 15),.red_v = fixed (1 / v - 1, 14),
    .green_u = fixed (-kb / kg / u, 14),.green_v = fixed (-kr / kg / v, 14),
    .blue_u = fixed (1 / u - 1, 14),
    .y = {fixed (kr * luma, 15), fixed (kg * luma, 15), fixed (kb * luma, 15)},
    .u = {fixed (-kr * u, 15), fixed (-kg * u, 15), fixed ((1 - kb) * u, 15)},
    .v = {fixed ((1 - kr) * v, 15), fixed (-kg * v, 15), fixed (-kb * v, 15)},
    .black = (gint16) black,
    .half_y = fixed (black + 128 * luma, 7) + 1,.half_u = fixed (128, 7) + 3,
    .half_v = fixed (128, 7) + 3,       /* no less than three products lack: gray stays gray */
  };
  return TRUE;
}

static gboolean
is_known (GstVideoFormat format)
{
  return format == GST_VIDEO_FORMAT_NV12 || format == GST_VIDEO_FORMAT_I420;
}

gboolean
pt_by_rgb_possible (const GstVideoInfo * from, const GstVideoInfo * to)
{
  Matrix matrix;
  return is_known (GST_VIDEO_INFO_FORMAT (from)) && is_known (GST_VIDEO_INFO_FORMAT (to))
      && pt_same_colours (from, to) && matrix_of (&from->colorimetry, &matrix);
}

/* ---- a block ---- */

PT_INLINE gint16
scaled (gint16 value, gint16 factor)
{
  return (gint16) (((gint32) value * factor) >> 16);
}

/* Of 256 times a value: 2^6 times it, by a factor of which 1 is taken off. */
PT_INLINE gint16
stretched (gint16 value, gint16 factor)
{
  return (gint16) ((gint16) (value >> (8 - STEPS)) + scaled (value, factor));
}

/* 256 times what chroma is above 128. */
PT_INLINE gint16
centred (guint8 chroma)
{
  const guint16 high = (guint16) (chroma << 8);
  return (gint16) (high ^ 0x8000);
}

/* Each for two pixels side by side. */
PT_INLINE void
to_tints (Tints * restrict tints, const guint8 * restrict u, const guint8 * restrict v, gint pairs,
    const Matrix m)
{
  for (gint i = 0; i < pairs; i++) {
    const gint16 from_u = centred (u[i]), from_v = centred (v[i]);
    const guint16 red = (guint16) (stretched (from_v, m.red_v) + LEAST + 1);
    const guint16 green =
        (guint16) (scaled (from_u, m.green_u) + scaled (from_v, m.green_v) + LEAST + 1);
    const guint16 blue = (guint16) (stretched (from_u, m.blue_u) + LEAST + 1);
    tints->red[2 * i] = tints->red[2 * i + 1] = red;
    tints->green[2 * i] = tints->green[2 * i + 1] = green;
    tints->blue[2 * i] = tints->blue[2 * i + 1] = blue;
  }
}

/* Without its fraction, and what RGB has no room for. */
PT_INLINE gint16
cut (guint16 colour)
{
  const guint16 least = LEAST, most = LEAST + (255 << STEPS);
  const guint16 high = colour > least ? colour : least, low = high < most ? high : most;
  const guint16 bits = (guint16) ((guint16) (low - least) << (8 - STEPS));
  return (gint16) ((guint16) (bits & 0xff00) ^ 0x8000);
}

PT_INLINE guint8
weighed (gint16 red, gint16 green, gint16 blue, const gint16 weights[3], gint16 half)
{
  const gint16 sum = (gint16) (scaled (red, weights[0]) + scaled (green, weights[1])
      + scaled (blue, weights[2]));
  return (guint8) ((gint16) (sum + half) >> 7);
}

PT_INLINE void
to_colours (Colours * restrict colours, const guint8 * restrict luma, const Tints * restrict tints,
    gint count, const Matrix m)
{
  for (gint i = 0; i < count; i++) {
    const gint16 above = (gint16) (luma[i] - m.black);
    const guint16 gray = (guint16) ((gint16) (above * (1 << STEPS))
        + scaled ((gint16) (above * 128), m.luma));
    colours->red[i] = cut ((guint16) (gray + tints->red[i]));
    colours->green[i] = cut ((guint16) (gray + tints->green[i]));
    colours->blue[i] = cut ((guint16) (gray + tints->blue[i]));
  }
}

PT_INLINE void
to_luma (guint8 * restrict luma, const Colours * restrict colours, gint count, const Matrix m)
{
  for (gint i = 0; i < count; i++)
    luma[i] = weighed (colours->red[i], colours->green[i], colours->blue[i], m.y, m.half_y);
}

/* Every other one. */
PT_INLINE void
left_ones (gint16 * restrict to, const gint16 * restrict from, gint pairs)
{
  for (gint i = 0; i < pairs; i++)
    to[i] = from[2 * i];
}

PT_INLINE void
to_chroma (guint8 * restrict u, guint8 * restrict v, const Colours * restrict colours, gint pairs,
    const Matrix m)
{
  gint16 red[PAIRS], green[PAIRS], blue[PAIRS];
  left_ones (red, colours->red, pairs);
  left_ones (green, colours->green, pairs);
  left_ones (blue, colours->blue, pairs);
  for (gint i = 0; i < pairs; i++) {
    u[i] = weighed (red[i], green[i], blue[i], m.u, m.half_u);
    v[i] = weighed (red[i], green[i], blue[i], m.v, m.half_v);
  }
}

/* ---- two rows ---- */

#define ROWS 2                  /* that share chroma */

/* Rows of a picture. An odd last one is its own neighbour. */
typedef struct
{
  guint8 *luma[ROWS], *u, *v;
  gboolean joined;              /* u and v in turns */
} Band;

static Band
band_of (const GstVideoFrame * frame, gint y)
{
  return (Band) {
    .luma = {pt_component_row (frame, GST_VIDEO_COMP_Y, y),
        pt_component_row (frame, GST_VIDEO_COMP_Y, MIN (y + 1, GST_VIDEO_FRAME_HEIGHT (frame) - 1))},
    .u = pt_component_row (frame, GST_VIDEO_COMP_U, y / ROWS),
    .v = pt_component_row (frame, GST_VIDEO_COMP_V, y / ROWS),
    .joined = GST_VIDEO_FRAME_FORMAT (frame) == GST_VIDEO_FORMAT_NV12,
  };
}

PT_INLINE void
load_chroma (const Band * band, gint at, guint8 * restrict u, guint8 * restrict v, gint pairs)
{
  if (band->joined) {
    pt_chroma_split (u, v, band->u + 2 * at, pairs);
  } else {
    memcpy (u, band->u + at, pairs);
    memcpy (v, band->v + at, pairs);
  }
}

PT_INLINE void
store_chroma (const Band * band, gint at, const guint8 * restrict u, const guint8 * restrict v,
    gint pairs)
{
  if (band->joined) {
    pt_chroma_join (band->u + 2 * at, u, v, pairs);
  } else {
    memcpy (band->u + at, u, pairs);
    memcpy (band->v + at, v, pairs);
  }
}

/* The pictures may be the same: what is written was read before. */
static PT_CLONES void
convert_band (const Band * from, const Band * to, gint width, gint rows, const Matrix * matrix)
{
  const Matrix m = *matrix;
  guint8 u[PAIRS], v[PAIRS];
  Tints tints;
  Colours colours;
  for (gint x = 0; x < width; x += BLOCK) {
    const gint count = MIN (BLOCK, width - x), pairs = (count + 1) / 2;
    load_chroma (from, x / 2, u, v, pairs);
    to_tints (&tints, u, v, pairs, m);
    for (gint row = 0; row < rows; row++) {
      to_colours (&colours, from->luma[row] + x, &tints, count, m);
      if (row == 0)
        to_chroma (u, v, &colours, pairs, m);
      to_luma (to->luma[row] + x, &colours, count, m);
    }
    store_chroma (to, x / 2, u, v, pairs);
  }
}

void
pt_by_rgb (const GstVideoFrame * from, GstVideoFrame * to)
{
  const gint width = GST_VIDEO_FRAME_WIDTH (to), height = GST_VIDEO_FRAME_HEIGHT (to);
  Matrix matrix;
  if (!matrix_of (&from->info.colorimetry, &matrix))
    return;
  for (gint y = 0; y < height; y += ROWS) {
    const Band before = band_of (from, y), after = band_of (to, y);
    convert_band (&before, &after, width, MIN (ROWS, height - y), &matrix);
  }
}
