/* Pictures in NVIDIA's memory, as its decoder gives them.
 *
 * Such a buffer's only memory is an NvBufSurface: a header with the addresses of its pictures, mostly
 * in the memory of a card. The layout is that of NVIDIA's public header nvbufsurface.h; its functions
 * are in the process wherever such buffers are, and are looked up there.
 */
#pragma once
#include "convert.h"

G_BEGIN_DECLS

/* What a thread needs to read such pictures: memory that the card can write to. Zeroed, it is empty. */
typedef struct
{
  gpointer staging;             /* an NvBufSurface of one picture */
  guint width, height, format;  /* of the staging */
} PtNvReader;

void pt_nv_reader_clear (PtNvReader * reader);

/* Whether the pictures of a buffer, whose caps say `info`, are in NVIDIA's memory. */
gboolean pt_nv_is_surface (GstBuffer * buffer, const GstVideoInfo * info);

/* Copies the only picture of such a buffer, an NV12 picture of `info`, into plain memory of `pool`.
 * NULL: `*problem` says why, and must be freed. */
GstBuffer *pt_nv_read (PtNvReader * reader, GstBuffer * buffer, PtPool * pool,
    const GstVideoInfo * info, char **problem);

G_END_DECLS
