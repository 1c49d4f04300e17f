/* See streaming.h. */
#include "streaming.h"

/* The bus of the pipeline that this thread streams for. A pool lends it to one task after another. */
static GPrivate streamed;

/* Called in the thread that posts, without the GIL. */
static GstBusSyncReply
watch (GstBus * bus, GstMessage * message, gpointer data)
{
  GstStreamStatusType status;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_STREAM_STATUS) {
    gst_message_parse_stream_status (message, &status, NULL);
    if (status == GST_STREAM_STATUS_TYPE_ENTER)
      g_private_set (&streamed, bus);
    else if (status == GST_STREAM_STATUS_TYPE_LEAVE)
      g_private_set (&streamed, NULL);
  }
  return GST_BUS_PASS;
}

void
pt_watch_streaming (GstBus * bus)
{
  gst_bus_set_sync_handler (bus, watch, NULL, NULL);
}

gboolean
pt_streams_for (GstBus * bus)
{
  return g_private_get (&streamed) == bus;
}
