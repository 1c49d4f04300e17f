/* Pictures of one size from one layout to another, where a loop of our own knows the way. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Whether there is a loop from the one format and its colours to the other, whatever the sizes. */
gboolean pt_direct_possible (const GstVideoInfo * from, const GstVideoInfo * to);

/* Whole pictures of one size, between which it is possible. */
void pt_direct_convert (const GstVideoFrame * from, GstVideoFrame * to);

G_END_DECLS
