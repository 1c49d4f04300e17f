/* What GStreamer's own elements attach to plain buffers, as a batch of its own. */
#pragma once
#include <gst/gst.h>

#include "model.h"

G_BEGIN_DECLS

/* GstAnalytics, else regions of interest, and tensors with either or alone. `caps` (may be NULL) have
 * the size of a picture without a GstVideoMeta. NULL: there is none of it. */
PtBatch *pt_plain_read (GstBuffer * buffer, const GstCaps * caps);

/* A batch of one frame without objects, for a buffer of the same stream. */
PtBatch *pt_plain_empty (GstBuffer * buffer, const GstCaps * caps);

/* Sets the time and the size of a frame that is a whole buffer. */
void pt_plain_describe (PtFrame * frame, GstBuffer * buffer, const GstCaps * caps);

G_END_DECLS
