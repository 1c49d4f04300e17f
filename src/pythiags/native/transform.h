/* Metadata follows the pixels: all that has a place in a picture, moved along with it. */
#pragma once
#include <gst/video/video.h>

#include "affine.h"
#include "model.h"

G_BEGIN_DECLS

/* Boxes, masks, texts and drawings of the frame. Text is neither mirrored nor turned: it keeps its
 * place beside its box. */
void pt_frame_transform (PtFrame * frame, const PtAffine * affine);

/* Adds copies of all that `source` holds, moved, to a frame of another batch. */
void pt_frame_add_transformed (PtFrame * target, const PtFrame * source, const PtAffine * affine);

/* Adds a copy of the region to the buffer of another picture, moved, and cut where it leaves that
 * picture. A region that lies outside is not added. */
void pt_region_add_transformed (GstBuffer * target, const GstVideoInfo * info,
    const GstVideoRegionOfInterestMeta * region, const PtAffine * affine);

G_END_DECLS
