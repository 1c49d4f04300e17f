/* NV12 and I420 to packed RGB: see yuvrgb.h. The loops are plain so that compilers vectorise them. */
#include "yuvrgb.h"

#include "colours.h"
#include "loops.h"

#define BLOCK 512               /* pixels at a time, so that what lies between stays in the cache */

typedef struct
{
  /* Luma is scaled by 2^7 and multiplied by a factor of 2^13, chroma by 2^8 and 2^12; the upper half
   * of the 32-bit products is the value times 16, which fits 16 bits. */
  gint16 y, rv, gu, gv, bu;
  gint16 black;                 /* luma of black */
} Matrix;

typedef struct
{
  guint8 u[BLOCK], v[BLOCK], r[BLOCK], g[BLOCK], b[BLOCK];
} Rows;

static gboolean
matrix_of (const GstVideoColorimetry * colours, Matrix * matrix)
{
  double kr, kb;
  if (!gst_video_color_matrix_get_Kr_Kb (colours->matrix, &kr, &kb))
    return FALSE;
  gboolean full = pt_is_full_range (colours);
  double luma = full ? 1.0 : 255.0 / 219.0, chroma = full ? 1.0 : 255.0 / 224.0;
  double kg = 1 - kr - kb;
  *matrix = (Matrix) {
    .y = (gint16) (luma * 8192 + 0.5),
    .rv = (gint16) (2 * (1 - kr) * chroma * 4096 + 0.5),
    .gu = (gint16) (2 * (1 - kb) * kb / kg * chroma * 4096 + 0.5),
    .gv = (gint16) (2 * (1 - kr) * kr / kg * chroma * 4096 + 0.5),
    .bu = (gint16) (2 * (1 - kb) * chroma * 4096 + 0.5),
    .black = full ? 0 : 16,
  };
  return TRUE;
}

static gboolean
is_source (GstVideoFormat format)
{
  return format == GST_VIDEO_FORMAT_NV12 || format == GST_VIDEO_FORMAT_I420;
}

static gboolean
is_target (GstVideoFormat format)
{
  return format == GST_VIDEO_FORMAT_RGB || format == GST_VIDEO_FORMAT_BGR
      || format == GST_VIDEO_FORMAT_RGBA || format == GST_VIDEO_FORMAT_BGRA
      || format == GST_VIDEO_FORMAT_RGBx || format == GST_VIDEO_FORMAT_BGRx;
}

gboolean
pt_yuv_rgb_possible (const GstVideoInfo * from, const GstVideoInfo * to)
{
  Matrix matrix;
  return is_source (GST_VIDEO_INFO_FORMAT (from)) && is_target (GST_VIDEO_INFO_FORMAT (to))
      && to->colorimetry.range != GST_VIDEO_COLOR_RANGE_16_235
      && matrix_of (&from->colorimetry, &matrix);
}

/* ---- a block of a row ---- */

