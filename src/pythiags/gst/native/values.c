#include "values.h"

/* GStreamer complains on stderr of some texts that it cannot read, and of others it takes a part
 * all the same. What it says to this thread meanwhile is heard here instead, and makes the text
 * unreadable; other threads are not to be silenced, and may still be in `hear` when it is removed. */
static _Thread_local gboolean reading, complained;

static void
hear (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  if (reading)
    complained = TRUE;
  else
    g_log_default_handler (domain, level, message, NULL);
}

static guint
reading_begin (void)
{
  reading = TRUE;
  complained = FALSE;
  return g_log_set_handler ("GStreamer", G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING, hear, NULL);
}

static gboolean
reading_end (guint handler, gboolean was_read)
{
  g_log_remove_handler ("GStreamer", handler);
  reading = FALSE;
  return was_read && !complained;
}

gboolean
pt_caps_are_readable (const char *text)
{
  guint handler = reading_begin ();
  GstCaps *caps = gst_caps_from_string (text);
  gboolean was_read = caps != NULL;

  gst_clear_caps (&caps);
  return reading_end (handler, was_read);
}

static PtValueVerdict
verdict_of (GParamSpec * pspec, const char *text)
{
  GValue value = G_VALUE_INIT;
  PtValueVerdict verdict = PT_VALUE_UNREADABLE;
  guint handler;

  g_value_init (&value, pspec->value_type);
  handler = reading_begin ();
  if (reading_end (handler, gst_value_deserialize_with_pspec (&value, text, pspec))) {
    /* Validation reports by changing the value; some classes change it silently. */
    gboolean changed = g_param_value_validate (pspec, &value);
    verdict = changed && !(pspec->flags & G_PARAM_LAX_VALIDATION)
        ? PT_VALUE_OUT_OF_RANGE : PT_VALUE_FITS;
  }
  g_value_unset (&value);
  return verdict;
}

PtValueVerdict
pt_value_verdict (const char *type_name, const char *property, const char *text)
{
  GType type = g_type_from_name (type_name);
  PtValueVerdict verdict = PT_VALUE_NO_PROPERTY;

  if (g_type_is_a (type, G_TYPE_OBJECT)) {
    GObjectClass *klass = g_type_class_ref (type);
    GParamSpec *pspec = g_object_class_find_property (klass, property);
    if (pspec != NULL)
      verdict = verdict_of (pspec, text);
    g_type_class_unref (klass);
  }
  return verdict;
}

/* What is empty: the functions that serialize complain of it. */
static gboolean
is_null (const GValue * value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return g_value_get_string (value) == NULL;
  if (G_VALUE_HOLDS_BOXED (value))
    return g_value_get_boxed (value) == NULL;
  return G_VALUE_HOLDS_OBJECT (value) && g_value_get_object (value) == NULL;
}

gchar *
pt_property_text (GObject * object, const char *property)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (object), property);
  GValue value = G_VALUE_INIT;
  gchar *text = NULL;

  if (pspec == NULL || !(pspec->flags & G_PARAM_READABLE))
    return NULL;
  g_value_init (&value, pspec->value_type);
  g_object_get_property (object, property, &value);
  if (is_null (&value))
    text = g_strdup ("NULL");
  else if (G_VALUE_HOLDS_OBJECT (&value) && GST_IS_OBJECT (g_value_get_object (&value)))
    text = gst_object_get_name (GST_OBJECT (g_value_get_object (&value)));
  else if (G_VALUE_HOLDS_STRING (&value))
    text = g_value_dup_string (&value);
  else if (GST_VALUE_HOLDS_CAPS (&value))
    text = gst_caps_to_string (gst_value_get_caps (&value));
  else if (GST_VALUE_HOLDS_STRUCTURE (&value))
    text = gst_structure_to_string (gst_value_get_structure (&value));
  else
    text = gst_value_serialize (&value);
  g_value_unset (&value);
  return text;
}

const char *
pt_value_nick (const char *type_name, guint index)
{
  GType type = g_type_from_name (type_name);
  const char *nick = NULL;

  /* The nicks live as long as the type, which is never unregistered. */
  if (G_TYPE_IS_ENUM (type)) {
    GEnumClass *klass = g_type_class_ref (type);
    if (index < klass->n_values)
      nick = klass->values[index].value_nick;
    g_type_class_unref (klass);
  } else if (G_TYPE_IS_FLAGS (type)) {
    GFlagsClass *klass = g_type_class_ref (type);
    if (index < klass->n_values)
      nick = klass->values[index].value_nick;
    g_type_class_unref (klass);
  }
  return nick;
}
