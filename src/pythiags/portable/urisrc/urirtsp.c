/* rtspsrc as nvurisrcbin sets it up. */
#include "nvurisrcbin.h"

#include "inert.h"

#define GST_CAT_DEFAULT pt_uri_debug

#define LONGEST_ANSWER 20       /* seconds: rtspsrc's own */

/* Of GstRTSPLowerTrans, whose library is needed for nothing else. */
enum
{ UDP = 1, UDP_MULTICAST = 2, TCP = 4, HTTP = 0x10, TLS = 0x20 };

static guint
protocols (gint64 selected)
{
  switch (selected) {
    case UDP:
    case UDP_MULTICAST:
    case TCP:
      return (guint) selected;
    case 10:
      return HTTP;
    case 20:
      return TLS;
    default:
      return UDP | UDP_MULTICAST | TCP;
  }
}

/* While it waits for an answer it cannot be taken down. */
static guint64
longest_answer (GstNvurisrcbin * self)
{
  const gint64 interval = PT_URI_NUM (self, "rtsp-reconnect-interval");
  return G_USEC_PER_SEC * (guint64) (interval ? MIN (interval + 1, LONGEST_ANSWER)
      : LONGEST_ANSWER);
}

GstElement *
pt_uri_rtsp_new (GstNvurisrcbin * self)
{
  GstElement *source = pt_uri_front_add (self, "rtspsrc", "src");
  if (!source)
    return NULL;
  char *uri = pt_inert_text (G_OBJECT (self), "uri");
  g_object_set (source, "location", uri,
      "latency", (guint) PT_URI_NUM (self, "latency"),
      "udp-buffer-size", (gint) MIN (PT_URI_NUM (self, "udp-buffer-size"), G_MAXINT),
      "drop-on-latency", (gboolean) PT_URI_NUM (self, "drop-on-latency"),
      "buffer-mode", (gint) PT_URI_NUM (self, "buffer-mode"),
      "protocols", protocols (PT_URI_NUM (self, "select-rtp-protocol")),
      "tcp-timeout", longest_answer (self), NULL);
  g_free (uri);
  /* From GStreamer 1.22 on: nvstreammux attach-sys-ts=false reads it. */
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (source), "add-reference-timestamp-meta"))
    g_object_set (source, "add-reference-timestamp-meta", TRUE, NULL);
  return source;
}
