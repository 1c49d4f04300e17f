/* Where a pixel of a picture goes when the picture is scaled, cropped, mirrored or turned.
 *
 *   x' = xx * x + xy * y + dx      y' = yx * x + yy * y + dy
 *
 * The axes stay axes: either xy and yx are 0, or xx and yy are.
 */
#pragma once
#include <glib.h>

#include "convert.h"
#include "flip.h"

G_BEGIN_DECLS

typedef struct
{
  double xx, xy, dx, yx, yy, dy;
} PtAffine;

/* An area of one picture becomes an area of another, turned by `flip`. */
PtAffine pt_affine_between (const PtArea * from, const PtArea * to, PtFlip flip);

/* The axes change places. */
gboolean pt_affine_swaps (const PtAffine * self);

/* Mirrored, or turned by any angle. */
gboolean pt_affine_turns (const PtAffine * self);

/* By how much lengths along the x and y axes of the picture before are multiplied. */
double pt_affine_scale_x (const PtAffine * self);
double pt_affine_scale_y (const PtAffine * self);

void pt_affine_point (const PtAffine * self, double *x, double *y);
void pt_affine_box (const PtAffine * self, float *left, float *top, float *width, float *height);

G_END_DECLS
