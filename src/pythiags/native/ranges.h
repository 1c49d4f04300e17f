/* NV12 and I420 from the limited range to the full one and back, which GStreamer's converter leaves out
 * where the matrix is the same. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* The two formats, in any order, of one matrix and chroma site, but not of one range. */
gboolean pt_ranges_possible (const GstVideoInfo * from, const GstVideoInfo * to);

void pt_ranges_convert (const GstVideoFrame * from, GstVideoFrame * to);

G_END_DECLS
