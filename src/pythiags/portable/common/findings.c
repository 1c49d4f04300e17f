/* See findings.h. */
#include "findings.h"

void
pt_findings_init (PtFindings * self)
{
  self->notes = g_ptr_array_new_with_free_func (g_free);
  self->error = NULL;
}

void
pt_findings_clear (PtFindings * self)
{
  g_clear_pointer (&self->notes, g_ptr_array_unref);
  g_clear_pointer (&self->error, g_free);
}

void
pt_findings_empty (PtFindings * self)
{
  g_ptr_array_set_size (self->notes, 0);
  g_clear_pointer (&self->error, g_free);
}

gboolean
pt_findings_post (PtFindings * self, GstElement * element, const char *missing)
{
  GPtrArray *notes = NULL;
  GST_OBJECT_LOCK (element);
  if (self->notes->len) {
    notes = self->notes;
    self->notes = g_ptr_array_new_with_free_func (g_free);
  }
  gchar *error = g_strdup (self->error ? self->error : missing);
  GST_OBJECT_UNLOCK (element);
  for (guint i = 0; notes && i < notes->len; i++)
    GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS, ("%s", (char *) notes->pdata[i]), (NULL));
  if (error)
    GST_ELEMENT_ERROR (element, LIBRARY, SETTINGS, ("%s", error), (NULL));
  const gboolean good = !error;
  g_clear_pointer (&notes, g_ptr_array_unref);
  g_free (error);
  return good;
}
