/* See json.h. */
#include "json.h"

#include <math.h>
#include <string.h>

#define INDENT 2

struct _PtJson
{
  gboolean is_array;
  GPtrArray *members;           /* of Member */
};

typedef struct
{
  char *name;                   /* NULL in an array */
  char *text;                   /* of a value that is neither object nor array */
  PtJson *child;
} Member;

static void
free_member (gpointer data)
{
  Member *member = data;
  g_free (member->name);
  g_free (member->text);
  if (member->child) {
    g_ptr_array_unref (member->child->members);
    g_free (member->child);
  }
  g_free (member);
}

static PtJson *
make (gboolean is_array)
{
  PtJson *self = g_new (PtJson, 1);
  self->is_array = is_array;
  self->members = g_ptr_array_new_with_free_func (free_member);
  return self;
}

PtJson *
pt_json_new (void)
{
  return make (FALSE);
}

/* ---- values ---- */

static void
append_quoted (GString * out, const char *text)
{
  static const char special[] = "\b\f\n\r\t", letters[] = "bfnrt";
  gchar *valid = g_utf8_make_valid (text, -1);
  g_string_append_c (out, '"');
  for (const char *at = valid; *at; at++) {
    const char *found = strchr (special, *at);
    if (found)
      g_string_append_printf (out, "\\%c", letters[found - special]);
    else if (*at == '\\' || *at == '"')
      g_string_append_printf (out, "\\%c", *at);
    else if ((guchar) * at < 0x20 || *at == 0x7f)
      g_string_append_printf (out, "\\u00%02x", (guint) (guchar) * at);
    else
      g_string_append_c (out, *at);
  }
  g_string_append_c (out, '"');
  g_free (valid);
}

static char *
quoted (const char *text)
{
  if (!text)
    return g_strdup ("null");
  GString *out = g_string_new (NULL);
  append_quoted (out, text);
  return g_string_free (out, FALSE);
}

/* JSON has neither NaN nor infinity. */
static char *
spelled (double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (!isfinite (number))
    return g_strdup ("null");
  g_ascii_dtostr (digits, sizeof digits, number);
  return g_strconcat (digits, strpbrk (digits, ".e") ? "" : ".0", NULL);
}

/* ---- members ---- */

static Member *
find (PtJson * self, const char *name)
{
  for (guint i = 0; name && i < self->members->len; i++) {
    Member *member = g_ptr_array_index (self->members, i);
    if (g_str_equal (member->name, name))
      return member;
  }
  return NULL;
}

static void
set (PtJson * self, const char *name, char *text, PtJson * child)
{
  Member *member = g_new (Member, 1), *old = find (self, name);
  *member = (Member) { g_strdup (name), text, child };
  if (!old) {
    g_ptr_array_add (self->members, member);
    return;
  }
  const Member former = *old;
  *old = *member;
  *member = former;
  free_member (member);
}

void
pt_json_set_text (PtJson * self, const char *name, const char *text)
{
  set (self, name, quoted (text), NULL);
}

void
pt_json_set_number (PtJson * self, const char *name, double number)
{
  set (self, name, spelled (number), NULL);
}

void
pt_json_set_integer (PtJson * self, const char *name, gint64 number)
{
  set (self, name, g_strdup_printf ("%" G_GINT64_FORMAT, number), NULL);
}

PtJson *
pt_json_set_object (PtJson * self, const char *name)
{
  PtJson *child = make (FALSE);
  set (self, name, NULL, child);
  return child;
}

PtJson *
pt_json_set_array (PtJson * self, const char *name)
{
  PtJson *child = make (TRUE);
  set (self, name, NULL, child);
  return child;
}

void
pt_json_add_text (PtJson * array, const char *text)
{
  set (array, NULL, quoted (text), NULL);
}

void
pt_json_add_number (PtJson * array, double number)
{
  set (array, NULL, spelled (number), NULL);
}

/* ---- the text ---- */

static void
indent (GString * out, guint level)
{
  g_string_append_printf (out, "%*s", (int) (INDENT * level), "");
}

/* An empty object has blanks in it and an empty array has none, as JSON-GLib has them. */
static void
append (GString * out, const PtJson * self, guint level)
{
  g_string_append_c (out, self->is_array ? '[' : '{');
  for (guint i = 0; i < self->members->len; i++) {
    const Member *member = g_ptr_array_index (self->members, i);
    g_string_append (out, i ? ",\n" : "\n");
    indent (out, level + 1);
    if (member->name) {
      append_quoted (out, member->name);
      g_string_append (out, " : ");
    }
    if (member->child)
      append (out, member->child, level + 1);
    else
      g_string_append (out, member->text);
  }
  if (self->members->len)
    g_string_append_c (out, '\n');
  if (self->members->len || !self->is_array)
    indent (out, level);
  g_string_append_c (out, self->is_array ? ']' : '}');
}

char *
pt_json_end (PtJson * self)
{
  GString *out = g_string_new (NULL);
  append (out, self, 0);
  g_ptr_array_unref (self->members);
  g_free (self);
  return g_string_free (out, FALSE);
}
