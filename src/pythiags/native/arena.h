/* The memory of a batch: chunks that are filled one after the other and freed together.
 *
 * Freed chunks are kept for the next batch, up to PT_ARENA_KEPT in the process: a stream frees as much
 * with each buffer as it takes with the next, and the kernel takes longer to give memory than a batch
 * to be copied into it. What is beyond goes back to the kernel at once.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#ifdef __SANITIZE_ADDRESS__
#define PT_ARENA_KEPT 0                      /* who uses what was freed is to be seen */
#else
#define PT_ARENA_KEPT (8 * 1024 * 1024)      /* bytes: the metadata of 14,000 objects */
#endif

typedef struct _PtChunk PtChunk;

gpointer pt_arena_alloc (PtChunk ** chunks, gsize size);      /* zeroed, aligned to 16 */
void pt_arena_free (PtChunk * chunks);

G_END_DECLS
