/* Python for what elements leave to it, in a process that may have none. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *what;             /* the element and what it does in Python, for messages */
  const char *module;           /* which one is imported */
  const char *remedy;           /* where that fails */
} PtPythonUse;

/* Starts Python, unless it runs already, and imports the module. FALSE: `error` says why and what to do, to
 * be freed. */
gboolean pt_python_import (const PtPythonUse * use, gchar ** error);

G_END_DECLS
