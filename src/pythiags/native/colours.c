/* What the samples of YUV pictures mean: see colours.h. */
#include "colours.h"

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
      && a->colorimetry.range == b->colorimetry.range;
}

void
pt_inherit_colours (GstVideoInfo * to, const GstVideoInfo * from)
{
  if (!GST_VIDEO_INFO_IS_YUV (from) || !GST_VIDEO_INFO_IS_YUV (to))
    return;
  to->colorimetry = from->colorimetry;
  to->chroma_site = from->chroma_site;
}
