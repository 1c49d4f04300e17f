/* See classids.h. */
#include "classids.h"

gboolean
pt_class_ids_parse (const char *text, GArray * ids)
{
  gchar **words = g_strsplit (text ? text : "", ";", -1);
  gboolean valid = TRUE;
  for (gchar ** word = words; *word && valid; word++) {
    gint64 number;
    if (!*g_strstrip (*word))
      continue;
    valid = g_ascii_string_to_signed (*word, 10, 0, G_MAXINT, &number, NULL);
    const gint id = valid ? (gint) number : 0;
    if (valid)
      g_array_append_val (ids, id);
  }
  g_strfreev (words);
  return valid;
}

char *
pt_class_ids_text (const GArray * ids)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (text, "%d;", g_array_index (ids, gint, i));
  return g_string_free (text, FALSE);
}
