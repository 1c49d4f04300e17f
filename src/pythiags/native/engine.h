/* What the nvinfer element, its preprocessing and its engine agree on.
 *
 * The engine decides and is Python; everything else is C. In the life of an element the engine is
 * opened, run once a batch that is inferred, interrupted where the element stops, and closed. The
 * Python extension registers it; the plugin looks it up, and starts Python if it is not running.
 */
#pragma once
#include "model.h"

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
  guint surface_step;              /* pictures of a run on a card; 0: it takes tensors only */
  gint unique_id;
  gboolean analytics;              /* objects are written as GstAnalytics too; set by the element */
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

/* Pictures in the memory of a card: RGBA, as large as the network's input, one below the other. */
typedef struct
{
  gpointer data;
  guint pitch, rows;               /* bytes of a row; rows from one picture to the next */
  guint room;                      /* how many pictures there are, filled or not */
} PtInferSurface;

/* Where a call fails, `error` is the message, to be freed; NULL: the program is ending, and nothing
 * can be run any more. */
typedef struct
{
  /* `settings`: the element's properties that were set, as name, value, name, value ..., NULL.
   * Fills the plan. NULL: failed. */
  gpointer (*open) (gchar ** settings, PtInferPlan * plan, gchar ** error);

  /* Appends to `boxes` (of PtInferBox) what the engine finds in tensor[count, c, h, w]. */
  gboolean (*run) (gpointer engine, const PtTensorSpec * spec, float *tensor, guint count,
      GArray * boxes, gchar ** error);

  /* The same for the first pictures of a surface; only where the plan has a surface_step. */
  gboolean (*run_surface) (gpointer engine, const PtInferSurface * surface, guint count,
      GArray * boxes, gchar ** error);

  /* Makes the runs that are under way fail soon, and all later ones. */
  void (*interrupt) (gpointer engine);

  void (*close) (gpointer engine);
} PtInferEngine;

/* The engine of this process; `engine` is static. */
void pt_infer_engine_register (const PtInferEngine * engine);
const PtInferEngine *pt_infer_engine_get (void);        /* NULL: none was registered yet */

G_END_DECLS
