/* A probe that gives every buffer the objects of one: a detector that always finds the same, at next
 * to no cost and without the GIL. For tests and benchmarks of what reads objects.
 */
#pragma once
#include "meta.h"

G_BEGIN_DECLS

/* Each frame of a buffer gets copies of what the first frame of `scene` bears; a buffer without a
 * batch gets a copy of `scene`. Lasts as long as the pad, or until gst_pad_remove_probe. */
gulong pt_stamp_attach (GstPad * pad, const PtBatch * scene);

G_END_DECLS
