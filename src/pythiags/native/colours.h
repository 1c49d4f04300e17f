/* What the samples of YUV pictures mean: matrix, range and where chroma lies. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* The same pixels stand for the same colours: matrix, range and chroma site, where an unknown site is
 * any. Primaries and transfer functions are not converted. */
gboolean pt_same_colours (const GstVideoInfo * a, const GstVideoInfo * b);

/* Black is 0 and white the largest number; GStreamer takes an unknown range for that, too. */
gboolean pt_is_full_range (const GstVideoColorimetry * colours);

gboolean pt_same_chroma_site (const GstVideoInfo * a, const GstVideoInfo * b);

/* From YUV to YUV: the colours and the chroma site of `from`, so that no pixel has to change. */
void pt_inherit_colours (GstVideoInfo * to, const GstVideoInfo * from);

G_END_DECLS
