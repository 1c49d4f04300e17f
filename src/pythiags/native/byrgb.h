/* YUV pictures as NVIDIA's converter leaves them where it scales: by way of RGB.
 *
 * Scaled from NV12 to NV12, each pixel becomes RGB with 8 bits, and YUV again: fractions are cut off twice,
 * and what RGB has no room for, such as luma above 235 in the limited range, is gone. Chroma is that of
 * the left upper one of the pixels that share it. Measured as said in sample.h; chroma of grays, which
 * is 127 or 128 there by chance of arithmetic, is 128 here.
 */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* NV12 and I420, of the same colours, of which matrix and range are known. */
gboolean pt_by_rgb_possible (const GstVideoInfo * from, const GstVideoInfo * to);

/* Whole pictures of one size, which may be the same one. */
void pt_by_rgb (const GstVideoFrame * from, GstVideoFrame * to);

G_END_DECLS
