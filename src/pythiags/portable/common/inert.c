/* See inert.h. Values live in the object's data, since few objects ever set one. */
#include "inert.h"

#define READ_WRITE (G_PARAM_READWRITE | G_PARAM_STATIC_NAME | G_PARAM_STATIC_NICK)

static GParamSpec *
make_pspec (const PtInert * entry, const char *blurb)
{
  if (entry->enum_type)
    return g_param_spec_enum (entry->name, entry->name, blurb, entry->enum_type (),
        (gint) entry->initial, READ_WRITE);
  if (entry->type == G_TYPE_BOOLEAN)
    return g_param_spec_boolean (entry->name, entry->name, blurb, entry->initial != 0, READ_WRITE);
  if (entry->type == G_TYPE_INT)
    return g_param_spec_int (entry->name, entry->name, blurb, (gint) entry->min,
        (gint) entry->max, (gint) entry->initial, READ_WRITE);
  if (entry->type == G_TYPE_FLOAT)
    return g_param_spec_float (entry->name, entry->name, blurb, entry->min, entry->max,
        entry->initial, READ_WRITE);
  if (entry->type == G_TYPE_INT64)
    return g_param_spec_int64 (entry->name, entry->name, blurb, entry->min, entry->max,
        entry->initial, READ_WRITE);
  if (entry->type == G_TYPE_UINT)
    return g_param_spec_uint (entry->name, entry->name, blurb, (guint) entry->min,
        (guint) entry->max, (guint) entry->initial, READ_WRITE);
  if (entry->type == G_TYPE_UINT64)
    return g_param_spec_uint64 (entry->name, entry->name, blurb, (guint64) entry->min,
        (guint64) entry->max, (guint64) entry->initial, READ_WRITE);
  return g_param_spec_string (entry->name, entry->name, blurb, entry->text, READ_WRITE);
}

void
pt_inert_install (GObjectClass * klass, const PtInert * table)
{
  static const char *const effects[] = { " (no effect on a CPU)", " (not supported on a CPU)", "" };
  for (guint i = 0; table[i].name; i++) {
    gchar *blurb = g_strconcat (table[i].blurb, effects[table[i].effect], NULL);
    g_object_class_install_property (klass, PT_INERT_FIRST + i, make_pspec (&table[i], blurb));
    g_free (blurb);
  }
}

static void
value_free (gpointer data)
{
  g_value_unset (data);
  g_free (data);
}

void
pt_inert_set (GObject * object, const GValue * value, GParamSpec * pspec)
{
  GValue *kept = g_new0 (GValue, 1);
  g_value_init (kept, G_VALUE_TYPE (value));
  g_value_copy (value, kept);
  g_object_set_data_full (object, pspec->name, kept, value_free);
}

void
pt_inert_get (GObject * object, GValue * value, GParamSpec * pspec)
{
  const GValue *kept = g_object_get_data (object, pspec->name);
  if (kept)
    g_value_copy (kept, value);
  else
    g_param_value_set_default (pspec, value);
}

gint64
pt_inert_number (GObject * object, const char *name)
{
  GValue value = G_VALUE_INIT, number = G_VALUE_INIT;
  g_object_get_property (object, name, &value);
  g_value_init (&number, G_TYPE_INT64);
  if (G_VALUE_HOLDS_ENUM (&value))
    g_value_set_int64 (&number, g_value_get_enum (&value));
  else
    g_value_transform (&value, &number);
  const gint64 result = g_value_get_int64 (&number);
  g_value_unset (&value);
  g_value_unset (&number);
  return result;
}

char *
pt_inert_text (GObject * object, const char *name)
{
  char *text = NULL;
  g_object_get (object, name, &text, NULL);
  return text;
}

gboolean
pt_inert_check (GstElement * element, const PtInert * table)
{
  for (guint i = 0; table[i].name; i++) {
    const GValue *kept = g_object_get_data (G_OBJECT (element), table[i].name);
    if (table[i].effect != PT_REFUSED || !kept)
      continue;
    GParamSpec *pspec =
        g_object_class_find_property (G_OBJECT_GET_CLASS (element), table[i].name);
    if (g_param_value_defaults (pspec, kept))
      continue;
    GST_ELEMENT_ERROR (element, LIBRARY, SETTINGS,
        ("The property %s is not supported on a CPU", table[i].name),
        ("Leave it out, or run the pipeline where DeepStream is installed"));
    return FALSE;
  }
  return TRUE;
}

gboolean
pt_is_set_too_late (GObject * object, const GParamSpec * spec)
{
  GstElement *element = GST_ELEMENT (object);
  GST_OBJECT_LOCK (element);
  const gboolean late = GST_STATE (element) > GST_STATE_READY;
  GST_OBJECT_UNLOCK (element);
  if (late)
    GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS, ("The property '%s' stays as it was: it can be "
            "set in the states NULL and READY only.", spec->name), (NULL));
  return late;
}

void
pt_inert_forward (GObject * object, const PtInert * table, GObject * target)
{
  for (guint i = 0; table[i].name; i++) {
    const GValue *kept = g_object_get_data (object, table[i].name);
    if (table[i].effect == PT_FORWARDED && kept
        && g_object_class_find_property (G_OBJECT_GET_CLASS (target), table[i].name))
      g_object_set_property (target, table[i].name, kept);
  }
}

GType
pt_enum_type (gsize * once, const char *name, const GEnumValue * values)
{
  if (g_once_init_enter (once))
    g_once_init_leave (once, g_enum_register_static (name, values));
  return (GType) * once;
}
