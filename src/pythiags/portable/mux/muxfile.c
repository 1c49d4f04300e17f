/* See muxfile.h. */
#include "muxfile.h"

#include "reading.h"

#define MOST_KEYS 1000

typedef struct
{
  gint batch_size;                 /* 0: the file does not say */
  gboolean adaptive;
  GString *ignored;
} PtMuxFile;

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

static gboolean
read_entry (PtReading * self, const PtEntry * entry, PtMuxFile * file)
{
  guint number;
  if (!g_str_equal (entry->section, "property") || !is_followed (entry->key)) {
    g_string_append_printf (file->ignored, "%s[%s] %s", file->ignored->len ? ", " : "",
        entry->section, entry->key);
    return TRUE;
  }
  if (!pt_read_number (self, entry, G_MININT, G_MAXINT, &number))
    return FALSE;
  if (g_str_equal (entry->key, "batch-size"))
    file->batch_size = (gint) number;
  else if (g_str_equal (entry->key, "adaptive-batching"))
    file->adaptive = number != 0;
  return TRUE;
}

static gboolean
read_entries (PtReading * self)
{
  for (guint i = 0; i < self->entries->entries->len; i++)
    if (!read_entry (self, &g_array_index (self->entries->entries, PtEntry, i), self->settings))
      return FALSE;
  return TRUE;
}

static void
follow (GstNvstreammux * mux, const PtMuxFile * file)
{
  g_mutex_lock (&mux->lock);
  if (file->adaptive)
    mux->settings.batch_size = 0;
  else if (file->batch_size > 0)
    mux->settings.batch_size = file->batch_size;
  g_mutex_unlock (&mux->lock);
}

static void
read_file (GstNvstreammux * mux, const char *path, PtFindings * findings)
{
  PtMuxFile file = {.ignored = g_string_new (NULL) };
  PtReading reading = {.settings = &file,.path = path,.notes = findings->notes };
  const gboolean read = pt_reading_run (&reading, "file of nvstreammux", MOST_KEYS, read_entries);
  if (read)
    follow (mux, &file);
  else
    findings->error = g_strdup_printf ("config-file-path: %s", reading.error);
  if (read && file.ignored->len)
    g_ptr_array_add (findings->notes, g_strdup_printf ("config-file-path: not done: %s",
            file.ignored->str));
  g_string_free (file.ignored, TRUE);
  g_free (reading.error);
}

void
pt_mux_read_file (GstNvstreammux * mux, PtFindings * findings)
{
  g_mutex_lock (&mux->lock);
  char *path = g_strdup (mux->config_file);
  g_mutex_unlock (&mux->lock);
  if (path && !pt_mux_is_new ())
    findings->error = g_strdup ("config-file-path is the new nvstreammux's: set the environment "
        "variable USE_NEW_NVSTREAMMUX=yes");
  else if (path)
    read_file (mux, path, findings);
  g_free (path);
}
