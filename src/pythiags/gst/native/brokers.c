/* nvmsgbroker's connections as C calls them, from threads that do not hold the GIL: see brokers.h. */
#include "brokers.h"

#include "gil.h"

PtBrokers pt_python_brokers;

static gpointer
brokers_open (gchar ** settings, guint * patience, gchar ** error)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return NULL;
  gpointer broker = pt_python_brokers.open (settings, patience, error);
  pt_python_leave (python);
  return broker;
}

static void
brokers_send (gpointer broker, gconstpointer payload, gsize size, PtBrokerReport * report)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python)) {
    report->lost = 1;
    return;
  }
  pt_python_brokers.send (broker, payload, size, report);
  pt_python_leave (python);
}

static void
brokers_ask (gpointer broker, PtBrokerReport * report)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return;
  pt_python_brokers.ask (broker, report);
  pt_python_leave (python);
}

/* A connection that outlives Python is left to the end of the process. */
static void
brokers_close (gpointer broker, guint patience, guint left, PtBrokerReport * report)
{
  PyGILState_STATE python;
  if (!pt_python_enter (&python))
    return;
  pt_python_brokers.close (broker, patience, left, report);
  pt_python_leave (python);
}

void
pt_python_brokers_register (void)
{
  static const PtBrokers brokers = { brokers_open, brokers_send, brokers_ask, brokers_close };
  pt_brokers_register (&brokers);
}
