/* DeepStream's enumerations that several elements share, and the properties that use them. */
#pragma once
#include <gst/gst.h>

#include "inert.h"

G_BEGIN_DECLS

GType pt_memory_type_type (void);
GType pt_compute_hw_type (void);
GType pt_interpolation_type (void);    /* PtInterpolation */
GType pt_flip_type (void);      /* PtFlip */

/* What every element has that allocates pictures. */
#define PT_INERT_GPU_ID \
  {"gpu-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT, "Number of the GPU"}
#define PT_INERT_MEMORY_TYPE \
  {"nvbuf-memory-type", pt_memory_type_type, 0, 0, 0, 0, PT_NO_EFFECT, "Memory type of the output"}
#define PT_INERT_COMPUTE_HW \
  {"compute-hw", pt_compute_hw_type, 0, 0, 0, 0, PT_NO_EFFECT, "Hardware for scaling"}

G_END_DECLS
