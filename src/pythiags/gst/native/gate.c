/* See gate.h. */
#include "gate.h"

/* The probe has its own reference: a call may be in progress when the owner releases it. */
struct _PtGate
{
  guint64 count;
  gint64 last;
  gint ended;
  gint closed;
  GstPad *pad;
  gulong probe;
};

static GstPadProbeReturn
pass_event (PtGate * gate, GstEvent * event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      g_atomic_int_set (&gate->ended, FALSE);
      return GST_PAD_PROBE_OK;
    case GST_EVENT_EOS:
      g_atomic_int_set (&gate->ended, TRUE);
      return g_atomic_int_get (&gate->closed) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
    default:
      return GST_PAD_PROBE_OK;
  }
}

static GstPadProbeReturn
pass (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  PtGate *gate = data;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    return pass_event (gate, GST_PAD_PROBE_INFO_EVENT (info));
  const guint more = GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST
      ? gst_buffer_list_length (GST_PAD_PROBE_INFO_BUFFER_LIST (info)) : 1;
  __atomic_fetch_add (&gate->count, more, __ATOMIC_RELAXED);
  __atomic_store_n (&gate->last, g_get_monotonic_time (), __ATOMIC_RELAXED);
  return GST_PAD_PROBE_OK;
}

PtGate *
pt_gate_new (GstPad * pad)
{
  PtGate *gate = g_atomic_rc_box_new0 (PtGate);
  gate->pad = gst_object_ref (pad);
  gate->probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, pass, g_atomic_rc_box_acquire (gate),
      (GDestroyNotify) g_atomic_rc_box_release);
  return gate;
}

guint64
pt_gate_count (PtGate * gate)
{
  return __atomic_load_n (&gate->count, __ATOMIC_RELAXED);
}

gint64
pt_gate_last (PtGate * gate)
{
  return __atomic_load_n (&gate->last, __ATOMIC_RELAXED);
}

gboolean
pt_gate_has_ended (PtGate * gate)
{
  return g_atomic_int_get (&gate->ended);
}

void
pt_gate_close (PtGate * gate, gboolean closed)
{
  g_atomic_int_set (&gate->closed, closed);
}

gboolean
pt_gate_is_pushing (PtGate * gate)
{
  GstPad *peer = gate->pad ? gst_pad_get_peer (gate->pad) : NULL;
  if (!peer)
    return FALSE;
  const gboolean free = g_rec_mutex_trylock (GST_PAD_GET_STREAM_LOCK (peer));
  if (free)
    GST_PAD_STREAM_UNLOCK (peer);
  gst_object_unref (peer);
  return !free;
}

void
pt_gate_stop (PtGate * gate)
{
  if (!gate->pad)
    return;
  gst_pad_remove_probe (gate->pad, gate->probe);
  gst_clear_object (&gate->pad);
}

void
pt_gate_free (PtGate * gate)
{
  pt_gate_stop (gate);
  g_atomic_rc_box_release (gate);
}
