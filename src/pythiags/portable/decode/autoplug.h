/* Whether nvv4l2decoder is what an autoplugger should take.
 *
 * Its rank is above that of other decoders, as DeepStream's is, so that uridecodebin takes it. Where a
 * pipeline has no other of DeepStream's elements the caller expects plain memory, and it declines.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* DeepStream's own rank. */
#define PT_DECODER_RANK (GST_RANK_PRIMARY + 11)

/* TRUE: a decodebin is trying the element, in a pipeline without any of DeepStream's elements. */
gboolean pt_autoplug_declines (GstElement * decoder);

G_END_DECLS
