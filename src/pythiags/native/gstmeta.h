/* The GstMeta that attaches a batch of portable metadata to a buffer.
 *
 * Whoever changes a batch must own its buffer (gst_buffer_is_writable), as with every GstMeta: a
 * copy of the buffer gets a deep copy of the batch.
 */
#pragma once
#include <gst/gst.h>

#include "model.h"

G_BEGIN_DECLS

/* Takes over the caller's reference. A buffer has at most one batch: this replaces a former one. */
void pt_buffer_add_batch (GstBuffer * buffer, PtBatch * batch);

PtBatch *pt_buffer_get_batch (GstBuffer * buffer);      /* borrowed; NULL: none */

void pt_buffer_remove_batch (GstBuffer * buffer);       /* if it has one */

G_END_DECLS
