/* What the samples of YUV pictures mean: see colours.h. */
#include "colours.h"

gboolean
pt_is_full_range (const GstVideoColorimetry * colours)
{
  return colours->range != GST_VIDEO_COLOR_RANGE_16_235;
}

gboolean
pt_same_chroma_site (const GstVideoInfo * a, const GstVideoInfo * b)
{
  return a->chroma_site == GST_VIDEO_CHROMA_SITE_UNKNOWN
      || b->chroma_site == GST_VIDEO_CHROMA_SITE_UNKNOWN || a->chroma_site == b->chroma_site;
}

gboolean
pt_same_colours (const GstVideoInfo * a, const GstVideoInfo * b)
{
  return pt_same_chroma_site (a, b) && a->colorimetry.matrix == b->colorimetry.matrix
      && pt_is_full_range (&a->colorimetry) == pt_is_full_range (&b->colorimetry);
}

void
pt_inherit_colours (GstVideoInfo * to, const GstVideoInfo * from)
{
  if (!GST_VIDEO_INFO_IS_YUV (from) || !GST_VIDEO_INFO_IS_YUV (to))
    return;
  to->colorimetry = from->colorimetry;
  to->chroma_site = from->chroma_site;
}
