/* Pictures of another size, with the samples that NVIDIA's converter takes on a GPU.
 *
 * Its kernels read the source as a CUDA texture, at the place of an output's left upper corner and not of
 * its centre: output i of n lies at i * inputs / n. The nearest sample is the one below that place; for
 * bilinear scaling, in which samples lie at halves, the four around it have weights of 8 bits, and the
 * fraction of the sum is cut off. As many samples are read whatever the scale. Chroma is read once for
 * the pixels that share it. Measured on an H100 with driver 580.159.04 and NvBufSurfTransform of
 * DeepStream 9.0.2: pictures of this file are the same byte for byte. See also byrgb.h.
 */
#pragma once
#include "area.h"

G_BEGIN_DECLS

/* Formats whose pixels are bytes. */
gboolean pt_sample_possible (GstVideoFormat format);

/* An area of `from` as all of `to`, of the same format. Samples beside the area may be read. */
void pt_sample (const GstVideoFrame * from, const PtArea * area, GstVideoFrame * to,
    gboolean bilinear);

G_END_DECLS
