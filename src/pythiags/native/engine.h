/* What the nvinfer element, its preprocessing and its engine agree on.
 *
 * The engine decides and is Python; everything else is C. In the life of an element the engine is
 * opened, run once a batch that is inferred, interrupted where the element stops, and closed. The
 * Python extension registers it; the plugin looks it up, and starts Python if it is not running.
 */
#pragma once
#include "prepared.h"

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

typedef enum                       /* network-type */
{
  PT_NETWORK_DETECTOR, PT_NETWORK_CLASSIFIER, PT_NETWORK_SEGMENTATION, PT_NETWORK_INSTANCES,
  PT_NETWORK_OTHER = 100           /* nothing is made of its outputs */
} PtNetworkType;

/* The objects that a secondary network runs on; sizes in pixels of the frame, 0: no limit. */
typedef struct
{
  gint gie_id;                     /* whose unique_component_id; -1: any */
  GArray *class_ids;               /* of gint; empty: any */
  guint min_width, min_height, max_width, max_height;
  guint reinfer_interval;          /* frames; G_MAXINT: a tracked object is classified once */
  gboolean tracked_only;           /* as classifier-async-mode has it */
} PtInferTargets;

typedef struct
{
  PtTensorSpec tensor;
  PtNetworkType network_type;
  guint interval;                  /* batches to skip after each that is inferred */
  guint batch_size;                /* pictures of a run, at most; 0: all that there are */
  guint runs_at_once;              /* how many threads may call the engine at a time */
  gboolean takes_surfaces;         /* of a card; else tensors only */
  guint gpu_id;                    /* the card */
  gint unique_id;
  gboolean on_objects;             /* secondary mode */
  gboolean from_meta;              /* it runs on the tensors of nvdspreprocess, and on nothing else */
  gboolean clip_to_roi;            /* what it finds is cut to the region that it was found in */
  char input_name[PT_MAX_LABEL];   /* of the network */
  PtInferTargets targets;
  float mask_threshold;            /* of the objects' masks */
  gboolean crop_to_roi;            /* objects are cut to the regions of their class, not left out */
  char classifier_type[64];
  gboolean analytics;              /* objects are written as GstAnalytics too; set by the element */
  GArray *classes;                 /* of PtInferClass, by class id */
} PtInferPlan;

/* One detection, in pixels of the network's input. */
typedef struct
{
  guint picture;                   /* its place in the tensor */
  gint class_id;
  float confidence;
  PtBbox box;
  PtMask mask;                     /* its data, if any, are to be freed with g_free */
} PtInferBox;

/* Pictures in the memory of a card: NV12, of one size, one below the other. The engine scales them. */
typedef struct
{
  gpointer data;
  guint pitch, rows;               /* bytes of a row; rows from one picture to the next */
  guint chroma;                    /* its first row in a picture */
  guint width, height;
  guint x, y, to_width, to_height; /* where they belong in the network's input */
  float matrix[3][3], bias[3];     /* red, green and blue, 0 to 255: matrix * (Y, U, V) + bias */
} PtInferSurface;

/* What a classifier says of a picture; those of one picture follow each other. */
typedef struct
{
  guint picture;
  guint label_id, class_id;        /* which attribute, and which of its values */
  float confidence;
  gboolean is_named;               /* `label` counts */
  char label[PT_MAX_LABEL];
} PtInferLabel;

typedef struct
{
  GArray *boxes;                   /* of PtInferBox */
  GArray *labels;                  /* of PtInferLabel */
  GPtrArray *tensors;              /* of PtTensors, owned, one a picture, or none at all */
  GPtrArray *maps;                 /* of PtSegmentation, likewise */
} PtInferResults;

void pt_infer_results_init (PtInferResults * results);
void pt_infer_results_empty (PtInferResults * results);       /* frees what was not taken over */
void pt_infer_results_clear (PtInferResults * results);

/* Where a call fails, `error` is the message, to be freed; NULL: the program is ending, and nothing
 * can be run any more. */
typedef struct
{
  /* `settings`: the element's properties that were set, as name, value, name, value ..., NULL.
   * Fills the plan. NULL: failed. */
  gpointer (*open) (gchar ** settings, PtInferPlan * plan, gchar ** error);

  /* Adds to `results` what the engine finds in tensor[count, c, h, w]. */
  gboolean (*run) (gpointer engine, const PtInferPlan * plan, float *tensor, guint count,
      PtInferResults * results, gchar ** error);

  /* The same for some regions of what nvdspreprocess made; it has a tensor. */
  gboolean (*run_prepared) (gpointer engine, const PtInferPlan * plan, const PtPrepared * prepared,
      guint first, guint count, PtInferResults * results, gchar ** error);

  /* The same for the first pictures of a surface; only where the plan takes them. */
  gboolean (*run_surface) (gpointer engine, const PtInferPlan * plan,
      const PtInferSurface * surface, guint count, PtInferResults * results, gchar ** error);

  /* Makes the runs that are under way fail soon, and all later ones. */
  void (*interrupt) (gpointer engine);

  void (*close) (gpointer engine);
} PtInferEngine;

/* The engine of this process; `engine` is static. */
void pt_infer_engine_register (const PtInferEngine * engine);
const PtInferEngine *pt_infer_engine_get (void);        /* NULL: none was registered yet */

G_END_DECLS
