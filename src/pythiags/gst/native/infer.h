/* The way from nvinfer to its engine, which is Python. */
#pragma once
#include "engine.h"

G_BEGIN_DECLS

/* The engine's functions in Python, called with the GIL held; infer.pxi sets them. */
extern PtInferEngine pt_python_engine;

/* From now on nvinfer's calls enter Python and get there. */
void pt_python_engine_register (void);

G_END_DECLS
