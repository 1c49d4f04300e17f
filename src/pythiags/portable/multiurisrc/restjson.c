/* See restjson.h. */
#include "restjson.h"

#include <string.h>

#define DEEPEST 8               /* levels; DeepStream's requests have three */

typedef struct
{
  const char *at;
  GHashTable *values;
} Reader;

static gboolean read_value (Reader * reader, const char *path, guint depth);

static void
skip_space (Reader * reader)
{
  while (*reader->at && strchr (" \t\r\n", *reader->at))
    reader->at++;
}

static gboolean
take (Reader * reader, char wanted)
{
  skip_space (reader);
  if (*reader->at != wanted)
    return FALSE;
  reader->at++;
  return TRUE;
}

static gboolean
read_hex (Reader * reader, gunichar * code)
{
  *code = 0;
  for (guint i = 0; i < 4; i++, reader->at++) {
    if (!g_ascii_isxdigit (*reader->at))
      return FALSE;
    *code = *code * 16 + (guint) g_ascii_xdigit_value (*reader->at);
  }
  return TRUE;
}

/* Behind the backslash. */
static gboolean
read_escape (Reader * reader, GString * text)
{
  static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  const char name = *reader->at++;
  const char *found = name ? strchr (names, name) : NULL;
  gunichar code, low;
  if (found) {
    g_string_append_c (text, meanings[found - names]);
    return TRUE;
  }
  if (name != 'u' || !read_hex (reader, &code))
    return FALSE;
  if (code >= 0xd800 && code < 0xdc00) {
    if (!g_str_has_prefix (reader->at, "\\u"))
      return FALSE;
    reader->at += 2;
    if (!read_hex (reader, &low) || low < 0xdc00 || low > 0xdfff)
      return FALSE;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  if (!code || !g_unichar_validate (code))
    return FALSE;
  g_string_append_unichar (text, code);
  return TRUE;
}

/* NULL: it is none. */
static char *
read_text (Reader * reader)
{
  if (!take (reader, '"'))
    return NULL;
  GString *text = g_string_new (NULL);
  while (*reader->at && *reader->at != '"') {
    if (*reader->at != '\\')
      g_string_append_c (text, *reader->at++);
    else if (reader->at++, !read_escape (reader, text))
      return g_string_free (text, TRUE);
  }
  if (!take (reader, '"') || !g_utf8_validate (text->str, (gssize) text->len, NULL))
    return g_string_free (text, TRUE);
  return g_string_free (text, FALSE);
}

static gboolean
read_member (Reader * reader, const char *path, guint depth)
{
  char *key = read_text (reader);
  char *inner = key && path ? g_strjoin (*path ? "." : "", path, key, NULL) : NULL;
  const gboolean read = key && take (reader, ':') && read_value (reader, inner, depth);
  g_free (inner);
  g_free (key);
  return read;
}

static gboolean
read_members (Reader * reader, const char *path, guint depth)
{
  if (take (reader, '}'))
    return TRUE;
  do
    if (!read_member (reader, path, depth))
      return FALSE;
  while (take (reader, ','));
  return take (reader, '}');
}

static gboolean
read_items (Reader * reader, guint depth)
{
  if (take (reader, ']'))
    return TRUE;
  do
    if (!read_value (reader, NULL, depth))
      return FALSE;
  while (take (reader, ','));
  return take (reader, ']');
}

/* Without a path it is read and left out. */
static gboolean
read_value (Reader * reader, const char *path, guint depth)
{
  char *value;
  if (depth > DEEPEST)
    return FALSE;
  if (take (reader, '{'))
    return read_members (reader, path, depth + 1);
  if (take (reader, '['))
    return read_items (reader, depth + 1);
  if (*reader->at == '"')
    value = read_text (reader);
  else {
    const gsize length = strspn (reader->at, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
    value = length ? g_strndup (reader->at, length) : NULL;
    reader->at += length;
  }
  if (value && path)
    g_hash_table_insert (reader->values, g_strdup (path), value);
  else
    g_free (value);
  return value != NULL;
}

GHashTable *
pt_json_read (const char *text)
{
  Reader reader = {.at = text };
  reader.values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  skip_space (&reader);
  gboolean read = *reader.at == '{' && read_value (&reader, "", 0);
  skip_space (&reader);
  if (!read || *reader.at)
    g_clear_pointer (&reader.values, g_hash_table_unref);
  return reader.values;
}

void
pt_json_append (GString * json, const char *text)
{
  g_string_append_c (json, '"');
  for (; *text; text++)
    if (*text == '"' || *text == '\\')
      g_string_append_printf (json, "\\%c", *text);
    else if ((guchar) * text < 0x20)
      g_string_append_printf (json, "\\u%04x", *text);
    else
      g_string_append_c (json, *text);
  g_string_append_c (json, '"');
}
