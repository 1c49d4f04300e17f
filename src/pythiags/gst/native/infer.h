/* What the nvinfer element, its preprocessing and its engine agree on.
 *
 * The engine decides and is Python; everything else is C. The engine is called three times in the
 * life of an element: open, then run once a batch that is inferred, then close.
 */
#pragma once
#include "meta.h"

G_BEGIN_DECLS

typedef enum { PT_COLOR_RGB, PT_COLOR_BGR, PT_COLOR_GRAY } PtColorFormat; /* model-color-format */

/* How a picture becomes a tensor [channels, height, width]: (value - offset) * scale. */
typedef struct
{
  guint width, height, channels;
  PtColorFormat color_format;
  gboolean maintain_aspect_ratio, symmetric_padding;
  gint scaling_filter;             /* NvBufSurfTransform_Inter's number */
  float scale, offsets[3];
} PtTensorSpec;

/* What becomes of the objects of one class. Sizes and offsets in pixels of the frame; 0: no limit. */
typedef struct
{
  gboolean filtered_out;
  float min_width, min_height, max_width, max_height, roi_top, roi_bottom;
  PtColor border_color, bg_color;
  gboolean has_bg_color;
  char label[PT_MAX_LABEL];
} PtInferClass;

typedef struct
{
  PtTensorSpec tensor;
  guint interval;                  /* batches to skip after each that is inferred */
  guint runs_at_once;              /* how many threads may call the engine at a time */
  gint unique_id;
  GArray *classes;                 /* of PtInferClass, by class id */
} PtInferPlan;

/* One detection, in pixels of the network's input. */
typedef struct
{
  guint frame;                     /* its place in the tensor */
  gint class_id;
  float confidence;
  PtBbox box;
} PtInferBox;

/* Where a call fails, `error` is what the Python exception says, to be freed; NULL: the program is
 * ending and Python is gone. */

/* `settings`: the element's properties that were set, as name, value, name, value ..., NULL. Fills
 * the plan; NULL: failed. */
gpointer pt_infer_open (gchar ** settings, PtInferPlan * plan, gchar ** error);

/* Appends to `boxes` (of PtInferBox) what the engine finds in tensor[count, c, h, w]. */
gboolean pt_infer_run (gpointer engine, const PtTensorSpec * spec, float *tensor, guint count,
    GArray * boxes, gchar ** error);

void pt_infer_close (gpointer engine);

/* The same three in Python, called with the GIL; set by infer.pxi when the extension is loaded. */
typedef struct
{
  gpointer (*open) (gchar ** settings, PtInferPlan * plan, gchar ** error);
  gboolean (*run) (gpointer engine, const PtTensorSpec * spec, float *tensor, guint count,
      GArray * boxes, gchar ** error);
  void (*close) (gpointer engine);
} PtInferEngine;

extern PtInferEngine pt_infer_engine;

G_END_DECLS
