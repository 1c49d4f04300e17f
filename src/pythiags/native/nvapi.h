/* NVIDIA's surfaces: how they are laid out, and the functions that make and convert them.
 *
 * The layout is that of NVIDIA's public headers nvbufsurface.h and nvbufsurftransform.h. Nothing is
 * linked: the libraries are in the process wherever such surfaces are, and are looked up there.
 */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

#define PT_NV_PLANES 4

typedef struct                  /* NvBufSurfacePlaneParams */
{
  guint32 count, width[PT_NV_PLANES], height[PT_NV_PLANES], pitch[PT_NV_PLANES];
  guint32 offset[PT_NV_PLANES], size[PT_NV_PLANES], bytes_per_pixel[PT_NV_PLANES];
  gpointer reserved[4 * PT_NV_PLANES];
} PtNvPlanes;

typedef struct                  /* NvBufSurfaceParams, up to what versions differ in */
{
  guint32 width, height, pitch, format, layout;
  guint64 descriptor;
  guint32 size;
  guint8 *data;
  PtNvPlanes planes;
} PtNvPicture;

typedef struct                  /* NvBufSurfaceParams of DeepStream 8 and 9 */
{
  PtNvPicture picture;
  gpointer rest[17];
} PtNvPicture9;

typedef struct                  /* NvBufSurface of DeepStream 8 and 9 */
{
  guint32 gpu_id, batch_size, filled;
  guint8 contiguous;
  guint32 memory;
  gpointer pictures;            /* of PtNvPicture9, or of shorter ones */
  guint8 imported;
  gpointer reserved[4];
} PtNvSurface;

G_STATIC_ASSERT (sizeof (PtNvPicture9) == 416);
G_STATIC_ASSERT (sizeof (PtNvSurface) == 72);

typedef struct                  /* NvBufSurfTransformRect */
{
  guint32 top, left, width, height;
  gpointer reserved[4];
} PtNvRect;

enum                            /* NvBufSurfaceMemType */
{ PT_NV_PINNED = 1, PT_NV_DEVICE = 2, PT_NV_UNIFIED = 3, PT_NV_SYSTEM = 6 };

enum                            /* NvBufSurfaceColorFormat */
{ PT_NV_NV12 = 6, PT_NV_RGBA = 19 };

/* A buffer's surface, mapped. */
typedef struct
{
  GstBuffer *buffer;
  GstMapInfo map;
  PtNvSurface *surface;
  gsize picture_size;
} PtNvMap;

/* Whether the pictures of a buffer, whose caps say `info`, are in NVIDIA's memory. */
gboolean pt_nv_is_surface (GstBuffer * buffer, const GstVideoInfo * info);

/* Whether a buffer is such a surface, laid out as from DeepStream 8.0 on, in the memory of a card, and the
 * libraries are here. */
gboolean pt_nv_is_on_card (GstBuffer * buffer);

/* Of a buffer with a surface. FALSE: it cannot be mapped. */
gboolean pt_nv_map (PtNvMap * map, GstBuffer * buffer);
void pt_nv_unmap (PtNvMap * map);
PtNvPicture *pt_nv_picture_at (const PtNvMap * map, guint slot);

/* The format of a picture, without its matrix and range. */
GstVideoFormat pt_nv_format (guint32 format);

/* Whether the libraries are in the process. */
gboolean pt_nv_is_here (void);

/* Pictures of one size in one piece of memory; NULL: there is no room for them. */
PtNvSurface *pt_nv_surface_new (guint gpu_id, guint batch_size, guint width, guint height,
    guint32 format, guint32 memory);
void pt_nv_surface_free (PtNvSurface * surface);

/* Makes all pictures black, of NV12 in the range that `info` says, and waits for it. */
gboolean pt_nv_fill_black (PtNvSurface * surface, const GstVideoInfo * info);

/* Scales and converts from->filled pictures, in a stream of the thread's own, and waits for it. `crops` and
 * `areas`, one a picture, are what is taken and where it goes; NULL: all of it. `method` is
 * NvBufSurfTransform_Inter's number. 0: done; else NVIDIA's number of the error. */
int pt_nv_transform (PtNvSurface * from, PtNvSurface * to, const PtNvRect * crops,
    const PtNvRect * areas, guint method);

G_END_DECLS
