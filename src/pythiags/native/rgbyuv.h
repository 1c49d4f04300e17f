/* Packed RGB to NV12 and I420 of the same size, several times faster than GstVideoConverter. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Whether this file knows the two formats, the colorimetries and the chroma site. */
gboolean pt_rgb_yuv_possible (const GstVideoInfo * from, const GstVideoInfo * to);

/* Whole pictures of one size. Chroma is averaged as its site demands; errors are below 1 of 255. */
void pt_rgb_yuv_convert (const GstVideoFrame * from, GstVideoFrame * to);

G_END_DECLS
