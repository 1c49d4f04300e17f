/* Mirrored and rotated pictures. */
#pragma once
#include <gst/video/video.h>

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

/* Each is an optional change of axes, then mirrors. */
typedef struct
{
  gboolean swap, mirror_x, mirror_y;
} PtFlipWay;

PtFlipWay pt_flip_way (PtFlip flip);

/* Width and height change places. */
gboolean pt_flip_turns (PtFlip flip);

/* Packed YUV shares chroma between neighbours, and 4:2:2 cannot be turned. */
gboolean pt_flip_possible (PtFlip flip, const GstVideoFormatInfo * format);

/* All of `from` into an area of `to`, which has the same format. */
void pt_flip_picture (PtFlip flip, const GstVideoFrame * from, GstVideoFrame * to,
    const PtArea * area);

G_END_DECLS
