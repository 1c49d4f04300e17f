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
gboolean pt_area_is_whole (const PtArea * area, const GstVideoInfo * info);
gboolean pt_area_equal (const PtArea * a, const PtArea * b);

/* The largest area of the aspect ratio of `from` in the middle of `to`, on even pixels. */
PtArea pt_area_letterbox (const GstVideoInfo * from, const GstVideoInfo * to);

/* The part as a picture of its own, which shares the pixels; nothing has to be unmapped. For formats
 * whose pixels are bytes. FALSE: chroma belongs to pixels on both sides of an edge. */
gboolean pt_area_view (GstVideoFrame * view, const GstVideoFrame * frame, const PtArea * area);

/* Pixels of several components in one word: GStreamer's converter leaves their border blue. */
gboolean pt_format_is_bit_packed (const GstVideoFormatInfo * format);

/* YUV of 8 bits, or RGB. */
void pt_fill_black (GstVideoFrame * frame);

/* All but an area that can be a view. */
void pt_fill_outside (const GstVideoFrame * frame, const PtArea * area);

G_END_DECLS
