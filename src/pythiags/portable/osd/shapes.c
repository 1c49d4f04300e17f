/* See shapes.h.
 *
 * Slanted and round shapes are scan-converted: each row of pixels is cut by four lines, the parts
 * of a line within the shape are added to the coverage of their pixels, and two rows at a time go
 * to the canvas, since no format subsamples chroma further than that.
 */
#include "shapes.h"
#include <math.h>

#define CUTS 4                  /* lines a row of pixels */
#define ROWS 2                  /* rows a band */
#define FULL 255                /* coverage of a whole pixel */
#define OUTLINE_POINTS 4

typedef struct
{
  guint corners;                /* of a convex polygon; 0: a ring */
  double x[OUTLINE_POINTS], y[OUTLINE_POINTS];
  double outer, inner;          /* radii of a ring around x[0], y[0] */
} PtShape;

typedef struct { double from, to; } PtSpan;

/* -- boxes ------------------------------------------------------------------------------------ */

/* The nearest pixel edge, of what may be far outside. */
static gint
edge (double value)
{
  return (gint) floor (CLAMP (value, -1e6, 1e6) + 0.5);
}

static gboolean
box_is_drawable (const PtBox * box)
{
  return isfinite (box->left) && isfinite (box->top) && isfinite (box->width)
      && isfinite (box->height) && box->width >= 0 && box->height >= 0;
}

void
pt_draw_area (PtCanvas * canvas, const PtBox * box, const PtColor * color)
{
  if (!box_is_drawable (box))
    return;
  PtPaint paint = pt_canvas_paint (canvas, color);
  pt_canvas_fill (canvas, edge (box->left), edge (box->top), edge (box->left + box->width),
      edge (box->top + box->height), &paint);
}

void
pt_draw_border (PtCanvas * canvas, const PtBox * box, double width, const PtColor * color)
{
  if (!box_is_drawable (box) || !(width > 0))
    return;
  PtPaint paint = pt_canvas_paint (canvas, color);
  gint thick = MAX (edge (width), 1);
  gint left = edge (box->left) - thick / 2, right = edge (box->left + box->width) + thick - thick / 2;
  gint top = edge (box->top) - thick / 2, bottom = edge (box->top + box->height) + thick - thick / 2;
  gint inner_top = MIN (top + thick, bottom), inner_bottom = MAX (bottom - thick, inner_top);
  gint inner_left = MIN (left + thick, right), inner_right = MAX (right - thick, inner_left);
  pt_canvas_fill (canvas, left, top, right, inner_top, &paint);
  pt_canvas_fill (canvas, left, inner_bottom, right, bottom, &paint);
  pt_canvas_fill (canvas, left, inner_top, inner_left, inner_bottom, &paint);
  pt_canvas_fill (canvas, inner_right, inner_top, right, inner_bottom, &paint);
}

/* -- scan conversion -------------------------------------------------------------------------- */

static guint
cut_polygon (const PtShape * shape, double y, PtSpan * span)
{
  *span = (PtSpan) { G_MAXDOUBLE, -G_MAXDOUBLE };
  for (guint i = 0; i < shape->corners; i++) {
    guint j = (i + 1) % shape->corners;
    double y1 = shape->y[i], y2 = shape->y[j];
    if ((y1 <= y) == (y2 <= y))
      continue;
    double x = shape->x[i] + (y - y1) / (y2 - y1) * (shape->x[j] - shape->x[i]);
    span->from = MIN (span->from, x);
    span->to = MAX (span->to, x);
  }
  return span->from < span->to;
}

static guint
cut_ring (const PtShape * shape, double y, PtSpan * spans)
{
  double x = shape->x[0], away = fabs (y - shape->y[0]);
  if (away >= shape->outer)
    return 0;
  double half = sqrt (shape->outer * shape->outer - away * away);
  if (away >= shape->inner) {
    spans[0] = (PtSpan) { x - half, x + half };
    return 1;
  }
  double hole = sqrt (shape->inner * shape->inner - away * away);
  spans[0] = (PtSpan) { x - half, x - hole };
  spans[1] = (PtSpan) { x + hole, x + half };
  return 2;
}

