/* See trace.h. */
#define GST_USE_UNSTABLE_API            /* GstTracer, which has not changed since 1.8 */
#include "trace.h"

#include "probe.h"

#include <gst/gsttracer.h>

/* A GStreamer that was built without hooks for tracers may lack these. */
#pragma weak gst_tracing_register_hook
#pragma weak gst_tracer_get_type

#define ARRIVAL_BITS 10
#define ARRIVALS (1 << ARRIVAL_BITS)     /* time stamps kept for each element */
#define NEIGHBOURS 8                     /* places among which one time stamp may be */
#define DEEPEST 64                       /* pushes within each other */

typedef struct _PtArrival
{
  GstClockTime pts;
  gint64 moment;
  gboolean left;
} PtArrival;

struct _PtTrace
{
  GstElement *pipeline;                  /* not owned: compared only */
  GPtrArray *records;
};

/* What is known of a pad, and kept with it. */
typedef struct
{
  PtTraceRecord *record;                 /* of its element; NULL: nobody wants to know */
  gint generation;                       /* of traces when that was found out */
  guint64 passed;
  const gchar *memory;
} PadNote;

typedef struct
{
  GstPad *pad;                           /* not owned: compared only */
  PtTraceRecord *record;                 /* NULL: a ghost pad, or another pipeline's */
  gint64 start, within;                  /* `within`: in pushes of its own */
  gboolean extracts;
} Frame;

/* The pushes that a thread is in. */
typedef struct
{
  guint depth;
  Frame frames[DEEPEST];
  PtTraceRecord *last;                   /* who made the last push of all, not owned: compared only */
  gint64 idle_since;
  gint generation;
} Stack;

static gint active;                      /* traces */
static gint generation;                  /* grows with each trace */
static GMutex registry;                  /* of the traces, and of notes that are being made */
static GSList *traces;
static GQuark note_quark, record_quark;  /* 0: there has been no trace */
static GPrivate stacks = G_PRIVATE_INIT (g_free);

static void
free_record (gpointer data)
{
  PtTraceRecord *record = data;
  g_mutex_clear (&record->lock);
  g_free (record->path);
  g_free (record->factory);
  g_free (record->arrivals);
}

static void
unref_record (gpointer record)
{
  g_atomic_rc_box_release_full (record, free_record);
}

static void
free_note (gpointer data)
{
  PadNote *note = data;
  if (note->record)
    unref_record (note->record);
  g_free (note);
}

static Stack *
stack_here (void)
{
  Stack *stack = g_private_get (&stacks);
  if (!stack) {
    stack = g_new0 (Stack, 1);
    g_private_set (&stacks, stack);
  }
  const gint now = g_atomic_int_get (&generation);
  if (stack->generation != now) {        /* what it holds is of a trace before this one */
    stack->generation = now;
    stack->depth = 0;
    stack->last = NULL;
    stack->idle_since = 0;
  }
  return stack;
}

/* ---- which element a pad is of */

static PtTrace *
trace_of (GstElement * element)
{
  GstObject *top = gst_object_ref (GST_OBJECT (element)), *parent;
  while ((parent = gst_object_get_parent (top))) {
    gst_object_unref (top);
    top = parent;
  }
  PtTrace *found = NULL;
  for (GSList *each = traces; each && !found; each = each->next)
    found = ((PtTrace *) each->data)->pipeline == (GstElement *) top ? each->data : NULL;
  gst_object_unref (top);
  return found;
}

static PtTraceRecord *
record_of (GstElement * element)
{
  PtTraceRecord *record = g_object_get_qdata (G_OBJECT (element), record_quark);
  if (record && g_atomic_int_get (&record->live))
    return record;
  PtTrace *trace = trace_of (element);
  if (!trace)
    return NULL;
  GstElementFactory *factory = gst_element_get_factory (element);
  record = g_atomic_rc_box_new0 (PtTraceRecord);
  g_mutex_init (&record->lock);
  record->live = TRUE;
  record->path = gst_object_get_path_string (GST_OBJECT (element));
  record->factory = g_strdup (factory ? GST_OBJECT_NAME (factory) : "");
  g_ptr_array_add (trace->records, g_atomic_rc_box_acquire (record));
  g_object_set_qdata_full (G_OBJECT (element), record_quark, record, unref_record);
  return record;
}

