/* Entering Python from threads that are GStreamer's, safely also while the interpreter goes down.
 *
 * Taking the GIL once the interpreter is finalising ends the thread in the middle of GStreamer's
 * work, or hangs it. So native code asks here first: after pt_python_close, which runs as an atexit
 * function, nobody gets in any more, and it waits for those who are inside.
 */
#pragma once
#include <Python.h>
#include <glib.h>

G_BEGIN_DECLS

/* FALSE: the interpreter is going down; do without Python. TRUE: the caller holds the GIL and must
 * call pt_python_leave. May be nested; a thread that holds the GIL already may call it too. */
gboolean pt_python_enter (PyGILState_STATE * state);
void pt_python_leave (PyGILState_STATE state);

/* With the GIL held. Waits at most so many microseconds; gives how many threads are still inside. */
gint pt_python_close (gint64 wait);

/* Copy and destroy functions of user metas whose data is a Python object. */
gpointer pt_python_ref (gpointer object);
void pt_python_unref (gpointer object);

G_END_DECLS
