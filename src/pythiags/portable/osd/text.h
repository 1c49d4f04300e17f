/* Text as coverage, rendered once for each font, size and wording, and kept while it is in use.
 *
 * Not safe for threads: one cache an element, used in its streaming thread.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gint width, height, stride;   /* pixels, pixels, bytes */
  const guint8 *coverage;       /* width x height, 0..255; NULL where nothing is to be seen */
} PtTextImage;

typedef struct _PtTextCache PtTextCache;

/* `owner` is borrowed: warnings name it. */
PtTextCache *pt_text_cache_new (GstObject * owner, guint max_images, gsize max_bytes);
void pt_text_cache_free (PtTextCache * cache);

/* Borrowed until the next call. `font` is a family with an optional style behind it, as in
 * "DejaVu Sans Bold"; NULL: Serif. Long texts are cut, what is not UTF-8 is replaced, and a line
 * feed begins a new line. */
const PtTextImage *pt_text_cache_get (PtTextCache * cache, const char *text, const char *font,
    guint points);

G_END_DECLS
