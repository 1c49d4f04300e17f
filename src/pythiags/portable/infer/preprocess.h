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

typedef struct _PtPreprocess PtPreprocess;

PtPreprocess *pt_preprocess_new (const PtTensorSpec * spec);
void pt_preprocess_free (PtPreprocess * preprocess);

/* Writes channels * height * width floats. */
void pt_preprocess_run (PtPreprocess * preprocess, const GstVideoFrame * picture, float *tensor,
    PtPlacement * placement);

G_END_DECLS
