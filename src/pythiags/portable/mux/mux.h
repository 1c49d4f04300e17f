/* nvstreammux, inside: what its input, its task and its pads share.
 *
 * Every sink pad has a short queue; its chain function waits while the queue is full, which is all
 * the back-pressure there is. The task of the source pad takes frames from the queues by turns.
 * Sources that are not live are read in lockstep, so that a batch does not depend on which decoder
 * was faster; live ones give what they have. One lock guards it all, and is never held while
 * something is pushed or queried.
 */
#pragma once
#include <gst/video/video.h>

#include "muxbatch.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (pt_mux_debug);

typedef struct
{
  GstPad parent;
  guint index;
  /* of its streaming thread */
  GstSegment segment;
  GstVideoInfo info;            /* no format: no caps yet */
  /* of the task */
  PtConverter converter;
  GstSegment told;              /* what downstream knows, if announced */
  /* under the element's lock */
  GQueue queue;                 /* of PtMuxFrame */
  gboolean flushing, eos, released;
  gboolean announced;           /* downstream knows that the source started, not yet that it ended */
  gint frame_num;
} GstNvstreammuxPad;

typedef struct
{
  guint width, height, batch_size;
  gint timeout;                 /* microseconds; -1: none */
  gboolean live_source, padding, system_time, reset_on_eos, drop_eos;
  PtInterpolation method;
} PtMuxSettings;

typedef struct
{
  GstElement parent;
  GstPad *src;
  GMutex lock;
  GCond changed;                /* anything below, or a queue */
  PtMuxSettings settings;
  GPtrArray *pads;              /* of GstNvstreammuxPad, which the element owns */
  guint turn;                   /* whose frame comes next: a place in `pads` */
  gboolean stopping, seeking, live, ended;
  guint32 last_seek;            /* its sequence number: several sinks may send the same one */
  GstFlowReturn flow;
  GArray *farewells;            /* ids of sources that were released in mid-stream */
  /* of the task, or of a seek while the task is paused */
  PtMuxOutput output;
  gboolean started, need_segment;
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

/* The rest with the lock held. */
void pt_mux_changed (GstNvstreammux * mux);
void pt_mux_pad_drop_frames (GstNvstreammuxPad * pad);
GstNvstreammuxPad *pt_mux_pad_at (GstNvstreammux * mux, guint place); /* goes round */

G_END_DECLS
