/* See match.h. From the smallest copy of the picture to the picture itself: a block's guesses are the
 * vector of the block that it is part of in the smaller copy, those of that one's neighbours, of the
 * block before and of the row above, and none. The best one, by the sum of the differences of 8x8 pixels
 * around the block, is then moved as long as that helps, and at last by parts of a pixel. */
#include "match.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS 4
#define SMALLEST 16             /* pixels; a copy is not made smaller */
#define WINDOW 8
#define BEFORE ((WINDOW - PT_FLOW_BLOCK) / 2)
#define EDGE 16                 /* pixels around a copy that repeat its outermost ones */
#define COARSE 4                /* the radius in the smallest copy */

typedef struct
{
  guint8 *data;                 /* with its edges */
  gint width, height, stride;
} Plane;

struct _PtFlowPicture
{
  Plane planes[LEVELS];
  guint levels;
};

typedef struct { gint x, y; guint cost; } Guess;        /* in pixels */

/* ---- copies of a picture ---- */

static guint8 *
pixel_at (const Plane * plane, gint x, gint y)
{
  return plane->data + (gsize) (y + EDGE) * plane->stride + x + EDGE;
}

static void
plane_init (Plane * plane, gint width, gint height)
{
  plane->width = width;
  plane->height = height;
  plane->stride = GST_ROUND_UP_16 (width + 2 * EDGE);
  plane->data = g_malloc ((gsize) plane->stride * (height + 2 * EDGE));
}

static void
repeat_edges (Plane * plane)
{
  for (gint y = 0; y < plane->height; y++) {
    guint8 *row = pixel_at (plane, 0, y);
    memset (row - EDGE, row[0], EDGE);
    memset (row + plane->width, row[plane->width - 1], EDGE);
  }
  const gsize length = plane->width + 2 * EDGE;
  for (gint y = 1; y <= EDGE; y++) {
    memcpy (pixel_at (plane, -EDGE, -y), pixel_at (plane, -EDGE, 0), length);
    memcpy (pixel_at (plane, -EDGE, plane->height - 1 + y),
        pixel_at (plane, -EDGE, plane->height - 1), length);
  }
}

static void
halve (const Plane * from, Plane * to)
{
  plane_init (to, from->width / 2, from->height / 2);
  for (gint y = 0; y < to->height; y++) {
    const guint8 *above = pixel_at (from, 0, 2 * y), *below = above + from->stride;
    guint8 *row = pixel_at (to, 0, y);
    for (gint x = 0; x < to->width; x++)
      row[x] = (above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1] + 2) >> 2;
  }
  repeat_edges (to);
}

PtFlowPicture *
pt_flow_picture_new (const guint8 * luma, gint stride, guint width, guint height)
{
  PtFlowPicture *self = g_new0 (PtFlowPicture, 1);
  Plane *first = &self->planes[0];
  plane_init (first, width, height);
  for (guint y = 0; y < height; y++)
    memcpy (pixel_at (first, 0, y), luma + (gsize) y * stride, width);
  repeat_edges (first);
  self->levels = 1;
  while (self->levels < LEVELS
      && MIN (self->planes[self->levels - 1].width, self->planes[self->levels - 1].height)
      >= 2 * SMALLEST) {
    halve (&self->planes[self->levels - 1], &self->planes[self->levels]);
    self->levels++;
  }
  return self;
}

void
pt_flow_picture_free (PtFlowPicture * self)
{
  for (guint i = 0; i < self->levels; i++)
    g_free (self->planes[i].data);
  g_free (self);
}

gboolean
pt_flow_same_size (const PtFlowPicture * a, const PtFlowPicture * b)
{
  return a->planes[0].width == b->planes[0].width && a->planes[0].height == b->planes[0].height;
}

/* ---- one block ---- */

typedef struct
{
  const Plane *before, *now;
  gint x, y;                    /* of the block, in pixels */
} Block;

static guint
differences (const guint8 * a, gint a_stride, const guint8 * b, gint b_stride)
{
  guint sum = 0;
  for (guint y = 0; y < WINDOW; y++, a += a_stride, b += b_stride)
    for (guint x = 0; x < WINDOW; x++)
      sum += abs (a[x] - b[x]);
  return sum;
}

static gboolean
is_inside (const Plane * plane, gint x, gint y)
{
  return x >= -EDGE && y >= -EDGE && x + WINDOW <= plane->width + EDGE
      && y + WINDOW <= plane->height + EDGE;
}

