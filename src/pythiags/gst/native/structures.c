/* A GstStructure as Python's own values: see structures.h. */
#include "structures.h"

static PyObject *to_python (const GValue * value);      /* NULL without an exception: left out */

static PyObject *
text_to_python (const char *text)
{
  if (!text)
    Py_RETURN_NONE;
  return PyUnicode_DecodeUTF8 (text, strlen (text), "replace");
}

/* ---- several values ---- */

typedef const GValue *(*ItemOf) (const GValue * value, guint index);

static PyObject *
items_to_python (const GValue * value, guint count, ItemOf item_of)
{
  PyObject *list = PyList_New (0);
  for (guint i = 0; list && i < count; i++) {
    PyObject *item = to_python (item_of (value, i));
    if (!item ? PyErr_Occurred () != NULL : PyList_Append (list, item) < 0)
      Py_CLEAR (list);
    Py_XDECREF (item);
  }
  return list;
}

G_GNUC_BEGIN_IGNORE_DEPRECATIONS
static const GValue *
nth_of_old_array (const GValue * value, guint index)
{
  return g_value_array_get_nth (g_value_get_boxed (value), index);
}

static PyObject *
old_array_to_python (const GValue * value)
{
  const GValueArray *array = g_value_get_boxed (value);
  return items_to_python (value, array ? array->n_values : 0, nth_of_old_array);
}
static const GType *
old_array_type (void)
{
  static GType type;
  type = G_TYPE_VALUE_ARRAY;
  return &type;
}
G_GNUC_END_IGNORE_DEPRECATIONS

/* ---- bytes and structures ---- */

static PyObject *
variant_to_python (GVariant * variant)
{
  if (!variant)
    Py_RETURN_NONE;
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING)) {
    gsize size;
    const char *bytes = g_variant_get_fixed_array (variant, &size, 1);
    return PyBytes_FromStringAndSize (bytes, size);
  }
  char *text = g_variant_print (variant, FALSE);
  PyObject *result = text_to_python (text);
  g_free (text);
  return result;
}

static PyObject *
bytes_to_python (GBytes * bytes)
{
  if (!bytes)
    Py_RETURN_NONE;
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  return PyBytes_FromStringAndSize (data, size);
}

static PyObject *
structure_to_python (const GstStructure * structure)
{
  if (!structure)
    Py_RETURN_NONE;
  return Py_BuildValue ("(NN)", text_to_python (gst_structure_get_name (structure)),
      pt_structure_fields (structure));
}

static PyObject *
written_to_python (const GValue * value)
{
  char *text = gst_value_serialize (value);
  PyObject *result = text ? text_to_python (text) : NULL;
  g_free (text);
  return result;
}

/* ---- one value ---- */

static PyObject *
boxed_to_python (const GValue * value)
{
  if (G_VALUE_HOLDS (value, GST_TYPE_STRUCTURE))
    return structure_to_python (g_value_get_boxed (value));
  if (G_VALUE_HOLDS (value, G_TYPE_BYTES))
    return bytes_to_python (g_value_get_boxed (value));
  if (G_VALUE_HOLDS (value, *old_array_type ()))
    return old_array_to_python (value);
  return written_to_python (value);
}

static PyObject *
value_to_python (const GValue * value)
{
  if (GST_VALUE_HOLDS_ARRAY (value))
    return items_to_python (value, gst_value_array_get_size (value), gst_value_array_get_value);
  if (GST_VALUE_HOLDS_LIST (value))
    return items_to_python (value, gst_value_list_get_size (value), gst_value_list_get_value);
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value))) {
    case G_TYPE_BOOLEAN:
      return PyBool_FromLong (g_value_get_boolean (value));
    case G_TYPE_CHAR:
      return PyLong_FromLong (g_value_get_schar (value));
    case G_TYPE_UCHAR:
      return PyLong_FromLong (g_value_get_uchar (value));
    case G_TYPE_INT:
      return PyLong_FromLong (g_value_get_int (value));
    case G_TYPE_UINT:
      return PyLong_FromUnsignedLong (g_value_get_uint (value));
    case G_TYPE_LONG:
      return PyLong_FromLong (g_value_get_long (value));
    case G_TYPE_ULONG:
      return PyLong_FromUnsignedLong (g_value_get_ulong (value));
    case G_TYPE_INT64:
      return PyLong_FromLongLong (g_value_get_int64 (value));
    case G_TYPE_UINT64:
      return PyLong_FromUnsignedLongLong (g_value_get_uint64 (value));
    case G_TYPE_FLOAT:
      return PyFloat_FromDouble (g_value_get_float (value));
    case G_TYPE_DOUBLE:
      return PyFloat_FromDouble (g_value_get_double (value));
    case G_TYPE_ENUM:
      return PyLong_FromLong (g_value_get_enum (value));
    case G_TYPE_FLAGS:
      return PyLong_FromUnsignedLong (g_value_get_flags (value));
    case G_TYPE_STRING:
      return text_to_python (g_value_get_string (value));
    case G_TYPE_VARIANT:
      return variant_to_python (g_value_get_variant (value));
    case G_TYPE_POINTER:
      return NULL;
    case G_TYPE_BOXED:
      return boxed_to_python (value);
    default:
      return written_to_python (value);
  }
}

/* How deep lists and structures may lie in each other. Python's own limit differs from version to
 * version, and GStreamer's threads have small stacks. */
#define MOST_DEEP 200

static PyObject *
to_python (const GValue * value)
{
  static __thread int depth;
  if (depth == MOST_DEEP)
    return PyErr_Format (PyExc_RecursionError,
        "values lie more than %d deep in each other, while reading a GstStructure", MOST_DEEP);
  depth++;
  PyObject *result = value_to_python (value);
  depth--;
  return result;
}

/* FALSE: an exception is set. */
static gboolean
add_field (PyObject * fields, const char *name, const GValue * value)
{
  PyObject *item = to_python (value);
  if (!item)
    return !PyErr_Occurred ();
  PyObject *key = text_to_python (name);
  const gboolean done = key && PyDict_SetItem (fields, key, item) == 0;
  Py_XDECREF (key);
  Py_DECREF (item);
  return done;
}

PyObject *
pt_structure_fields (const GstStructure * structure)
{
  PyObject *fields = PyDict_New ();
  const gint count = gst_structure_n_fields (structure);
  for (gint i = 0; fields && i < count; i++) {
    const char *name = gst_structure_nth_field_name (structure, i);
    if (!add_field (fields, name, gst_structure_get_value (structure, name)))
      Py_CLEAR (fields);
  }
  return fields;
}
