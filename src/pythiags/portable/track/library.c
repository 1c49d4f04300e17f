/* See library.h. */
#include "library.h"

#include <string.h>

#define LIBRARY "libnvds_nvmultiobjecttracker.so"
#define NVIDIA "/opt/nvidia/"   /* where DeepStream installs itself */

static const struct
{
  const char *name;
  gboolean is_plain;            /* it had neither a probation nor filters, up to DeepStream 5 */
} libraries[] = {
  {LIBRARY, FALSE},
  {"libnvds_nvdcf.so", FALSE},
  {"libnvds_mot_klt.so", TRUE},
  {"libnvds_mot_iou.so", TRUE},
};

/* The place in the table, or -1. A version may follow the name. */
static gint
find_library (const char *path)
{
  gchar *name = g_path_get_basename (path);
  gint found = -1;
  for (guint i = 0; i < G_N_ELEMENTS (libraries) && found < 0; i++) {
    const gsize length = strlen (libraries[i].name);
    if (g_str_has_prefix (name, libraries[i].name) && (!name[length] || name[length] == '.'))
      found = i;
  }
  g_free (name);
  return found;
}

static gboolean
check_library (const char *library, gboolean * is_plain, char **error)
{
  const gint found = library && *library ? find_library (library) : -1;
  if (found >= 0) {
    *is_plain = libraries[found].is_plain;
    return TRUE;
  }
  if (!library || !*library)
    *error = g_strdup ("ll-lib-file is not set, without which DeepStream's nvtracker does not start: "
        "set it to /opt/nvidia/deepstream/deepstream/lib/" LIBRARY "; the file need not be there");
  else
    *error = g_strdup_printf ("ll-lib-file is %s, a tracker of its own, which needs DeepStream: "
        "set it to " LIBRARY ", in whose place the portable tracker runs", library);
  return FALSE;
}

/* A file of NVIDIA's that is not there, by its name. */
static gboolean
replace_file (PtTrackSettings * settings, const char *path, const char *name, GPtrArray * notes,
    char **error)
{
  static const char *const with_network[] = { "config_tracker_NvDCF_accuracy.yml",
    "config_tracker_NvDeepSORT.yml", "config_tracker_DeepSORT.yml", "config_tracker_MaskTracker.yml",
    NULL
  };
  if (g_strv_contains (with_network, name)) {
    *error = g_strdup_printf ("ll-config-file %s is not there, and its tracker looks at objects by "
        "NVIDIA's networks, which a CPU has none of: name config_tracker_NvDCF_perf.yml or "
        "config_tracker_NvSORT.yml of that folder instead", path);
    return FALSE;
  }
  if (!pt_config_known (settings, name))
    return pt_config_read (settings, path, notes, error);
  g_ptr_array_add (notes, g_strdup_printf ("ll-config-file %s is not there: the values that NVIDIA "
          "published for that name are used; copy the file to change them", path));
  return TRUE;
}

static gboolean
read_file (PtTrackSettings * settings, const char *path, GPtrArray * notes, char **error)
{
  if (!g_str_has_prefix (path, NVIDIA) || g_file_test (path, G_FILE_TEST_EXISTS))
    return pt_config_read (settings, path, notes, error);
  gchar *name = g_path_get_basename (path);
  const gboolean read = replace_file (settings, path, name, notes, error);
  g_free (name);
  return read;
}

gboolean
pt_library_settings (PtTrackSettings * settings, const char *library, const char *config,
    GPtrArray * notes, char **error)
{
  gboolean is_plain = FALSE;
  *settings = (PtTrackSettings) PT_TRACK_DEFAULTS;
  if (!check_library (library, &is_plain, error))
    return FALSE;
  if (is_plain)
    settings->probation_age = 0;
  if (!config || !*config)
    return TRUE;
  if (strchr (config, ';')) {
    *error = g_strdup_printf ("ll-config-file has several files, which only sub-batches use, and "
        "those are not supported on a CPU: name one file instead of %s", config);
    return FALSE;
  }
  return read_file (settings, config, notes, error);
}
