/* What nvdspreprocess makes of a batch, as a user meta of the batch holds it: a tensor, and the regions that it was
 * made of.
 *
 * All of it lives in the memory of the batch. As in DeepStream a copy of a batch does not have it: it names frames
 * and objects of the batch that it was made of.
 */
#pragma once
#include "tensors.h"

G_BEGIN_DECLS

typedef enum                       /* NvDsDataType */
{
  PT_DATA_FP32, PT_DATA_UINT8, PT_DATA_INT8, PT_DATA_UINT32, PT_DATA_INT32, PT_DATA_INT64,
  PT_DATA_UINT64, PT_DATA_FP16, PT_DATA_TYPES
} PtDataType;

typedef struct
{
  PtRect roi;                      /* pixels of the frame; an object's box where there is one */
  PtFrame *frame;
  PtObject *object;                /* NULL: a region of the frame */
  double scale_ratio_x, scale_ratio_y, offset_left, offset_top;  /* tensor = (frame - roi) * ratio + offset */
  PtList classifiers, users;       /* what networks said of it */
} PtRoi;

typedef struct
{
  PtTensor tensor;                 /* its first dimension is the number of regions */
  guint64 buffer_size;             /* bytes */
  gint data_type;                  /* PtDataType */
  guint gpu_id, meta_id;           /* meta_id counts the tensors of a buffer */
  gint maintain_aspect_ratio;
} PtPreparedTensor;

typedef struct
{
  const guint64 *target_ids;       /* the networks that it is for, by gie-unique-id */
  guint target_count;
  guint roi_count;
  PtRoi *rois;
  PtPreparedTensor *tensor;        /* NULL: none was made */
} PtPrepared;

/* For so many regions, which are empty; without a tensor. */
PtPrepared *pt_prepared_new (PtBatch * batch, guint rois, const guint64 * target_ids,
    guint target_count);

/* Gives the numbers of a tensor of such a shape, all 0, to be filled. */
gpointer pt_prepared_add_tensor (PtPrepared * self, PtBatch * batch, const char *name,
    PtDataType type, const gsize * dims, guint dims_count);

gboolean pt_prepared_is_for (const PtPrepared * self, guint64 unique_id);

/* As a user meta of its batch. */
void pt_prepared_attach (PtPrepared * self, PtBatch * batch);

G_END_DECLS
