/* Events that report the life cycle of one source to the elements after nvstreammux. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  guint source_id;
  gint fps_n, fps_d;            /* 0/1: not known */
  GstSegment segment;           /* of the source's own timestamps */
} PtStream;

/* A source's first frame comes next, or the first of a new segment. */
GstEvent *pt_event_stream_started (const PtStream * stream);

/* No frame of the source follows. */
GstEvent *pt_event_stream_ended (guint source_id);

/* FALSE: another event. */
gboolean pt_event_is_stream_started (GstEvent * event, PtStream * stream);
gboolean pt_event_is_stream_ended (GstEvent * event, guint * source_id);

G_END_DECLS
