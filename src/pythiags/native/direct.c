/* Which conversions have a loop of their own: see direct.h. */
#include "direct.h"

#include "ranges.h"
#include "rgbyuv.h"
#include "semiplanar.h"
#include "yuvrgb.h"

static const struct
{
  gboolean (*possible) (const GstVideoInfo * from, const GstVideoInfo * to);
  void (*convert) (const GstVideoFrame * from, GstVideoFrame * to);
} ways[] = {
  {pt_yuv_rgb_possible, pt_yuv_rgb_convert},
  {pt_rgb_yuv_possible, pt_rgb_yuv_convert},
  {pt_semiplanar_possible, pt_semiplanar_convert},
  {pt_ranges_possible, pt_ranges_convert},
};

gboolean
pt_direct_possible (const GstVideoInfo * from, const GstVideoInfo * to)
{
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (ways[i].possible (from, to))
      return TRUE;
  return FALSE;
}

void
pt_direct_convert (const GstVideoFrame * from, GstVideoFrame * to)
{
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (ways[i].possible (&from->info, &to->info)) {
      ways[i].convert (from, to);
      return;
    }
}
