/* NVIDIA's metadata as portable metadata. */
#pragma once
#include "tonvidia.h"

G_BEGIN_DECLS

/* Moves the batch of NVIDIA's on a writable buffer into a portable one. `width` and `height` are what boxes refer to
 * where the frames do not say it. */
PtConverted pt_from_nvidia (GstBuffer * buffer, guint width, guint height);

G_END_DECLS
