/* Pictures scaled as on a GPU: see sample.h. */
#include "sample.h"

#include <math.h>
#include <string.h>

#include "loops.h"

#define ONE 256                 /* the weight of a sample that is taken alone */

gboolean
pt_sample_possible (GstVideoFormat format)
{
  switch (format) {
    case GST_VIDEO_FORMAT_NV12:
    case GST_VIDEO_FORMAT_I420:
    case GST_VIDEO_FORMAT_GRAY8:
    case GST_VIDEO_FORMAT_RGB:
    case GST_VIDEO_FORMAT_BGR:
    case GST_VIDEO_FORMAT_RGBA:
    case GST_VIDEO_FORMAT_BGRA:
    case GST_VIDEO_FORMAT_RGBx:
    case GST_VIDEO_FORMAT_BGRx:
      return TRUE;
    default:
      return FALSE;
  }
}

/* ---- places ---- */

/* Which samples outputs are made of, along one axis. */
typedef struct
{
  guint inputs, outputs;
  float origin, ratio;          /* output i lies at origin + i * ratio, and sample k from k to k + 1 */
  gboolean halved;              /* to exactly half the samples */
  guint *at;                    /* the first of two samples that lie side by side, or the only one */
  guint16 *share;               /* of the second; ONE: it is taken alone */
} Axis;

static void
axis_init (Axis * self, guint inputs, guint outputs, float origin, gint from, gint to)
{
  *self = (Axis) {
    .inputs = inputs,.outputs = outputs,.origin = origin,.ratio = (float) from / (float) to,
    .halved = origin == 0 && from == 2 * to && 2 * outputs <= inputs,
  };
  self->at = g_new (guint, outputs);
  self->share = g_new0 (guint16, outputs);
}

/* In single precision, as a GPU: a place that should be a whole number may be just below. */
static double
place_of (const Axis * self, guint output)
{
  return self->origin + (float) output * self->ratio;
}

static void
axis_clear (Axis * self)
{
  g_free (self->at);
  g_free (self->share);
}

static void
find_nearest (Axis * self)
{
  for (guint i = 0; i < self->outputs; i++) {
    const double place = floor (place_of (self, i));
    self->at[i] = (guint) CLAMP (place, 0, self->inputs - 1.0);
  }
}

static void
find_pairs (Axis * self)
{
  const gint last = (gint) self->inputs - 1;
  for (guint i = 0; i < self->outputs; i++) {
    const gint steps = (gint) floor ((place_of (self, i) - 0.5) * ONE + 0.5), first = steps >> 8;
    self->at[i] = CLAMP (first, 0, MAX (last - 1, 0));
    self->share[i] = first < 0 || last == 0 ? 0 : first >= last ? ONE : steps & (ONE - 1);
  }
}

/* ---- rows ---- */

/* A plane: its pixels have `step` bytes each. */
typedef struct
{
  const guint8 *from;
  guint8 *to;
  gint from_stride, to_stride;
  guint step;
  Axis x, y;
} Plane;

#define EACH_PIXEL(take) \
  switch (step) { \
    case 1: take (guint8, 1); break; \
    case 2: take (PtWord16, 1); break; \
    case 3: take (guint8, 3); break; \
    default: take (PtWord32, 1); \
  }

#define PICK(word, words) \
  for (gsize i = 0; i < count; i++) \
    for (gsize k = 0; k < (words); k++) \
      ((word *) to)[i * (words) + k] = ((const word *) from)[at[i] * (words) + k]

#define PICK_OTHER(word, words) \
  for (gsize i = 0; i < count; i++) \
    for (gsize k = 0; k < (words); k++) \
      ((word *) to)[i * (words) + k] = ((const word *) from)[2 * i * (words) + k]

PT_CLONES static void
pick (guint8 * restrict to, const guint8 * restrict from, const guint * restrict at, gsize count,
    guint step)
{
  EACH_PIXEL (PICK);
}

