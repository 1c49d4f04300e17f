/* Boxes, lines, arrows, circles and masks on a canvas, in pixels of the picture.
 *
 * Boxes have crisp edges; everything slanted or round is anti-aliased. Coordinates may be anything:
 * what is not finite is not drawn, what lies outside is clipped.
 */
#pragma once
#include "canvas.h"

G_BEGIN_DECLS

typedef struct { double left, top, width, height; } PtBox;

/* The border lies half inside and half outside of the box's edge. */
void pt_draw_border (PtCanvas * canvas, const PtBox * box, double width, const PtColor * color);
void pt_draw_area (PtCanvas * canvas, const PtBox * box, const PtColor * color);

void pt_draw_line (PtCanvas * canvas, double x1, double y1, double x2, double y2, double width,
    const PtColor * color);

/* A head is filled, with its tip on the line's end. */
void pt_draw_arrow (PtCanvas * canvas, double x1, double y1, double x2, double y2, double width,
    gboolean head_at_start, gboolean head_at_end, const PtColor * color);

/* width 0: a disc. */
void pt_draw_circle (PtCanvas * canvas, double x, double y, double radius, double width,
    const PtColor * color);

/* Stretches a mask of columns x rows values over the box and paints where it exceeds the threshold. */
void pt_draw_mask (PtCanvas * canvas, const PtBox * box, const float *mask, guint columns,
    guint rows, float threshold, const PtColor * color);

G_END_DECLS
