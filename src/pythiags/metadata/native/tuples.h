/* Instances of subclasses of tuple, filled in place instead of copied from a tuple. */
#pragma once
#include <Python.h>

/* A new reference whose items are NULL: set each with PyTuple_SET_ITEM before anyone sees it. */
static inline PyObject *
pt_tuple_new (PyTypeObject * type, Py_ssize_t size)
{
  PyObject *result = PyType_GenericAlloc (type, size);
#if PY_VERSION_HEX >= 0x030E0000
  if (result)
    ((PyTupleObject *) result)->ob_hash = -1;   /* not yet computed */
#endif
  return result;
}
