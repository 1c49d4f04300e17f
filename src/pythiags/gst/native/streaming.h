/* Which threads are a pipeline's own: those that stream its buffers. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* Watches the streaming threads of a pipeline begin and end, by the messages that they post. */
void pt_watch_streaming (GstBus * bus);

/* Whether the calling thread is one of them. */
gboolean pt_streams_for (GstBus * bus);

G_END_DECLS
