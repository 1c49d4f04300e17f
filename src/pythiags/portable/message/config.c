/* See config.h. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "entries.h"

#define MOST_KEYS 1000
#define MOST_BYTES (1024 * 1024)

/* ---- what there is ---- */

typedef enum { TEXT, THREE } KeyKind;

typedef struct
{
  const char *name;
  KeyKind kind;
  gsize offset;
} Key;

#define SENSOR(field) G_STRUCT_OFFSET (PtSensor, field)
static const Key sensor_keys[] = {
  {"id", TEXT, SENSOR (id)},
  {"type", TEXT, SENSOR (type)},
  {"description", TEXT, SENSOR (description)},
  {"location", THREE, SENSOR (location)},
  {"coordinate", THREE, SENSOR (coordinate)},
  {NULL}
};

#define PLACE(field) G_STRUCT_OFFSET (PtPlace, field)
static const Key place_keys[] = {
  {"id", TEXT, PLACE (id)},
  {"type", TEXT, PLACE (type)},
  {"name", TEXT, PLACE (name)},
  {"location", THREE, PLACE (location)},
  {"coordinate", THREE, PLACE (coordinate)},
  {"place-sub-field1", TEXT, PLACE (fields[0])},
  {"place-sub-field2", TEXT, PLACE (fields[1])},
  {"place-sub-field3", TEXT, PLACE (fields[2])},
  {NULL}
};

#define MODULE(field) G_STRUCT_OFFSET (PtModule, field)
static const Key module_keys[] = {
  {"id", TEXT, MODULE (id)},
  {"description", TEXT, MODULE (description)},
  {"source", TEXT, MODULE (source)},
  {"version", TEXT, MODULE (version)},
  {NULL}
};

static const struct Kind
{
  const char *name;
  const Key *keys;
  gsize size, table;            /* of the struct; where its table lies in a PtMsgConfig */
} kinds[] = {
  {"sensor", sensor_keys, sizeof (PtSensor), G_STRUCT_OFFSET (PtMsgConfig, sensors)},
  {"place", place_keys, sizeof (PtPlace), G_STRUCT_OFFSET (PtMsgConfig, places)},
  {"analytics", module_keys, sizeof (PtModule), G_STRUCT_OFFSET (PtMsgConfig, modules)},
};

/* ---- reading ---- */

typedef struct
{
  PtMsgConfig *config;
  const char *path;
  GPtrArray *notes;
  char *error;
} Reader;

static gboolean G_GNUC_PRINTF (2, 3)
fail (Reader * reader, const char *format, ...)
{
  va_list words;
  va_start (words, format);
  gchar *what = g_strdup_vprintf (format, words);
  va_end (words);
  g_free (reader->error);
  reader->error = g_strdup_printf ("%s: %s", reader->path, what);
  g_free (what);
  return FALSE;
}

static void G_GNUC_PRINTF (2, 3)
note (Reader * reader, const char *format, ...)
{
  va_list words;
  va_start (words, format);
  gchar *what = g_strdup_vprintf (format, words);
  va_end (words);
  g_ptr_array_add (reader->notes, g_strdup_printf ("%s: %s", reader->path, what));
  g_free (what);
}

static gboolean
read_three (Reader * reader, const char *group, const char *key, const char *text, double *numbers)
{
  gchar **parts = g_strsplit (text, ";", -1);
  guint count = g_strv_length (parts);
  if (count == 4 && !*g_strstrip (parts[3]))    /* a semicolon may end the list */
    count = 3;
  gboolean read = count == 3;
  for (guint i = 0; read && i < 3; i++) {
    char *part = g_strstrip (parts[i]), *end = NULL;
    numbers[i] = g_ascii_strtod (part, &end);
    read = *part && !*end && isfinite (numbers[i]);
  }
  g_strfreev (parts);
  return read || fail (reader, "[%s] %s is '%s': write three numbers with semicolons between them, "
      "as %s", group, key, text, g_str_equal (key, "location") ? "45.29;-75.83;48.15" : "1.0;2.0;3.0");
}

static gboolean
read_value (Reader * reader, const struct Kind *kind, gpointer target, const char *group,
    const char *key, const char *text)
{
  for (const Key * each = kind->keys; each->name; each++) {
    gpointer place = (char *) target + each->offset;
    if (!g_str_equal (each->name, key))
      continue;
    if (each->kind == THREE)
      return read_three (reader, group, key, text, place);
    *(const char **) place = g_string_chunk_insert (reader->config->texts, text);
    return TRUE;
  }
  note (reader, "[%s] %s is not known, and not read", group, key);
  return TRUE;
}

static gpointer
make (const struct Kind *kind)
{
  gpointer made = g_malloc0 (kind->size);
  for (const Key * each = kind->keys; each->name; each++)
    if (each->kind == TEXT)
      *(const char **) ((char *) made + each->offset) = "";
  return made;
}

