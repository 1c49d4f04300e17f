/* What a network put out, as user metas hold it: tensors, and a class for each pixel.
 *
 * Some come from GStreamer's own metadata and live in the memory of a batch: see analytics.h. Those of the
 * portable nvinfer are counted and never change: a copy of a batch has them too, without copying a number.
 */
#pragma once
#include <gst/gst.h>

#include "model.h"

G_BEGIN_DECLS

#define PT_MAX_DIMS 8              /* NVDSINFER_MAX_DIMS */

typedef struct
{
  const char *name;                /* NULL: none */
  gint type;                       /* GstTensorDataType */
  gboolean columns_first;          /* GST_TENSOR_DIM_ORDER_COL_MAJOR */
  guint dims_count;
  const gsize *dims;
  GstBuffer *data;                 /* owned; NULL: none, or see `host` */
  gconstpointer host;              /* nvinfer's numbers, `size` bytes; NULL: see `data` */
  gsize size;
  GBytes *bytes;                   /* what `host` lies in */
  gsize own_dims[PT_MAX_DIMS];
} PtTensor;

typedef struct
{
  guint count;
  PtTensor *tensors;
  guint unique_id;                 /* gie-unique-id; 0: none */
  guint width, height, channels;   /* of the network's input; 0: not known */
  gboolean maintain_aspect_ratio, symmetric_padding;
  gint refs;
} PtTensors;

/* For `count` tensors, which are empty until they are set; all else is zero. */
PtTensors *pt_tensors_new (guint count);
PtTensors *pt_tensors_ref (PtTensors * self);
void pt_tensors_unref (PtTensors * self);

/* Shares `size` bytes of `bytes` from `offset` on. More than PT_MAX_DIMS dims: the last ones are put together. */
void pt_tensors_set (PtTensors * self, guint index, const char *name, gint type,
    const gsize * dims, guint dims_count, GBytes * bytes, gsize offset, gsize size);

/* As a user meta of a frame or an object; takes over the reference. */
void pt_tensors_attach (PtTensors * self, PtBatch * batch, PtList * users);

typedef struct
{
  GstBuffer *mask;                 /* owned; an image of region ids, with a GstVideoMeta; NULL: see class_map */
  guint width, height;             /* of the mask */
  guint count;                     /* regions, or classes */
  const guint32 *region_ids;       /* by region index */
  PtBbox box;                      /* where it lies in the picture */
  guint unique_id;                 /* gie-unique-id; 0: none */
  gint32 *class_map;               /* nvinfer's: height rows of width, -1 for none */
  const float *probabilities;      /* as the network puts them out; NULL: none */
  gsize probabilities_size;        /* in bytes */
  GBytes *bytes;                   /* what they lie in */
  gint refs;
} PtSegmentation;

/* Its class map is not filled. */
PtSegmentation *pt_segmentation_new (guint width, guint height, guint classes, guint unique_id);
PtSegmentation *pt_segmentation_ref (PtSegmentation * self);
void pt_segmentation_unref (PtSegmentation * self);
void pt_segmentation_set_probabilities (PtSegmentation * self, GBytes * bytes, gsize offset,
    gsize size);

/* As a user meta of a frame or an object; takes over the reference. */
void pt_segmentation_attach (PtSegmentation * self, PtBatch * batch, PtList * users);

/* Writes the region index of each pixel, -1 where it is of none: height rows of width. FALSE: the mask
 * cannot be read. */
gboolean pt_segmentation_read (const PtSegmentation * self, gint32 * indices);

G_END_DECLS
