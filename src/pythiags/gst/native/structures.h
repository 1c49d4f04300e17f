/* A GstStructure as Python's own values. Needs the GIL. */
#pragma once
#include <Python.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* Its fields by name, a new dict; NULL: a Python exception is set.
 *
 *   numbers, booleans, texts       as they are; of an enumeration or flags the number
 *   lists and arrays               a list
 *   a structure                    (name, fields)
 *   bytes, also as a GVariant      bytes
 *   pointers                       are left out, since nobody knows what they point to
 *   anything else                  the text that GStreamer makes of it */
PyObject *pt_structure_fields (const GstStructure * structure);

G_END_DECLS
