/* What records become: instances of subclasses of tuple, filled in place, and rows of DETECTION_DTYPE. */
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

/* A row of DETECTION_DTYPE as numpy packs it: no number is aligned. */
typedef struct {
  char label[4 * 127];               /* UCS4 */
  char class_id[4], confidence[4], box[16], object_id[8], source_id[4], frame_num[4], pts[8], component_id[4];
} PtColumnsRow;
