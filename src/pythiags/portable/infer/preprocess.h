/* From a picture to the planar float tensor of a network. */
#pragma once
#include "engine.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

/* The formats that are read: all whose samples are bytes. */
#define PT_TENSOR_FORMATS "{ NV12, RGBA, I420, RGB, BGR, BGRA, RGBx, BGRx, xRGB, xBGR, ARGB, ABGR, " \
  "YV12, NV21, YUY2, UYVY, YVYU, Y42B, Y444, AYUV, NV16, NV24, GRAY8, RGBP, BGRP, GBR }"

/* Where the picture lies in the tensor: tensor = picture * scale + offset, in pixels. */
typedef struct { float scale_x, scale_y, offset_x, offset_y; } PtPlacement;

/* Of a picture of this size: whole pixels, rounded down, as nvinfer does. */
GstVideoRectangle pt_preprocess_place (const PtTensorSpec * spec, guint width, guint height);

/* What a picture that lies at such a place has. */
PtPlacement pt_preprocess_placement (GstVideoRectangle at, guint width, guint height);

/* Red, green and blue, 0 to 255 each, of the format's components: rgb = matrix * components + bias. */
void pt_preprocess_colors (const GstVideoInfo * info, float matrix[3][3], float bias[3]);

typedef struct _PtPreprocess PtPreprocess;

PtPreprocess *pt_preprocess_new (const PtTensorSpec * spec);
void pt_preprocess_free (PtPreprocess * preprocess);

/* Writes channels * height * width floats. */
void pt_preprocess_run (PtPreprocess * preprocess, const GstVideoFrame * picture, float *tensor,
    PtPlacement * placement);

G_END_DECLS
