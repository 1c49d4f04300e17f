/* Functions that make tensors as C calls them, from threads that do not hold the GIL: see makers.h. */
#include "makers.h"

#include "gil.h"

PtMakers pt_python_makers;

static gpointer
makers_open (gchar ** settings, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return NULL;
  gpointer maker = pt_python_makers.open (settings, error);
  pt_python_leave (python);
  return maker;
}

static PtPrepared *
makers_make (gpointer maker, const PtMakerInput * input, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return NULL;
  PtPrepared *made = pt_python_makers.make (maker, input, error);
  pt_python_leave (python);
  return made;
}

/* One that outlives Python is left to the end of the process. */
static void
makers_close (gpointer maker)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return;
  pt_python_makers.close (maker);
  pt_python_leave (python);
}

void
pt_python_makers_register (void)
{
  static const PtMakers makers = { makers_open, makers_make, makers_close };
  pt_makers_register (&makers);
}
