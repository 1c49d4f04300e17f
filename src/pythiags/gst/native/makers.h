/* The way from nvdspreprocess to functions that make its tensors, which are Python. */
#pragma once
#include "maker.h"

G_BEGIN_DECLS

/* The calls in Python, with the GIL held; makers.pxi sets them. */
extern PtMakers pt_python_makers;

/* From now on nvdspreprocess's calls enter Python and get there. */
void pt_python_makers_register (void);

G_END_DECLS