static GHashTable *
table_of (const PtMsgConfig * self, const struct Kind *kind)
{
  return G_STRUCT_MEMBER (GHashTable *, self, kind->table);
}

/* A group: its name, and its keys with their values, one after the other. */
typedef struct
{
  const char *name;
  GPtrArray *texts;
} Lines;

static const char *
value_of (const Lines * lines, const char *key)
{
  for (guint i = 0; i < lines->texts->len; i += 2)
    if (g_str_equal (lines->texts->pdata[i], key))
      return lines->texts->pdata[i + 1];
  return NULL;
}

static gboolean
is_enabled (Reader * reader, const Lines * lines)
{
  const char *given = value_of (lines, "enable");
  gchar *text = given ? g_strchomp (g_strdup (given)) : NULL;
  const gboolean on = !g_strcmp0 (text, "1") || !g_strcmp0 (text, "true");
  if (!text)
    note (reader, "[%s] is not read: it has no key enable=1", lines->name);
  else if (!on && !g_str_equal (text, "0") && !g_str_equal (text, "false"))
    note (reader, "[%s] is not read: enable is '%s', neither 0 nor 1", lines->name, text);
  g_free (text);
  return on;
}

static const struct Kind *
kind_of (const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (group, kinds[i].name))
      return &kinds[i];
  return NULL;
}

static gboolean
read_group (Reader * reader, const Lines * lines)
{
  const struct Kind *kind = kind_of (lines->name);
  guint number = 0;
  if (!kind) {
    note (reader, "[%s] is not known, and not read", lines->name);
    return TRUE;
  }
  if (sscanf (lines->name + strlen (kind->name), "%u", &number) < 1)
    return fail (reader, "[%s] has no number: write [%s0] for that of the first source",
        lines->name, kind->name);
  if (g_hash_table_contains (table_of (reader->config, kind), GUINT_TO_POINTER (number)))
    return fail (reader, "[%s] is there already", lines->name);
  if (!is_enabled (reader, lines))
    return TRUE;
  gpointer made = make (kind);
  g_hash_table_insert (table_of (reader->config, kind), GUINT_TO_POINTER (number), made);
  for (guint i = 0; i < lines->texts->len; i += 2) {
    const char *key = lines->texts->pdata[i], *text = lines->texts->pdata[i + 1];
    if (!g_str_equal (key, "enable") && !read_value (reader, kind, made, lines->name, key, text))
      return FALSE;
  }
  return TRUE;
}

/* ---- key=value, as GLib reads it ---- */

static gboolean
read_key_file_group (Reader * reader, GKeyFile * file, const char *name)
{
  GError *problem = NULL;
  const Lines lines = { name, g_ptr_array_new_with_free_func (g_free) };
  gchar **keys = g_key_file_get_keys (file, name, NULL, NULL);
  for (gchar ** key = keys; *key && !problem; key++) {
    gchar *text = g_key_file_get_string (file, name, *key, &problem);
    g_ptr_array_add (lines.texts, g_strdup (*key));
    g_ptr_array_add (lines.texts, text ? text : g_strdup (""));
  }
  const gboolean read = problem ? fail (reader, "%s", problem->message)
      : read_group (reader, &lines);
  g_clear_error (&problem);
  g_strfreev (keys);
  g_ptr_array_unref (lines.texts);
  return read;
}

static gboolean
read_key_file (Reader * reader, const char *text, gsize size)
{
  GKeyFile *file = g_key_file_new ();
  GError *problem = NULL;
  gboolean read = g_key_file_load_from_data (file, text, size, G_KEY_FILE_NONE, &problem);
  if (!read)
    fail (reader, "%s", problem->message);
  gchar **groups = read ? g_key_file_get_groups (file, NULL) : NULL;
  for (gchar ** group = groups; group && *group && read; group++)
    read = read_key_file_group (reader, file, *group);
  g_strfreev (groups);
  g_clear_error (&problem);
  g_key_file_free (file);
  return read;
}

/* ---- YAML ---- */

static gboolean
read_entries (Reader * reader, const PtEntries * entries)
{
  gboolean read = TRUE;
  guint i = 0;
  while (read && i < entries->entries->len) {
    const PtEntry *first = &g_array_index (entries->entries, PtEntry, i);
    const Lines lines = { first->section, g_ptr_array_new () };
    for (; i < entries->entries->len; i++) {
      const PtEntry *each = &g_array_index (entries->entries, PtEntry, i);
      if (each->section != first->section)
        break;
      g_ptr_array_add (lines.texts, (gpointer) each->key);
      g_ptr_array_add (lines.texts, (gpointer) each->value);
    }
    read = read_group (reader, &lines);
    g_ptr_array_unref (lines.texts);
  }
  return read;
}

