/* Parts of pictures, and black ones. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct
{
  gint x, y, width, height;     /* pixels; a width of 0 stands for the whole picture */
} PtArea;

/* `area` may be NULL. */
PtArea pt_area_or_whole (const PtArea * area, const GstVideoInfo * info);
gboolean pt_area_equal (const PtArea * a, const PtArea * b);

/* The largest area of the aspect ratio of `from` in the middle of `to`, on even pixels. */
PtArea pt_area_letterbox (const GstVideoInfo * from, const GstVideoInfo * to);

/* As much more of the picture as its edges need to lie between pixels that share chroma. */
PtArea pt_area_on_cells (PtArea area, const GstVideoInfo * info);

/* The part as a picture of its own, which shares the pixels; nothing has to be unmapped. FALSE: chroma
 * belongs to pixels on both sides of an edge, or the format's pixels are no bytes of their own. */
gboolean pt_area_view (GstVideoFrame * view, const GstVideoFrame * frame, const PtArea * area);

void pt_fill_black (GstVideoFrame * frame);

/* Black outside an area, for formats that pack pixels so that a part of a picture has no view. GStreamer 1.28 makes it
 * white in those of more than 8 bits. */
void pt_repack_outside (GstVideoFrame * frame, const PtArea * area);

/* All but an area that can be a view; NULL or a width of 0: nothing. */
void pt_fill_outside (const GstVideoFrame * frame, const PtArea * area);

G_END_DECLS
