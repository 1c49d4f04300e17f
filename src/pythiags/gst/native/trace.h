/* Where the time of a pipeline goes: how long each element works on a buffer, and how long a buffer
 * stays in it.
 *
 * GStreamer's hooks for tracers call us before and after each push. Both are measured without the GIL
 * and without a clock of GStreamer's. A hook cannot be taken back: without a trace it returns at once.
 */
#pragma once
#include "histogram.h"

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _PtTrace PtTrace;

/* One element, from its first buffer on, or all elements of a factory that are gone. */
typedef struct
{
  gint live;                                 /* neither it is gone nor its trace stopped */
  PtTrace *trace;                            /* not owned; NULL once it is not live */
  guint removed;                             /* elements that are gone; 0: it is one that is not */
  GMutex lock;                               /* of all that follows */
  gchar *path, *factory;
  guint64 in, out;                           /* buffers */
  gint64 first, last;                        /* moments at which one came or left; 0: never */
  PtHistogram work;                          /* in its own functions, for each push or pull */
  PtHistogram stay;                          /* from arrival to departure, where the time stamps match */
  PtHistogram make;                          /* between two pushes of its own thread */
  PtHistogram extract;                       /* of extractors on its pads */
  struct _PtArrival *arrivals;
} PtTraceRecord;

/* Begins to trace the elements of a pipeline, those included that it has yet to get. NULL: GStreamer
 * was built without hooks for tracers. */
PtTrace *pt_trace_new (GstElement * pipeline);
void pt_trace_stop (PtTrace * trace);                    /* may be called again */
void pt_trace_free (PtTrace * trace);

/* The elements in the order of their first buffers, and a sum for each factory whose elements are
 * gone, so that there are no more of them however many come and go. */
GPtrArray *pt_trace_records (PtTrace * trace);

/* What has left by a source pad: how many buffers, and the name of the first one's kind of memory, or
 * NULL. */
guint64 pt_trace_passed (GstPad * pad, const gchar ** memory);

/* Around a probe's work on a pad, so that it is not taken for the next element's. Give what the
 * first one has returned to the second one. */
gboolean pt_trace_enter (GstPad * pad);
void pt_trace_leave (gboolean entered);

G_END_DECLS
