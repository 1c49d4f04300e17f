/* What nvdspreprocess and functions in Python that make its tensors agree on.
 *
 * They stand for libraries that are compiled for NVIDIA's memory. The Python extension registers the calls; the plugin
 * looks them up, and starts Python if it is not running.
 */
#pragma once
#include "prepared.h"

G_BEGIN_DECLS

/* What a tensor is to be made of, and what it is to be. */
typedef struct
{
  PtBatch *batch;
  const guint8 *pictures;          /* [count, height, width, channels], scaled */
  guint count, width, height, channels;
  const PtRoi *rois;               /* one a picture */
  const guint64 *target_ids;
  guint target_count;
  const char *name;                /* of the tensor */
  PtDataType type;
} PtMakerInput;

typedef struct
{
  /* `settings`: name, value, name, value ..., NULL; see PtPrepSettings. NULL: `error` is the message, to be freed;
   * with none the program is ending. */
  gpointer (*open) (gchar ** settings, gchar ** error);

  /* What is to be attached to the batch: of some of the regions, with a tensor, or of all of them without one. NULL: as
   * of open. */
  PtPrepared *(*make) (gpointer maker, const PtMakerInput * input, gchar ** error);

  void (*close) (gpointer maker);
} PtMakers;

/* The calls of this process; `makers` is static. */
void pt_makers_register (const PtMakers * makers);
const PtMakers *pt_makers_get (void);  /* NULL: none were registered yet */

G_END_DECLS
