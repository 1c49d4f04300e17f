/* Where a target is, and where it will be: a Kalman filter of its box. */
#pragma once
#include "model.h"
#include "settings.h"

G_BEGIN_DECLS

/* One number and its speed per frame. Noise is never shared between the sides of a box, so that each is
 * a filter of its own. */
typedef struct
{
  float place, speed;
  float var_place, covariance, var_speed;
} PtAxis;

/* The centre, the width (or the aspect ratio) and the height. */
typedef struct
{
  PtAxis x, y, width, height;
} PtKalman;

void pt_kalman_start (PtKalman * self, const PtTrackSettings * settings, const PtBbox * box);

/* One frame on. still: the size keeps as it is, since the target has not been seen for a while. */
void pt_kalman_predict (PtKalman * self, const PtTrackSettings * settings, gboolean still);

void pt_kalman_update (PtKalman * self, const PtTrackSettings * settings, const PtBbox * box);

PtBbox pt_kalman_box (const PtKalman * self, const PtTrackSettings * settings);

G_END_DECLS
