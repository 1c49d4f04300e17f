/* See brokers.h. */
#include "brokers.h"

#include "python.h"

#define MODULE "pythiags.portable"

const PtBrokers *
pt_brokers_ensure (gchar ** error)
{
  static const PtPythonUse use = {
    "nvmsgbroker talks to brokers", MODULE, "install pythiags into this Python"
  };
  const PtBrokers *brokers = pt_brokers_get ();
  if (brokers || !pt_python_import (&use, error))
    return brokers;
  brokers = pt_brokers_get ();
  if (!brokers)
    *error = g_strdup ("nvmsgbroker's connections are missing: " MODULE " did not register them");
  return brokers;
}