/* Where several fit equally well, the shortest is taken: flat pictures do not move. */
static guint
cost_of (const Block * block, gint x, gint y)
{
  const gint left = block->x - BEFORE, top = block->y - BEFORE;
  if (!is_inside (block->before, left - x, top - y))
    return G_MAXUINT / 2;
  return differences (pixel_at (block->now, left, top), block->now->stride,
      pixel_at (block->before, left - x, top - y), block->before->stride) + abs (x) + abs (y);
}

static void
try (const Block * block, Guess * best, gint x, gint y)
{
  const guint cost = cost_of (block, x, y);
  if (cost < best->cost)
    *best = (Guess) {x, y, cost};
}

static void
look_around (const Block * block, Guess * best, gint radius)
{
  const Guess middle = *best;
  for (gint y = -radius; y <= radius; y++)
    for (gint x = -radius; x <= radius; x++)
      if (x || y)
        try (block, best, middle.x + x, middle.y + y);
}

/* The lowest point of a parabola through three costs, in PT_FLOW_UNIT, at most half a pixel away. */
static gint
between (guint lower, guint middle, guint upper)
{
  const gint curve = (gint) lower + (gint) upper - 2 * (gint) middle;
  if (lower >= G_MAXUINT / 2 || upper >= G_MAXUINT / 2 || curve <= 0)
    return 0;
  const gint part = PT_FLOW_UNIT * ((gint) lower - (gint) upper) / (2 * curve);
  return CLAMP (part, -PT_FLOW_UNIT / 2, PT_FLOW_UNIT / 2);
}

static PtFlowVector
refined (const Block * block, const Guess * best)
{
  const guint cost = best->cost;
  gint x = best->x * PT_FLOW_UNIT, y = best->y * PT_FLOW_UNIT;
  if (cost > (guint) (abs (best->x) + abs (best->y))) { /* else it fits exactly */
    x += between (cost_of (block, best->x - 1, best->y), cost, cost_of (block, best->x + 1, best->y));
    y += between (cost_of (block, best->x, best->y - 1), cost, cost_of (block, best->x, best->y + 1));
  }
  return (PtFlowVector) {CLAMP (x, G_MININT16, G_MAXINT16), CLAMP (y, G_MININT16, G_MAXINT16)};
}

/* ---- one level ---- */

typedef struct
{
  Guess *guesses;
  gint columns, rows;
} Field;

static void
try_of (const Block * block, Guess * best, const Field * field, gint column, gint row, gint scale)
{
  const Guess *guess = &field->guesses[CLAMP (row, 0, field->rows - 1) * field->columns
      + CLAMP (column, 0, field->columns - 1)];
  try (block, best, guess->x * scale, guess->y * scale);
}

static Guess
guess_block (const Block * block, const Field * smaller, const Field * field, gint column, gint row,
    guint radius)
{
  Guess best = {0, 0, cost_of (block, 0, 0)};
  if (column)
    try_of (block, &best, field, column - 1, row, 1);
  if (row)
    try_of (block, &best, field, column, row - 1, 1);
  if (smaller->guesses) {
    try_of (block, &best, smaller, column / 2, row / 2, 2);
    try_of (block, &best, smaller, column / 2 + (column % 2 ? 1 : -1), row / 2, 2);
    try_of (block, &best, smaller, column / 2, row / 2 + (row % 2 ? 1 : -1), 2);
  }
  look_around (block, &best, smaller->guesses ? radius : COARSE);
  return best;
}

static Field
match_level (const Plane * before, const Plane * now, const Field * smaller, guint radius)
{
  Field field = {.columns = pt_flow_blocks (now->width),.rows = pt_flow_blocks (now->height)};
  field.guesses = g_new (Guess, (gsize) field.columns * field.rows);
  for (gint row = 0; row < field.rows; row++)
    for (gint column = 0; column < field.columns; column++) {
      const Block block = {before, now, column * PT_FLOW_BLOCK, row * PT_FLOW_BLOCK};
      field.guesses[row * field.columns + column] =
          guess_block (&block, smaller, &field, column, row, radius);
    }
  return field;
}

void
pt_flow_match (const PtFlowPicture * before, const PtFlowPicture * now, guint radius,
    PtFlowVector * vectors)
{
  Field field = { NULL, 0, 0 };
  for (guint level = now->levels; level-- > 0;) {
    Field larger = match_level (&before->planes[level], &now->planes[level], &field, radius);
    g_free (field.guesses);
    field = larger;
  }
  for (gint row = 0; row < field.rows; row++)
    for (gint column = 0; column < field.columns; column++) {
      const Block block = {&before->planes[0], &now->planes[0], column * PT_FLOW_BLOCK,
        row * PT_FLOW_BLOCK};
      const gsize place = (gsize) row * field.columns + column;
      vectors[place] = refined (&block, &field.guesses[place]);
    }
  g_free (field.guesses);
}
