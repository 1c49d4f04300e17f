/* See crop.h. */
#include "crop.h"

#include <math.h>

/* A side in whole pixels from 0 to `limit`, whatever the number. */
static gint
pixels (float side, gint limit)
{
  return side >= limit ? limit : side > 0 ? (gint) side : 0;    /* NaN is 0 */
}

gboolean
pt_crop_of (const PtRect * rect, gint width, gint height, GstVideoRectangle * crop)
{
  crop->x = GST_ROUND_UP_2 (pixels (rect->left, width));
  crop->y = GST_ROUND_UP_2 (pixels (rect->top, height));
  crop->w = GST_ROUND_DOWN_2 (MIN (pixels (rect->width, width), width - crop->x));
  crop->h = GST_ROUND_DOWN_2 (MIN (pixels (rect->height, height), height - crop->y));
  return crop->w > 0 && crop->h > 0;
}

GstVideoFrame
pt_crop_frame (const GstVideoFrame * frame, const GstVideoRectangle * crop)
{
  GstVideoFrame part = *frame;
  const GstVideoFormatInfo *format = frame->info.finfo;
  gboolean moved[GST_VIDEO_MAX_PLANES] = { FALSE };
  for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS (frame); c++) {
    const gint plane = GST_VIDEO_FRAME_COMP_PLANE (frame, c);
    const gsize x = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (format, c, crop->x);
    const gsize y = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (format, c, crop->y);
    if (moved[plane])
      continue;
    moved[plane] = TRUE;
    part.data[plane] = (guint8 *) frame->data[plane]
        + y * GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane)
        + x * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, c);
  }
  part.info.width = crop->w;
  part.info.height = crop->h;
  return part;
}
