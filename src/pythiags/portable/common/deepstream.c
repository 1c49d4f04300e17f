/* See deepstream.h. */
#define _GNU_SOURCE             /* dladdr */
#include "deepstream.h"

#include <dlfcn.h>
#include <stdlib.h>

#define SCANNER "gst-plugin-scanner"
#define MAX_DEPTH 10            /* as deep as GStreamer looks for plugins */

/* Which file of DeepStream's brings which of the portable elements. */
static const struct
{
  const char *file, *factories[4];
} files[] = {
  {"libgstnv3dsink.so", {"nv3dsink"}},
  {"libgstnvarguscamerasrc.so", {"nvarguscamerasrc"}},
  {"libgstnveglglessink.so", {"nveglglessink"}},
  {"libgstnvegltransform.so", {"nvegltransform"}},
  {"libgstnvjpeg.so", {"nvjpegdec", "nvjpegenc"}},
  {"libgstnvvidconv.so", {"nvvidconv"}},
  {"libgstnvvideo4linux2.so", {"nvv4l2decoder", "nvv4l2h264enc", "nvv4l2h265enc"}},
  {"libgstnvvideoconvert.so", {"nvvideoconvert"}},
  {"libnvdsgst_deepstream_bins.so", {"nvosdbin", "nvrtspoutsinkbin", "nvvideoencfilesinkbin"}},
  {"libnvdsgst_dsanalytics.so", {"nvdsanalytics"}},
  {"libnvdsgst_infer.so", {"nvinfer"}},
  {"libnvdsgst_inferserver.so", {"nvinferserver"}},
  {"libnvdsgst_logger.so", {"nvdslogger"}},
  {"libnvdsgst_metamux.so", {"nvdsmetamux"}},
  {"libnvdsgst_msgbroker.so", {"nvmsgbroker"}},
  {"libnvdsgst_msgconv.so", {"nvmsgconv"}},
  {"libnvdsgst_multistream.so", {"nvstreammux", "nvstreamdemux"}},
  {"libnvdsgst_multistream_legacy.so", {"nvstreammux", "nvstreamdemux"}},
  {"libnvdsgst_multistreamtiler.so", {"nvmultistreamtiler"}},
  {"libnvdsgst_nvmultiurisrcbin.so", {"nvmultiurisrcbin"}},
  {"libnvdsgst_nvurisrcbin.so", {"nvurisrcbin"}},
  {"libnvdsgst_of.so", {"nvof"}},
  {"libnvdsgst_ofvisual.so", {"nvofvisual"}},
  {"libnvdsgst_osd.so", {"nvdsosd"}},
  {"libnvdsgst_preprocess.so", {"nvdspreprocess"}},
  {"libnvdsgst_segvisual.so", {"nvsegvisual"}},
  {"libnvdsgst_tracker.so", {"nvtracker"}},
  {"libnvdsgst_videotemplate.so", {"nvdsvideotemplate"}},
};

/* ---- where GStreamer looks for plugins ---- */

static const char *
first_set (const char *name, const char *otherwise)
{
  const char *value = g_getenv (name);
  return value ? value : g_getenv (otherwise);
}

static void
add_paths (GPtrArray * folders, const char *paths)
{
  gchar **parts = g_strsplit (paths, G_SEARCHPATH_SEPARATOR_S, 0);
  for (gchar ** part = parts; *part; part++)
    if (**part)
      g_ptr_array_add (folders, g_strdup (*part));
  g_strfreev (parts);
}

/* The folder of GStreamer's own plugins lies beside its library. */
static char *
system_folder (void)
{
  Dl_info library;
  if (!dladdr ((gpointer) gst_init, &library))
    return NULL;
  gchar *folder = g_path_get_dirname (library.dli_fname);
  gchar *plugins = g_build_filename (folder, "gstreamer-1.0", NULL);
  g_free (folder);
  return plugins;
}

