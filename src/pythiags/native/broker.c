/* Where nvmsgbroker finds its connections: see broker.h. */
#include "broker.h"

static const PtBrokers *registered;

void
pt_brokers_register (const PtBrokers * brokers)
{
  g_atomic_pointer_set (&registered, brokers);
}

const PtBrokers *
pt_brokers_get (void)
{
  return g_atomic_pointer_get (&registered);
}
