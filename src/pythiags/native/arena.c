/* Chunks of memory for the metadata of a batch: see arena.h. */
#include "arena.h"

#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 16
#define CHUNK_BYTES (16 * 1024)  /* a multiple of the page */

struct _PtChunk
{
  PtChunk *next;
  gsize used, size;
  /* the bytes follow, aligned */
};

#define ALIGNED(size) (((size) + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1))
#define CHUNK_HEAD ALIGNED (sizeof (PtChunk))
#define ROOM (CHUNK_BYTES - CHUNK_HEAD)      /* of a plain chunk; others hold one thing each */

static GMutex lock;
static PtChunk *kept;
static gsize kept_bytes;

static PtChunk *
take_kept (void)
{
  g_mutex_lock (&lock);
  PtChunk *chunk = kept;
  if (chunk) {
    kept = chunk->next;
    kept_bytes -= CHUNK_BYTES;
  }
  g_mutex_unlock (&lock);
  return chunk;
}

/* Not by malloc, which gives nothing back below what is in use. */
static PtChunk *
map_chunk (void)
{
  PtChunk *chunk = mmap (NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (chunk == MAP_FAILED)
    g_error ("no memory for metadata");     /* as g_malloc would */
  return chunk;
}

static PtChunk *
chunk_new (gsize size)
{
  PtChunk *chunk;
  if (size > ROOM)
    chunk = g_malloc (CHUNK_HEAD + size);
  else if (!(chunk = take_kept ()))
    chunk = map_chunk ();
  *chunk = (PtChunk) {.size = MAX (size, ROOM) };
  return chunk;
}

gpointer
pt_arena_alloc (PtChunk ** chunks, gsize size)
{
  size = ALIGNED (size);
  PtChunk *chunk = *chunks;
  if (!chunk || chunk->size - chunk->used < size) {
    /* What is large does not take the place of a chunk that has room for others. */
    PtChunk **place = chunk && size > ROOM ? &chunk->next : chunks;
    chunk = chunk_new (size);
    chunk->next = *place;
    *place = chunk;
  }
  gpointer memory = (char *) chunk + CHUNK_HEAD + chunk->used;
  chunk->used += size;
  return memset (memory, 0, size);
}

static void
chunk_free (PtChunk * chunk)
{
  if (chunk->size > ROOM)
    g_free (chunk);
  else
    munmap (chunk, CHUNK_BYTES);
}

/* Keeps what there is room for, and gives what is left to be freed. */
static PtChunk *
keep (PtChunk * chunks)
{
  PtChunk *rest = NULL;
  g_mutex_lock (&lock);
  for (PtChunk * chunk = chunks, *next; chunk; chunk = next) {
    next = chunk->next;
    const gboolean fits = chunk->size == ROOM && kept_bytes + CHUNK_BYTES <= PT_ARENA_KEPT;
    PtChunk **list = fits ? &kept : &rest;
    kept_bytes += fits ? CHUNK_BYTES : 0;
    chunk->next = *list;
    *list = chunk;
  }
  g_mutex_unlock (&lock);
  return rest;
}

void
pt_arena_free (PtChunk * chunks)
{
  for (PtChunk * chunk = keep (chunks), *next; chunk; chunk = next) {
    next = chunk->next;
    chunk_free (chunk);
  }
}
