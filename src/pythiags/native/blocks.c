/* Blocks of memory that are known by their address: see blocks.h. */
#define _GNU_SOURCE             /* process_vm_readv */
#include "blocks.h"

#include <errno.h>
#include <gst/gst.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static GMutex lock;
static GHashTable *blocks;      /* address -> size + 1, as 0 bytes are a block too */

static void
remember (gpointer block, gsize size)
{
  g_mutex_lock (&lock);
  if (!blocks)
    blocks = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (blocks, block, GSIZE_TO_POINTER (size + 1));
  g_mutex_unlock (&lock);
}

gpointer
pt_block_new (gsize size)
{
  gpointer block = g_malloc0 (MAX (size, 1));
  remember (block, size);
  return block;
}

gpointer
pt_block_try_new (gsize size)
{
  gpointer block = g_try_malloc0 (MAX (size, 1));
  if (block)
    remember (block, size);
  return block;
}

gpointer
pt_block_dup (gconstpointer data, gsize size)
{
  gpointer block = pt_block_new (size);
  if (size)
    memcpy (block, data, size);
  return block;
}

char *
pt_block_strdup (const char *text)
{
  return text ? pt_block_dup (text, strlen (text) + 1) : NULL;
}

gsize
pt_block_size (gconstpointer block)
{
  g_mutex_lock (&lock);
  gsize size = blocks ? GPOINTER_TO_SIZE (g_hash_table_lookup (blocks, block)) : 0;
  g_mutex_unlock (&lock);
  return size ? size - 1 : 0;
}

gboolean
pt_block_free (gpointer block)
{
  g_mutex_lock (&lock);
  gboolean known = block && blocks && g_hash_table_remove (blocks, block);
  g_mutex_unlock (&lock);
  if (known)
    g_free (block);
  return known;
}

gboolean
pt_peek (gconstpointer address, gpointer target, gsize size)
{
  struct iovec local = { target, size }, remote = { (gpointer) address, size };
  if (!size)
    return TRUE;
  gssize got = process_vm_readv (getpid (), &local, 1, &remote, 1, 0);
  if (got < 0 && (errno == EPERM || errno == ENOSYS)) {
    memcpy (target, address, size);     /* a sandbox forbids the careful way */
    return TRUE;
  }
  return got == (gssize) size;
}

gboolean
pt_is_buffer (gconstpointer address)
{
  GstMiniObject object;
  if (GPOINTER_TO_SIZE (address) % sizeof (gpointer) != 0)
    return FALSE;
  return pt_peek (address, &object, sizeof object) && object.type == GST_TYPE_BUFFER
      && object.refcount > 0;
}
