/* The connections of nvmsgbroker, in a process that may have no Python. */
#pragma once
#include "broker.h"

G_BEGIN_DECLS

/* The functions of this process. Where none are registered it starts Python, unless it runs already, and
 * imports the module that registers them. NULL: `error` says why and what to do, to be freed. */
const PtBrokers *pt_brokers_ensure (gchar ** error);

G_END_DECLS
