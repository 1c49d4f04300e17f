/* See counter.h. */
#include "counter.h"

/* The probe has its own reference: a call may be in progress when the owner releases it. */
struct _PtCounter
{
  guint64 count;
  GstPad *pad;
  gulong probe;
};

static GstPadProbeReturn
count (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  PtCounter *counter = data;
  const guint more = GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST
      ? gst_buffer_list_length (GST_PAD_PROBE_INFO_BUFFER_LIST (info)) : 1;
  __atomic_fetch_add (&counter->count, more, __ATOMIC_RELAXED);
  return GST_PAD_PROBE_OK;
}

PtCounter *
pt_counter_new (GstPad * pad)
{
  PtCounter *counter = g_atomic_rc_box_new0 (PtCounter);
  counter->pad = gst_object_ref (pad);
  counter->probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, count,
      g_atomic_rc_box_acquire (counter), (GDestroyNotify) g_atomic_rc_box_release);
  return counter;
}

guint64
pt_counter_read (PtCounter * counter)
{
  return __atomic_load_n (&counter->count, __ATOMIC_RELAXED);
}

void
pt_counter_stop (PtCounter * counter)
{
  if (!counter->pad)
    return;
  gst_pad_remove_probe (counter->pad, counter->probe);
  gst_clear_object (&counter->pad);
}

void
pt_counter_free (PtCounter * counter)
{
  pt_counter_stop (counter);
  g_atomic_rc_box_release (counter);
}
