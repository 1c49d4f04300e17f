/* The way from nvinfer to its engine, which is Python: see infer.h. */
#include "gil.h"
#include "infer.h"

PtInferEngine pt_infer_engine;

gpointer
pt_infer_open (gchar ** settings, PtInferPlan * plan, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return NULL;
  gpointer engine = pt_infer_engine.open (settings, plan, error);
  pt_python_leave (python);
  return engine;
}

gboolean
pt_infer_run (gpointer engine, const PtTensorSpec * spec, float *tensor, guint count,
    GArray * boxes, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return FALSE;
  gboolean done = pt_infer_engine.run (engine, spec, tensor, count, boxes, error);
  pt_python_leave (python);
  return done;
}

/* An engine that outlives Python is left to the end of the process. */
void
pt_infer_close (gpointer engine)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return;
  pt_infer_engine.close (engine);
  pt_python_leave (python);
}
