/* What a conversion does to a picture, and what that means for its metadata. */
#pragma once
#include "convert.h"
#include "flip.h"
#include "model.h"

G_BEGIN_DECLS

typedef struct
{
  PtArea from, to;              /* of the input and of the output */
  PtFlip flip;                  /* comes after the scaling */
  PtInterpolation method;
} PtPlan;

/* The output's area before it is flipped, at 0, 0. */
PtArea pt_plan_unflipped (const PtPlan * plan);

/* The whole of a picture becomes the whole of another. */
PtPlan pt_plan_whole (const GstVideoInfo * in, const GstVideoInfo * out);

/* Moves all that a frame places in its picture along with the pixels; `out` is the picture that it becomes. */
void pt_plan_move_boxes (const PtPlan * plan, PtFrame * frame, const GstVideoInfo * out);

/* Flags, times and metas, but for those that describe the memory. Regions of interest are moved. */
void pt_plan_copy_metadata (const PtPlan * plan, GstBuffer * from, const GstVideoInfo * in,
    GstBuffer * to, const GstVideoInfo * out);

G_END_DECLS
