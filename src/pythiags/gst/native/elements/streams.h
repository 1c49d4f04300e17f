/* Events that tell elements behind nvstreammux of the life of a single source. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

GstEvent *pt_event_stream_started (guint source_id, gint fps_n, gint fps_d);
GstEvent *pt_event_stream_ended (guint source_id);

/* FALSE: another event. The rate is 0/1 where it is not known. */
gboolean pt_event_is_stream_started (GstEvent * event, guint * source_id, gint * fps_n,
    gint * fps_d);
gboolean pt_event_is_stream_ended (GstEvent * event, guint * source_id);

G_END_DECLS
