/* See kalman.h. Constant speed, as in SORT (Bewley et al., 2016) and DeepSORT (Wojke et al., 2017). */
#include "kalman.h"

/* Of an aspect ratio, which has no pixels: those of DeepSORT. */
#define ASPECT_PROCESS 1e-4f
#define ASPECT_SPEED 1e-10f
#define ASPECT_MEASUREMENT 1e-2f

#define SMALLEST 1e-3f          /* no side is shorter, in pixels */
#define FIRST_SPEED 0.1f        /* how fast a target may be when it is seen first, in its own sizes */

typedef struct
{
  float process, speed, measurement;    /* variances */
} Noise;

static float
square (float value)
{
  return value * value;
}

/* ---- one axis ---- */

static void
axis_start (PtAxis * axis, float place, float var_place, float var_speed)
{
  *axis = (PtAxis) {.place = place,.var_place = var_place,.var_speed = var_speed };
}

static void
axis_predict (PtAxis * axis, const Noise * noise)
{
  axis->place += axis->speed;
  axis->var_place += 2 * axis->covariance + axis->var_speed + noise->process;
  axis->covariance += axis->var_speed;
  axis->var_speed += noise->speed;
}

static void
axis_update (PtAxis * axis, float seen, const Noise * noise)
{
  const float sum = axis->var_place + noise->measurement;
  if (!(sum > 0)) {             /* no noise at all: what is seen is so */
    axis->place = seen;
    return;
  }
  const float gain = axis->var_place / sum, speed_gain = axis->covariance / sum;
  const float error = seen - axis->place;
  axis->place += gain * error;
  axis->speed += speed_gain * error;
  axis->var_speed -= speed_gain * axis->covariance;
  axis->covariance *= 1 - gain;
  axis->var_place *= 1 - gain;
}

/* ---- the noise of each ---- */

static gboolean
has_aspect (const PtTrackSettings * settings)
{
  return settings->estimator == PT_ESTIMATOR_REGULAR && settings->use_aspect;
}

static Noise
noise_of_place (const PtTrackSettings * settings, float height)
{
  if (settings->estimator == PT_ESTIMATOR_REGULAR && settings->weight_location > 0) {
    const float place = square (settings->weight_location * height);
    return (Noise) { place, square (MAX (settings->weight_speed, 0) * height), place };
  }
  return (Noise) { settings->process_location, settings->process_speed, settings->measurement };
}

static Noise
noise_of_size (const PtTrackSettings * settings, float height)
{
  if (settings->estimator == PT_ESTIMATOR_SIMPLE)
    return (Noise) { settings->process_size, 0, settings->measurement };
  Noise noise = noise_of_place (settings, height);
  if (settings->weight_location <= 0)
    noise.process = settings->process_size;
  return noise;
}

static Noise
noise_of_width (const PtTrackSettings * settings, float height)
{
  if (has_aspect (settings))
    return (Noise) { ASPECT_PROCESS, ASPECT_SPEED, ASPECT_MEASUREMENT };
  return noise_of_size (settings, height);
}

/* ---- the box ---- */

static float
wide (const PtTrackSettings * settings, const PtBbox * box)
{
  return has_aspect (settings) ? box->width / MAX (box->height, SMALLEST) : box->width;
}

void
pt_kalman_start (PtKalman * self, const PtTrackSettings * settings, const PtBbox * box)
{
  const Noise place = noise_of_place (settings, box->height);
  const Noise width = noise_of_width (settings, box->height);
  const Noise height = noise_of_size (settings, box->height);
  const float speed = square (FIRST_SPEED * (box->width + box->height) / 2);
  const gboolean grows = settings->estimator == PT_ESTIMATOR_REGULAR;
  axis_start (&self->x, box->left + box->width / 2, place.measurement, speed);
  axis_start (&self->y, box->top + box->height / 2, place.measurement, speed);
  axis_start (&self->width, wide (settings, box), width.measurement, grows ? width.speed : 0);
  axis_start (&self->height, box->height, height.measurement, grows ? height.speed : 0);
}

void
pt_kalman_predict (PtKalman * self, const PtTrackSettings * settings, gboolean still)
{
  const float of = MAX (self->height.place, SMALLEST);
  const Noise place = noise_of_place (settings, of), width = noise_of_width (settings, of);
  const Noise height = noise_of_size (settings, of);
  if (still)
    self->width.speed = self->height.speed = 0;
  axis_predict (&self->x, &place);
  axis_predict (&self->y, &place);
  axis_predict (&self->width, &width);
  axis_predict (&self->height, &height);
}

void
pt_kalman_update (PtKalman * self, const PtTrackSettings * settings, const PtBbox * box)
{
  const float of = MAX (self->height.place, SMALLEST);
  const Noise place = noise_of_place (settings, of), width = noise_of_width (settings, of);
  const Noise height = noise_of_size (settings, of);
  axis_update (&self->x, box->left + box->width / 2, &place);
  axis_update (&self->y, box->top + box->height / 2, &place);
  axis_update (&self->width, wide (settings, box), &width);
  axis_update (&self->height, box->height, &height);
}

PtBbox
pt_kalman_box (const PtKalman * self, const PtTrackSettings * settings)
{
  const float height = MAX (self->height.place, SMALLEST);
  const float scale = has_aspect (settings) ? height : 1;
  const float width = MAX (self->width.place * scale, SMALLEST);
  return (PtBbox) { self->x.place - width / 2, self->y.place - height / 2, width, height };
}
