/* See textfile.h. */
#include "textfile.h"

#include <errno.h>
#include <glib/gstdio.h>

gboolean
pt_textfile_read (const char *path, gsize most, const char *what, char **text, gsize * size,
    char **error)
{
  GStatBuf found;
  GError *failure = NULL;
  if (g_stat (path, &found) != 0)
    *error = g_strdup_printf ("%s cannot be read: %s", path, g_strerror (errno));
  else if (!S_ISREG (found.st_mode))
    *error = g_strdup_printf ("%s is %s, not a file", path,
        S_ISDIR (found.st_mode) ? "a folder" : "a pipe or a device");
  else if ((gsize) found.st_size > most)
    *error = g_strdup_printf ("%s has more than %" G_GSIZE_FORMAT " bytes: it is no %s", path, most,
        what);
  else if (!g_file_get_contents (path, text, size, &failure))
    *error = g_strdup_printf ("%s cannot be read: %s", path, failure->message);
  else
    return TRUE;
  g_clear_error (&failure);
  return FALSE;
}
