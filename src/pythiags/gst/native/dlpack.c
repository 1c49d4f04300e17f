/* See dlpack.h. */
#include "dlpack.h"

#include "surface.h"

enum                            /* DLDeviceType, DLDataTypeCode, flags */
{ CPU = 1, CUDA = 2, CUDA_HOST = 3, CUDA_MANAGED = 13, UNSIGNED = 1, READ_ONLY = 1 };

static gint
device_of (guint32 memory)
{
  switch (memory) {
    case PT_NV_DEVICE:
      return CUDA;
    case PT_NV_PINNED:
      return CUDA_HOST;
    case PT_NV_UNIFIED:
      return CUDA_MANAGED;
    case PT_NV_SYSTEM:
      return CPU;
    default:
      return 0;
  }
}

static char *
find (PtDlPlane * found, const PtNvMap * map, guint slot, guint number)
{
  const PtNvSurface *surface = map->surface;
  if (!surface->pictures || slot >= surface->filled)
    return g_strdup_printf ("the batch has no picture in slot %u", slot);
  const PtNvPicture *picture = pt_nv_picture_at (map, slot);
  const GstVideoFormat format = pt_nv_format (picture->format);
  const gint device = device_of (surface->memory);
  if (format == GST_VIDEO_FORMAT_UNKNOWN || !device || picture->layout != 0)
    return g_strdup_printf ("its colour format is number %u, its layout %u and its memory %u; "
        "expected NV12 or RGBA in rows", picture->format, picture->layout, surface->memory);
  if (!picture->data)
    return g_strdup ("its pixels have no address");
  if (number >= MIN (picture->planes.count, PT_NV_PLANES))
    return g_strdup_printf ("it has %u planes, expected one with the number %u",
        picture->planes.count, number);
  const guint samples = format == GST_VIDEO_FORMAT_RGBA ? 4 : number + 1;
  *found = (PtDlPlane) {
    .data = picture->data + picture->planes.offset[number],
    .device = device,.number = device == CPU ? 0 : (gint) surface->gpu_id,
    .dimensions = samples > 1 ? 3 : 2,
    .shape = {picture->planes.height[number], picture->planes.width[number], samples},
    .strides = {picture->planes.pitch[number], samples, 1},
  };
  return NULL;
}

gboolean
pt_plane_find (PtDlPlane * plane, GstBuffer * buffer, guint slot, guint number,
    const GstCaps * caps, char **problem)
{
  GstVideoInfo info;
  PtNvMap map;
  *problem = NULL;
  if (!caps || !gst_caps_is_fixed (caps) || !pt_caps_are_nvmm (caps)
      || !gst_video_info_from_caps (&info, caps) || !pt_nv_is_surface (buffer, &info)
      || !pt_nv_map (&map, buffer))
    return FALSE;
  *problem = find (plane, &map, slot, number);
  pt_nv_unmap (&map);
  return !*problem;
}

/* ---- tensors ---- */

typedef struct
{
  GstBuffer *buffer;
  PtDlPlane plane;
} Kept;

static gpointer
fill (PtDlTensor * tensor, const PtDlPlane * plane, GstBuffer * buffer)
{
  Kept *kept = g_new (Kept, 1);
  kept->buffer = gst_buffer_ref (buffer);
  kept->plane = *plane;
  *tensor = (PtDlTensor) {
    .data = plane->data,.device = plane->device,.number = plane->number,
    .dimensions = plane->dimensions,.code = UNSIGNED,.bits = 8,.lanes = 1,
    .shape = kept->plane.shape,.strides = kept->plane.strides,
  };
  return kept;
}

static void
let_go (Kept * kept)
{
  gst_buffer_unref (kept->buffer);
  g_free (kept);
}

static void
delete (PtDlManaged * self)
{
  let_go (self->context);
  g_free (self);
}

static void
delete_versioned (PtDlVersioned * self)
{
  let_go (self->context);
  g_free (self);
}

PtDlManaged *
pt_tensor_new (const PtDlPlane * plane, GstBuffer * buffer)
{
  PtDlManaged *made = g_new0 (PtDlManaged, 1);
  made->context = fill (&made->tensor, plane, buffer);
  made->deleter = delete;
  return made;
}

PtDlVersioned *
pt_tensor_new_versioned (const PtDlPlane * plane, GstBuffer * buffer)
{
  PtDlVersioned *made = g_new0 (PtDlVersioned, 1);
  made->major = 1;
  made->context = fill (&made->tensor, plane, buffer);
  made->deleter = delete_versioned;
  made->flags = READ_ONLY;
  return made;
}