PT_INLINE guint8
clip (gint16 value)
{
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

PT_INLINE gint16
scaled (gint16 value, gint16 factor)
{
  return (gint16) (((gint32) value * factor) >> 16);
}

PT_INLINE void
spread_pairs (guint8 * restrict u, guint8 * restrict v, const guint8 * restrict uv, gint pairs)
{
  for (gint i = 0; i < pairs; i++) {
    u[2 * i] = u[2 * i + 1] = uv[2 * i];
    v[2 * i] = v[2 * i + 1] = uv[2 * i + 1];
  }
}

PT_INLINE void
spread (guint8 * restrict to, const guint8 * restrict from, gint count)
{
  for (gint i = 0; i < count; i++)
    to[2 * i] = to[2 * i + 1] = from[i];
}

PT_INLINE void
to_rgb (Rows * restrict rows, const guint8 * restrict luma, gint count, Matrix m)
{
  for (gint i = 0; i < count; i++) {
    gint16 y = scaled ((gint16) ((luma[i] - m.black) * 128), m.y) + 8;
    gint16 u = (gint16) ((rows->u[i] - 128) * 256), v = (gint16) ((rows->v[i] - 128) * 256);
    rows->r[i] = clip ((gint16) (y + scaled (v, m.rv)) >> 4);
    rows->g[i] = clip ((gint16) (y - scaled (u, m.gu) - scaled (v, m.gv)) >> 4);
    rows->b[i] = clip ((gint16) (y + scaled (u, m.bu)) >> 4);
  }
}

PT_INLINE void
pack_3 (guint8 * restrict to, const guint8 * restrict a, const guint8 * restrict b,
    const guint8 * restrict c, gint count)
{
  for (gint i = 0; i < count; i++) {
    to[3 * i] = a[i];
    to[3 * i + 1] = b[i];
    to[3 * i + 2] = c[i];
  }
}

PT_INLINE void
pack_4 (PtWord32 * restrict to, const guint8 * restrict a, const guint8 * restrict b,
    const guint8 * restrict c, gint count)
{
  for (gint i = 0; i < count; i++) {
    const guint16 low = a[i] | b[i] << 8, high = c[i] | 0xff00;
    to[i] = GUINT32_TO_LE (low | (guint32) high << 16);
  }
}

PT_INLINE void
pack (GstVideoFormat format, guint8 * to, const Rows * rows, gint count)
{
  switch (format) {
    case GST_VIDEO_FORMAT_RGB:
      pack_3 (to, rows->r, rows->g, rows->b, count);
      break;
    case GST_VIDEO_FORMAT_BGR:
      pack_3 (to, rows->b, rows->g, rows->r, count);
      break;
    case GST_VIDEO_FORMAT_RGBA:
    case GST_VIDEO_FORMAT_RGBx:
      pack_4 ((PtWord32 *) to, rows->r, rows->g, rows->b, count);
      break;
    default:
      pack_4 ((PtWord32 *) to, rows->b, rows->g, rows->r, count);
  }
}

/* ---- the picture ---- */

PT_INLINE void
take_chroma (const GstVideoFrame * from, Rows * rows, gint x, gint y, gint count)
{
  gint pairs = (count + 1) / 2;
  const guint8 *u = GST_VIDEO_FRAME_COMP_DATA (from, GST_VIDEO_COMP_U);
  const guint8 *v = GST_VIDEO_FRAME_COMP_DATA (from, GST_VIDEO_COMP_V);
  u += y / 2 * GST_VIDEO_FRAME_COMP_STRIDE (from, GST_VIDEO_COMP_U);
  v += y / 2 * GST_VIDEO_FRAME_COMP_STRIDE (from, GST_VIDEO_COMP_V);
  if (GST_VIDEO_FRAME_FORMAT (from) == GST_VIDEO_FORMAT_NV12) {
    spread_pairs (rows->u, rows->v, u + x, pairs);
    return;
  }
  spread (rows->u, u + x / 2, pairs);
  spread (rows->v, v + x / 2, pairs);
}

PT_CLONES void
pt_yuv_rgb_convert (const GstVideoFrame * from, GstVideoFrame * to)
{
  Matrix matrix;
  Rows rows;
  const gint width = GST_VIDEO_FRAME_WIDTH (to), height = GST_VIDEO_FRAME_HEIGHT (to);
  const gint step = GST_VIDEO_FRAME_COMP_PSTRIDE (to, 0);
  if (!matrix_of (&from->info.colorimetry, &matrix))
    return;
  for (gint y = 0; y < height; y++) {
    const guint8 *luma = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (from, 0)
        + y * GST_VIDEO_FRAME_PLANE_STRIDE (from, 0);
    guint8 *out = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (to, 0)
        + y * GST_VIDEO_FRAME_PLANE_STRIDE (to, 0);
    for (gint x = 0; x < width; x += BLOCK) {
      gint count = MIN (BLOCK, width - x);
      take_chroma (from, &rows, x, y, count);
      to_rgb (&rows, luma + x, count, matrix);
      pack (GST_VIDEO_FRAME_FORMAT (to), out + x * step, &rows, count);
    }
  }
}
