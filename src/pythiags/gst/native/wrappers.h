/* PyGObject's C interface, as far as it is needed here: wrapping and unwrapping. Needs the GIL. */
#pragma once
#include <Python.h>
#include <gst/gst.h>

G_BEGIN_DECLS

gboolean pt_wrappers_init (void);                        /* FALSE: a Python exception is set */
PyObject *pt_wrap_buffer (GstBuffer * buffer);           /* a Gst.Buffer that shares `buffer` */
gpointer pt_unwrap_object (PyObject * wrapper, GType type);      /* borrowed; NULL: another type */
GstBuffer *pt_unwrap_buffer (PyObject * wrapper);        /* borrowed; NULL: not a Gst.Buffer */

G_END_DECLS
