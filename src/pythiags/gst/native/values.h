/* Texts as values of properties, read the way gst_parse_launch reads them. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  PT_VALUE_FITS,
  PT_VALUE_UNREADABLE,          /* GStreamer cannot read the text as a value of that type */
  PT_VALUE_OUT_OF_RANGE,        /* GObject would change it, or refuse it with a warning */
  PT_VALUE_NO_PROPERTY,
} PtValueVerdict;

/* What would become of `text` as the value of `property` of the class named `type_name`. */
PtValueVerdict pt_value_verdict (const char *type_name, const char *property, const char *text);

/* Whether gst_caps_from_string can read `text`, and has nothing to complain of. */
gboolean pt_caps_are_readable (const char *text);

/* The value of a property as gst-launch-1.0 -v shows it: NULL if it cannot be read, or its type has
 * no text. An object is its name. To be freed. */
gchar *pt_property_text (GObject *object, const char *property);

/* The nicks of an enumeration or a set of flags, from value to value; NULL ends them. */
const char *pt_value_nick (const char *type_name, guint index);

G_END_DECLS