static GPtrArray *
plugin_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  const char *path = first_set ("GST_PLUGIN_PATH_1_0", "GST_PLUGIN_PATH");
  const char *system_path = first_set ("GST_PLUGIN_SYSTEM_PATH_1_0", "GST_PLUGIN_SYSTEM_PATH");
  if (path)
    add_paths (folders, path);
  if (system_path) {
    add_paths (folders, system_path);
    return folders;
  }
  g_ptr_array_add (folders,
      g_build_filename (g_get_user_data_dir (), "gstreamer-1.0", "plugins", NULL));
  gchar *plugins = system_folder ();
  if (plugins)
    g_ptr_array_add (folders, plugins);
  return folders;
}

/* ---- what is there ---- */

static gboolean
has_file (const char *folder, const char *file, guint depth)
{
  gchar *path = g_build_filename (folder, file, NULL);
  gboolean found = g_file_test (path, G_FILE_TEST_IS_REGULAR);
  g_free (path);
  if (found || depth == 0)
    return found;
  GDir *entries = g_dir_open (folder, 0, NULL);
  const char *name;
  while (!found && entries && (name = g_dir_read_name (entries))) {
    path = g_build_filename (folder, name, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      found = has_file (path, file, depth - 1);
    g_free (path);
  }
  g_clear_pointer (&entries, g_dir_close);
  return found;
}

static gboolean
is_installed (const char *factory)
{
  gboolean found = FALSE;
  GPtrArray *folders = plugin_folders ();
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    if (!g_strv_contains (files[i].factories, factory))
      continue;
    for (guint k = 0; k < folders->len && !found; k++)
      found = has_file (g_ptr_array_index (folders, k), files[i].file, MAX_DEPTH);
  }
  g_ptr_array_unref (folders);
  return found;
}

/* The helper that looks into plugins for a process whose registry it does not know. */
static gboolean
is_scanner (void)
{
  const char *chosen = first_set ("GST_PLUGIN_SCANNER_1_0", "GST_PLUGIN_SCANNER");
  gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  gchar *other = chosen ? realpath (chosen, NULL) : NULL;
  gboolean result = program && (g_strcmp0 (program, other) == 0
      || g_str_has_suffix (program, "/" SCANNER));
  free (other);
  g_free (program);
  return result;
}

gboolean
pt_deepstream_has (const char *factory)
{
  GstPluginFeature *feature =
      gst_registry_find_feature (gst_registry_get (), factory, GST_TYPE_ELEMENT_FACTORY);
  const char *plugin = feature ? gst_plugin_feature_get_plugin_name (feature) : NULL;
  gboolean theirs = feature && g_strcmp0 (plugin, "pythiags") != 0;
  gst_clear_object (&feature);
  return theirs || (is_scanner () && is_installed (factory));
}

void
pt_deepstream_watch (GstPlugin * plugin)
{
  static const gchar *variables[] = {
    "GST_PLUGIN_PATH", "GST_PLUGIN_PATH_1_0", "GST_PLUGIN_PATH/deepstream",
    "GST_PLUGIN_PATH_1_0/deepstream", "GST_PLUGIN_SYSTEM_PATH", "GST_PLUGIN_SYSTEM_PATH_1_0",
    "GST_PLUGIN_SYSTEM_PATH/deepstream", "GST_PLUGIN_SYSTEM_PATH_1_0/deepstream",
    "HOME/.local/share/gstreamer-1.0/plugins", NULL
  };
  const gchar *names[G_N_ELEMENTS (files) + 1] = { NULL };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    names[i] = files[i].file;
  gchar *plugins = system_folder ();
  gchar *deepstream = plugins ? g_build_filename (plugins, "deepstream", NULL) : NULL;
  const gchar *paths[] = { plugins, deepstream, NULL };
  gst_plugin_add_dependency (plugin, variables, paths, names, GST_PLUGIN_DEPENDENCY_FLAG_NONE);
  g_free (deepstream);
  g_free (plugins);
}
