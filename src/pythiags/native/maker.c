/* Where nvdspreprocess finds functions in Python: see maker.h. */
#include "maker.h"

static const PtMakers *registered;

void
pt_makers_register (const PtMakers * makers)
{
  g_atomic_pointer_set (&registered, makers);
}

const PtMakers *
pt_makers_get (void)
{
  return g_atomic_pointer_get (&registered);
}
