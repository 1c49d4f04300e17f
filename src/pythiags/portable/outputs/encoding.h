/* What both outputs begin with:  queue ! nvvideoconvert ! capsfilter ! encoder ! parser
 *
 * The encoder is DeepStream's (nvv4l2h264enc, nvv4l2h265enc), or with enc-type=sw the one of the CPU.
 */
#pragma once
#include "chain.h"
#include "enums.h"
#include "inert.h"

G_BEGIN_DECLS

typedef enum
{ PT_CODEC_H264 = 1, PT_CODEC_H265, PT_CODEC_MPEG4 } PtCodec;

typedef struct
{
  const char *hardware, *software, *package;    /* encoders, and what has the second */
  const char *parser, *payloader, *encoding;    /* the last is RTP's name of the codec */
} PtCodecParts;

const PtCodecParts *pt_codec_parts (PtCodec codec);

GType pt_codec_type (void);
GType pt_encoder_choice_type (void);
GType pt_output_profile_type (void);

#define PT_OUTPUT_NUMBER(name, initial, blurb) \
  {name, NULL, G_TYPE_UINT, 0, G_MAXUINT, initial, PT_FORWARDED, blurb}
#define PT_OUTPUT_SWITCH(name, initial, blurb) \
  {name, NULL, G_TYPE_BOOLEAN, 0, 0, initial, PT_FORWARDED, blurb}
#define PT_OUTPUT_TEXT(name, initial, blurb) \
  {name, NULL, G_TYPE_STRING, 0, 0, 0, PT_FORWARDED, blurb, initial}

/* Rows of the table of properties: see inert.h. */
#define PT_ENCODING_PROPERTIES(interval, synced) \
  PT_INERT_GPU_ID, \
  {"codec", pt_codec_type, 0, 0, 0, PT_CODEC_H264, PT_FORWARDED, "Codec of the output"}, \
  {"enc-type", pt_encoder_choice_type, 0, 0, 0, 0, PT_FORWARDED, "Encoder of DeepStream, or of GStreamer"}, \
  PT_OUTPUT_NUMBER ("bitrate", 0, "Bits per second; 0: the encoder's own"), \
  {"profile", pt_output_profile_type, 0, 0, 0, 0, PT_FORWARDED, "Profile of the codec, with enc-type=hw"}, \
  PT_OUTPUT_NUMBER ("iframeinterval", interval, "Frames from one key frame to the next; 0: the encoder's own"), \
  PT_OUTPUT_SWITCH ("sync", synced, "Sync on the clock"), \
  PT_OUTPUT_SWITCH ("qos", FALSE, "Send QoS events upstream for late frames")

/* Appends them, set up as the bin's properties say. FALSE after posting an error.
 * live: the encoder holds no frame back. */
gboolean pt_encoding_append (PtChain * chain, gboolean live);

/* For class_init: properties that can be set in the states NULL and READY. */
void pt_output_install (GObjectClass * klass, const PtInert * properties);

/* Sets what the bin and the sink at its end have in common. */
void pt_output_set_up_sink (GstBin * bin, GstElement * sink);

G_END_DECLS