/* Adds a cut's share of coverage to the pixels of a row. */
static void
add_span (guint16 * row, gint width, const PtSpan * span)
{
  const double share = 256.0 / CUTS;
  double from = CLAMP (span->from, 0, width), to = CLAMP (span->to, 0, width);
  if (!(from < to))
    return;
  gint first = (gint) from, last = (gint) to;
  if (first == last) {
    row[first] += (guint16) (share * (to - from));
    return;
  }
  row[first] += (guint16) (share * (first + 1 - from));
  for (gint x = first + 1; x < last; x++)
    row[x] += (guint16) share;
  if (last < width)
    row[last] += (guint16) (share * (to - last));
}

/* Adds a row's coverage; gives the pixels that it may have touched. */
static void
cover_row (const PtShape * shape, guint16 * row, gint width, gint y, gint * begin, gint * end)
{
  for (gint cut = 0; cut < CUTS; cut++) {
    PtSpan spans[2];
    double at = y + (cut + 0.5) / CUTS;
    guint count = shape->corners ? cut_polygon (shape, at, spans) : cut_ring (shape, at, spans);
    for (guint i = 0; i < count; i++) {
      add_span (row, width, &spans[i]);
      *begin = MIN (*begin, (gint) CLAMP (floor (spans[i].from), 0, width));
      *end = MAX (*end, (gint) CLAMP (ceil (spans[i].to), 0, width));
    }
  }
}

/* Sends the band's touched pixels to the canvas and leaves the band empty. */
static void
flush_band (PtCanvas * canvas, gint y, gint begin, gint end, const PtPaint * paint)
{
  gsize width = (gsize) canvas->width;
  guint8 *coverage = (guint8 *) (canvas->band + width * ROWS);
  for (gint row = 0; row < ROWS; row++) {
    guint16 *sums = canvas->band + row * width;
    for (gint x = begin; x < end; x++)
      coverage[row * width + x] = (guint8) MIN (sums[x], FULL);
    memset (sums + begin, 0, (gsize) (end - begin) * sizeof *sums);
  }
  pt_canvas_blend (canvas, begin, y, coverage + begin, canvas->width, end - begin, ROWS, paint);
}

static void
paint_shape (PtCanvas * canvas, const PtShape * shape, double top, double bottom,
    const PtColor * color)
{
  if (!isfinite (top) || !isfinite (bottom))
    return;
  PtPaint paint = pt_canvas_paint (canvas, color);
  gint width = canvas->width;
  gint first = (gint) CLAMP (floor (top), 0, canvas->height) & ~(ROWS - 1);
  gint last = (gint) CLAMP (ceil (bottom), 0, canvas->height);
  if (!canvas->band)            /* sums of two bytes, and behind them the coverage of one */
    canvas->band = g_malloc0 ((gsize) width * ROWS * (sizeof (guint16) + 1));
  for (gint y = first; y < last; y += ROWS) {
    gint begin = width, end = 0;
    for (gint row = 0; row < ROWS; row++)
      cover_row (shape, canvas->band + (gsize) row * width, width, y + row, &begin, &end);
    if (begin < end)
      flush_band (canvas, y, begin, end, &paint);
  }
}

static void
paint_polygon (PtCanvas * canvas, const PtShape * shape, const PtColor * color)
{
  double top = shape->y[0], bottom = shape->y[0];
  for (guint i = 0; i < shape->corners; i++) {
    if (!isfinite (shape->x[i]) || !isfinite (shape->y[i]))
      return;
    top = MIN (top, shape->y[i]);
    bottom = MAX (bottom, shape->y[i]);
  }
  paint_shape (canvas, shape, top, bottom, color);
}

/* -- lines, arrows, circles ------------------------------------------------------------------- */

void
pt_draw_line (PtCanvas * canvas, double x1, double y1, double x2, double y2, double width,
    const PtColor * color)
{
  double length = hypot (x2 - x1, y2 - y1);
  if (!(length > 0) || !(width > 0))
    return;
  /* Half the width, at right angles to the line. */
  double dx = (y1 - y2) / length * width / 2, dy = (x2 - x1) / length * width / 2;
  PtShape quad = {
    .corners = 4,
    .x = {x1 + dx, x2 + dx, x2 - dx, x1 - dx},
    .y = {y1 + dy, y2 + dy, y2 - dy, y1 - dy}
  };
  paint_polygon (canvas, &quad, color);
}

