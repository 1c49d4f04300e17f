/* The C half of the guarded pad probe: see probe.h. */
#include "probe.h"

#include "trace.h"

#include <time.h>

typedef struct
{
  PyObject *callee;
  PtProbeCall call;
} PtProbe;

typedef struct
{
  PyObject *member;
  PtProbeGone gone;
} PtMember;

static const PtRingApi *rings;

void
pt_probe_use_rings (const PtRingApi * api)
{
  rings = api;
}

gint64
pt_now (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

gboolean
pt_probe_is_writable (const GstPadProbeInfo * info)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    return gst_buffer_is_writable ((GstBuffer *) info->data);
  gboolean writable = gst_buffer_list_is_writable ((GstBufferList *) info->data);
  for (guint i = 0; writable && i < gst_buffer_list_length (info->data); i++)
    writable = gst_buffer_is_writable (gst_buffer_list_get (info->data, i));
  return writable;
}

void
pt_probe_make_writable (GstPadProbeInfo * info)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    info->data = gst_buffer_make_writable (info->data);
    return;
  }
  info->data = gst_buffer_list_make_writable (info->data);
  for (guint i = 0; i < gst_buffer_list_length (info->data); i++)
    gst_buffer_list_get_writable (info->data, i);
}

guint
pt_probe_buffers (const GstPadProbeInfo * info)
{
  return info->type & GST_PAD_PROBE_TYPE_BUFFER ? 1 : gst_buffer_list_length (info->data);
}

GstBuffer *
pt_probe_buffer (const GstPadProbeInfo * info, guint number)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    return info->data;
  return gst_buffer_list_get (info->data, number);
}

static GstPadProbeReturn
on_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  PtProbe *self = data;
  PyGILState_STATE state;
  if (!info->data)
    return GST_PAD_PROBE_OK;
  const gboolean traced = pt_trace_enter (pad);
  gint64 start = pt_now ();
  if (pt_python_enter (&state)) {
    rings->hold_wakes ();
    self->call (self->callee, info, pt_now () - start);
    pt_python_leave (state);
    rings->release_wakes ();
  }
  pt_trace_leave (traced);
  return GST_PAD_PROBE_OK;
}

static void
free_probe (gpointer data)
{
  PtProbe *self = data;
  pt_python_unref (self->callee);
  g_free (self);
}

gulong
pt_probe_add (GstPad * pad, PyObject * callee, PtProbeCall call)
{
  PtProbe *self = g_new (PtProbe, 1);
  Py_INCREF (callee);
  *self = (PtProbe) {.callee = callee,.call = call };
  return gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
      on_data, self, free_probe);
}

static GstPadProbeReturn
on_flush (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_OK;
}

static void
free_member (gpointer data)
{
  PtMember *self = data;
  PyGILState_STATE state;
  if (pt_python_enter (&state)) {
    self->gone (self->member);
    Py_DECREF (self->member);
    pt_python_leave (state);
  }
  g_free (self);
}

gulong
pt_probe_add_member (GstPad * pad, PyObject * member, PtProbeGone gone)
{
  PtMember *self = g_new (PtMember, 1);
  Py_INCREF (member);
  *self = (PtMember) {.member = member,.gone = gone };
  /* A probe has to be for something: nothing is rarer. */
  return gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, on_flush, self, free_member);
}

gboolean
pt_pad_post_error (GstPad * pad, const char *message, const char *debug)
{
  GstElement *element = gst_pad_get_parent_element (pad);
  if (!element)
    return FALSE;
  gst_element_message_full (element, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
      g_strdup (message), g_strdup (debug), __FILE__, G_STRFUNC, __LINE__);
  gst_object_unref (element);
  return TRUE;
}
