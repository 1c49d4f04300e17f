/* How samples of one length become samples of another: a window of weights for each output. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* NvBufSurfTransform_Inter's numbers. */
typedef enum
{
  PT_FILTER_NEAREST, PT_FILTER_BILINEAR, PT_FILTER_CUBIC, PT_FILTER_SUPER, PT_FILTER_LANCZOS
} PtFilterKind;

typedef struct
{
  guint outputs, taps;
  gboolean copies;                 /* as many outputs as inputs: each is the sample of its place */
  guint *first;                    /* by output: the first sample of its window */
  float *weights;                  /* by output and tap; each window's sum is 1 */
} PtFilter;

/* Output i lies where the centre of its pixel falls: (i + 1/2) * inputs / outputs - 1/2. Windows
 * that reach over an end take the sample at the end. */
PtFilter *pt_filter_new (PtFilterKind kind, guint inputs, guint outputs);
void pt_filter_free (PtFilter * filter);

/* One output row of a plane: the weighted sum of its window's rows, `width` bytes each. */
void pt_filter_rows (const PtFilter * filter, guint output, const guint8 * plane, gsize stride,
    gsize width, float *restrict sum);

/* The same samples as floats: what both filters of a plane do that only copy. */
void pt_filter_copy (const guint8 * restrict row, guint step, guint count, float *restrict out);

/* One component along a row: samples lie `step` apart. Writes filter->outputs floats. */
void pt_filter_row (const PtFilter * filter, const float *row, guint step, float *out);

G_END_DECLS
