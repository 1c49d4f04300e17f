/* See muxfile.h. */
#include "muxfile.h"

gboolean
pt_mux_is_new (void)
{
  return g_strcmp0 (g_getenv ("USE_NEW_NVSTREAMMUX"), "yes") == 0;
}

guint
pt_mux_batch_size (const GstNvstreammux * mux)
{
  return mux->settings.batch_size ? mux->settings.batch_size : MAX (mux->pads->len, 1);
}

/* What plays no role where sources are read in lockstep, or is as it is anyway. */
static gboolean
is_followed (const char *key)
{
  return g_str_equal (key, "batch-size") || g_str_equal (key, "adaptive-batching")
      || g_str_equal (key, "algorithm-type");
}

static char *
list_ignored (GKeyFile * file)
{
  GString *names = g_string_new (NULL);
  gchar **groups = g_key_file_get_groups (file, NULL);
  for (gchar ** group = groups; *group; group++) {
    gchar **keys = g_key_file_get_keys (file, *group, NULL, NULL);
    for (gchar ** key = keys; key && *key; key++)
      if (!g_str_equal (*group, "property") || !is_followed (*key))
        g_string_append_printf (names, "%s[%s] %s", names->len ? ", " : "", *group, *key);
    g_strfreev (keys);
  }
  g_strfreev (groups);
  return g_string_free (names, names->len == 0);
}

static void
follow (GstNvstreammux * mux, GKeyFile * file)
{
  const gint size = g_key_file_get_integer (file, "property", "batch-size", NULL);
  const gboolean adaptive = g_key_file_get_integer (file, "property", "adaptive-batching", NULL);
  g_mutex_lock (&mux->lock);
  if (adaptive)
    mux->settings.batch_size = 0;
  else if (size > 0)
    mux->settings.batch_size = size;
  g_mutex_unlock (&mux->lock);
}

gboolean
pt_mux_read_file (GstNvstreammux * mux, char **ignored, char **problem)
{
  g_mutex_lock (&mux->lock);
  char *path = g_strdup (mux->config_file);
  g_mutex_unlock (&mux->lock);
  GError *error = NULL;
  GKeyFile *file = g_key_file_new ();
  const gboolean read = !path || g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error);
  if (!read)
    *problem = g_strdup_printf ("config-file-path: %s: %s", path, error->message);
  else if (path && !pt_mux_is_new ())
    *problem = g_strdup ("config-file-path is the new nvstreammux's: set the environment variable "
        "USE_NEW_NVSTREAMMUX=yes");
  else if (path) {
    follow (mux, file);
    *ignored = list_ignored (file);
  }
  g_clear_error (&error);
  g_key_file_unref (file);
  g_free (path);
  return !*problem;
}