/* Every other one: a constant step has a better loop. */
PT_CLONES static void
pick_other (guint8 * restrict to, const guint8 * restrict from, gsize count, guint step)
{
  EACH_PIXEL (PICK_OTHER);
}

static void
sample_nearest (const Plane * plane)
{
  const Axis *y = &plane->y;
  for (guint i = 0; i < y->outputs; i++) {
    guint8 *to = plane->to + (gsize) i * plane->to_stride;
    const guint8 *from = plane->from + (gsize) y->at[i] * plane->from_stride;
    if (i > 0 && y->at[i] == y->at[i - 1])
      memcpy (to, to - plane->to_stride, (gsize) plane->x.outputs * plane->step);
    else if (plane->x.halved)
      pick_other (to, from, plane->x.outputs, plane->step);
    else
      pick (to, from, plane->x.at, plane->x.outputs, plane->step);
  }
}

/* ---- four samples ---- */

/* A row of the source, as the outputs see it: for each of their bytes the left sample and the right
 * one. Of pixels of one byte both lie in `pairs`. */
typedef struct
{
  gint64 number;
  guint8 *left, *right;
  guint16 *pairs;
} Row;

static PT_CLONES void
pick_pairs (guint16 * restrict to, const guint8 * restrict from, const guint * restrict at,
    gsize count)
{
  for (gsize i = 0; i < count; i++)
    to[i] = GUINT16_FROM_LE (*(const PtWord16 *) (from + at[i]));
}

/* The pair of output i is 2 * i - 1 and the next; the first output has the share of the left edge. */
static void
halve (const Plane * plane, const guint8 * from, Row * row)
{
  const guint step = plane->step, count = plane->x.outputs;
  memcpy (row->left, from, step);
  pick_other (row->left + step, from + step, count - 1, step);
  pick_other (row->right, from, count, step);
}

static void
take_apart (const Plane * plane, guint number, Row * row)
{
  const Axis *x = &plane->x;
  const guint8 *from = plane->from + (gsize) number * plane->from_stride;
  if (row->number == number)
    return;
  row->number = number;
  if (row->pairs) {
    pick_pairs (row->pairs, from, x->at, x->outputs);
  } else if (x->halved) {
    halve (plane, from, row);
  } else {
    pick (row->left, from, x->at, x->outputs, plane->step);
    pick (row->right, x->inputs > 1 ? from + plane->step : from, x->at, x->outputs, plane->step);
  }
}

/* Those of the CUDA texture unit have 8 bits, and so has their product. */
PT_INLINE guint8
weighed (guint16 a, guint16 b, guint16 c, guint16 d, guint16 across, guint16 down)
{
  const guint16 both = (guint16) ((guint16) (across * down + ONE / 2) >> 8);
  const guint16 right = (guint16) (across - both), low = (guint16) (down - both);
  const guint16 rest = (guint16) (ONE - across - low);
  return (guint8) ((guint16) (a * rest + b * right + c * low + d * both) >> 8);
}

static PT_CLONES void
blend (guint8 * restrict to, const Row * upper, const Row * lower, const guint16 * restrict share,
    guint16 down, gsize bytes)
{
  const guint8 *restrict a = upper->left, *restrict b = upper->right;
  const guint8 *restrict c = lower->left, *restrict d = lower->right;
  for (gsize i = 0; i < bytes; i++)
    to[i] = weighed (a[i], b[i], c[i], d[i], share[i], down);
}

static PT_CLONES void
blend_pairs (guint8 * restrict to, const guint16 * restrict upper, const guint16 * restrict lower,
    const guint16 * restrict share, guint16 down, gsize bytes)
{
  for (gsize i = 0; i < bytes; i++)
    to[i] = weighed (upper[i] & 0xff, upper[i] >> 8, lower[i] & 0xff, lower[i] >> 8, share[i],
        down);
}

