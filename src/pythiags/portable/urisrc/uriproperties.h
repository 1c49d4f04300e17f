/* The properties that nvurisrcbin and nvmultiurisrcbin share, in DeepStream's words. */
#pragma once
#include "enums.h"

G_BEGIN_DECLS

typedef enum
{ PT_URI_AUTO, PT_URI_URI, PT_URI_RTSP } PtUriType;

typedef enum
{ PT_RECORD_OFF, PT_RECORD_CLOUD, PT_RECORD_MULTI } PtRecordKind;

typedef enum
{ PT_RECORD_ALL, PT_RECORD_VIDEO, PT_RECORD_AUDIO } PtRecordMode;

typedef enum
{ PT_RECORD_MP4, PT_RECORD_MKV } PtRecordContainer;

GType pt_uri_type_type (void);
GType pt_uri_memtype_type (void);
GType pt_uri_skip_type (void);
GType pt_uri_protocol_type (void);
GType pt_uri_buffer_mode_type (void);
GType pt_uri_leaky_type (void);
GType pt_uri_record_type (void);
GType pt_uri_record_mode_type (void);
GType pt_uri_container_type (void);

#define PT_URI_NUMBER(name, initial, effect, blurb) \
  {name, NULL, G_TYPE_UINT, 0, G_MAXUINT, initial, effect, blurb, NULL}
#define PT_URI_SWITCH(name, initial, effect, blurb) \
  {name, NULL, G_TYPE_BOOLEAN, 0, 0, initial, effect, blurb, NULL}
#define PT_URI_STRING(name, initial, effect, blurb) \
  {name, NULL, G_TYPE_STRING, 0, 0, 0, effect, blurb, initial}
#define PT_URI_CHOICE(name, type, initial, effect, blurb) \
  {name, type, 0, 0, 0, initial, effect, blurb, NULL}

/* The decoder's. */
#define PT_URI_DECODER_PROPERTIES \
  PT_INERT_GPU_ID, \
  PT_URI_NUMBER ("num-extra-surfaces", 1, PT_FORWARDED, "Surfaces beside those that decoding needs"), \
  PT_URI_CHOICE ("cudadec-memtype", pt_uri_memtype_type, 0, PT_FORWARDED, \
      "CUDA memory of decoded frames"), \
  {"drop-frame-interval", NULL, G_TYPE_UINT, 0, 30, 0, PT_FORWARDED, \
      "5: every fifth decoded frame is output, the others are dropped; 0 drops none", NULL}, \
  PT_URI_CHOICE ("dec-skip-frames", pt_uri_skip_type, 0, PT_FORWARDED, "Frames not to decode"), \
  PT_URI_SWITCH ("low-latency-mode", FALSE, PT_FORWARDED, \
      "Decode frames one by one instead of several at a time"), \
  PT_URI_SWITCH ("disable-passthrough", FALSE, PT_FORWARDED, \
      "Copy pictures also where nothing has to be converted"), \
  PT_URI_STRING ("sei-uuid", NULL, PT_REFUSED, "Which SEI data to keep"), \
  {"simulate-fps-interval-ms", NULL, G_TYPE_UINT, 0, 1000, 0, PT_FORWARDED, \
      "Milliseconds that each encoded frame is held back, as of a camera; 0: none", NULL}

