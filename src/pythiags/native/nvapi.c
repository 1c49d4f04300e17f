/* See nvapi.h. */
#include "nvapi.h"

#include "colours.h"
#include "runtime.h"

typedef struct                  /* NvBufSurfaceCreateParams */
{
  guint32 gpu_id, width, height, size;
  guint8 contiguous;
  guint32 format, layout, memory;
  gpointer reserved[4];
} Create;

typedef struct                  /* NvBufSurfTransformParams */
{
  guint32 flags, flip, filter;
  const PtNvRect *from, *to;
  gpointer reserved[4];
} Transform;

typedef struct                  /* NvBufSurfTransformConfigParams */
{
  guint32 compute;
  gint32 gpu_id;
  gpointer stream;
  gpointer reserved[4];
} Session;

enum                            /* NvBufSurfTransform_Transform_Flag, _Compute; cudaStreamNonBlocking */
{ CROP_SOURCE = 1, CROP_TARGET = 2, FILTER = 4, ON_GPU = 1, NON_BLOCKING = 1 };

static struct
{
  int (*create) (PtNvSurface ** surface, guint32 batch_size, Create * params);
  int (*destroy) (PtNvSurface * surface);
  int (*fill) (PtNvSurface * surface, int picture, int plane, guint8 value);
  int (*transform) (PtNvSurface * from, PtNvSurface * to, Transform * params);
  int (*set_session) (Session * session);
  int (*new_stream) (gpointer * stream, unsigned flags);
  int (*current_card) (int *number);
  int (*wait) (gpointer stream);
} nv;

/* ---- what is there ---- */

#define SURFACE "libnvbufsurface.so"
#define CONVERTER "libnvbufsurftransform.so"
#define RUNTIME "libcudart.so.13"

gboolean
pt_nv_is_here (void)
{
  static gsize once = 0;
  if (g_atomic_pointer_get (&once) == 0) {
    static GMutex lock;
    g_mutex_lock (&lock);
    nv.create = pt_known_function (SURFACE, "NvBufSurfaceCreate");
    nv.destroy = pt_known_function (SURFACE, "NvBufSurfaceDestroy");
    nv.fill = pt_known_function (SURFACE, "NvBufSurfaceMemSet");
    nv.transform = pt_known_function (CONVERTER, "NvBufSurfTransform");
    nv.set_session = pt_known_function (CONVERTER, "NvBufSurfTransformSetSessionParams");
    nv.new_stream = pt_known_function (RUNTIME, "cudaStreamCreateWithFlags");
    nv.current_card = pt_known_function (RUNTIME, "cudaGetDevice");
    nv.wait = pt_known_function (RUNTIME, "cudaStreamSynchronize");
    if (nv.create && nv.destroy && nv.fill && nv.transform && nv.set_session)
      g_atomic_pointer_set (&once, 1);  /* else the libraries may be opened later */
    g_mutex_unlock (&lock);
  }
  return g_atomic_pointer_get (&once) == 1;
}

/* The header's size: up to DeepStream 7.1, and from 8.0 on. No plain picture is smaller than its caps say. */
gboolean
pt_nv_is_surface (GstBuffer * buffer, const GstVideoInfo * info)
{
  const gsize size = gst_buffer_get_size (buffer);
  return (size == 64 || size == sizeof (PtNvSurface)) && size < GST_VIDEO_INFO_SIZE (info)
      && gst_buffer_n_memory (buffer) == 1;
}

gboolean
pt_nv_map (PtNvMap * map, GstBuffer * buffer)
{
  if (!gst_buffer_map (buffer, &map->map, GST_MAP_READ))
    return FALSE;
  map->buffer = buffer;
  map->surface = (PtNvSurface *) map->map.data;
  map->picture_size = map->map.size == sizeof (PtNvSurface) ? sizeof (PtNvPicture9) : 384;
  return TRUE;
}

void
pt_nv_unmap (PtNvMap * map)
{
  gst_buffer_unmap (map->buffer, &map->map);
}

gboolean
pt_nv_is_on_card (GstBuffer * buffer)
{
  PtNvMap map;
  if (gst_buffer_get_size (buffer) != sizeof (PtNvSurface) || gst_buffer_n_memory (buffer) != 1
      || !pt_nv_is_here () || !pt_nv_map (&map, buffer))
    return FALSE;
  const gboolean is = map.surface->memory == PT_NV_DEVICE && map.surface->filled > 0
      && map.surface->filled <= map.surface->batch_size && map.surface->pictures;
  pt_nv_unmap (&map);
  return is;
}

