/* Which regions of a batch nvdspreprocess makes tensors of. */
#pragma once
#include "../infer/crop.h"
#include "prepsettings.h"

G_BEGIN_DECLS

typedef struct
{
  PtFrame *frame;
  PtObject *object;                /* NULL: a region of the frame */
  PtRect roi;                      /* within the picture */
  GstVideoRectangle crop;          /* the same in even pixels */
  guint slot;
} PtPrepUnit;

/* What is looked at, and how often groups have skipped a batch. */
typedef struct
{
  const PtPrepSettings *settings;
  gboolean on_frames;
  gint gie_id;
  GArray *batches;                 /* of guint, by group: how many there were so far */
} PtPrepTargets;

/* Adds the regions of a buffer, or its objects, in DeepStream's order, and draws what is to be drawn. `info` is of the
 * caps. FALSE: `error` (to be freed) says which region lies outside its picture. */
gboolean pt_prep_units_collect (PtPrepTargets * targets, GstBuffer * buffer, const PtBatch * batch,
    const GstVideoInfo * info, GArray * units, char **error);

G_END_DECLS