/* Ghost pads, and the pads within them, belong to bins, which do nothing of their own. */
static PadNote *
make_note (GstPad * pad)
{
  g_mutex_lock (&registry);
  PadNote *note = g_new0 (PadNote, 1);
  GstElement *element = GST_IS_PROXY_PAD (pad) ? NULL : gst_pad_get_parent_element (pad);
  note->generation = generation;
  if (element) {
    note->record = record_of (element);
    if (note->record)
      g_atomic_rc_box_acquire (note->record);
    gst_object_unref (element);
  }
  g_mutex_unlock (&registry);
  return note;
}

/* Only the thread that streams on a source pad makes its note. A sink pad has its stream lock held by
 * who pushes to it, and its note is made before that: the pusher is the only one there. */
static PadNote *
note_of (GstPad * pad)
{
  PadNote *note = g_object_get_qdata (G_OBJECT (pad), note_quark);
  if (note && (note->generation == g_atomic_int_get (&generation) || (note->record
              && g_atomic_int_get (&note->record->live))))
    return note;
  note = make_note (pad);
  g_object_set_qdata_full (G_OBJECT (pad), note_quark, note, free_note);
  return note;
}

/* ---- what comes and goes */

/* The first of the places where a time stamp may be; frames have them at even distances. */
static PtArrival *
places_of (PtTraceRecord * record, GstClockTime pts)
{
  if (!record->arrivals) {
    record->arrivals = g_new (PtArrival, ARRIVALS + NEIGHBOURS);
    for (guint i = 0; i < ARRIVALS + NEIGHBOURS; i++)
      record->arrivals[i] = (PtArrival) {.pts = GST_CLOCK_TIME_NONE,.left = TRUE };
  }
  guint64 mixed = (pts ^ (pts >> 33)) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  mixed = (mixed ^ (mixed >> 33)) * G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  return &record->arrivals[mixed >> (64 - ARRIVAL_BITS)];
}

/* Where a time stamp is, or NULL. */
static PtArrival *
find (PtArrival * places, GstClockTime pts)
{
  for (guint i = 0; i < NEIGHBOURS; i++)
    if (places[i].pts == pts)
      return &places[i];
  return NULL;
}

/* A place that is free, or the one that was taken longest ago. */
static PtArrival *
make_room (PtArrival * places)
{
  PtArrival *oldest = places;
  for (guint i = 0; i < NEIGHBOURS; i++) {
    if (places[i].left)
      return &places[i];
    if (places[i].moment < oldest->moment)
      oldest = &places[i];
  }
  return oldest;
}

static void
seen (PtTraceRecord * record, gint64 now)
{
  record->last = now;
  if (!record->first)
    record->first = now;
}

/* Of several buffers with one time stamp, as a mixer gets them, the first waits longest. */
static void
arrive (PtTraceRecord * record, GstClockTime pts, gint64 now, guint count)
{
  g_mutex_lock (&record->lock);
  seen (record, now);
  record->in += count;
  if (GST_CLOCK_TIME_IS_VALID (pts)) {
    PtArrival *places = places_of (record, pts), *arrival = find (places, pts);
    if (!arrival || arrival->left)
      *(arrival ? arrival : make_room (places)) = (PtArrival) {.pts = pts,.moment = now };
  }
  g_mutex_unlock (&record->lock);
}

static void
depart (PtTraceRecord * record, GstClockTime pts, gint64 now, guint count)
{
  g_mutex_lock (&record->lock);
  seen (record, now);
  record->out += count;
  if (record->in && GST_CLOCK_TIME_IS_VALID (pts)) {
    PtArrival *arrival = find (places_of (record, pts), pts);
    if (arrival) {
      pt_histogram_add (&record->stay, now - arrival->moment);
      arrival->left = TRUE;
    }
  }
  g_mutex_unlock (&record->lock);
}

