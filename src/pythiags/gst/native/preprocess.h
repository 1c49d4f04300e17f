/* From a picture in any format to the planar float tensor of a network. */
#pragma once
#include "infer.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Where the picture lies in the tensor: tensor = picture * scale + offset, in pixels. */
typedef struct { float scale_x, scale_y, offset_x, offset_y; } PtPlacement;

typedef struct _PtPreprocess PtPreprocess;

PtPreprocess *pt_preprocess_new (const PtTensorSpec * spec);
void pt_preprocess_free (PtPreprocess * preprocess);

/* Writes channels * height * width floats. FALSE: no conversion from this format. */
gboolean pt_preprocess_run (PtPreprocess * preprocess, GstVideoFrame * picture, float *tensor,
    PtPlacement * placement);

G_END_DECLS
