/* Pictures in NVIDIA's memory that the CPU sees, as NvBufSurface describes them.
 *
 * Sizes and offsets are those of the public header nvbufsurface.h, as a compiler lays them out on x86-64
 * and aarch64. What a buffer holds is the NvBufSurface itself; the pictures lie where it points to.
 */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Bytes of NvBufSurfaceParams, one a slot: DeepStream 5.0 to 7.1, and from 8.0. */
#define PT_NV_SURFACE_SIZE 384
#define PT_NV_SURFACE_SIZE_8 416

/* The picture of a slot as a plain video buffer with a GstVideoMeta, which keeps `buffer` and copies
 * nothing. NULL: no such slot, memory that the CPU does not see, or a format that is not known here. */
GstBuffer *pt_nv_picture (GstBuffer * buffer, guint slot, gsize surface_size);

G_END_DECLS
