/* A mapped picture to draw on: any format of 8-bit components, planar, packed or subsampled.
 *
 * Everything is clipped to the picture. Colours are converted to the picture's colour space. Where
 * chroma is subsampled, a cell that a shape covers in part is blended in that part.
 */
#pragma once
#include "model.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

#define PT_CELL_BYTES 4

/* The channels that lie side by side in one plane; or one whose neighbours it must leave alone. */
typedef struct
{
  guint8 *data;
  gint stride, step;            /* bytes from row to row, from cell to cell */
  guint bytes;                  /* of a cell that are this layer's */
  guint x_shift, y_shift;       /* a cell is 1 << shift pixels wide and high */
  gint8 channel[PT_CELL_BYTES]; /* by byte; -1: of no channel, always 255 */
} PtLayer;

typedef struct
{
  gint width, height;
  guint channels, layers;
  PtLayer layer[GST_VIDEO_MAX_COMPONENTS];
  const GstVideoInfo *info;     /* borrowed from the frame */
  guint16 *band;                /* scratch of shapes.c; allocated at need */
} PtCanvas;

/* A colour as the picture stores it; alpha is 0..256. */
typedef struct
{
  guint8 value[GST_VIDEO_MAX_COMPONENTS];
  guint alpha;
} PtPaint;

/* What the functions can draw on, for pad templates. */
#define PT_CANVAS_FORMATS \
  "{ NV12, RGBA, I420, BGRA, ARGB, ABGR, RGBx, BGRx, xRGB, xBGR, RGB, BGR, NV21, YV12, NV16, " \
  "Y42B, Y444, YUY2, UYVY, GRAY8 }"

void pt_canvas_init (PtCanvas * canvas, GstVideoFrame * frame);
void pt_canvas_clear (PtCanvas * canvas);

/* Components outside 0..1 are clamped; a NaN counts as 0. */
PtPaint pt_canvas_paint (const PtCanvas * canvas, const PtColor * color);

/* Fills the pixels x0 <= x < x1, y0 <= y < y1. */
void pt_canvas_fill (PtCanvas * canvas, gint x0, gint y0, gint x1, gint y1, const PtPaint * paint);

/* Blends through coverage bytes (0..255), `width` x `height` of them, put down at x, y. */
void pt_canvas_blend (PtCanvas * canvas, gint x, gint y, const guint8 * coverage, gint stride,
    gint width, gint height, const PtPaint * paint);

G_END_DECLS
