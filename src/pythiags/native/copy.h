/* Deep copies of metadata. */
#pragma once
#include "model.h"

G_BEGIN_DECLS

PtBatch *pt_batch_copy (const PtBatch * batch);

/* Copies a frame with all its contents into another batch: what nvstreamdemux and the tiler need. */
PtFrame *pt_frame_copy_into (const PtFrame * frame, PtBatch * target);

/* Adds copies of a frame's contents, but not of its fields, to a frame of another batch. */
void pt_frame_copy_contents (const PtFrame * source, PtFrame * target);

G_END_DECLS
