/* The encoded frames of one medium that a recording may begin with. Not for two threads at once. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GQueue frames;                /* of GstBuffer, each with a PTS */
  GstCaps *caps;                /* NULL: nothing has come */
  GstClockTime length, last;    /* how much is kept; the last PTS */
} PtRecordCache;

/* A frame with a PTS; `buffer` is taken over. The result belongs to the cache. */
GstBuffer *pt_record_cache_add (PtRecordCache * cache, GstBuffer * buffer);

/* The frame that a recording of the time from `from` on begins with: a key frame. */
GList *pt_record_cache_find (PtRecordCache * cache, GstClockTime from);

gboolean pt_record_is_key (GstBuffer * buffer);
GstClockTime pt_record_time (GstBuffer * buffer);       /* the earlier one of its two */

/* Other caps begin anew. */
void pt_record_cache_set_caps (PtRecordCache * cache, GstCaps * caps);
void pt_record_cache_clear (PtRecordCache * cache);

G_END_DECLS
