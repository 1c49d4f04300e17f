/* Where an object has been, in the last frames. */
#pragma once
#include "geometry.h"

G_BEGIN_DECLS

typedef struct { gint x, y, width, height; } PtPlace;      /* the centre and the size of a box */

typedef struct
{
  guint64 id, pts, frames;         /* pts: when it was seen last; frames: how often */
  GArray *places;                  /* of PtPlace: a ring, of the last frames */
  guint64 sum_x, sum_y, sum_height, squares_x, squares_y;  /* of what the ring has */
  float spread_x, spread_y;        /* the variance of its places */
  float mean_height;
  guint8 *crossed;                 /* by the number of the line: it has been counted there */
} PtLife;

PtLife *pt_life_new (guint64 id, guint lines);
void pt_life_free (PtLife * self);

PtPlace pt_place_of_box (float left, float top, float width, float height);

/* Now it is there; the ring has so many places as `window`. */
void pt_life_add (PtLife * self, const PtPlace * place, guint window);

/* From the mean of its oldest places to the last one; from the corner of the picture before it has
 * been seen four times. */
PtMove pt_life_move (const PtLife * self, const PtPlace * last, guint window);

/* It has hardly moved since as many frames as the ring has. */
gboolean pt_life_has_stopped (const PtLife * self, guint window);

/* Milliseconds since it was seen last. */
gint64 pt_life_unseen (const PtLife * self, guint64 pts);

G_END_DECLS