/* Steps back from the tip, against the direction of the unit vector ux, uy. */
static void
draw_head (PtCanvas * canvas, double x, double y, double ux, double uy, double length,
    const PtColor * color)
{
  double half = length * 0.4, back_x = x - ux * length, back_y = y - uy * length;
  PtShape head = {
    .corners = 3,
    .x = {x, back_x - uy * half, back_x + uy * half},
    .y = {y, back_y + ux * half, back_y - ux * half}
  };
  paint_polygon (canvas, &head, color);
}

void
pt_draw_arrow (PtCanvas * canvas, double x1, double y1, double x2, double y2, double width,
    gboolean head_at_start, gboolean head_at_end, const PtColor * color)
{
  double length = hypot (x2 - x1, y2 - y1);
  if (!(length > 0) || !(width > 0))
    return;
  double ux = (x2 - x1) / length, uy = (y2 - y1) / length;
  double head = MIN (6 + 3 * width, length / (1 + (head_at_start && head_at_end)));
  /* The shaft ends where a head begins, so that translucent colours are not laid on twice. */
  double start = head_at_start ? head : 0, end = length - (head_at_end ? head : 0);
  pt_draw_line (canvas, x1 + ux * start, y1 + uy * start, x1 + ux * end, y1 + uy * end, width,
      color);
  if (head_at_start)
    draw_head (canvas, x1, y1, -ux, -uy, head, color);
  if (head_at_end)
    draw_head (canvas, x2, y2, ux, uy, head, color);
}

void
pt_draw_circle (PtCanvas * canvas, double x, double y, double radius, double width,
    const PtColor * color)
{
  PtShape ring = {.x = {x},.y = {y},.outer = radius + width / 2,
    .inner = width > 0 ? MAX (radius - width / 2, 0) : 0 };
  if (isfinite (x) && ring.outer > 0)
    paint_shape (canvas, &ring, y - ring.outer, y + ring.outer, color);
}

/* -- masks ------------------------------------------------------------------------------------ */

/* The mask between its values, by linear interpolation; x and y count columns and rows. */
static float
mask_at (const float *mask, guint columns, guint rows, double x, double y)
{
  x = CLAMP (x - 0.5, 0, columns - 1.0);
  y = CLAMP (y - 0.5, 0, rows - 1.0);
  guint left = (guint) x, top = (guint) y;
  guint right = MIN (left + 1, columns - 1), bottom = MIN (top + 1, rows - 1);
  float fx = (float) (x - left), fy = (float) (y - top);
  const float *upper = mask + (gsize) top * columns, *lower = mask + (gsize) bottom * columns;
  return (upper[left] * (1 - fx) + upper[right] * fx) * (1 - fy)
      + (lower[left] * (1 - fx) + lower[right] * fx) * fy;
}

void
pt_draw_mask (PtCanvas * canvas, const PtBox * box, const float *mask, guint columns, guint rows,
    float threshold, const PtColor * color)
{
  if (!mask || columns == 0 || rows == 0 || !box_is_drawable (box) || !(box->width > 0)
      || !(box->height > 0))
    return;
  gint x0 = MAX (edge (box->left), 0), x1 = MIN (edge (box->left + box->width), canvas->width);
  gint y0 = MAX (edge (box->top), 0), y1 = MIN (edge (box->top + box->height), canvas->height);
  if (x0 >= x1 || y0 >= y1)
    return;
  gint width = x1 - x0;
  guint8 *coverage = g_malloc ((gsize) width * (y1 - y0));
  for (gint y = y0; y < y1; y++) {
    double row = (y + 0.5 - box->top) / box->height * rows;
    for (gint x = x0; x < x1; x++) {
      double column = (x + 0.5 - box->left) / box->width * columns;
      coverage[(gsize) (y - y0) * width + (x - x0)] =
          mask_at (mask, columns, rows, column, row) > threshold ? FULL : 0;
    }
  }
  PtPaint paint = pt_canvas_paint (canvas, color);
  pt_canvas_blend (canvas, x0, y0, coverage, width, width, y1 - y0, &paint);
  g_free (coverage);
}
