/* See recordcache.h. */
#include "recordcache.h"

#define LONGEST_GAP (60 * GST_SECOND)   /* between key frames; what is longer is not kept */

gboolean
pt_record_is_key (GstBuffer * buffer)
{
  return !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

GstClockTime
pt_record_time (GstBuffer * buffer)
{
  return GST_BUFFER_DTS_IS_VALID (buffer) ? MIN (GST_BUFFER_DTS (buffer), GST_BUFFER_PTS (buffer))
      : GST_BUFFER_PTS (buffer);
}

static GList *
next_key (GList * link)
{
  while (link && !pt_record_is_key (link->data))
    link = link->next;
  return link;
}

/* Those before `link` go. */
static void
drop_until (PtRecordCache * cache, GList * link)
{
  while (cache->frames.head != link)
    gst_buffer_unref (g_queue_pop_head (&cache->frames));
}

static gboolean
is_overlong (PtRecordCache * cache)
{
  GstBuffer *first = g_queue_peek_head (&cache->frames);
  return first && GST_BUFFER_PTS (first) + cache->length + LONGEST_GAP < cache->last;
}

/* What is left begins with the last key frame that is old enough. The newest frame always stays. */
static void
trim (PtRecordCache * cache)
{
  for (;;) {
    GList *first = cache->frames.head;
    GList *second = first ? next_key (first->next) : NULL;
    if (!second || GST_BUFFER_PTS (second->data) + cache->length > cache->last)
      break;
    drop_until (cache, second);
  }
  if (is_overlong (cache))
    drop_until (cache, cache->frames.tail);
}

GstBuffer *
pt_record_cache_add (PtRecordCache * cache, GstBuffer * buffer)
{
  if (!GST_BUFFER_PTS_IS_VALID (buffer)) {
    buffer = gst_buffer_make_writable (buffer);
    GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_IS_VALID (cache->last) ? cache->last + GST_USECOND : 0;
  }
  cache->last = GST_BUFFER_PTS (buffer);
  g_queue_push_tail (&cache->frames, buffer);
  if (pt_record_is_key (buffer) || is_overlong (cache))
    trim (cache);
  return buffer;
}

GList *
pt_record_cache_find (PtRecordCache * cache, GstClockTime from)
{
  GList *found = next_key (cache->frames.head);
  for (GList * link = found; link && GST_BUFFER_PTS (link->data) <= from;
      link = next_key (link->next))
    found = link;
  return found;
}

void
pt_record_cache_set_caps (PtRecordCache * cache, GstCaps * caps)
{
  if (cache->caps && !gst_caps_is_equal (cache->caps, caps))
    drop_until (cache, NULL);
  gst_caps_replace (&cache->caps, caps);
}

void
pt_record_cache_clear (PtRecordCache * cache)
{
  drop_until (cache, NULL);
  gst_caps_replace (&cache->caps, NULL);
}
