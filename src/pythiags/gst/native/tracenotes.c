/* What a trace keeps with elements and pads: the record of an element, and a note on each pad that
 * says whose it is.
 */
#include "traceparts.h"

/* Set for a pad once, so that no thread sees a note that goes. */
typedef struct
{
  PtPadNote *newest;
} Notes;

static gint generation;                  /* grows with each trace */
static GMutex registry;                  /* of the traces, their records, and notes that are made */
static GSList *traces;
static GQuark note_quark, record_quark;  /* 0: there has been no trace */

static void
free_record (gpointer data)
{
  PtTraceRecord *record = data;
  g_mutex_clear (&record->lock);
  g_free (record->path);
  g_free (record->factory);
  g_free (record->arrivals);
}

PtTraceRecord *
pt_record_ref (PtTraceRecord * record)
{
  return record ? g_atomic_rc_box_acquire (record) : NULL;
}

void
pt_record_unref (gpointer record)
{
  if (record)
    g_atomic_rc_box_release_full (record, free_record);
}

static PtTraceRecord *
new_record (const gchar * path, const gchar * factory)
{
  PtTraceRecord *record = g_atomic_rc_box_new0 (PtTraceRecord);
  g_mutex_init (&record->lock);
  record->path = g_strdup (path);
  record->factory = g_strdup (factory);
  return record;
}

/* ---- elements that are gone: one record for all of a factory, however many sources come and go */

static PtTraceRecord *
sum_of (PtTrace * trace, const gchar * factory)
{
  for (guint i = 0; i < trace->records->len; i++) {
    PtTraceRecord *record = g_ptr_array_index (trace->records, i);
    if (record->removed && g_str_equal (record->factory, factory))
      return record;
  }
  PtTraceRecord *sum = new_record ("", factory);
  g_ptr_array_add (trace->records, sum);
  return sum;
}

static void
add_to (PtTraceRecord * sum, const PtTraceRecord * record)
{
  sum->removed++;
  sum->in += record->in;
  sum->out += record->out;
  if (record->first && (!sum->first || record->first < sum->first))
    sum->first = record->first;
  sum->last = MAX (sum->last, record->last);
  pt_histogram_merge (&sum->work, &record->work);
  pt_histogram_merge (&sum->stay, &record->stay);
  pt_histogram_merge (&sum->make, &record->make);
  pt_histogram_merge (&sum->extract, &record->extract);
}

/* No buffer is measured from now on, and those that are in it are forgotten. Under the registry. */
static void
retire (PtTraceRecord * record)
{
  record->trace = NULL;
  g_mutex_lock (&record->lock);
  g_atomic_int_set (&record->live, FALSE);
  g_clear_pointer (&record->arrivals, g_free);
  g_mutex_unlock (&record->lock);
}

/* An element is finalised. Threads that are leaving it may hold its record a little longer. */
static void
element_gone (gpointer data)
{
  PtTraceRecord *record = data;
  g_mutex_lock (&registry);
  PtTrace *trace = record->trace;
  if (trace) {
    retire (record);
    g_mutex_lock (&record->lock);
    add_to (sum_of (trace, record->factory), record);
    g_mutex_unlock (&record->lock);
    g_ptr_array_remove (trace->records, record);
  }
  g_mutex_unlock (&registry);
  pt_record_unref (record);
}

/* ---- which element a pad is of */

static GstObject *
top_of (GstElement * element)
{
  GstObject *top = gst_object_ref (GST_OBJECT (element)), *parent;
  while ((parent = gst_object_get_parent (top))) {
    gst_object_unref (top);
    top = parent;
  }
  return top;
}

/* Under the registry. NULL: its pipeline is not traced. */
static PtTraceRecord *
record_of (GstElement * element, GstObject * top, const gchar * path)
{
  PtTraceRecord *record = g_object_get_qdata (G_OBJECT (element), record_quark);
  if (record && g_atomic_int_get (&record->live))
    return record;
  PtTrace *trace = NULL;
  for (GSList *each = traces; each && !trace; each = each->next)
    trace = ((PtTrace *) each->data)->pipeline == (GstElement *) top ? each->data : NULL;
  if (!trace)
    return NULL;
  GstElementFactory *factory = gst_element_get_factory (element);
  pt_record_unref (g_object_steal_qdata (G_OBJECT (element), record_quark));
  record = new_record (path, factory ? GST_OBJECT_NAME (factory) : "");
  record->live = TRUE;
  record->trace = trace;
  g_ptr_array_add (trace->records, pt_record_ref (record));
  g_object_set_qdata_full (G_OBJECT (element), record_quark, record, element_gone);
  return record;
}

