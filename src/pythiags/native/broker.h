/* What nvmsgbroker and the connections to brokers, which are Python, agree on.
 *
 * The element queues messages and one thread of its own sends them: it opens a connection, sends, asks now and
 * then what became of what was sent, and closes. The Python extension registers the functions; the plugin looks
 * them up, and starts Python if it is not running.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* What a call has to tell; zeroed before it. */
typedef struct
{
  guint lost;                      /* messages that will not arrive, this one or earlier ones */
  gboolean ended;                  /* and none will any more */
  gboolean pending;                /* some are under way: ask again */
  gchar *problem;                  /* why, to be freed; NULL: nothing went wrong */
} PtBrokerReport;

typedef struct
{
  /* `settings`: the element's properties that were set, as name, value, name, value ..., NULL. Connects.
   * NULL: `error` is the message, to be freed; with none the program is ending. `patience` gets how many
   * milliseconds close may be given. */
  gpointer (*open) (gchar ** settings, guint * patience, gchar ** error);

  void (*send) (gpointer broker, gconstpointer payload, gsize size, PtBrokerReport * report);

  /* Asks what became of messages that are under way. */
  void (*ask) (gpointer broker, PtBrokerReport * report);

  /* Waits so many milliseconds at most for what is under way. `left` messages were never sent; what is lost with
   * them is logged too, as nobody may look at the bus any more. */
  void (*close) (gpointer broker, guint patience, guint left, PtBrokerReport * report);
} PtBrokers;

/* The functions of this process; `brokers` is static. */
void pt_brokers_register (const PtBrokers * brokers);
const PtBrokers *pt_brokers_get (void);        /* NULL: none were registered yet */

G_END_DECLS
