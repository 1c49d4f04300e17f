/* The part of a picture that a secondary network sees. */
#pragma once
#include "model.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Where an object lies in a picture of this size: whole pixels, left and top rounded up to even ones and
 * width and height down, as nvinfer does. FALSE: nothing is left of it. */
gboolean pt_crop_of (const PtRect * rect, gint width, gint height, GstVideoRectangle * crop);

/* Makes `frame`, which is mapped, show this part only; the copy needs no unmapping. */
GstVideoFrame pt_crop_frame (const GstVideoFrame * frame, const GstVideoRectangle * crop);

G_END_DECLS
