/* See prepown.h. */
#include "prepown.h"

#include "python.h"

#define MODULE "pythiags.portable"

gpointer
pt_prep_own_open (const PtPrepSettings * settings, char **error)
{
  static const PtPythonUse use = {
    "nvdspreprocess calls a function of its configuration file", MODULE,
    "install pythiags into this Python"
  };
  if (!pt_makers_get () && !pt_python_import (&use, error))
    return NULL;
  const PtMakers *makers = pt_makers_get ();
  if (makers)
    return makers->open (settings->own, error);
  *error = g_strdup (MODULE " did not register functions for nvdspreprocess");
  return NULL;
}
