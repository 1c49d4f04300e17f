/* Pictures in NVIDIA's memory as DLPack has tensors: where they lie, for libraries of arrays. */
#pragma once
#include "nvapi.h"

G_BEGIN_DECLS

typedef struct                  /* DLTensor */
{
  gpointer data;
  gint32 device, number, dimensions;
  guint8 code, bits;
  guint16 lanes;
  gint64 *shape, *strides;      /* in elements */
  guint64 offset;
} PtDlTensor;

typedef struct _PtDlManaged /* DLManagedTensor */
{
  PtDlTensor tensor;
  gpointer context;
  void (*deleter) (struct _PtDlManaged * self);
} PtDlManaged;

typedef struct _PtDlVersioned       /* DLManagedTensorVersioned */
{
  guint32 major, minor;
  gpointer context;
  void (*deleter) (struct _PtDlVersioned * self);
  guint64 flags;
  PtDlTensor tensor;
} PtDlVersioned;

/* One plane of a picture, bytes: [rows, columns], or [rows, columns, samples of a pixel]. */
typedef struct
{
  gpointer data;
  gint device, number, dimensions;
  gint64 shape[3], strides[3];
} PtDlPlane;

/* FALSE: `*problem` says why there is no such plane, and must be freed; NULL: the picture is not in
 * NVIDIA's memory. `caps` (may be NULL) are the buffer's. */
gboolean pt_plane_find (PtDlPlane * plane, GstBuffer * buffer, guint slot, guint number,
    const GstCaps * caps, char **problem);

/* Tensors that keep the buffer until whoever has them calls their deleter; read-only. */
PtDlManaged *pt_tensor_new (const PtDlPlane * plane, GstBuffer * buffer);
PtDlVersioned *pt_tensor_new_versioned (const PtDlPlane * plane, GstBuffer * buffer);

G_END_DECLS
