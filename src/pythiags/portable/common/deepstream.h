/* DeepStream's own elements, which win over the portable ones.
 *
 * In GStreamer's registry the feature that is added last replaces an earlier one of the same name, so
 * the plugin must not offer what another plugin has. The registry of a process answers that, but not
 * that of gst-plugin-scanner: it knows only what it has loaded itself, while the process that
 * started it may have DeepStream's plugins in its cache. There the files of DeepStream's plugins
 * answer, looked up where GStreamer looks for plugins.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* Whether another plugin brings an element of that name. */
gboolean pt_deepstream_has (const char *factory);

/* Has the plugin scanned again once a file of DeepStream's comes or goes. */
void pt_deepstream_watch (GstPlugin * plugin);

G_END_DECLS
