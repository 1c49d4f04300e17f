/* Pictures of half the width and height: see halve.h. */
#include "halve.h"

#include "colours.h"
#include "loops.h"

static gboolean
is_known (GstVideoFormat format)
{
  switch (format) {
    case GST_VIDEO_FORMAT_NV12:
    case GST_VIDEO_FORMAT_I420:
    case GST_VIDEO_FORMAT_RGBA:
    case GST_VIDEO_FORMAT_BGRA:
    case GST_VIDEO_FORMAT_RGBx:
    case GST_VIDEO_FORMAT_BGRx:
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
pt_halve_possible (const GstVideoInfo * from, const GstVideoInfo * to)
{
  const gint cell = GST_VIDEO_INFO_IS_YUV (to) ? 2 : 1; /* pixels that share chroma */
  const gint width = GST_VIDEO_INFO_WIDTH (to), height = GST_VIDEO_INFO_HEIGHT (to);
  return is_known (GST_VIDEO_INFO_FORMAT (from))
      && GST_VIDEO_INFO_FORMAT (from) == GST_VIDEO_INFO_FORMAT (to) && pt_same_colours (from, to)
      && GST_VIDEO_INFO_WIDTH (from) == 2 * width && GST_VIDEO_INFO_HEIGHT (from) == 2 * height
      && width % cell == 0 && height % cell == 0;
}

#define PICK(type) \
  for (gint i = 0; i < count; i++) \
    ((type *) to)[i] = ((const type *) from)[2 * i + 1]

PT_CLONES static void
halve_row (guint8 * restrict to, const guint8 * restrict from, gint count, gint step)
{
  switch (step) {
    case 1: PICK (guint8); break;
    case 2: PICK (PtWord16); break;
    default: PICK (PtWord32);
  }
}

void
pt_halve (const GstVideoFrame * from, GstVideoFrame * to)
{
  const GstVideoFormatInfo *format = to->info.finfo;
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (to); plane++) {
    const gint component = plane;       /* the first one of each plane, in the formats known here */
    const gint step = GST_VIDEO_FORMAT_INFO_PSTRIDE (format, component);
    const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (from, plane);
    const guint8 *row = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (from, plane) + stride;
    guint8 *out = GST_VIDEO_FRAME_PLANE_DATA (to, plane);
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (to, component); y++) {
      halve_row (out, row, GST_VIDEO_FRAME_COMP_WIDTH (to, component), step);
      row += 2 * stride;
      out += GST_VIDEO_FRAME_PLANE_STRIDE (to, plane);
    }
  }
}
