/* See entries.h. */
#include "entries.h"

#include <string.h>

#define MOST_LINES 100000

typedef struct
{
  PtEntries *out;
  const char *name;
  guint line;
  guint most;                   /* keys */
  gboolean has_comment;         /* the line */
  const char *section;          /* NULL: none yet */
  gboolean is_ini;              /* the section was in brackets */
  gsize indent;                 /* of the section's keys; 0: not known yet */
  const char *list;             /* the section whose groups are listed; NULL: none */
  gsize dashes;                 /* their indent */
  guint listed;
  GString *items;               /* of the list that is being read; NULL: none is */
  char *error;
} Reader;

static gboolean
fail (Reader * reader, const char *format, ...)
{
  va_list words;
  va_start (words, format);
  gchar *what = g_strdup_vprintf (format, words);
  va_end (words);
  reader->error = g_strdup_printf ("%s:%u: %s", reader->name, reader->line, what);
  g_free (what);
  return FALSE;
}

/* ---- one line ---- */

/* A # begins a comment at the line's start and after a blank, but not within quotes. */
static gboolean
cut_comment (char *line)
{
  char quote = 0;
  for (char *at = line; *at; at++) {
    if (quote)
      quote = *at == quote ? 0 : quote;
    else if ((*at == '"' || *at == '\'') && (at == line || strchr (" \t:,[=-", at[-1])))
      quote = *at;
    else if (*at == '#' && (at == line || g_ascii_isspace (at[-1]))) {
      *at = '\0';
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_quoted (const char *value, gsize length)
{
  return length >= 2 && (*value == '"' || *value == '\'') && value[length - 1] == *value;
}

/* Strips blanks and one pair of quotes. FALSE: a quote is not closed. */
static gboolean
strip (char **value)
{
  *value = g_strstrip (*value);
  const gsize length = strlen (*value);
  if (is_quoted (*value, length)) {
    (*value)[length - 1] = '\0';
    (*value)++;
    return TRUE;
  }
  return **value != '"' && **value != '\'';
}

/* `key: value` or, in an older file, `key=value`. The colon ends a key where a blank or nothing follows. */
static char *
separator (const Reader * reader, char *text)
{
  if (reader->is_ini)
    return strchr (text, '=');
  for (char *at = text; (at = strchr (at, ':')); at++)
    if (at[1] == '\0' || g_ascii_isspace (at[1]))
      return at;
  return NULL;
}

/* [a, b] becomes "a,b". FALSE: it is not closed. */
static gboolean
read_list (Reader * reader, char *value, PtEntry * entry)
{
  const gsize length = strlen (value);
  if (value[length - 1] != ']')
    return fail (reader, "the list of %s has no closing ] in its line", entry->key);
  value[length - 1] = '\0';
  gchar **items = g_strsplit (value + 1, ",", -1);
  GString *joined = g_string_new (NULL);
  for (gchar ** item = items; *item; item++) {
    char *text = *item;
    if (!strip (&text) || !*text)
      continue;
    g_string_append_printf (joined, "%s%s", joined->len ? "," : "", text);
  }
  entry->value = g_string_chunk_insert (reader->out->texts, joined->str);
  entry->is_list = TRUE;
  g_string_free (joined, TRUE);
  g_strfreev (items);
  return TRUE;
}

/* The items of a list become the value of the last key once all are read. */
static void
end_list (Reader * reader)
{
  GArray *entries = reader->out->entries;
  if (!reader->items)
    return;
  g_array_index (entries, PtEntry, entries->len - 1).value =
      g_string_chunk_insert (reader->out->texts, reader->items->str);
  g_string_free (g_steal_pointer (&reader->items), TRUE);
}

static gboolean
add_entry (Reader * reader, char *key, char *value)
{
  PtEntry entry = {.line = reader->line,.section = reader->section,.value = "",
    .has_comment = reader->is_ini && reader->has_comment
  };
  end_list (reader);
  if (reader->out->entries->len == reader->most)
    return fail (reader, "there are more than %u keys: it is no configuration file", reader->most);
  if (!strip (&key) || !*key)
    return fail (reader, "there is no key before the value");
  entry.key = g_string_chunk_insert (reader->out->texts, key);
  value = g_strstrip (value);
  if (*value == '[') {
    if (!read_list (reader, value, &entry))
      return FALSE;
  } else if (!strip (&value))
    return fail (reader, "the value of %s has no closing quote", entry.key);
  else
    entry.value = g_string_chunk_insert (reader->out->texts, value);
  g_array_append_val (reader->out->entries, entry);
  return TRUE;
}

/* `- item` belongs to the key above it. */
static gboolean
add_item (Reader * reader, char *text)
{
  GArray *entries = reader->out->entries;
  PtEntry *last = entries->len ? &g_array_index (entries, PtEntry, entries->len - 1) : NULL;
  if (!last || last->section != reader->section || (*last->value && !last->is_list))
    return fail (reader, "an item of a list, without a key before it that has no value");
  text++;
  if (!strip (&text))
    return fail (reader, "the item has no closing quote");
  if (!reader->items)
    reader->items = g_string_new (last->value);
  g_string_append_printf (reader->items, "%s%s", reader->items->len ? "," : "", text);
  last->is_list = TRUE;
  return TRUE;
}

static gboolean
begin_section (Reader * reader, char *name, gboolean is_ini)
{
  if (!strip (&name) || !*name)
    return fail (reader, "the section has no name");
  reader->section = g_string_chunk_insert (reader->out->texts, name);
  reader->out->is_ini = reader->is_ini = is_ini;
  const PtSection section = { reader->line, reader->section, FALSE };
  g_array_append_val (reader->out->sections, section);
  reader->indent = 0;
  reader->list = NULL;
  return TRUE;
}

static gboolean read_key (Reader * reader, char *text, gsize indent);

/* The first key of a group in a list, with a dash before it; the others are below it. */
static gboolean
begin_listed (Reader * reader, char *text, gsize indent)
{
  const gsize blanks = 1 + strspn (text + 1, " ");
  if (!reader->list && reader->indent)
    return fail (reader, "a group with a dash before it, behind keys of %s without one", reader->section);
  if (reader->list && indent != reader->dashes)
    return fail (reader, "the dash is indented by %" G_GSIZE_FORMAT " blanks, but those before it by %"
        G_GSIZE_FORMAT, indent, reader->dashes);
  end_list (reader);
  reader->listed = reader->list ? reader->listed + 1 : 0;
  reader->list = reader->list ? reader->list : reader->section;
  reader->dashes = indent;
  gchar *name = g_strdup_printf ("%s-%u", reader->list, reader->listed);
  reader->section = g_string_chunk_insert (reader->out->texts, name);
  g_free (name);
  const PtSection section = { reader->line, reader->section, TRUE };
  g_array_append_val (reader->out->sections, section);
  reader->indent = indent + blanks;
  return read_key (reader, text + blanks, reader->indent);
}

/* `- key: value` where groups are listed, else `- item`. */
static gboolean
read_dash (Reader * reader, char *text, gsize indent)
{
  const gboolean listed = reader->out->takes_lists && text[1] == ' ' && separator (reader, text + 1);
  return listed ? begin_listed (reader, text, indent) : add_item (reader, text);
}

/* What is not indented begins a section. */
static gboolean
read_heading (Reader * reader, char *text)
{
  if (*text == '-' && reader->section && !reader->is_ini)
    return read_dash (reader, text, 0);
  char *at = separator (reader, text);
  if (!at)
    return fail (reader, "'%s' is no section: write its name and a colon", text);
  *at++ = '\0';
  at = g_strstrip (at);
  if (*at)
    return fail (reader, "the key %s is in no section: indent it below one", text);
  return begin_section (reader, text, FALSE);
}

static gboolean
read_ini (Reader * reader, char *text)
{
  char *end = strchr (text, ']');
  if (*text != '[') {
    char *at = separator (reader, text);
    if (!at)
      return fail (reader, "'%s' is no key and value: write key=value", text);
    *at = '\0';
    return add_entry (reader, text, at + 1);
  }
  if (!end || end[1])
    return fail (reader, "the section '%s' has no closing ]", text);
  *end = '\0';
  return begin_section (reader, text + 1, TRUE);
}

static gboolean
read_key (Reader * reader, char *text, gsize indent)
{
  if (!reader->section)
    return fail (reader, "'%s' is indented, but no section begins before it", text);
  if (*text == '-' && (text[1] == ' ' || !text[1]))
    return read_dash (reader, text, indent);
  if (!reader->indent)
    reader->indent = indent;
  if (indent != reader->indent)
    return fail (reader, "'%s' is indented by %" G_GSIZE_FORMAT " blanks, but the keys of %s by %"
        G_GSIZE_FORMAT, text, indent, reader->section, reader->indent);
  char *at = separator (reader, text);
  if (!at)
    return fail (reader, "'%s' is no key and value: write a colon and a blank between them", text);
  *at = '\0';
  return add_entry (reader, text, at + 1);
}

static gboolean
read_line (Reader * reader, char *line)
{
  reader->has_comment = cut_comment (line);
  const gsize indent = strspn (line, " ");
  char *text = g_strchomp (line + indent);
  if (!*text || *text == '%' || g_str_equal (text, "---") || g_str_equal (text, "..."))
    return TRUE;
  if (reader->is_ini || *text == '[')
    return read_ini (reader, g_strstrip (text));
  if (*text == '\t')
    return fail (reader, "a tab: YAML is indented with blanks");
  return indent ? read_key (reader, text, indent) : read_heading (reader, text);
}

gboolean
pt_entries_read (PtEntries * self, const char *name, const char *text, gsize size, guint most,
    char **error)
{
  Reader reader = {.out = self,.name = name,.most = most };
  self->entries = g_array_new (FALSE, FALSE, sizeof (PtEntry));
  self->sections = g_array_new (FALSE, FALSE, sizeof (PtSection));
  self->is_ini = FALSE;
  self->texts = g_string_chunk_new (4096);
  gchar *valid = g_utf8_make_valid (text, size);
  gchar **lines = g_strsplit (g_str_has_prefix (valid, "\xef\xbb\xbf") ? valid + 3 : valid, "\n",
      MOST_LINES);
  gboolean read = TRUE;
  for (gchar ** line = lines; *line && read; line++) {
    reader.line++;
    read = read_line (&reader, *line);
  }
  end_list (&reader);
  g_strfreev (lines);
  g_free (valid);
  *error = reader.error;
  return read;
}

void
pt_entries_clear (PtEntries * self)
{
  g_clear_pointer (&self->entries, g_array_unref);
  g_clear_pointer (&self->sections, g_array_unref);
  g_clear_pointer (&self->texts, g_string_chunk_free);
}
