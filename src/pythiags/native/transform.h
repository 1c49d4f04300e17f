/* Metadata for a picture of another size or place. */
#pragma once
#include "model.h"

G_BEGIN_DECLS

/* Boxes, texts and drawings of the frame from one picture size to another: x' = x * sx + dx. */
void pt_frame_transform (PtFrame * frame, double sx, double sy, double dx, double dy);

G_END_DECLS
