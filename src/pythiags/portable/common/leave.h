/* Pictures that leave NVMM memory: plain buffers for whoever reads them next.
 *
 * Portable NVMM memory is the system's, so the same buffer is passed on. Only a reader that would take
 * padded rows for tight ones needs a copy.
 */
#pragma once
#include <gst/base/gstbasetransform.h>

#include "convert.h"

G_BEGIN_DECLS

/* Zeroed, it knows of no reader yet. Of the streaming thread. */
typedef struct
{
  PtPool pool;
  gboolean asked, reads_strides;        /* whether downstream reads GstVideoMeta */
} PtLeave;

/* For set_caps: the reader may be another one. */
void pt_leave_reset (PtLeave * leave);

/* For stop. */
void pt_leave_clear (PtLeave * leave);

/* FALSE after posting an error: a batch of several pictures is not one picture. */
gboolean pt_leave_check (GstBaseTransform * element, guint pictures);

/* The picture of slot 0, of layout `info`: `in` itself, without a reference, or a copy. NULL: there
 * is no memory. `in` must hold one picture. */
GstBuffer *pt_leave_buffer (PtLeave * leave, GstBaseTransform * element, GstBuffer * in,
    const GstVideoInfo * info);

G_END_DECLS