static guint16 *
share_of_bytes (const Axis * axis, guint step)
{
  guint16 *share = g_new (guint16, (gsize) axis->outputs * step);
  for (guint i = 0; i < axis->outputs; i++)
    for (guint k = 0; k < step; k++)
      share[(gsize) i * step + k] = axis->share[i];
  return share;
}

static Row
row_new (const Plane * plane)
{
  const gsize bytes = (gsize) plane->x.outputs * plane->step;
  const gboolean paired = plane->step == 1 && plane->x.inputs > 1 && !plane->x.halved;
  guint8 *memory = g_malloc (2 * bytes);
  return (Row) {
  .number = -1,.left = memory,.right = memory + bytes,.pairs = paired ? (guint16 *) memory : NULL};
}

static void
sample_four (const Plane * plane)
{
  const Axis *y = &plane->y;
  const gsize bytes = (gsize) plane->x.outputs * plane->step;
  guint16 *share = share_of_bytes (&plane->x, plane->step);
  Row upper = row_new (plane), lower = row_new (plane);
  for (guint i = 0; i < y->outputs; i++) {
    const guint first = y->at[i] + (y->share[i] == ONE);        /* the last row: alone */
    const guint16 down = y->share[i] & (ONE - 1);
    guint8 *to = plane->to + (gsize) i * plane->to_stride;
    if (lower.number == first) {
      const Row passed = upper;
      upper = lower, lower = passed;
    }
    take_apart (plane, first, &upper);
    if (down)
      take_apart (plane, first + 1, &lower);
    if (upper.pairs)
      blend_pairs (to, upper.pairs, down ? lower.pairs : upper.pairs, share, down, bytes);
    else
      blend (to, &upper, down ? &lower : &upper, share, down, bytes);
  }
  g_free (share);
  g_free (upper.left);
  g_free (lower.left);
}

/* ---- the picture ---- */

/* Numbers of a plane are those of its first component. */
static void
plane_init (Plane * self, guint plane, const GstVideoFrame * from, const PtArea * area,
    const GstVideoFrame * to)
{
  const GstVideoFormatInfo *format = to->info.finfo;
  const gint component = plane; /* the first one of each plane, in the formats known here */
  const float across = 1 << GST_VIDEO_FORMAT_INFO_W_SUB (format, component);
  const float down = 1 << GST_VIDEO_FORMAT_INFO_H_SUB (format, component);
  *self = (Plane) {
    .from = GST_VIDEO_FRAME_PLANE_DATA (from, plane),
    .to = GST_VIDEO_FRAME_PLANE_DATA (to, plane),
    .from_stride = GST_VIDEO_FRAME_PLANE_STRIDE (from, plane),
    .to_stride = GST_VIDEO_FRAME_PLANE_STRIDE (to, plane),
    .step = GST_VIDEO_FORMAT_INFO_PSTRIDE (format, component),
  };
  axis_init (&self->x, GST_VIDEO_FRAME_COMP_WIDTH (from, component),
      GST_VIDEO_FRAME_COMP_WIDTH (to, component), (float) area->x / across, area->width,
      GST_VIDEO_FRAME_WIDTH (to));
  axis_init (&self->y, GST_VIDEO_FRAME_COMP_HEIGHT (from, component),
      GST_VIDEO_FRAME_COMP_HEIGHT (to, component), (float) area->y / down, area->height,
      GST_VIDEO_FRAME_HEIGHT (to));
}

void
pt_sample (const GstVideoFrame * from, const PtArea * area, GstVideoFrame * to, gboolean bilinear)
{
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES (to); i++) {
    Plane plane;
    plane_init (&plane, i, from, area, to);
    (bilinear ? find_pairs : find_nearest) (&plane.x);
    (bilinear ? find_pairs : find_nearest) (&plane.y);
    (bilinear ? sample_four : sample_nearest) (&plane);
    axis_clear (&plane.x);
    axis_clear (&plane.y);
  }
}
