/* I420 to NV12 and back: luma is copied, chroma only moved. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* The two formats, in either order, of one size and of the same colours. */
gboolean pt_semiplanar_possible (const GstVideoInfo * from, const GstVideoInfo * to);

void pt_semiplanar_convert (const GstVideoFrame * from, GstVideoFrame * to);

/* Two rows of chroma as one, sample by sample. */
void pt_chroma_join (guint8 * restrict uv, const guint8 * restrict u, const guint8 * restrict v,
    gint count);

/* And one row as two. */
void pt_chroma_split (guint8 * restrict u, guint8 * restrict v, const guint8 * restrict uv,
    gint count);

G_END_DECLS
