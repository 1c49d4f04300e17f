/* Wrapping and unwrapping through PyGObject's C interface: see wrappers.h. */
#include "wrappers.h"

#include <pygobject.h>

gboolean
pt_wrappers_init (void)
{
  return pygobject_init (3, 42, 0) != NULL;
}

PyObject *
pt_wrap_buffer (GstBuffer * buffer)
{
  return pyg_boxed_new (GST_TYPE_BUFFER, buffer, TRUE, TRUE);
}

gpointer
pt_unwrap_object (PyObject * wrapper, GType type)
{
  if (!PyObject_TypeCheck (wrapper, &PyGObject_Type))
    return NULL;
  GObject *object = pygobject_get (wrapper);
  return object && G_TYPE_CHECK_INSTANCE_TYPE (object, type) ? object : NULL;
}

GstBuffer *
pt_unwrap_buffer (PyObject * wrapper)
{
  return pyg_boxed_check (wrapper, GST_TYPE_BUFFER) ? pyg_boxed_get (wrapper, GstBuffer) : NULL;
}