static void
free_notes (gpointer data)
{
  Notes *notes = data;
  for (PtPadNote * note = notes->newest, *older; note; note = older) {
    older = note->older;
    pt_record_unref (note->record);
    g_free (note);
  }
  g_free (notes);
}

static gboolean
holds (PtPadNote * note)
{
  return note && (g_atomic_int_get (&note->generation) == g_atomic_int_get (&generation)
      || (note->record && g_atomic_int_get (&note->record->live)));
}

PtPadNote *
pt_note_known (GstPad * pad)
{
  Notes *notes = note_quark ? g_object_get_qdata (G_OBJECT (pad), note_quark) : NULL;
  return notes ? g_atomic_pointer_get (&notes->newest) : NULL;
}

/* Several threads may push on one pad, as those of a funnel's inputs do: whoever comes second finds
 * the first one's note. */
static PtPadNote *
make_note (GstPad * pad, GstElement * element, GstObject * top, const gchar * path)
{
  Notes *notes = g_object_get_qdata (G_OBJECT (pad), note_quark);
  if (notes && holds (notes->newest))
    return notes->newest;
  PtTraceRecord *record = element ? record_of (element, top, path) : NULL;
  if (notes && !record && !notes->newest->record) {      /* there is nothing new to say */
    g_atomic_int_set (&notes->newest->generation, generation);
    return notes->newest;
  }
  PtPadNote *note = g_new0 (PtPadNote, 1);
  note->record = pt_record_ref (record);
  note->generation = generation;
  if (notes) {
    note->older = notes->newest;
    g_atomic_pointer_set (&notes->newest, note);
  } else {
    notes = g_new0 (Notes, 1);
    notes->newest = note;
    g_object_set_qdata_full (G_OBJECT (pad), note_quark, notes, free_notes);
  }
  return note;
}

/* Ghost pads, and the pads within them, belong to bins, which do nothing of their own. */
PtPadNote *
pt_note_of (GstPad * pad)
{
  PtPadNote *note = pt_note_known (pad);
  if (holds (note))
    return note;
  GstElement *element = GST_IS_PROXY_PAD (pad) ? NULL : gst_pad_get_parent_element (pad);
  GstObject *top = element ? top_of (element) : NULL;
  gchar *path = element ? gst_object_get_path_string (GST_OBJECT (element)) : NULL;
  g_mutex_lock (&registry);
  note = make_note (pad, element, top, path);
  g_mutex_unlock (&registry);
  g_free (path);
  /* Only now: where one of them is the last reference, element_gone() needs the lock. */
  g_clear_pointer (&top, gst_object_unref);
  g_clear_pointer (&element, gst_object_unref);
  return note;
}

/* ---- traces */

gint
pt_notes_generation (void)
{
  return g_atomic_int_get (&generation);
}

void
pt_notes_init (void)
{
  note_quark = g_quark_from_static_string ("pythiags-trace-note");
  record_quark = g_quark_from_static_string ("pythiags-trace-record");
}

void
pt_notes_begin (PtTrace * trace)
{
  g_mutex_lock (&registry);
  traces = g_slist_prepend (traces, trace);
  g_atomic_int_inc (&generation);
  g_mutex_unlock (&registry);
}

gboolean
pt_notes_end (PtTrace * trace)
{
  g_mutex_lock (&registry);
  const gboolean traced = trace->pipeline != NULL;
  if (traced) {
    trace->pipeline = NULL;
    traces = g_slist_remove (traces, trace);
    for (guint i = 0; i < trace->records->len; i++)
      retire (g_ptr_array_index (trace->records, i));
  }
  g_mutex_unlock (&registry);
  return traced;
}

GPtrArray *
pt_trace_records (PtTrace * trace)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (pt_record_unref);
  g_mutex_lock (&registry);
  for (guint i = 0; i < trace->records->len; i++)
    g_ptr_array_add (records, pt_record_ref (g_ptr_array_index (trace->records, i)));
  g_mutex_unlock (&registry);
  return records;
}

guint64
pt_trace_passed (GstPad * pad, const gchar ** memory)
{
  PtPadNote *note = pt_note_known (pad);
  *memory = NULL;
  if (!note || !note->record)
    return 0;
  g_mutex_lock (&note->record->lock);
  const guint64 passed = note->passed;
  *memory = note->memory;
  g_mutex_unlock (&note->record->lock);
  return passed;
}
