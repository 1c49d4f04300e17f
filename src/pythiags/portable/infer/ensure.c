/* See ensure.h. */
#include "ensure.h"

#include "python.h"

#define MODULE "pythiags.portable.nvinfer"

const PtInferEngine *
pt_engine_ensure (gchar ** error)
{
  static const PtPythonUse use = {
    "nvinfer runs its model", MODULE,
    "install it into this Python: pip install 'onnxruntime>=1.17'"
  };
  const PtInferEngine *engine = pt_infer_engine_get ();
  if (engine || !pt_python_import (&use, error))
    return engine;
  engine = pt_infer_engine_get ();
  if (!engine)
    *error = g_strdup ("nvinfer's engine is missing: " MODULE " did not register it");
  return engine;
}
