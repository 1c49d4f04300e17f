/* For loops over pixels: plain C that compilers vectorise.
 *
 * PT_CLONES before a function compiles it for several instruction sets, of which the machine's best is
 * chosen when the library is loaded; the build defines it where compiler, C library and processor can
 * do that. What such a function calls must be PT_INLINE, or it is compiled for the oldest set only.
 */
#pragma once
#include <gst/video/video.h>

#ifndef PT_CLONES
#define PT_CLONES
#endif
#define PT_INLINE static inline __attribute__ ((always_inline))

/* Words of pixels, which may lie at any byte: rows have any stride. */
typedef guint16 __attribute__ ((aligned (1), may_alias)) PtWord16;
typedef guint32 __attribute__ ((aligned (1), may_alias)) PtWord32;

/* Where row y of a component begins. */
PT_INLINE guint8 *
pt_component_row (const GstVideoFrame * frame, gint component, gint y)
{
  return (guint8 *) GST_VIDEO_FRAME_COMP_DATA (frame, component)
      + y * GST_VIDEO_FRAME_COMP_STRIDE (frame, component);
}
