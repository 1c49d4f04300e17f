/* I420 to NV12 and back: see semiplanar.h. */
#include "semiplanar.h"

#include <string.h>

#include "colours.h"
#include "loops.h"

gboolean
pt_semiplanar_possible (const GstVideoInfo * from, const GstVideoInfo * to)
{
  const GstVideoFormat before = GST_VIDEO_INFO_FORMAT (from), after = GST_VIDEO_INFO_FORMAT (to);
  return ((before == GST_VIDEO_FORMAT_I420 && after == GST_VIDEO_FORMAT_NV12)
      || (before == GST_VIDEO_FORMAT_NV12 && after == GST_VIDEO_FORMAT_I420))
      && pt_same_colours (from, to);
}

static void
copy_luma (const GstVideoFrame * from, GstVideoFrame * to)
{
  const guint8 *source = GST_VIDEO_FRAME_PLANE_DATA (from, 0);
  guint8 *target = GST_VIDEO_FRAME_PLANE_DATA (to, 0);
  const gint height = GST_VIDEO_FRAME_HEIGHT (to);
  const gsize width = GST_VIDEO_FRAME_WIDTH (to);
  for (gint y = 0; y < height; y++) {
    memcpy (target, source, width);
    source += GST_VIDEO_FRAME_PLANE_STRIDE (from, 0);
    target += GST_VIDEO_FRAME_PLANE_STRIDE (to, 0);
  }
}

PT_CLONES void
pt_chroma_join (guint8 * restrict uv, const guint8 * restrict u, const guint8 * restrict v,
    gint count)
{
  for (gint i = 0; i < count; i++) {
    uv[2 * i] = u[i];
    uv[2 * i + 1] = v[i];
  }
}

PT_CLONES void
pt_chroma_split (guint8 * restrict u, guint8 * restrict v, const guint8 * restrict uv,
    gint count)
{
  for (gint i = 0; i < count; i++) {
    u[i] = uv[2 * i];
    v[i] = uv[2 * i + 1];
  }
}

void
pt_semiplanar_convert (const GstVideoFrame * from, GstVideoFrame * to)
{
  const gboolean joins = GST_VIDEO_FRAME_FORMAT (to) == GST_VIDEO_FORMAT_NV12;
  const gint width = (GST_VIDEO_FRAME_WIDTH (to) + 1) / 2;
  const gint height = (GST_VIDEO_FRAME_HEIGHT (to) + 1) / 2;
  copy_luma (from, to);
  for (gint y = 0; y < height; y++) {
    guint8 *from_u = pt_component_row (from, GST_VIDEO_COMP_U, y);
    guint8 *to_u = pt_component_row (to, GST_VIDEO_COMP_U, y);
    if (joins)
      pt_chroma_join (to_u, from_u, pt_component_row (from, GST_VIDEO_COMP_V, y), width);
    else
      pt_chroma_split (to_u, pt_component_row (to, GST_VIDEO_COMP_V, y), from_u, width);
  }
}
