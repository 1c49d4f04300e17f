/* nvinfer's engine, in a process that may have no Python. */
#pragma once
#include "engine.h"

G_BEGIN_DECLS

/* The engine of this process. Where none is registered it starts Python, unless it runs already, and
 * imports the module that registers it. NULL: `error` says why and what to do, to be freed. */
const PtInferEngine *pt_engine_ensure (gchar ** error);

G_END_DECLS
