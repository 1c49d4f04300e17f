/* The plugin `pythiags`: the portable elements, where DeepStream's own are not installed.
 *
 *   GST_PLUGIN_PATH="$(pythiags plugin-path)" gst-inspect-1.0 pythiags
 */
#include "deepstream.h"
#include "factories.h"

#ifndef PACKAGE
#define PACKAGE "pythiags"
#endif

#define DECLARE(name) gboolean pt_##name##_register (GstPlugin * plugin);
PT_OWN_FACTORIES (DECLARE)
PT_FACTORIES (DECLARE)
PT_REFUSED_FACTORIES (DECLARE)

#define ENTRY(name) {#name, pt_##name##_register},
static const struct
{
  const char *name;
  gboolean (*add) (GstPlugin *);
} factories[] = { PT_OWN_FACTORIES (ENTRY) PT_FACTORIES (ENTRY) PT_REFUSED_FACTORIES (ENTRY) };

/* A factory of DeepStream's own wins, name by name: see deepstream.h. */
static gboolean
plugin_init (GstPlugin * plugin)
{
  pt_deepstream_watch (plugin);
  for (guint i = 0; i < G_N_ELEMENTS (factories); i++) {
    if (pt_deepstream_has (factories[i].name)) {
      GST_INFO_OBJECT (plugin, "%s is provided by another plugin", factories[i].name);
      continue;
    }
    if (!factories[i].add (plugin))
      return FALSE;
  }
  return TRUE;
}

/* 1.20: the oldest GStreamer whose functions it needs. */
GST_PLUGIN_DEFINE (1, 20, pythiags, "DeepStream's elements on a CPU", plugin_init,
    PT_VERSION, "Apache-2.0", PACKAGE, "https://github.com/rmclabs-io/pythiags")
