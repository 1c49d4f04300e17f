/* Slots of a batched buffer and how they are mapped: see surface.h. */
#include "surface.h"

typedef struct
{
  GstBuffer *picture;
  GstVideoInfo info;
} PtSlot;

typedef struct
{
  GstMeta meta;
  GArray *slots;                /* of PtSlot */
} PtSurfaceMeta;

static const GstMetaInfo *surface_meta_info (void);

static GType
surface_meta_api (void)
{
  static gsize type = 0;
  if (g_once_init_enter (&type)) {
    static const gchar *tags[] = { GST_META_TAG_MEMORY_STR, NULL };
    g_once_init_leave (&type, gst_meta_api_type_register ("PythiagsSurfaceMetaAPI", tags));
  }
  return type;
}

static PtSurfaceMeta *
surface_meta_get (GstBuffer * buffer)
{
  return (PtSurfaceMeta *) gst_buffer_get_meta (buffer, surface_meta_api ());
}

static void
slot_clear (PtSlot * slot)
{
  gst_buffer_unref (slot->picture);
}

static gboolean
surface_meta_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  GArray *slots = g_array_new (FALSE, FALSE, sizeof (PtSlot));
  g_array_set_clear_func (slots, (GDestroyNotify) slot_clear);
  ((PtSurfaceMeta *) meta)->slots = slots;
  return TRUE;
}

static void
surface_meta_free (GstMeta * meta, GstBuffer * buffer)
{
  g_array_unref (((PtSurfaceMeta *) meta)->slots);
}

static PtSlot *
slot_at (GstBuffer * buffer, guint slot)
{
  PtSurfaceMeta *meta = surface_meta_get (buffer);
  return meta && slot < meta->slots->len ? &g_array_index (meta->slots, PtSlot, slot) : NULL;
}

/* Only a copy keeps the slots: every other transformation makes pictures of its own. */
static gboolean
surface_meta_transform (GstBuffer * target, GstMeta * meta, GstBuffer * source, GQuark type,
    gpointer data)
{
  if (!GST_META_TRANSFORM_IS_COPY (type))
    return FALSE;
  GArray *slots = ((PtSurfaceMeta *) meta)->slots;
  for (guint i = 0; i < slots->len; i++) {
    PtSlot *slot = &g_array_index (slots, PtSlot, i);
    pt_surface_append (target, gst_buffer_ref (slot->picture), &slot->info);
  }
  return TRUE;
}

static const GstMetaInfo *
surface_meta_info (void)
{
  static const GstMetaInfo *info = NULL;
  if (g_once_init_enter ((GstMetaInfo **) & info)) {
    const GstMetaInfo *registered = gst_meta_register (surface_meta_api (), "PythiagsSurfaceMeta",
        sizeof (PtSurfaceMeta), surface_meta_init, surface_meta_free, surface_meta_transform);
    g_once_init_leave ((GstMetaInfo **) & info, (GstMetaInfo *) registered);
  }
  return info;
}

guint
pt_surface_count (GstBuffer * buffer)
{
  PtSurfaceMeta *meta = surface_meta_get (buffer);
  return meta ? meta->slots->len : 1;
}

GstBuffer *
pt_surface_get (GstBuffer * buffer, guint slot)
{
  if (!surface_meta_get (buffer))
    return slot == 0 ? buffer : NULL;
  PtSlot *found = slot_at (buffer, slot);
  return found ? found->picture : NULL;
}

const GstVideoInfo *
pt_surface_info (GstBuffer * buffer, guint slot, const GstVideoInfo * fallback)
{
  PtSlot *found = slot_at (buffer, slot);
  return found ? &found->info : fallback;
}

/* What gst_video_frame_map demands of the two; and a plane for each that will be read. */
gboolean
pt_frame_is_contradicted (GstBuffer * picture, const GstVideoInfo * info)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (picture);
  return meta && (meta->format != GST_VIDEO_INFO_FORMAT (info)
      || meta->n_planes != GST_VIDEO_INFO_N_PLANES (info)
      || meta->width < (guint) GST_VIDEO_INFO_WIDTH (info)
      || meta->height < (guint) GST_VIDEO_INFO_HEIGHT (info));
}

gboolean
pt_frame_map (GstVideoFrame * frame, const GstVideoInfo * info, GstBuffer * picture,
    GstMapFlags flags)
{
  if (pt_frame_is_contradicted (picture, info)
      || !gst_video_frame_map (frame, info, picture, flags))
    return FALSE;
  frame->info.width = info->width;
  frame->info.height = info->height;
  return TRUE;
}

gboolean
pt_surface_map (GstVideoFrame * frame, GstBuffer * buffer, guint slot,
    const GstVideoInfo * fallback, GstMapFlags flags)
{
  if (!surface_meta_get (buffer))
    return slot == 0
        && pt_frame_map (frame, fallback, buffer, flags | GST_VIDEO_FRAME_MAP_FLAG_NO_REF);
  PtSlot *found = slot_at (buffer, slot);
  if (!found || ((flags & GST_MAP_WRITE) && !gst_buffer_is_writable (buffer)))
    return FALSE;
  if (flags & GST_MAP_WRITE)
    found->picture = gst_buffer_make_writable (found->picture);
  return pt_frame_map (frame, &found->info, found->picture,
      flags | GST_VIDEO_FRAME_MAP_FLAG_NO_REF);
}

void
pt_surface_append (GstBuffer * batch, GstBuffer * picture, const GstVideoInfo * info)
{
  PtSurfaceMeta *meta = surface_meta_get (batch);
  if (!meta)
    meta = (PtSurfaceMeta *) gst_buffer_add_meta (batch, surface_meta_info (), NULL);
  PtSlot slot = {.picture = picture,.info = *info };
  g_array_append_val (meta->slots, slot);
}

gboolean
pt_caps_are_nvmm (const GstCaps * caps)
{
  if (gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return FALSE;
  return gst_caps_features_contains (gst_caps_get_features (caps, 0), PT_FEATURE_NVMM);
}
