/* Entering Python from threads that are GStreamer's: see gil.h. */
#include "gil.h"

static gint closed;
static gint inside;

/* First counted, then asked: either we see `closed`, or close sees us. */
static gboolean
come_in (void)
{
  g_atomic_int_inc (&inside);
  if (!g_atomic_int_get (&closed))
    return TRUE;
  g_atomic_int_add (&inside, -1);
  return FALSE;
}

/* A thread that is not Python's gets a thread state that lasts as long as it: to make one for every
 * buffer, with the stack of its frames, takes several times as long as an empty callback. */
static void
drop_thread_state (gpointer state)
{
  if (!come_in ())
    return;
  PyEval_RestoreThread (state);
  PyThreadState_Clear (state);
  PyThreadState_DeleteCurrent ();
  g_atomic_int_add (&inside, -1);
}

static GPrivate thread_state = G_PRIVATE_INIT (drop_thread_state);

static void
keep_thread_state (void)
{
  PyGILState_Ensure ();         /* and no release: its count stays above zero */
  g_private_set (&thread_state, PyGILState_GetThisThreadState ());
  PyEval_SaveThread ();
}

gboolean
pt_python_enter (PyGILState_STATE * state)
{
  if (!come_in ())
    return FALSE;
  if (!PyGILState_GetThisThreadState ())
    keep_thread_state ();
  *state = PyGILState_Ensure ();
  return TRUE;
}

void
pt_python_leave (PyGILState_STATE state)
{
  PyGILState_Release (state);
  g_atomic_int_add (&inside, -1);
}

gint
pt_python_close (gint64 wait)
{
  g_atomic_int_set (&closed, TRUE);
  gint64 deadline = g_get_monotonic_time () + wait;
  Py_BEGIN_ALLOW_THREADS;
  while (g_atomic_int_get (&inside) && g_get_monotonic_time () < deadline)
    g_usleep (500);
  Py_END_ALLOW_THREADS;
  return g_atomic_int_get (&inside);
}

gpointer
pt_python_ref (gpointer object)
{
  PyGILState_STATE state;
  if (!pt_python_enter (&state))
    return NULL;
  Py_INCREF ((PyObject *) object);
  pt_python_leave (state);
  return object;
}

void
pt_python_unref (gpointer object)
{
  PyGILState_STATE state;
  if (!pt_python_enter (&state))
    return;                     /* the process ends: its memory goes with it */
  Py_DECREF ((PyObject *) object);
  pt_python_leave (state);
}
