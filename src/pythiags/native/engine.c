/* Where nvinfer finds its engine: see engine.h. */
#include "engine.h"

static const PtInferEngine *registered;

void
pt_infer_engine_register (const PtInferEngine * engine)
{
  g_atomic_pointer_set (&registered, engine);
}

const PtInferEngine *
pt_infer_engine_get (void)
{
  return g_atomic_pointer_get (&registered);
}
