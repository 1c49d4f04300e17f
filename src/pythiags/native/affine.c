/* See affine.h. */
#include "affine.h"

#include <math.h>

PtAffine
pt_affine_between (const PtArea * from, const PtArea * to, PtFlip flip)
{
  const PtFlipWay way = pt_flip_way (flip);
  const double sx = (double) to->width / (way.swap ? from->height : from->width);
  const double sy = (double) to->height / (way.swap ? from->width : from->height);
  const double x = way.mirror_x ? -sx : sx, y = way.mirror_y ? -sy : sy;
  PtAffine self = {
    .dx = way.mirror_x ? to->x + to->width : to->x,
    .dy = way.mirror_y ? to->y + to->height : to->y,
  };
  if (way.swap) {
    self.xy = x, self.yx = y;
    self.dx -= x * from->y;
    self.dy -= y * from->x;
  } else {
    self.xx = x, self.yy = y;
    self.dx -= x * from->x;
    self.dy -= y * from->y;
  }
  return self;
}

gboolean
pt_affine_swaps (const PtAffine * self)
{
  return self->xx == 0;
}

gboolean
pt_affine_turns (const PtAffine * self)
{
  return self->xx <= 0 || self->yy <= 0;
}

double
pt_affine_scale_x (const PtAffine * self)
{
  return fabs (self->xx) + fabs (self->yx);
}

double
pt_affine_scale_y (const PtAffine * self)
{
  return fabs (self->xy) + fabs (self->yy);
}

void
pt_affine_point (const PtAffine * self, double *x, double *y)
{
  const double from_x = *x, from_y = *y;
  *x = self->xx * from_x + self->xy * from_y + self->dx;
  *y = self->yx * from_x + self->yy * from_y + self->dy;
}

void
pt_affine_box (const PtAffine * self, float *left, float *top, float *width, float *height)
{
  double x = *left, y = *top;
  const double across = self->xx * *width + self->xy * *height;
  const double down = self->yx * *width + self->yy * *height;
  pt_affine_point (self, &x, &y);
  *left = across < 0 ? x + across : x;
  *top = down < 0 ? y + down : y;
  *width = fabs (across);
  *height = fabs (down);
}
