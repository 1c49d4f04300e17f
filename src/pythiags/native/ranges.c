/* The limited range of YUV and the full one: see ranges.h. */
#include "ranges.h"

#include "colours.h"
#include "loops.h"
#include "semiplanar.h"

#define ONE (1 << 14)           /* what factors are scaled by */

static gboolean
is_known (GstVideoFormat format)
{
  return format == GST_VIDEO_FORMAT_NV12 || format == GST_VIDEO_FORMAT_I420;
}

gboolean
pt_ranges_possible (const GstVideoInfo * from, const GstVideoInfo * to)
{
  return is_known (GST_VIDEO_INFO_FORMAT (from)) && is_known (GST_VIDEO_INFO_FORMAT (to))
      && pt_same_chroma_site (from, to) && from->colorimetry.matrix == to->colorimetry.matrix
      && pt_is_full_range (&from->colorimetry) != pt_is_full_range (&to->colorimetry);
}

PT_CLONES static void
stretch (guint8 * row, gint count, gint before, gint factor, gint after)
{
  for (gint i = 0; i < count; i++) {
    const gint value = (((row[i] - before) * factor + ONE / 2) >> 14) + after;
    row[i] = (guint8) CLAMP (value, 0, 255);
  }
}

/* Luma from 16..235 or to it, chroma from 16..240 or to it. */
static void
stretch_plane (GstVideoFrame * frame, guint plane, gboolean fills)
{
  const gint component = plane; /* the first one of each plane, in the formats known here */
  const gint steps = plane ? 224 : 219, black = plane ? 128 : 16;
  const gint factor = fills ? (ONE * 255 + steps / 2) / steps : (ONE * steps + 127) / 255;
  const gint before = plane || fills ? black : 0, after = plane || !fills ? black : 0;
  const gint bytes = GST_VIDEO_FRAME_COMP_WIDTH (frame, component)
      * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, component);
  for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (frame, component); y++)
    stretch (pt_component_row (frame, component, y), bytes, before, factor, after);
}

void
pt_ranges_convert (const GstVideoFrame * from, GstVideoFrame * to)
{
  if (GST_VIDEO_FRAME_FORMAT (from) == GST_VIDEO_FRAME_FORMAT (to))
    gst_video_frame_copy (to, from);
  else
    pt_semiplanar_convert (from, to);
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (to); plane++)
    stretch_plane (to, plane, pt_is_full_range (&to->info.colorimetry));
}
