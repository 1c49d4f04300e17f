/* See trace.h: GStreamer's hooks, and the pushes that each thread is in. */
#define GST_USE_UNSTABLE_API            /* GstTracer, which has not changed since 1.8 */
#include "traceparts.h"

#include "probe.h"

#include <gst/gsttracer.h>

/* A GStreamer that was built without hooks for tracers may lack these. */
#pragma weak gst_tracing_register_hook
#pragma weak gst_tracer_get_type

#define DEEPEST 64                       /* pushes within each other */

typedef struct
{
  GstPad *pad;                           /* not owned: compared only */
  PtTraceRecord *record;                 /* owned; NULL: a ghost pad, or another pipeline's */
  gint64 start, within;                  /* `within`: in pushes of its own */
  gboolean extracts;
} Frame;

/* The pushes that a thread is in. */
typedef struct
{
  guint depth;
  Frame frames[DEEPEST];
  PtTraceRecord *last;                   /* owned: who made the last push of all */
  gint64 idle_since;
  gint generation;
} Stack;

static gint active;                      /* traces */

static void free_stack (gpointer data);
static GPrivate stacks = G_PRIVATE_INIT (free_stack);

/* Forget the pushes above a depth. */
static void
unwind (Stack * stack, guint depth)
{
  for (guint i = depth; i < MIN (stack->depth, DEEPEST); i++)
    g_clear_pointer (&stack->frames[i].record, pt_record_unref);
  stack->depth = depth;
}

static void
set_last (Stack * stack, PtTraceRecord * record)
{
  if (stack->last == record)
    return;
  pt_record_unref (stack->last);
  stack->last = pt_record_ref (record);
}

static void
free_stack (gpointer data)
{
  unwind (data, 0);
  set_last (data, NULL);
  g_free (data);
}

static Stack *
stack_here (void)
{
  Stack *stack = g_private_get (&stacks);
  if (!stack) {
    stack = g_new0 (Stack, 1);
    g_private_set (&stacks, stack);
  }
  const gint now = pt_notes_generation ();
  if (stack->generation != now) {        /* what it holds is of a trace before this one */
    stack->generation = now;
    unwind (stack, 0);
    set_last (stack, NULL);
    stack->idle_since = 0;
  }
  return stack;
}

static void
begin (Stack * stack, GstPad * pad, PtTraceRecord * record, gint64 now, gboolean extracts)
{
  if (stack->depth < DEEPEST)
    stack->frames[stack->depth] = (Frame) {
    .pad = pad,.record = pt_record_ref (record),.start = now,.extracts = extracts};
  stack->depth++;
}

static void
end (Stack * stack, gint64 now)
{
  if (--stack->depth >= DEEPEST)
    return;
  Frame *frame = &stack->frames[stack->depth];
  const gint64 all = now - frame->start;
  if (frame->record) {
    g_mutex_lock (&frame->record->lock);
    pt_histogram_add (frame->extracts ? &frame->record->extract : &frame->record->work,
        all - frame->within);
    g_mutex_unlock (&frame->record->lock);
    g_clear_pointer (&frame->record, pt_record_unref);
  }
  if (stack->depth)
    stack->frames[stack->depth - 1].within += all;
}

/* A push that began before the trace has no frame; frames above its own have lost their end. */
static void
end_of (GstPad * pad)
{
  Stack *stack = g_private_get (&stacks);
  if (!stack || !stack->depth)
    return;
  const gint64 now = pt_now ();
  guint depth = stack->depth;
  if (depth <= DEEPEST) {
    while (depth && stack->frames[depth - 1].pad != pad)
      depth--;
    if (!depth)
      return;
    unwind (stack, depth);
  }
  end (stack, now);
  if (!stack->depth)
    stack->idle_since = now;
}

static void
pass (GstPad * pad, GstBuffer * buffer, guint count)
{
  GstPad *peer = gst_pad_get_peer (pad);
  if (!peer)
    return;
  const gint64 now = pt_now ();
  Stack *stack = stack_here ();
  PtPadNote *from = pt_note_of (pad), *to = pt_note_of (peer);
  const GstClockTime pts = buffer ? GST_BUFFER_PTS (buffer) : GST_CLOCK_TIME_NONE;
  if (from->record) {
    if (!stack->depth && stack->last == from->record && stack->idle_since) {
      g_mutex_lock (&from->record->lock);
      pt_histogram_add (&from->record->make, now - stack->idle_since);
      g_mutex_unlock (&from->record->lock);
    }
    pt_depart (from, buffer, now, count);
  }
  if (!stack->depth)
    set_last (stack, from->record);
  if (to->record)
    pt_arrive (to->record, pts, now, count);
  begin (stack, pad, to->record, now, FALSE);
  gst_object_unref (peer);
}

