/* Pictures in NVIDIA's memory, as its decoder and our muxer give them, read by the CPU. */
#pragma once
#include "convert.h"
#include "nvpool.h"

G_BEGIN_DECLS

/* What a thread needs to read such pictures: memory that the card can write to. Zeroed, it is empty. */
typedef struct
{
  PtNvSurfacePool staging;
  gboolean lends;               /* the pictures of a buffer that is read may be in that memory, their rows padded */
} PtNvReader;

void pt_nv_reader_clear (PtNvReader * reader);

/* Copies one picture of such a buffer, which must be as `info` says, into plain memory of `pool`.
 * NULL: `*problem` says why, and must be freed. */
GstBuffer *pt_nv_read_picture (PtNvReader * reader, GstBuffer * buffer, guint slot, PtPool * pool,
    const GstVideoInfo * info, char **problem);

/* The same for any buffer, of any thread; `caps` (may be NULL) are its own. NULL without a problem: it
 * has no such pictures. */
GstBuffer *pt_nv_download (GstBuffer * buffer, guint slot, const GstCaps * caps, char **problem);

/* Reads all its pictures, and copies its times and, where it has a batch, its metadata: a buffer as
 * surface.h describes it. NULL: `*problem` says why, and must be freed. */
GstBuffer *pt_nv_read (PtNvReader * reader, GstBuffer * buffer, PtPool * pool,
    const GstVideoInfo * info, char **problem);

/* Timestamps and flags, and reference timestamps: a source's own clock. NVIDIA's decoder attaches what is of no
 * use elsewhere. */
void pt_nv_copy_times (GstBuffer * to, GstBuffer * from);

G_END_DECLS
