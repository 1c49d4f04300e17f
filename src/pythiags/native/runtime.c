/* What other libraries brought into the process: see runtime.h. */
#define _GNU_SOURCE                  /* RTLD_DEFAULT */
#include "runtime.h"

#include <dlfcn.h>

GType
pt_known_type (gsize * known, const char *name)
{
  GType type = (GType) g_atomic_pointer_get (known);
  if (!type && (type = g_type_from_name (name)))
    g_atomic_pointer_set (known, type);
  return type;
}

gpointer
pt_known_function (const char *library, const char *name)
{
  gpointer function = dlsym (RTLD_DEFAULT, name);
  if (function)
    return function;
  void *handle = dlopen (library, RTLD_LAZY | RTLD_NOLOAD);
  if (!handle)
    return NULL;
  function = dlsym (handle, name);
  dlclose (handle);
  return function;
}
