/* The properties of nvinfer and nvinferserver, and how a configuration file would spell them. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* Which is the element's own: the configuration file has no such key. */
#define PT_ANALYTICS_PROPERTY "output-analytics-meta"

/* A property that the configuration file has too, and its key there. */
typedef struct { const char *property, *key; } PtInFile;

void pt_nvinfer_install_properties (GObjectClass * class);
void pt_nvinferserver_install_properties (GObjectClass * class);

/* Properties are kept by name in `settings`, under the lock of `object`, so that only what was set overrides the
 * configuration file. */
void pt_nvinfer_set (GObject * object, GstStructure * settings, const GValue * value,
    const GParamSpec * pspec);

/* One that was not set has the value of the configuration file: DeepStream reads the file when
 * config-file-path is set, and programs ask for the batch size then. */
void pt_nvinfer_get (GObject * object, const GstStructure * settings, const PtInFile * in_file,
    GValue * value, GParamSpec * pspec);

/* Name, value, name, value ..., NULL of the properties that were set, and of another element than nvinfer its "factory"; without the element's own:
 * `analytics` is set to that one's value. Free with g_strfreev. */
gchar **pt_nvinfer_spell (GObject * object, const GstStructure * settings, const char *factory,
    gboolean * analytics);

/* The interval, which may be set while it plays; `planned` where it was not. */
guint pt_nvinfer_interval (GObject * object, const GstStructure * settings, guint planned);

G_END_DECLS
