/* An RTSP server in a thread of its own, with one stream.
 *
 * It is GStreamer's own, libgstrtspserver, which is loaded when the first server starts: the plugin
 * does not depend on it.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _PtRtspServer PtRtspServer;

/* Serves the pipeline `launch`, which all clients share, as rtsp://<address>:<port><path>.
 * port 0: where there is room. NULL after posting an error from `owner`. */
PtRtspServer *pt_rtsp_server_start (GstElement * owner, guint port, const char *path,
    const char *launch);

guint pt_rtsp_server_port (const PtRtspServer * server);

/* Ends the connections of its clients, and its thread. */
void pt_rtsp_server_stop (PtRtspServer * server);

G_END_DECLS
