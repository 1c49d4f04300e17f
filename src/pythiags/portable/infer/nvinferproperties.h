/* The properties of nvinfer, and how a configuration file would spell them. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* Which is the element's own: the configuration file has no such key. */
#define PT_ANALYTICS_PROPERTY "output-analytics-meta"

void pt_nvinfer_install_properties (GObjectClass * class);

/* Name, value, name, value ..., NULL of the properties that were set, which are the fields of
 * `settings`, without the element's own. Free with g_strfreev. */
gchar **pt_nvinfer_spell (const GstStructure * settings);

/* The value of a property that was not set, as the configuration file has it: DeepStream reads the file when
 * config-file-path is set, and programs ask for the batch size then. FALSE: the file does not say. */
gboolean pt_nvinfer_read_back (const GstStructure * settings, const GParamSpec * pspec,
    GValue * value);

G_END_DECLS
