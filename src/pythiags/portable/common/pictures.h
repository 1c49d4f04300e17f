/* Output buffers that hold as many pictures as an input buffer does. */
#pragma once
#include <gst/gst.h>

#include "convert.h"

G_BEGIN_DECLS

/* Pictures of the pool's layout `info`, one for each of `like`: a plain buffer where that is one, else a
 * batch. Nothing of its metadata. NULL: there is no memory. */
GstBuffer *pt_pictures_like (PtPool * pool, GstBuffer * like, const GstVideoInfo * info);

G_END_DECLS
