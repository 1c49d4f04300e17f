/* The C half of the guarded pad probe: see probe.h. */
#include "probe.h"

#include <time.h>

typedef struct
{
  PyObject *probe;
  PtProbeCall call;
  gboolean writable;
} PtProbe;

gint64
pt_now (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void
make_writable (GstPadProbeInfo * info)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    info->data = gst_buffer_make_writable (info->data);
    return;
  }
  info->data = gst_buffer_list_make_writable (info->data);
  for (guint i = 0; i < gst_buffer_list_length (info->data); i++)
    gst_buffer_list_get_writable (info->data, i);
}

static void
call (PtProbe * self, GstPadProbeInfo * info, gint64 waited)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    self->call (self->probe, info->data, info->type, info->id, waited);
    return;
  }
  GstBufferList *list = info->data;
  for (guint i = 0; i < gst_buffer_list_length (list); i++)
    self->call (self->probe, gst_buffer_list_get (list, i), info->type, info->id,
        i ? 0 : waited);
}

static GstPadProbeReturn
on_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  PtProbe *self = data;
  PyGILState_STATE state;
  if (!info->data)
    return GST_PAD_PROBE_OK;
  if (self->writable)
    make_writable (info);
  gint64 start = pt_now ();
  if (pt_python_enter (&state)) {
    call (self, info, pt_now () - start);
    pt_python_leave (state);
  }
  return GST_PAD_PROBE_OK;
}

static void
free_probe (gpointer data)
{
  PtProbe *self = data;
  pt_python_unref (self->probe);
  g_free (self);
}

gulong
pt_probe_add (GstPad * pad, PyObject * probe, PtProbeCall call, gboolean writable)
{
  PtProbe *self = g_new (PtProbe, 1);
  Py_INCREF (probe);
  *self = (PtProbe) {.probe = probe,.call = call,.writable = writable };
  return gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
      on_data, self, free_probe);
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
