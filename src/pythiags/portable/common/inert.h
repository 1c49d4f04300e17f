/* Properties of DeepStream's elements that speak of NVIDIA hardware.
 *
 * A CPU cannot honour them, and pipelines written for a Jetson set them. They exist, keep what was
 * set, and say in their description that they have no effect; those that ask for something that
 * would then be missing are refused: the element fails to leave NULL with an error that names them.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  PT_NO_EFFECT,
  PT_REFUSED,                   /* any other value than the initial one is an error at start */
  PT_FORWARDED,                 /* the element forwards it: see pt_inert_forward */
} PtInertEffect;

typedef struct
{
  const char *name;
  GType (*enum_type) (void);    /* set: an enumeration */
  GType type;                   /* else G_TYPE_BOOLEAN, _INT, _INT64, _UINT, _UINT64, _FLOAT or _STRING */
  gint64 min, max, initial;
  PtInertEffect effect;
  const char *blurb;
  const char *text;             /* the initial string */
} PtInert;

#define PT_INERT_FIRST 1000     /* property ids from here on are inert ones */

/* `table` is static and ends with an entry without name. Once in class_init. */
void pt_inert_install (GObjectClass * klass, const PtInert * table);

/* For the default branch of set_property and get_property. */
void pt_inert_set (GObject * object, const GValue * value, GParamSpec * pspec);
void pt_inert_get (GObject * object, GValue * value, GParamSpec * pspec);

/* What a property of the table has, whatever whole number, switch or enumeration it is; and a string,
 * to be freed. */
gint64 pt_inert_number (GObject * object, const char *name);
char *pt_inert_text (GObject * object, const char *name);

/* FALSE after posting an error that names the refused property. For NULL to READY. */
gboolean pt_inert_check (GstElement * element, const PtInert * table);

/* TRUE after posting a warning: the element has started, and the property counts at its start only. */
gboolean pt_is_set_too_late (GObject * object, const GParamSpec * spec);

/* Sets on `target` every property of the table that is forwarded, was set and exists there. */
void pt_inert_forward (GObject * object, const PtInert * table, GObject * target);

/* An enumeration as a GType; `values` is static and ends with zeros. */
GType pt_enum_type (gsize * once, const char *name, const GEnumValue * values);

G_END_DECLS
