/* Separable resampling with precomputed windows: see resample.h. */
#include "resample.h"

#include <math.h>

#include "loops.h"

/* How far a kernel reaches to either side, in samples; `scale` is at least 1. Bilinear and cubic
 * look at as many samples whatever the scale, as GPUs and most training code do. */
static double
reach_of (PtFilterKind kind, double scale)
{
  switch (kind) {
    case PT_FILTER_NEAREST:
      return 0.5;
    case PT_FILTER_CUBIC:
      return 2;
    case PT_FILTER_SUPER:
      return (1 + scale) / 2;
    case PT_FILTER_LANCZOS:
      return 3 * scale;
    default:
      return 1;
  }
}

static double
sinc (double x)
{
  return x == 0 ? 1 : sin (G_PI * x) / (G_PI * x);
}

/* The weight of a sample so far from the centre: Catmull-Rom's spline for cubic; for super sampling
 * how much of the sample the output's pixel covers. */
static double
weight_of (PtFilterKind kind, double scale, double x)
{
  switch (kind) {
    case PT_FILTER_NEAREST:
      return 1;
    case PT_FILTER_CUBIC:
      return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
    case PT_FILTER_SUPER:
      return MIN ((1 + scale) / 2 - x, 1);
    case PT_FILTER_LANCZOS:
      return sinc (x / scale) * sinc (x / scale / 3);
    default:
      return 1 - x;
  }
}

static void
fill_window (PtFilter * filter, PtFilterKind kind, guint inputs, guint output)
{
  double ratio = (double) inputs / filter->outputs, scale = MAX (ratio, 1), sum = 0;
  double centre = (output + 0.5) * ratio - 0.5, reach = reach_of (kind, scale);
  gint from = (gint) floor (centre - reach) + 1, to = MAX (from, (gint) ceil (centre + reach) - 1);
  gint first = CLAMP (from, 0, (gint) (inputs - filter->taps));
  float *weights = filter->weights + (gsize) output * filter->taps;
  for (gint i = from; i <= to; i++)
    sum += weight_of (kind, scale, fabs (i - centre));
  for (gint i = from; i <= to; i++)
    weights[CLAMP (i, 0, (gint) inputs - 1) - first] +=
        weight_of (kind, scale, fabs (i - centre)) / sum;
  filter->first[output] = first;
}

PtFilter *
pt_filter_new (PtFilterKind kind, guint inputs, guint outputs)
{
  double scale = MAX ((double) inputs / outputs, 1);
  PtFilter *filter = g_new0 (PtFilter, 1);
  filter->outputs = outputs;
  filter->copies = inputs == outputs;   /* every kernel is 1 at 0, and 0 at other whole numbers */
  if (filter->copies)
    kind = PT_FILTER_NEAREST;
  filter->taps = MIN (inputs, (guint) ceil (2 * reach_of (kind, scale)));
  filter->first = g_new0 (guint, outputs);
  filter->weights = g_new0 (float, (gsize) outputs * filter->taps);
  for (guint i = 0; i < outputs; i++)
    fill_window (filter, kind, inputs, i);
  return filter;
}

void
pt_filter_free (PtFilter * filter)
{
  if (!filter)
    return;
  g_free (filter->first);
  g_free (filter->weights);
  g_free (filter);
}

/* ---- loops ---- */

PT_CLONES void
pt_filter_rows (const PtFilter * filter, guint output, const guint8 * plane, gsize stride,
    gsize width, float *restrict sum)
{
  const float *weights = filter->weights + (gsize) output * filter->taps;
  const guint8 *row = plane + filter->first[output] * stride;
  const float first = weights[0], second = filter->taps > 1 ? weights[1] : 0;
  if (second == 0)
    for (gsize x = 0; x < width; x++)
      sum[x] = first * row[x];
  else
    for (gsize x = 0; x < width; x++)
      sum[x] = first * row[x] + second * row[x + stride];
  for (guint tap = 2; tap < filter->taps; tap++) {
    const guint8 *next = row + tap * stride;
    const float weight = weights[tap];
    if (weight != 0)
      for (gsize x = 0; x < width; x++)
        sum[x] += weight * next[x];
  }
}

/* A constant step has a better loop. */
#define EACH_STEP(loop) \
  switch (step) { \
    case 1: loop (1); break; \
    case 2: loop (2); break; \
    case 3: loop (3); break; \
    case 4: loop (4); break; \
    default: loop (step); \
  }

#define COPY(step) \
  for (guint i = 0; i < count; i++) \
    out[i] = row[(gsize) i * (step)]

PT_CLONES void
pt_filter_copy (const guint8 * restrict row, guint step, guint count, float *restrict out)
{
  EACH_STEP (COPY);
}

static PT_CLONES void
copy_row (const float *restrict row, guint step, guint count, float *restrict out)
{
  EACH_STEP (COPY);
}

static PT_CLONES void
weigh_pairs (const PtFilter * filter, const float *restrict row, guint step, float *restrict out)
{
  const float *restrict weights = filter->weights;
  const guint *restrict first = filter->first;
  const guint count = filter->outputs;
  for (guint i = 0; i < count; i++) {
    const float *sample = row + (gsize) first[i] * step;
    out[i] = weights[2 * i] * sample[0] + weights[2 * i + 1] * sample[step];
  }
}

static PT_CLONES void
weigh (const PtFilter * filter, const float *restrict row, guint step, float *restrict out)
{
  const float *weights = filter->weights;
  for (guint i = 0; i < filter->outputs; i++, weights += filter->taps) {
    const float *sample = row + (gsize) filter->first[i] * step;
    float sum = weights[0] * sample[0];
    for (guint tap = 1; tap < filter->taps; tap++)
      sum += weights[tap] * sample[(gsize) tap * step];
    out[i] = sum;
  }
}

void
pt_filter_row (const PtFilter * filter, const float *row, guint step, float *out)
{
  if (filter->copies)
    copy_row (row, step, filter->outputs, out);
  else if (filter->taps == 2)
    weigh_pairs (filter, row, step, out);
  else
    weigh (filter, row, step, out);
}
