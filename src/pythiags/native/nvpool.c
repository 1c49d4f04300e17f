/* See nvpool.h. */
#include "nvpool.h"

#include <string.h>

/* What a pool and its buffers share: surfaces that nobody uses. */
typedef struct _PtNvStock
{
  gint refs;                    /* the pool's and the buffers' */
  GMutex lock;
  gboolean closed;              /* the pool has gone: what comes back is freed */
  GQueue idle;                  /* of PtNvSurface */
} Stock;

/* ---- surfaces that come back ---- */

static void
stock_unref (Stock * stock)
{
  if (!g_atomic_int_dec_and_test (&stock->refs))
    return;
  g_mutex_clear (&stock->lock);
  g_free (stock);
}

static void
give_back (Stock * stock, PtNvSurface * surface)
{
  g_mutex_lock (&stock->lock);
  const gboolean keep = !stock->closed;
  if (keep)
    g_queue_push_tail (&stock->idle, surface);
  g_mutex_unlock (&stock->lock);
  if (!keep)
    pt_nv_surface_free (surface);
  stock_unref (stock);
}

static void
close_stock (Stock * stock)
{
  GQueue idle;
  g_mutex_lock (&stock->lock);
  stock->closed = TRUE;
  idle = stock->idle;
  g_queue_init (&stock->idle);
  g_mutex_unlock (&stock->lock);
  g_queue_clear_full (&idle, (GDestroyNotify) pt_nv_surface_free);
  stock_unref (stock);
}

/* ---- memory ---- */

typedef struct
{
  GstMemory memory;
  PtNvSurface *surface;
  Stock *stock;                 /* NULL: of another memory, its parent, or a part */
  PtNvSurface part;             /* the surface of a part */
  GstBuffer *whole;             /* what it is a part of; else NULL */
} NvMemory;

typedef GstAllocator PythiagsNvAllocator;
typedef GstAllocatorClass PythiagsNvAllocatorClass;

GType pythiags_nv_allocator_get_type (void);
G_DEFINE_TYPE (PythiagsNvAllocator, pythiags_nv_allocator, GST_TYPE_ALLOCATOR);

static gpointer
memory_map (GstMemory * memory, gsize size, GstMapFlags flags)
{
  return ((NvMemory *) memory)->surface;
}

static void
memory_unmap (GstMemory * memory)
{
}

static GstMemory *
memory_new (GstMemory * parent, PtNvSurface * surface, Stock * stock)
{
  static GstAllocator *allocator = NULL;
  if (g_once_init_enter (&allocator)) {
    GstAllocator *made = g_object_new (pythiags_nv_allocator_get_type (), NULL);
    GST_OBJECT_FLAG_SET (made, GST_OBJECT_FLAG_MAY_BE_LEAKED);
    g_once_init_leave (&allocator, gst_object_ref_sink (made));
  }
  NvMemory *made = g_new0 (NvMemory, 1);
  const gsize size = sizeof (PtNvSurface);
  gst_memory_init (&made->memory, 0, allocator, parent, size, 0, 0, size);
  made->surface = surface;
  made->stock = stock;
  return &made->memory;
}

/* The surface is described, not held: a copy of the description keeps the one that it is of. */
static GstMemory *
memory_copy (GstMemory * memory, gssize offset, gssize size)
{
  GstMemory *whole = memory->parent ? memory->parent : memory;
  return memory_new (whole, ((NvMemory *) memory)->surface, NULL);
}

static void
memory_free (GstAllocator * allocator, GstMemory * memory)
{
  NvMemory *self = (NvMemory *) memory;
  if (self->stock)
    give_back (self->stock, self->surface);
  gst_clear_buffer (&self->whole);
  g_free (self);
}

static void
pythiags_nv_allocator_class_init (PythiagsNvAllocatorClass * klass)
{
  klass->free = memory_free;
}

static void
pythiags_nv_allocator_init (PythiagsNvAllocator * self)
{
  self->mem_type = "PythiagsNvSurface";
  self->mem_map = memory_map;
  self->mem_unmap = memory_unmap;
  self->mem_copy = self->mem_share = memory_copy;
  GST_OBJECT_FLAG_SET (self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}

/* ---- the pool ---- */

void
pt_nv_pool_clear (PtNvSurfacePool * pool)
{
  g_clear_pointer (&pool->stock, close_stock);
}

guint
pt_nv_pool_used (PtNvSurfacePool * pool)
{
  return pool->stock ? g_atomic_int_get (&pool->stock->refs) - 1 : 0;
}

static PtNvSurface *
take (const PtNvSurfacePool * pool)
{
  const PtNvLayout *of = &pool->layout;
  g_mutex_lock (&pool->stock->lock);
  PtNvSurface *surface = g_queue_pop_head (&pool->stock->idle);
  g_mutex_unlock (&pool->stock->lock);
  return surface ? surface : pt_nv_surface_new (of->gpu_id, of->batch_size, of->width, of->height,
      of->format, of->memory);
}

/* NV12 stays in its matrix and range. */
static guint32
format_for (const GstVideoInfo * info, guint32 like)
{
  if (GST_VIDEO_INFO_FORMAT (info) != GST_VIDEO_FORMAT_NV12)
    return PT_NV_RGBA;
  return pt_nv_format (like) == GST_VIDEO_FORMAT_NV12 ? like : PT_NV_NV12;
}

PtNvLayout
pt_nv_layout_like (const PtNvSurface * like, const GstVideoInfo * info, guint batch_size)
{
  const PtNvPicture *first = like->pictures;
  return (PtNvLayout) {
    .gpu_id = like->gpu_id,.batch_size = batch_size,.width = GST_VIDEO_INFO_WIDTH (info),
    .height = GST_VIDEO_INFO_HEIGHT (info),.format = format_for (info, first->format),
    .memory = PT_NV_DEVICE,
  };
}

GstBuffer *
pt_nv_pool_acquire (PtNvSurfacePool * pool, const PtNvLayout * layout, PtNvSurface ** surface)
{
  if (pool->stock && memcmp (&pool->layout, layout, sizeof *layout) != 0)
    pt_nv_pool_clear (pool);
  if (!pool->stock) {
    pool->layout = *layout;
    pool->stock = g_new0 (Stock, 1);
    pool->stock->refs = 1;
    g_mutex_init (&pool->stock->lock);
    g_queue_init (&pool->stock->idle);
  }
  *surface = take (pool);
  if (!*surface)
    return NULL;
  (*surface)->filled = 0;
  g_atomic_int_inc (&pool->stock->refs);
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, memory_new (NULL, *surface, pool->stock));
  return buffer;
}

GstBuffer *
pt_nv_part (GstBuffer * buffer, guint slot)
{
  PtNvMap map;
  GstBuffer *part = NULL;
  if (!pt_nv_map (&map, buffer))
    return NULL;
  if (slot < map.surface->filled) {
    NvMemory *memory = (NvMemory *) memory_new (NULL, NULL, NULL);
    memory->part = *map.surface;
    memory->part.batch_size = memory->part.filled = 1;
    memory->part.pictures = pt_nv_picture_at (&map, slot);
    memory->surface = &memory->part;
    memory->whole = gst_buffer_ref (buffer);
    part = gst_buffer_new ();
    gst_buffer_append_memory (part, &memory->memory);
    gst_buffer_copy_into (part, buffer, GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_FLAGS, 0, -1);
  }
  pt_nv_unmap (&map);
  return part;
}
