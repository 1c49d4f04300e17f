#include "values.h"

static PtValueVerdict
verdict_of (GParamSpec * pspec, const char *text)
{
  GValue value = G_VALUE_INIT;
  PtValueVerdict verdict = PT_VALUE_UNREADABLE;

  g_value_init (&value, pspec->value_type);
  if (gst_value_deserialize_with_pspec (&value, text, pspec)) {
    /* Validation tells by changing the value; some classes let it be changed in silence. */
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
