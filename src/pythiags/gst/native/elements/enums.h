/* DeepStream's enumerations that several elements share, and the properties that use them. */
#pragma once
#include <gst/gst.h>

#include "inert.h"

G_BEGIN_DECLS

typedef enum
{
  PT_INTER_NEAREST,
  PT_INTER_BILINEAR,
  PT_INTER_ALGO1,
  PT_INTER_ALGO2,
  PT_INTER_ALGO3,
  PT_INTER_ALGO4,
  PT_INTER_DEFAULT,
} PtInterpolation;

GType pt_memory_type_type (void);
GType pt_compute_hw_type (void);
GType pt_interpolation_type (void);

/* What every element has that allocates pictures. */
#define PT_INERT_GPU_ID \
  {"gpu-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT, "Number of the GPU"}
#define PT_INERT_MEMORY_TYPE \
  {"nvbuf-memory-type", pt_memory_type_type, 0, 0, 0, 0, PT_NO_EFFECT, "Kind of memory of the output"}
#define PT_INERT_COMPUTE_HW \
  {"compute-hw", pt_compute_hw_type, 0, 0, 0, 0, PT_NO_EFFECT, "Hardware that scales"}

G_END_DECLS
