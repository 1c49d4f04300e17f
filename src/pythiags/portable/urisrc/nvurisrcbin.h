/* nvurisrcbin, inside: what its parts share.
 *
 * Two halves. The front comes and goes with the source: uridecodebin, or for RTSP
 *   rtspsrc ! depayloader ! parser ! queue ! decodebin
 * A branch for each medium stays, with the source pad of the bin, as long as the bin runs:
 *   video: queue ! nvvideoconvert ! NVMM     audio: queue ! audioconvert ! audioresample
 * One worker, a thread of the bin, does what must not be done in a streaming thread: it rewinds a
 * file that loops, and replaces the front of a camera that was lost.
 */
#pragma once
#include <gst/gst.h>

#include "recorder.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (pt_uri_debug);

typedef struct _GstNvurisrcbin GstNvurisrcbin;

typedef struct
{
  GstNvurisrcbin *owner;
  gboolean is_video;
  GPtrArray *elements;          /* NULL: not there yet */
  GstPad *ghost;
  /* of file-loop: of the streaming thread */
  GstSegment segment;
  GstClockTime last_pts;
  gboolean started;             /* downstream has a segment */
  /* under the lock */
  GstPad *pad;                  /* the front's that feeds it, a reference; NULL: none */
  gboolean held;                /* file-loop: its end came, and was not passed on */
} PtUriBranch;

struct _GstNvurisrcbin
{
  GstBin parent;
  gboolean is_rtsp, loops, reconnects;  /* as of the start */
  PtUriBranch video, audio;
  PtRecorder *recorder;
  GThread *worker;
  GMutex lock;
  GCond changed;                /* anything that the worker looks at */
  /* under the lock */
  GPtrArray *front;             /* of GstElement, references, the source first */
  GstElement *queue;            /* one of them: before the decoder, of RTSP */
  gboolean stopping, ending, replacing;
  gboolean has_video;           /* of RTSP: the front has taken a stream */
  gboolean has_audio;
  /* file-loop */
  gboolean rewinding;
  GstClockTime base, end;       /* where this round began, and how far it has come */
  /* reconnection; moments are g_get_monotonic_time's */
  gint64 last_data, last_start, failed_at;
  gboolean has_data;            /* since the last start */
  gboolean failed, lost;
  const char *reason;           /* of the failure: error or eos, as RetryPolicy's */
  char *detail;
  guint attempts;
};

/* The front: FALSE after posting an error. `sync`: the bin runs already. */
gboolean pt_uri_front_build (GstNvurisrcbin * self, gboolean sync);
void pt_uri_front_drop (GstNvurisrcbin * self);
/* Another in its place; where the bin was told to end meanwhile, that end instead. FALSE after posting an error. */
gboolean pt_uri_front_replace (GstNvurisrcbin * self);

/* Adds an element to the front; NULL after posting an error. */
GstElement *pt_uri_front_add (GstNvurisrcbin * self, const char *factory, const char *name);

/* For every element that comes into the bin: sets up the decoders. */
void pt_uri_decoder_set_up (GstNvurisrcbin * self, GstElement * element);

/* rtspsrc, set up; NULL after posting an error. */
GstElement *pt_uri_rtsp_new (GstNvurisrcbin * self);

/* A decoded pad of the front: its branch takes it, if it is the first. */
void pt_uri_branch_take (PtUriBranch * branch, GstPad * pad);
/* While the front is taken down: its threads then wait for nothing downstream, which may wait for the
 * state of the bin, as a sink does that pauses. */
void pt_uri_branch_lift_limits (PtUriBranch * branch, gboolean lifted);
void pt_uri_branch_send_eos (PtUriBranch * branch);
void pt_uri_branches_send_eos (GstNvurisrcbin * self);
void pt_uri_branch_close (PtUriBranch * branch);

/* file-loop */
void pt_uri_loop_watch (PtUriBranch * branch, GstPad * pad);
/* Of the worker. With the lock held: whether ends are held back that wait for what follows. */
gboolean pt_uri_loop_is_due (GstNvurisrcbin * self);
void pt_uri_loop_again (GstNvurisrcbin * self);

/* Reconnection: of the pad behind the depayloader. */
void pt_uri_reconnect_watch (GstNvurisrcbin * self, GstPad * pad);
void pt_uri_reconnect_note_failure (GstNvurisrcbin * self, const char *reason, const char *detail);

void pt_uri_worker_start (GstNvurisrcbin * self);
void pt_uri_worker_stop (GstNvurisrcbin * self);

#define PT_URI_NUM(self, name) pt_inert_number (G_OBJECT (self), name)

GType gst_nvurisrcbin_get_type (void);

G_END_DECLS