PtNvPicture *
pt_nv_picture_at (const PtNvMap * map, guint slot)
{
  return (PtNvPicture *) ((guint8 *) map->surface->pictures + slot * map->picture_size);
}

/* 8 bits a sample; of NV12 by matrix and range. */
GstVideoFormat
pt_nv_format (guint32 format)
{
  switch (format) {
    case PT_NV_NV12:
    case 7:
    case 33:
    case 34:
    case 36:
      return GST_VIDEO_FORMAT_NV12;
    case PT_NV_RGBA:
      return GST_VIDEO_FORMAT_RGBA;
    default:
      return GST_VIDEO_FORMAT_UNKNOWN;
  }
}

/* ---- making and converting ---- */

PtNvSurface *
pt_nv_surface_new (guint gpu_id, guint batch_size, guint width, guint height, guint32 format,
    guint32 memory)
{
  Create wanted = {.gpu_id = gpu_id,.width = width,.height = height,.contiguous = TRUE,
    .format = format,.memory = memory
  };
  PtNvSurface *made = NULL;
  return nv.create (&made, batch_size, &wanted) == 0 ? made : NULL;
}

void
pt_nv_surface_free (PtNvSurface * surface)
{
  nv.destroy (surface);
}

/* ---- streams ----
 *
 * Those of threads that have ended are used again, and never freed: threads may end after CUDA. */

static GMutex streams_lock;
static GQueue streams = G_QUEUE_INIT;

static void
give_stream (gpointer stream)
{
  g_mutex_lock (&streams_lock);
  g_queue_push_tail (&streams, stream);
  g_mutex_unlock (&streams_lock);
}

/* A stream is made on the card that the thread uses, which others in it may have changed. */
static gboolean
uses_first_card (void)
{
  int number = 0;
  return !nv.current_card || (nv.current_card (&number) == 0 && number == 0);
}

/* The default stream would wait for all others. NULL: there is no other. */
static gpointer
own_stream (void)
{
  static GPrivate of_thread = G_PRIVATE_INIT (give_stream);
  gpointer stream = g_private_get (&of_thread);
  if (stream || !nv.new_stream)
    return stream;
  g_mutex_lock (&streams_lock);
  stream = g_queue_pop_head (&streams);
  g_mutex_unlock (&streams_lock);
  if (!stream && (!uses_first_card () || nv.new_stream (&stream, NON_BLOCKING) != 0))
    stream = NULL;
  if (stream)
    g_private_set (&of_thread, stream);
  return stream;
}

static gboolean
fill (PtNvSurface * surface, guint plane, guint8 value)
{
  for (guint i = 0; i < surface->batch_size; i++)
    if (nv.fill (surface, i, plane, value) != 0)
      return FALSE;
  return !nv.wait || nv.wait (NULL) == 0;
}

gboolean
pt_nv_fill_black (PtNvSurface * surface, const GstVideoInfo * info)
{
  if (GST_VIDEO_INFO_FORMAT (info) == GST_VIDEO_FORMAT_RGBA)
    return fill (surface, 0, 0);
  const guint8 black = pt_is_full_range (&info->colorimetry) ? 0 : 16;
  return fill (surface, 0, black) && fill (surface, 1, 128);
}

static gboolean
is_scaled (const PtNvSurface * from, const PtNvSurface * to)
{
  const PtNvPicture *first = to->pictures;
  for (guint i = 0; i < from->filled; i++) {
    const PtNvPicture9 *source = (const PtNvPicture9 *) from->pictures + i;
    if (source->picture.width != first->width || source->picture.height != first->height)
      return TRUE;
  }
  return FALSE;
}

int
pt_nv_transform (PtNvSurface * from, PtNvSurface * to, const PtNvRect * crops,
    const PtNvRect * areas, guint method)
{
  Session session = {.compute = ON_GPU,.gpu_id = from->gpu_id };
  Transform how = {.flags = (crops ? CROP_SOURCE : 0) | (areas ? CROP_TARGET : 0),.from = crops,
    .to = areas
  };
  if (crops || areas || is_scaled (from, to)) {  /* its filters move a picture that is not */
    how.flags |= FILTER;
    how.filter = method;
  }
  to->filled = from->filled;
  if (from->gpu_id == 0)        /* streams belong to a card: the runtime's first */
    session.stream = own_stream ();
  const int error = nv.set_session (&session);        /* elements of NVIDIA's in this thread set it, too */
  return error ? error : nv.transform (from, to, &how);
}
