/* For loops over pixels: plain C that compilers vectorise.
 *
 * PT_CLONES before a function compiles it for several instruction sets, of which the machine's best is
 * chosen when the library is loaded; the build defines it where compiler, C library and processor can
 * do that. What such a function calls must be PT_INLINE, or it is compiled for the oldest set only.
 */
#pragma once
#include <glib.h>

#ifndef PT_CLONES
#define PT_CLONES
#endif
#define PT_INLINE static inline __attribute__ ((always_inline))

/* Words of pixels, which may lie at any byte: rows have any stride. */
typedef guint16 __attribute__ ((aligned (1), may_alias)) PtWord16;
typedef guint32 __attribute__ ((aligned (1), may_alias)) PtWord32;