/* ---- GStreamer's hooks */

static void
push_pre (GObject * self, GstClockTime ts, GstPad * pad, GstBuffer * buffer)
{
  if (g_atomic_int_get (&active))
    pass (pad, buffer, 1);
}

static void
push_list_pre (GObject * self, GstClockTime ts, GstPad * pad, GstBufferList * list)
{
  const guint count = gst_buffer_list_length (list);
  if (g_atomic_int_get (&active))
    pass (pad, count ? gst_buffer_list_get (list, 0) : NULL, count);
}

static void
push_post (GObject * self, GstClockTime ts, GstPad * pad, GstFlowReturn result)
{
  if (g_atomic_int_get (&active))
    end_of (pad);
}

static void
pull_pre (GObject * self, GstClockTime ts, GstPad * pad, guint64 offset, guint size)
{
  if (!g_atomic_int_get (&active))
    return;
  GstPad *peer = gst_pad_get_peer (pad);
  PtPadNote *by = pt_note_of (pad), *to = peer ? pt_note_of (peer) : NULL;
  const gint64 now = pt_now ();
  if (by->record)
    pt_arrive (by->record, GST_CLOCK_TIME_NONE, now, 1);
  if (to && to->record)
    pt_depart (to, NULL, now, 1);
  begin (stack_here (), pad, to ? to->record : NULL, now, FALSE);
  g_clear_pointer (&peer, gst_object_unref);
}

static void
pull_post (GObject * self, GstClockTime ts, GstPad * pad, GstBuffer * buffer, GstFlowReturn result)
{
  if (g_atomic_int_get (&active))
    end_of (pad);
}

typedef GstTracer PtTracer;
typedef GstTracerClass PtTracerClass;
G_DEFINE_TYPE (PtTracer, pt_tracer, GST_TYPE_TRACER);

static void
pt_tracer_class_init (PtTracerClass * klass)
{
}

static void
pt_tracer_init (PtTracer * self)
{
}

static void
register_hooks (void)
{
  static gsize done;
  if (!g_once_init_enter (&done))
    return;
  pt_notes_init ();
  GstTracer *tracer = g_object_new (pt_tracer_get_type (), NULL);
  GST_OBJECT_FLAG_SET (tracer, GST_OBJECT_FLAG_MAY_BE_LEAKED);
  gst_tracing_register_hook (tracer, "pad-push-pre", G_CALLBACK (push_pre));
  gst_tracing_register_hook (tracer, "pad-push-post", G_CALLBACK (push_post));
  gst_tracing_register_hook (tracer, "pad-push-list-pre", G_CALLBACK (push_list_pre));
  gst_tracing_register_hook (tracer, "pad-push-list-post", G_CALLBACK (push_post));
  gst_tracing_register_hook (tracer, "pad-pull-range-pre", G_CALLBACK (pull_pre));
  gst_tracing_register_hook (tracer, "pad-pull-range-post", G_CALLBACK (pull_post));
  g_once_init_leave (&done, 1);
}

PtTrace *
pt_trace_new (GstElement * pipeline)
{
  if (!gst_tracing_register_hook || !gst_tracer_get_type)
    return NULL;
  register_hooks ();
  PtTrace *trace = g_new0 (PtTrace, 1);
  trace->pipeline = pipeline;
  trace->records = g_ptr_array_new_with_free_func (pt_record_unref);
  pt_notes_begin (trace);
  g_atomic_int_inc (&active);
  return trace;
}

void
pt_trace_stop (PtTrace * trace)
{
  if (pt_notes_end (trace))
    g_atomic_int_add (&active, -1);
}

void
pt_trace_free (PtTrace * trace)
{
  pt_trace_stop (trace);
  g_ptr_array_unref (trace->records);
  g_free (trace);
}

gboolean
pt_trace_enter (GstPad * pad)
{
  if (!g_atomic_int_get (&active))
    return FALSE;
  PtPadNote *note = pt_note_known (pad);
  Stack *stack = g_private_get (&stacks);
  if (!note || !note->record || !stack || !stack->depth)
    return FALSE;
  begin (stack, pad, note->record, pt_now (), TRUE);
  return TRUE;
}

void
pt_trace_leave (gboolean entered)
{
  Stack *stack = g_private_get (&stacks);
  if (entered && stack && stack->depth)
    end (stack, pt_now ());
}
