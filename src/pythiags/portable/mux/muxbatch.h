/* The batches of nvstreammux: pictures of one format and mostly of one size, and their metadata. */
#pragma once
#include <gst/video/video.h>

#include "convert.h"
#include "nvinput.h"
#include "nvpool.h"

G_BEGIN_DECLS

/* One picture on its way through the muxer. */
typedef struct
{
  GstBuffer *buffer;            /* owned */
  GstObject *owner;             /* owned: the pad, to whom the converter belongs */
  GstVideoInfo info;
  GstSegment segment;
  GstClockTime running_time;    /* may be GST_CLOCK_TIME_NONE */
  guint64 ntp_timestamp;        /* set by pt_mux_fit */
  guint source_id;
  gint frame_num;
  PtConverter *converter;       /* its pad's, as is the pool */
  PtPool *pool;
  gboolean on_card;             /* its picture is in the memory of a card: see muxcard.h */
} PtMuxFrame;

typedef struct
{
  GstVideoInfo info;            /* the output's */
  guint batch_size, gpu_id;
  gboolean keeps_sizes;         /* each picture has the size of its source */
  gboolean padding, system_time;
  PtInterpolation method;
  gboolean on_card;             /* the batch that is being made: of gpu_id */
  PtNvSurfacePool card;
  PtNvInput input;              /* for frames that cannot stay on a card */
} PtMuxOutput;

void pt_mux_frame_clear (PtMuxFrame * frame);
GArray *pt_mux_frames_new (void);       /* of PtMuxFrame, which it clears */

/* Brings the picture into the output's format and the size of its slot, unless a card will. FALSE: `*problem` says
 * why, and must be freed. */
gboolean pt_mux_fit (PtMuxOutput * output, PtMuxFrame * frame, char **problem);

/* Takes the buffers out of `frames`, which fit and are at least one. NULL: `*problem` says why, and
 * must be freed; only on a card. */
GstBuffer *pt_mux_batch (PtMuxOutput * output, PtMuxFrame * frames, guint count, char **problem);

void pt_mux_output_clear (PtMuxOutput * output);        /* the memory that it keeps */

G_END_DECLS
