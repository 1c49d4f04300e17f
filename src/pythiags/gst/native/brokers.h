/* The way from nvmsgbroker to its connections, which are Python. */
#pragma once
#include "broker.h"

G_BEGIN_DECLS

/* The functions in Python, called with the GIL held; brokers.pxi sets them. */
extern PtBrokers pt_python_brokers;

/* From now on nvmsgbroker's calls enter Python and get there. */
void pt_python_brokers_register (void);

G_END_DECLS