static void
begin (Stack * stack, GstPad * pad, PtTraceRecord * record, gint64 now, gboolean extracts)
{
  if (stack->depth < DEEPEST)
    stack->frames[stack->depth] = (Frame) {
    .pad = pad,.record = record,.start = now,.extracts = extracts};
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
    stack->depth = depth;
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
  PadNote *from = note_of (pad), *to = note_of (peer);
  const GstClockTime pts = buffer ? GST_BUFFER_PTS (buffer) : GST_CLOCK_TIME_NONE;
  if (from->record) {
    from->passed += count;
    if (!from->memory && buffer && gst_buffer_n_memory (buffer)) {
      GstAllocator *allocator = gst_buffer_peek_memory (buffer, 0)->allocator;
      from->memory = g_intern_string (allocator
          && allocator->mem_type ? allocator->mem_type : "unknown");
    }
    if (!stack->depth && stack->last == from->record && stack->idle_since) {
      g_mutex_lock (&from->record->lock);
      pt_histogram_add (&from->record->make, now - stack->idle_since);
      g_mutex_unlock (&from->record->lock);
    }
    depart (from->record, pts, now, count);
  }
  if (!stack->depth)
    stack->last = from->record;
  if (to->record)
    arrive (to->record, pts, now, count);
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
  PadNote *by = note_of (pad), *to = peer ? note_of (peer) : NULL;
  const gint64 now = pt_now ();
  if (by->record)
    arrive (by->record, GST_CLOCK_TIME_NONE, now, 1);
  if (to && to->record) {
    to->passed++;
    depart (to->record, GST_CLOCK_TIME_NONE, now, 1);
  }
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
  note_quark = g_quark_from_static_string ("pythiags-trace-note");
  record_quark = g_quark_from_static_string ("pythiags-trace-record");
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
  trace->records = g_ptr_array_new_with_free_func (unref_record);
  g_mutex_lock (&registry);
  traces = g_slist_prepend (traces, trace);
  g_atomic_int_inc (&generation);
  g_mutex_unlock (&registry);
  g_atomic_int_inc (&active);
  return trace;
}

void
pt_trace_stop (PtTrace * trace)
{
  g_mutex_lock (&registry);
  if (trace->pipeline) {
    trace->pipeline = NULL;
    traces = g_slist_remove (traces, trace);
    for (guint i = 0; i < trace->records->len; i++)
      g_atomic_int_set (&((PtTraceRecord *) g_ptr_array_index (trace->records, i))->live, FALSE);
    g_atomic_int_add (&active, -1);
  }
  g_mutex_unlock (&registry);
}

void
pt_trace_free (PtTrace * trace)
{
  pt_trace_stop (trace);
  g_ptr_array_unref (trace->records);
  g_free (trace);
}

guint
pt_trace_length (PtTrace * trace)
{
  g_mutex_lock (&registry);
  const guint length = trace->records->len;
  g_mutex_unlock (&registry);
  return length;
}

PtTraceRecord *
pt_trace_get (PtTrace * trace, guint number)
{
  g_mutex_lock (&registry);
  PtTraceRecord *record = g_ptr_array_index (trace->records, number);
  g_mutex_unlock (&registry);
  return record;
}

guint64
pt_trace_passed (GstPad * pad, const gchar ** memory)
{
  const PadNote *note = note_quark ? g_object_get_qdata (G_OBJECT (pad), note_quark) : NULL;
  *memory = note ? note->memory : NULL;
  return note ? note->passed : 0;
}

gboolean
pt_trace_enter (GstPad * pad)
{
  if (!g_atomic_int_get (&active))
    return FALSE;
  PadNote *note = g_object_get_qdata (G_OBJECT (pad), note_quark);
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
