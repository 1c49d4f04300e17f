/* The element that runs a network on the frames of batches, or on objects in them: nvinfer and nvinferserver are kinds
 * of it, which differ in their properties and in how their configuration file is written. */
#pragma once
#include "inferline.h"
#include "nvinferproperties.h"

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

typedef struct
{
  const char *factory;
  GstDebugCategory **category;
  const PtInFile *in_file;         /* which properties the configuration file has too */
} PtInferKind;

typedef struct
{
  GstBaseTransform parent;
  GstStructure *settings;          /* the properties that were set; under the object lock */
  PtInferLine *line;               /* lasts as long as the element */

  /* Set by start, freed by stop. */
  gpointer engine;
  PtInferPlan plan;

  /* The streaming thread's between start and stop. */
  GstVideoInfo info;
  PtInferJob *job;                 /* of the buffer that is being prepared */
  PtInferHistory *history;         /* of tracked objects */
  guint to_skip;                   /* batches before the next one that is inferred */
  gint frame_num;                  /* for buffers without a batch */
  gboolean reported;               /* upstream knows why the line has stopped */
  gboolean warned;                 /* of objects that nothing tracks, or a tensor of another name */

  gboolean warned_of_class;        /* the output thread's */
} PythiagsInfer;

typedef struct
{
  GstBaseTransformClass parent;
  const PtInferKind *kind;
} PythiagsInferClass;

GType pythiags_infer_get_type (void);   /* abstract */

/* For the subclass's class_init; it installs its properties afterwards. */
void pt_infer_install (gpointer klass, const PtInferKind * kind);

G_END_DECLS
