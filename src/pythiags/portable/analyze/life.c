/* See life.h. */
#include "life.h"

#include <math.h>

PtLife *
pt_life_new (guint64 id, guint lines)
{
  PtLife *self = g_new0 (PtLife, 1);
  self->id = id;
  self->places = g_array_new (FALSE, FALSE, sizeof (PtPlace));
  self->crossed = g_new0 (guint8, lines + 1);
  return self;
}

void
pt_life_free (PtLife * self)
{
  g_array_unref (self->places);
  g_free (self->crossed);
  g_free (self);
}

static gint
pixels (float side)
{
  return isfinite (side) ? (gint) CLAMP (side, -PT_MOST_PLACE, PT_MOST_PLACE) : 0;
}

PtPlace
pt_place_of_box (float left, float top, float width, float height)
{
  const gint columns = MAX (pixels (width), 0), rows = MAX (pixels (height), 0);
  return (PtPlace) { pixels (left) + columns / 2, pixels (top) + rows / 2, columns, rows };
}

static PtPlace *
place_of (const PtLife * self, guint64 number)
{
  return &g_array_index (self->places, PtPlace, number);
}

/* Numbers below zero wrap around, as DeepStream's do. */
static void
add_sums (PtLife * self, const PtPlace * place, gint times)
{
  const gint64 x = place->x, y = place->y;
  self->sum_x += (guint64) (x * times);
  self->sum_y += (guint64) (y * times);
  self->sum_height += (guint64) ((gint64) place->height * times);
  self->squares_x += (guint64) (x * x * times);
  self->squares_y += (guint64) (y * y * times);
}

static float
spread (guint64 squares, guint64 sum, float count)
{
  const float mean = (float) sum / count;
  return (float) squares / count - mean * mean;
}

void
pt_life_add (PtLife * self, const PtPlace * place, guint window)
{
  if (self->frames >= window) {
    PtPlace *oldest = place_of (self, self->frames % window);
    add_sums (self, oldest, -1);
    *oldest = *place;
  } else
    g_array_append_vals (self->places, place, 1);
  add_sums (self, place, 1);
  self->frames++;
  const float count = (float) self->places->len;
  self->mean_height = (float) self->sum_height / count;
  self->spread_x = spread (self->squares_x, self->sum_x, count);
  self->spread_y = spread (self->squares_y, self->sum_y, count);
}

/* The mean of so many places from that one on. */
static void
set_old (PtMove * move, const PtLife * self, guint64 first, guint count, guint window)
{
  gint64 x = 0, y = 0, width = 0, height = 0;
  for (guint i = 0; i < count; i++) {
    const PtPlace *place = place_of (self, (first + i) % window);
    x += place->x;
    y += place->y;
    width += place->width;
    height += place->height;
  }
  move->old_x = (gint) (x / count);
  move->old_y = (gint) (y / count);
  move->old_width = (gint) (width / count);
  move->old_height = (gint) (height / count);
}

PtMove
pt_life_move (const PtLife * self, const PtPlace * last, guint window)
{
  PtMove move = {.x = last->x,.y = last->y,.width = last->width,.height = last->height,
    .mean_height = self->mean_height
  };
  if (self->frames > 3 && self->frames < window)
    set_old (&move, self, 0, 2, window);
  else if (self->frames > 3)
    set_old (&move, self, self->frames % window, 4, window);
  return move;
}

gboolean
pt_life_has_stopped (const PtLife * self, guint window)
{
  return self->frames > window && self->spread_x <= 400
      && self->spread_y / self->mean_height <= 0.01;
}

gint64
pt_life_unseen (const PtLife * self, guint64 pts)
{
  return (gint64) ((double) (gint64) (pts - self->pts) / 1e6);
}
