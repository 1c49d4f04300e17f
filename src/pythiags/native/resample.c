/* Separable resampling with precomputed windows: see resample.h. */
#include "resample.h"
#include <math.h>

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

void
pt_filter_rows (const PtFilter * filter, guint output, const guint8 * plane, gsize stride,
    gsize width, float *sum)
{
  const float *weights = filter->weights + (gsize) output * filter->taps;
  const guint8 *row = plane + filter->first[output] * stride;
  for (gsize x = 0; x < width; x++)
    sum[x] = weights[0] * row[x];
  for (guint tap = 1; tap < filter->taps; tap++) {
    row += stride;
    if (weights[tap] != 0)
      for (gsize x = 0; x < width; x++)
        sum[x] += weights[tap] * row[x];
  }
}

void
pt_filter_row (const PtFilter * filter, const float *row, guint step, float *out)
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