#define PT_URI_SOURCE_PROPERTIES \
  PT_URI_SWITCH ("file-loop", FALSE, PT_FORWARDED, \
      "Play a file, of a URI file:/, again and again; timestamps go on"), \
  PT_URI_SWITCH ("disable-audio", TRUE, PT_FORWARDED, "Leave audio out"), \
  PT_URI_NUMBER ("latency", 100, PT_FORWARDED, "Milliseconds of the jitter buffer, of RTSP"), \
  PT_URI_NUMBER ("udp-buffer-size", 524288, PT_FORWARDED, \
      "Bytes that the kernel keeps of received packets, of RTSP"), \
  PT_URI_SWITCH ("drop-on-latency", TRUE, PT_FORWARDED, \
      "The jitter buffer drops what is more than its latency, of RTSP"), \
  PT_URI_CHOICE ("buffer-mode", pt_uri_buffer_mode_type, 3, PT_FORWARDED, \
      "How the jitter buffer works, of RTSP"), \
  PT_URI_CHOICE ("select-rtp-protocol", pt_uri_protocol_type, 7, PT_FORWARDED, \
      "Transport of RTP: the first that works"), \
  PT_URI_CHOICE ("leaky", pt_uri_leaky_type, 0, PT_FORWARDED, \
      "Which encoded frames a full queue drops, of RTSP"), \
  PT_URI_NUMBER ("max-size-buffers", 200, PT_FORWARDED, \
      "Encoded frames that wait for the decoder, of RTSP"), \
  PT_URI_NUMBER ("rtsp-reconnect-interval", 0, PT_FORWARDED, \
      "Seconds without data until RTSP is connected again; 0: never"), \
  PT_URI_NUMBER ("init-rtsp-reconnect-interval", 0, PT_FORWARDED, \
      "Likewise once rtspsrc has reported an error; 0: as rtsp-reconnect-interval"), \
  {"rtsp-reconnect-attempts", NULL, G_TYPE_INT, G_MININT, G_MAXINT, -1, PT_FORWARDED, \
      "How often to connect again before data comes; -1: for ever", NULL}

#define PT_URI_RECORD_PROPERTIES \
  PT_URI_CHOICE ("smart-record", pt_uri_record_type, 0, PT_FORWARDED, \
      "Keep encoded frames, of RTSP, for recordings that begin in the past"), \
  PT_URI_STRING ("smart-rec-dir-path", NULL, PT_FORWARDED, "Folder of the recordings"), \
  PT_URI_STRING ("smart-rec-file-prefix", "Smart_Record", PT_FORWARDED, \
      "How the names of recordings begin"), \
  PT_URI_NUMBER ("smart-rec-video-cache", 20, PT_FORWARDED, "smart-rec-cache under its old name"), \
  PT_URI_NUMBER ("smart-rec-cache", 20, PT_FORWARDED, "Seconds that are kept for recordings"), \
  PT_URI_CHOICE ("smart-rec-container", pt_uri_container_type, 0, PT_FORWARDED, \
      "Format of the recordings"), \
  PT_URI_CHOICE ("smart-rec-mode", pt_uri_record_mode_type, 0, PT_FORWARDED, "What is recorded"), \
  PT_URI_NUMBER ("smart-rec-default-duration", 20, PT_FORWARDED, \
      "Seconds of a recording that nobody stops")

#define PT_URI_IPC_PROPERTIES \
  PT_URI_SWITCH ("ipc-buffer-timestamp-copy", FALSE, PT_NO_EFFECT, "Timestamps, of ipc://"), \
  PT_URI_STRING ("ipc-socket-path", NULL, PT_NO_EFFECT, "Socket, of ipc://"), \
  {"ipc-connection-attempts", NULL, G_TYPE_INT, -1, G_MAXINT, -1, PT_NO_EFFECT, \
      "Attempts to connect, of ipc://", NULL}, \
  {"ipc-connection-interval", NULL, G_TYPE_UINT64, 0, -1, 1000000, PT_NO_EFFECT, \
      "Microseconds between them, of ipc://", NULL}

#define PT_URI_PROPERTIES \
  PT_URI_DECODER_PROPERTIES, \
  PT_URI_SOURCE_PROPERTIES, \
  PT_URI_RECORD_PROPERTIES, \
  PT_URI_IPC_PROPERTIES

/* pt_inert_set for both elements, with the object lock held: smart-rec-cache has two names, and 0
 * attempts mean any number. */
void pt_uri_set_property (GObject * object, const GValue * value, GParamSpec * spec);

G_END_DECLS
