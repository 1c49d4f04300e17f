/* See uriproperties.h. */
#include "uriproperties.h"

#define ENUM(function, name, ...) \
GType \
function (void) \
{ \
  static gsize once = 0; \
  static const GEnumValue values[] = { __VA_ARGS__, {0, NULL, NULL} }; \
  return pt_enum_type (&once, name, values); \
}

ENUM (pt_uri_type_type, "PythiagsUriSourceType",
    {PT_URI_AUTO, "By the URI's scheme", "auto"},
    {PT_URI_URI, "Any URI that GStreamer plays", "uri"},
    {PT_URI_RTSP, "RTSP, with reconnection and recordings", "rtsp"})

ENUM (pt_uri_memtype_type, "PythiagsUriCudaDecMemType",
    {0, "Memory type device", "memtype_device"},
    {1, "Memory type host pinned", "memtype_pinned"},
    {2, "Memory type unified", "memtype_unified"})

ENUM (pt_uri_skip_type, "PythiagsUriSkipFrames",
    {0, "Decode all frames", "decode_all"},
    {1, "Skip frames that no other frame refers to (H.264 only)", "decode_non_ref"},
    {2, "Decode key frames only", "decode_key"})

ENUM (pt_uri_protocol_type, "PythiagsUriRtpProtocol",
    {0, "As udp-udpmcast-tcp", "rtp-unknown"},
    {1, "UDP", "rtp-udp"},
    {2, "UDP multicast", "rtp-udp-mcast"},
    {4, "TCP", "rtp-tcp"},
    {7, "UDP, UDP multicast or TCP", "rtp-udp-udpmcast-tcp"},
    {10, "In HTTP", "rtp-http"},
    {20, "TCP with TLS", "rtp-tls"})

ENUM (pt_uri_buffer_mode_type, "PythiagsUriBufferMode",
    {0, "Only the timestamps of RTP", "unknown"},
    {1, "Follow the sender's clock", "slave"},
    {2, "Buffer between two marks", "buffer"},
    {3, "By whether the stream is live", "auto"},
    {4, "Sender and receiver have the same clock", "synced"})

ENUM (pt_uri_leaky_type, "PythiagsUriLeaky",
    {0, "None", "no-leak"},
    {1, "The newest", "upstream-leak"},
    {2, "The oldest", "downstream-leak"})

ENUM (pt_uri_record_type, "PythiagsSmartRecordType",
    {PT_RECORD_OFF, "No recordings", "smart-rec-disable"},
    {PT_RECORD_CLOUD, "Begun by messages from the cloud", "smart-rec-cloud"},
    {PT_RECORD_MULTI, "Begun by those, and by the application", "smart-rec-multi"})

ENUM (pt_uri_record_mode_type, "PythiagsSmartRecordMode",
    {PT_RECORD_ALL, "Video and audio, where there are both", "smart-rec-mode-av"},
    {PT_RECORD_VIDEO, "Video only", "smart-rec-mode-video"},
    {PT_RECORD_AUDIO, "Audio only", "smart-rec-mode-audio"})

ENUM (pt_uri_container_type, "PythiagsSmartRecordContainer",
    {PT_RECORD_MP4, "MP4", "smart-rec-mp4"},
    {PT_RECORD_MKV, "Matroska", "smart-rec-mkv"})

static void
set_named (GObject * object, const GValue * value, const char *name)
{
  pt_inert_set (object, value, g_object_class_find_property (G_OBJECT_GET_CLASS (object), name));
}

void
pt_uri_set_property (GObject * object, const GValue * value, GParamSpec * spec)
{
  if (g_str_equal (spec->name, "smart-rec-cache")
      || g_str_equal (spec->name, "smart-rec-video-cache")) {
    set_named (object, value, "smart-rec-cache");
    set_named (object, value, "smart-rec-video-cache");
  } else if (g_str_equal (spec->name, "rtsp-reconnect-attempts") && !g_value_get_int (value))
    pt_inert_set (object, g_param_spec_get_default_value (spec), spec);
  else
    pt_inert_set (object, value, spec);
}
