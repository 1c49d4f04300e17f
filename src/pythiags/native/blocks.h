/* Memory that scripts allocate and free by its address: each block is known, so that a wrong address is
 * noticed and none is freed twice. And looks at addresses that may be wrong.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

gpointer pt_block_new (gsize size);                     /* zeroed */
gpointer pt_block_try_new (gsize size);                 /* NULL: there is no such memory */
gpointer pt_block_dup (gconstpointer data, gsize size);
char *pt_block_strdup (const char *text);               /* NULL for NULL */
gsize pt_block_size (gconstpointer block);              /* 0: it is none */
gboolean pt_block_free (gpointer block);                /* FALSE: it is none, or NULL */

/* Reads memory that need not be there. FALSE: it is not. */
gboolean pt_peek (gconstpointer address, gpointer target, gsize size);

gboolean pt_is_buffer (gconstpointer address);          /* of a GstBuffer */

G_END_DECLS
