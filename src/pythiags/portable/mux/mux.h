/* nvstreammux, inside: what its input, its task and its pads share.
 *
 * Every sink pad has a short queue; its chain function waits while the queue is full, which is all
 * the back-pressure there is. The task of the source pad takes frames from the queues by turns and
 * collects them in `forming`. Sources that are not live are read in lockstep, so that a batch does
 * not depend on which decoder was faster; of live sources it takes what is there. One lock guards it
 * all, and is never held while something is pushed or queried. The task waits on `changed`, and each
 * chain function on its pad's `room`: a frame wakes only the one that can continue.
 */
#pragma once
#include <gst/video/video.h>

#include "muxcard.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (pt_mux_debug);

typedef struct
{
  GstPad parent;
  guint index;
  /* of its streaming thread */
  GstSegment segment;
  GstVideoInfo info;            /* no format: no caps yet */
  PtNvInput input;
  /* of the task */
  PtConverter converter;
  PtPool pool;
  GstSegment told;              /* what downstream knows, if announced */
  /* under the element's lock */
  GQueue queue;                 /* of PtMuxFrame */
  GCond room;                   /* in the queue, or no reason to wait for it any more */
  gboolean flushing, eos, released;
  gboolean announced;           /* downstream knows that the source started, not yet that it ended */
  gboolean end_due;             /* it has ended, which downstream does not know */
  gint frame_num;
  gboolean joined;              /* with sync: a frame was in time, or a warning said that its frames are late */
  GstClockTime late_by;         /* what is to be said: how late the first one came; 0: nothing */
} GstNvstreammuxPad;

typedef struct
{
  guint width, height, batch_size;
  gint timeout;                 /* microseconds; -1: none */
  gboolean live_source, padding, system_time, reset_on_eos, drop_eos;
  gboolean sync;                /* sync-inputs: see muxsync.h */
  guint max_latency;            /* nanoseconds, with sync */
  guint gpu_id;                 /* of the batches, where the pictures are on a card */
  PtInterpolation method;
  gint memory;                  /* nvbuf-memory-type */
} PtMuxSettings;

typedef struct
{
  GstElement parent;
  GstPad *src;
  GMutex lock;
  GCond changed;                /* anything that the task looks at */
  PtMuxSettings settings;
  char *config_file;            /* NULL: none */
  GPtrArray *pads;              /* of GstNvstreammuxPad, which the element owns */
  GArray *indices;              /* numbers in use: a pad's is free again once it has left the element */
  GArray *forming;              /* of PtMuxFrame: the batch so far */
  guint turn;                   /* whose frame comes next: a place in `pads` */
  GstClockTime moment;          /* of the last batch with sync; NONE: there was none */
  gboolean stopping, seeking, live, ended;
  guint32 last_seek;            /* its sequence number: several sinks may send the same one */
  GstFlowReturn flow;
  GArray *farewells;            /* ids of sources that were released in mid-stream */
  /* of the task, or of a seek while the task is paused */
  PtMuxOutput output;           /* `info` and `batch_size` change under the lock: others read them */
  gboolean started;             /* stream-start was pushed */
  gboolean negotiated, need_segment;
  GstClockTime last_pts;
} GstNvstreammux;

typedef GstPadClass GstNvstreammuxPadClass;
typedef GstElementClass GstNvstreammuxClass;

GType gst_nvstreammux_get_type (void);
GType gst_nvstreammux_pad_get_type (void);

#define PT_MUX(object) ((GstNvstreammux *) (object))
#define PT_MUX_PAD(object) ((GstNvstreammuxPad *) (object))

/* The functions of a sink pad. */
void pt_mux_pad_set_functions (GstPad * pad);

/* The task of the source pad. */
void pt_mux_loop (gpointer mux);

/* Downstream takes no more, and that is neither its end nor ours. */
gboolean pt_mux_has_failed (GstFlowReturn flow);

/* The longest time that a frame waits for its batch. Without a timeout: for the next frame. */
GstClockTime pt_mux_latency (const GstNvstreammux * mux);

/* The rest with the lock held. */
void pt_mux_changed (GstNvstreammux * mux);      /* wakes the task */
void pt_mux_changed_for_all (GstNvstreammux * mux);      /* wakes the chain functions as well */
/* No frame of the pad goes into a batch any more, not even into the one that is forming. */
void pt_mux_drop_frames (GstNvstreammux * mux, GstNvstreammuxPad * pad);
gboolean pt_mux_has_more (GstNvstreammuxPad * pad);
void pt_mux_take (GstNvstreammux * mux, guint place);  /* the next frame, into the batch */
void pt_mux_drop_next (GstNvstreammuxPad * pad);
GstNvstreammuxPad *pt_mux_pad_at (GstNvstreammux * mux, guint place); /* goes round */

G_END_DECLS
