/* Mirrored and rotated pictures, and the metadata that goes with them. */
#pragma once
#include <gst/video/video.h>

#include "model.h"
#include "convert.h"

G_BEGIN_DECLS

typedef enum                    /* DeepStream's numbers */
{
  PT_FLIP_NONE,
  PT_FLIP_COUNTERCLOCKWISE,
  PT_FLIP_ROTATE_180,
  PT_FLIP_CLOCKWISE,
  PT_FLIP_HORIZONTAL,
  PT_FLIP_UPPER_RIGHT_DIAGONAL,
  PT_FLIP_VERTICAL,
  PT_FLIP_UPPER_LEFT_DIAGONAL,
} PtFlip;

/* Width and height change places. */
gboolean pt_flip_turns (PtFlip flip);

/* Packed YUV shares chroma between neighbours, and 4:2:2 cannot be turned. */
gboolean pt_flip_possible (PtFlip flip, const GstVideoFormatInfo * format);

/* All of `from` into an area of `to`, which has the same format. */
void pt_flip_picture (PtFlip flip, const GstVideoFrame * from, GstVideoFrame * to,
    const PtArea * area);

/* Boxes and drawings of a frame whose picture of `width` and `height` is flipped. Text is not
 * mirrored: it keeps its place beside its box. */
void pt_flip_frame (PtFlip flip, PtFrame * frame, guint width, guint height);

G_END_DECLS
