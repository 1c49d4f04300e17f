/* Pictures of a batched buffer.
 *
 * The caps carry the feature memory:NVMM, as DeepStream's do, and the memory is the system's. A
 * muxer of batch size 1 passes plain video buffers on: each is its own only slot. A larger batch is
 * a buffer without memory whose GstMeta holds one plain video buffer a slot, since a GstBuffer has
 * room for no more than 16 memories. Copies share the slots; the first write to one copies it.
 */
#pragma once
#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#define PT_FEATURE_NVMM "memory:NVMM"
#define PT_FEATURE_EGL "memory:EGLImage"        /* what nvegltransform hands to renderers */

/* How many pictures the buffer holds: 1 for a plain video buffer. */
guint pt_surface_count (GstBuffer * buffer);

/* Borrowed: the plain video buffer of a slot (the buffer itself where it is plain). NULL: no such slot. */
GstBuffer *pt_surface_get (GstBuffer * buffer, guint slot);

/* The layout of a slot; `fallback` is the caps' info, for plain buffers. */
const GstVideoInfo *pt_surface_info (GstBuffer * buffer, guint slot, const GstVideoInfo * fallback);

/* Whether the GstVideoMeta of a plain video buffer, if it has one, is of another picture. */
gboolean pt_frame_is_contradicted (GstBuffer * picture, const GstVideoInfo * info);

/* gst_video_frame_map without its critical messages: FALSE also where the GstVideoMeta contradicts
 * `info`; and of the size that `info` says, whatever padding the GstVideoMeta counts in. */
gboolean pt_frame_map (GstVideoFrame * frame, const GstVideoInfo * info, GstBuffer * picture,
    GstMapFlags flags);

/* Maps the picture of a slot; several slots may be mapped at once. To write, `buffer` must be
 * writable. Unmap with gst_video_frame_unmap. FALSE: no such slot, or memory that cannot be mapped. */
gboolean pt_surface_map (GstVideoFrame * frame, GstBuffer * buffer, guint slot,
    const GstVideoInfo * fallback, GstMapFlags flags);

/* Appends a plain video buffer as the next slot; takes over the reference to `picture`. */
void pt_surface_append (GstBuffer * batch, GstBuffer * picture, const GstVideoInfo * info);

gboolean pt_caps_are_nvmm (const GstCaps * caps);

G_END_DECLS
