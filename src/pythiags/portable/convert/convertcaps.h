/* What nvvideoconvert can turn into what. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

/* All caps that `caps` can become (direction sink) or come from (src), the cheapest first.
 * `turned`: width and height change places. */
GstCaps *pt_convert_caps (GstPadDirection direction, GstCaps * caps, GstCaps * filter,
    gboolean turned);

/* One of `other`, which it takes over: the nearest to the fixed `caps`. */
GstCaps *pt_convert_fixate (const GstCaps * caps, GstCaps * other, gboolean turned);

G_END_DECLS
