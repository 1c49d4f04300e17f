/* Buffers in NVIDIA's memory: each holds a surface with the pictures of a batch. */
#pragma once
#include "nvapi.h"

G_BEGIN_DECLS

typedef struct
{
  guint gpu_id, batch_size, width, height, format, memory;      /* the last two: NVIDIA's numbers */
} PtNvLayout;

/* Surfaces that are used again. Zeroed, it is empty. It may be cleared while its buffers are in use. */
typedef struct
{
  PtNvLayout layout;
  struct _PtNvStock *stock;
} PtNvSurfacePool;

/* For pictures as `info` says, made of those of `like` on the card that they are on. */
PtNvLayout pt_nv_layout_like (const PtNvSurface * like, const GstVideoInfo * info, guint batch_size);

/* A buffer whose surface, without pictures yet, is `*surface`. NULL: there is no memory left. */
GstBuffer *pt_nv_pool_acquire (PtNvSurfacePool * pool, const PtNvLayout * layout, PtNvSurface ** surface);
void pt_nv_pool_clear (PtNvSurfacePool * pool);

/* How many of its buffers are in use. */
guint pt_nv_pool_used (PtNvSurfacePool * pool);

/* One picture of a buffer whose surface is laid out as from DeepStream 8.0 on: a surface of its own, which
 * shares the pixels and keeps the buffer. It has the times and flags of that. NULL: there is no such
 * picture. */
GstBuffer *pt_nv_part (GstBuffer * buffer, guint slot);

G_END_DECLS
