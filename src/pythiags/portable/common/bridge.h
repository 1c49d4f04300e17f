/* A filter for use inside bins: gives caps the feature memory:NVMM, or takes it off, without touching
 * a buffer.
 *
 * Portable NVMM memory is the system's, so only the caps differ. For use inside bins.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* A floating element. to_nvmm: the output has the feature; else nothing has, and a batch of
 * several pictures is refused by name, as no stock element could show it. */
GstElement *pt_bridge_new (const char *name, gboolean to_nvmm);

G_END_DECLS
