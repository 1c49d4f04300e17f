/* What other libraries brought into the process: their types and functions, by name. */
#pragma once
#include <glib-object.h>

G_BEGIN_DECLS

/* A type by name; 0 until somebody has registered it. To look for a meta of a type that does not exist is an
 * error in GStreamer's eyes. Types are never unregistered: `known`, which begins as 0, keeps what was found. */
GType pt_known_type (gsize * known, const char *name);

/* A function of a library that is in the process: NULL where it is not, or lacks it. Libraries of plugins are not
 * among the global symbols, so that the library is asked too. Whoever loaded it must keep it. */
gpointer pt_known_function (const char *library, const char *name);

G_END_DECLS
