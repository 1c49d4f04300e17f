/* nvinfer's engine as C calls it, from threads that do not hold the GIL: see infer.h. */
#include "infer.h"

#include "gil.h"

PtInferEngine pt_python_engine;

static gpointer
engine_open (gchar ** settings, PtInferPlan * plan, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return NULL;
  gpointer engine = pt_python_engine.open (settings, plan, error);
  pt_python_leave (python);
  return engine;
}

static gboolean
engine_run (gpointer engine, const PtInferPlan * plan, float *tensor, guint count,
    PtInferResults * results, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return FALSE;
  gboolean done = pt_python_engine.run (engine, plan, tensor, count, results, error);
  pt_python_leave (python);
  return done;
}

static gboolean
engine_run_prepared (gpointer engine, const PtInferPlan * plan, const PtPrepared * prepared,
    guint first, guint count, PtInferResults * results, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return FALSE;
  gboolean done =
      pt_python_engine.run_prepared (engine, plan, prepared, first, count, results, error);
  pt_python_leave (python);
  return done;
}

static gboolean
engine_run_surface (gpointer engine, const PtInferPlan * plan, const PtInferSurface * surface,
    guint count, PtInferResults * results, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return FALSE;
  gboolean done = pt_python_engine.run_surface (engine, plan, surface, count, results, error);
  pt_python_leave (python);
  return done;
}

static void
engine_interrupt (gpointer engine)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return;
  pt_python_engine.interrupt (engine);
  pt_python_leave (python);
}

/* An engine that outlives Python is left to the end of the process. */
static void
engine_close (gpointer engine)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return;
  pt_python_engine.close (engine);
  pt_python_leave (python);
}

void
pt_python_engine_register (void)
{
  static const PtInferEngine engine = {
    engine_open, engine_run, engine_run_prepared, engine_run_surface, engine_interrupt, engine_close
  };
  pt_infer_engine_register (&engine);
}