static gboolean
read_yaml (Reader * reader, const char *text, gsize size)
{
  PtEntries entries;
  const gboolean read = pt_entries_read (&entries, reader->path, text, size, MOST_KEYS,
      &reader->error)
      && read_entries (reader, &entries);
  pt_entries_clear (&entries);
  return read;
}

/* ---- a table of sensors ---- */

enum { COLUMN_ID = 1, COLUMN_DESCRIPTION, COLUMN_FIELD1 = 4, LEAST_COLUMNS = 7 };

static void
add_row (Reader * reader, guint number, gchar ** columns)
{
  PtSensor *sensor = make (&kinds[0]);
  PtPlace *place = make (&kinds[1]);
  PtModule *module = make (&kinds[2]);
  GStringChunk *texts = reader->config->texts;
  sensor->id = g_string_chunk_insert (texts, g_strstrip (columns[COLUMN_ID]));
  sensor->type = "Camera";
  sensor->description = g_string_chunk_insert (texts, g_strstrip (columns[COLUMN_DESCRIPTION]));
  place->id = "Id";
  place->type = "building/garage";
  place->name = "endeavor";
  for (guint i = 0; i < 3; i++)
    place->fields[i] = g_string_chunk_insert (texts, g_strstrip (columns[COLUMN_FIELD1 + i]));
  module->version = "1.0";
  g_hash_table_insert (reader->config->sensors, GUINT_TO_POINTER (number), sensor);
  g_hash_table_insert (reader->config->places, GUINT_TO_POINTER (number), place);
  g_hash_table_insert (reader->config->modules, GUINT_TO_POINTER (number), module);
}

/* The first line has the columns' names. */
static gboolean
read_csv (Reader * reader, const char *text)
{
  gchar **lines = g_strsplit (text, "\n", -1);
  gboolean read = TRUE;
  for (guint i = 1; lines[0] && lines[i] && read; i++) {
    gchar **columns = g_strsplit (lines[i], ",", -1);
    const guint count = g_strv_length (columns);
    if (!*g_strstrip (lines[i]) && !lines[i + 1])
      /* The end of the last line. */ ;
    else if (count >= LEAST_COLUMNS)
      add_row (reader, i - 1, columns);
    else
      read = fail (reader, "line %u has %u columns, expected %d: a number, the sensor's id and "
          "description, another, and three of its place", i + 1, count, LEAST_COLUMNS);
    g_strfreev (columns);
  }
  g_strfreev (lines);
  return read;
}

/* ---- files ---- */

static gboolean
read_text (Reader * reader, const char *text, gsize size)
{
  if (size > MOST_BYTES)
    return fail (reader, "it has more than %d bytes: it is no file of nvmsgconv", MOST_BYTES);
  if (g_str_has_suffix (reader->path, ".csv"))
    return read_csv (reader, text);
  if (g_str_has_suffix (reader->path, ".yml") || g_str_has_suffix (reader->path, ".yaml"))
    return read_yaml (reader, text, size);
  return read_key_file (reader, text, size);
}

PtMsgConfig *
pt_msg_config_read (const char *path, GPtrArray * notes, char **error)
{
  Reader reader = {.config = g_new0 (PtMsgConfig, 1),.path = path,.notes = notes };
  GError *problem = NULL;
  gchar *text = NULL;
  gsize size = 0;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    G_STRUCT_MEMBER (GHashTable *, reader.config, kinds[i].table) =
        g_hash_table_new_full (NULL, NULL, NULL, g_free);
  reader.config->texts = g_string_chunk_new (1024);
  const gboolean read = g_file_get_contents (path, &text, &size, &problem)
      ? read_text (&reader, text, size) : fail (&reader, "it cannot be read: %s", problem->message);
  g_clear_error (&problem);
  g_free (text);
  *error = reader.error;
  if (!read)
    g_clear_pointer (&reader.config, pt_msg_config_free);
  return reader.config;
}

void
pt_msg_config_free (PtMsgConfig * self)
{
  g_hash_table_unref (self->sensors);
  g_hash_table_unref (self->places);
  g_hash_table_unref (self->modules);
  g_string_chunk_free (self->texts);
  g_free (self);
}

const PtSensor *
pt_msg_config_sensor (const PtMsgConfig * self, gint number)
{
  return g_hash_table_lookup (self->sensors, GINT_TO_POINTER (number));
}

const PtPlace *
pt_msg_config_place (const PtMsgConfig * self, gint number)
{
  return g_hash_table_lookup (self->places, GINT_TO_POINTER (number));
}

const PtModule *
pt_msg_config_module (const PtMsgConfig * self, gint number)
{
  return g_hash_table_lookup (self->modules, GINT_TO_POINTER (number));
}
