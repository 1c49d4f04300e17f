/* Pictures from one layout to another: cached converters and pools of pictures. */
#pragma once
#include <gst/video/video.h>

#include "area.h"
#include "colours.h"

G_BEGIN_DECLS

typedef enum                    /* NvBufSurfTransform_Inter's numbers */
{
  PT_INTER_NEAREST,
  PT_INTER_BILINEAR,
  PT_INTER_ALGO1,
  PT_INTER_ALGO2,
  PT_INTER_ALGO3,
  PT_INTER_ALGO4,
  PT_INTER_DEFAULT,
} PtInterpolation;

/* Zeroed, a converter is empty; a layout seen before costs no set-up. Not for two threads at once. */
typedef struct
{
  GstVideoConverter *converter;
  GstVideoInfo from, to;
  PtArea from_area, to_area;
  PtInterpolation method;
  gboolean fill;
  guint8 *between;              /* the pixels of a picture between two passes */
  GstVideoInfo between_info;
} PtConverter;

void pt_converter_clear (PtConverter * converter);

/* Converts an area of `from` into an area of `to`; the rest of `to` becomes black if `fill`, and stays
 * otherwise, unless `to` is of a format without views. The edges are those of pt_area_on_cells.
 * FALSE: there is no way from one format to the other. */
gboolean pt_converter_run (PtConverter * converter, GstVideoFrame * from, const PtArea * from_area,
    GstVideoFrame * to, const PtArea * to_area, PtInterpolation method, gboolean fill);

/* Same format and size: the pixels can be passed unchanged. */
gboolean pt_same_layout (const GstVideoInfo * a, const GstVideoInfo * b);

/* A pool of pictures of one layout, created again when the layout changes. Zeroed, it is empty. */
typedef struct
{
  GstBufferPool *pool;
  GstVideoInfo info;
} PtPool;

GstBuffer *pt_pool_acquire (PtPool * pool, const GstVideoInfo * info);  /* NULL: no memory */
void pt_pool_clear (PtPool * pool);

G_END_DECLS
