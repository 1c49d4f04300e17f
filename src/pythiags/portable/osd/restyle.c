/* See restyle.h. */
#include "restyle.h"

#define ABOVE 30                /* pixels from a box up to its label */

static PtColor
color_of (guint32 rgba)
{
  return (PtColor) {(rgba >> 24) / 255.0, (rgba >> 16 & 0xff) / 255.0, (rgba >> 8 & 0xff) / 255.0,
    (rgba & 0xff) / 255.0};
}

static gboolean
add_color (GHashTable * table, const char *text)
{
  gchar **parts = g_strsplit (text, "=", -1);
  guint64 rgba = 0;
  gchar *end = NULL;
  if (g_strv_length (parts) == 2 && *parts[1])
    rgba = g_ascii_strtoull (parts[1], &end, 16);
  const gboolean good = end && !*end && rgba <= G_MAXUINT32;
  if (good)
    g_hash_table_insert (table, g_strdup (parts[0]), GUINT_TO_POINTER ((guint) rgba));
  g_strfreev (parts);
  return good;
}

GHashTable *
pt_restyle_colors (const char *text, gchar ** bad)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gchar **parts = g_strsplit (text ? text : "", ";", -1);
  *bad = NULL;
  for (gchar ** part = parts; *part && !*bad; part++)
    if (**part && !add_color (table, *part))
      *bad = g_strdup (*part);
  g_strfreev (parts);
  if (*bad)
    g_clear_pointer (&table, g_hash_table_unref);
  return table;
}

static gboolean
find_color (GHashTable * table, const char *label, PtColor * color)
{
  gpointer found;
  if (!table || !g_hash_table_lookup_extended (table, label, NULL, &found))
    return FALSE;
  *color = color_of (GPOINTER_TO_UINT (found));
  return TRUE;
}

/* ---- labels ---- */

static gint
by_component (gconstpointer a, gconstpointer b)
{
  const PtClassifier *first = *(PtClassifier * const *) a, *second = *(PtClassifier * const *) b;
  return (first->unique_component_id > second->unique_component_id)
      - (first->unique_component_id < second->unique_component_id);
}

/* "car 7 red sedan": what the detector, the tracker and the classifiers say. */
static const char *
label_of (const PtRestyle * self, PtObject * object)
{
  GString *text = g_string_new (object->obj_label);
  if (object->object_id != PT_UNTRACKED && self->tracking_id)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT, object->object_id & G_MAXUINT32);
  GPtrArray *classifiers = g_ptr_array_new ();
  PT_EACH (PtClassifier, classifier, object->classifiers)
      g_ptr_array_add (classifiers, classifier);
  g_ptr_array_sort (classifiers, by_component);
  for (guint i = 0; i < classifiers->len; i++) {
    PtClassifier *classifier = g_ptr_array_index (classifiers, i);
    PT_EACH (PtLabel, label, classifier->labels)
        if (*label->result_label)
        g_string_append_printf (text, " %s", label->result_label);
  }
  g_ptr_array_unref (classifiers);
  const char *kept = pt_batch_strdup (object->batch, text->str);
  g_string_free (text, TRUE);
  return kept;
}

/* ---- objects ---- */

static void
restyle_text (const PtRestyle * self, PtObject * object)
{
  PtText *text = &object->text_params;
  text->x_offset = pt_pixels (object->rect_params.left);
  text->y_offset = pt_pixels (object->rect_params.top - ABOVE);
  if (self->has_color)
    text->font_params.font_color = color_of (self->color);
  if (self->has_size)
    text->font_params.font_size = self->size;
  if (self->has_font)
    text->font_params.font_name = pt_batch_strdup (object->batch, self->font);
  if (self->has_background) {
    text->set_bg_clr = 1;
    text->text_bg_clr = color_of (self->background);
  }
  if (self->reformat)
    text->display_text = label_of (self, object);
}

static void
restyle_object (const PtRestyle * self, PtObject * object)
{
  PtRect *rect = &object->rect_params;
  find_color (self->border_colors, object->obj_label, &rect->border_color);
  if (find_color (self->fill_colors, object->obj_label, &rect->bg_color))
    rect->has_bg_color = 1;
  if (self->has_border)
    rect->border_width = self->border;
  restyle_text (self, object);
}

void
pt_restyle_batch (const PtRestyle * self, PtBatch * batch)
{
  PT_EACH (PtFrame, frame, batch->frames)
      PT_EACH (PtObject, object, frame->objects)
      restyle_object (self, object);
}
