/* The pictures of buffers: which one a frame is of, and output buffers that hold as many as an input buffer does. */
#pragma once
#include <gst/gst.h>

#include "convert.h"
#include "model.h"

G_BEGIN_DECLS

/* A buffer with one picture may come from a larger batch, whose slot its frame still names. */
guint pt_picture_slot (GstBuffer * buffer, const PtFrame * frame);

/* A reference to the picture of a slot: plain, or a part of a surface on a card. NULL: there is no such picture. */
GstBuffer *pt_picture_take (GstBuffer * buffer, guint slot);

/* Pictures of the pool's layout `info`, one for each of `like`: a plain buffer where that is one, else a
 * batch. Nothing of its metadata. NULL: there is no memory. */
GstBuffer *pt_pictures_like (PtPool * pool, GstBuffer * like, const GstVideoInfo * info);

G_END_DECLS
