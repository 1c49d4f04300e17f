/* Pictures of half the width and height, of the nearest pixels. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Whether each plane has just half the samples in either direction. */
gboolean pt_halve_possible (const GstVideoInfo * from, const GstVideoInfo * to);

/* Every other pixel of every other row: the right lower ones of four, as in GstVideoConverter. */
void pt_halve (const GstVideoFrame * from, GstVideoFrame * to);

G_END_DECLS
