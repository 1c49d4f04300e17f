/* See sources.h. */
#include "sources.h"

static void
source_free (gpointer data)
{
  PtTrackSource *source = data;
  pt_tracker_free (source->tracker);
  g_free (source);
}

GHashTable *
pt_sources_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, source_free);
}

PtTrackSource *
pt_sources_find (GHashTable * self, guint pad_index)
{
  return g_hash_table_lookup (self, GUINT_TO_POINTER (pad_index));
}

/* Never all bits: an id of those would be that of an object without one. */
static guint32
random_half (const PtTrackSettings * settings)
{
  return settings->unique_ids ? (guint32) g_random_int_range (0, G_MAXINT32) : 0;
}

PtTrackSource *
pt_sources_get (GHashTable * self, guint pad_index, const PtTrackSettings * settings,
    PtTrackIds * ids)
{
  PtTrackSource *source = pt_sources_find (self, pad_index);
  if (!source) {
    source = g_new0 (PtTrackSource, 1);
    source->tracker = pt_tracker_new (settings, ids, random_half (settings));
    g_hash_table_insert (self, GUINT_TO_POINTER (pad_index), source);
  }
  return source;
}

void
pt_sources_remove (GHashTable * self, guint pad_index)
{
  g_hash_table_remove (self, GUINT_TO_POINTER (pad_index));
}

void
pt_sources_reset (GHashTable * self)
{
  GHashTableIter iter;
  gpointer source;
  g_hash_table_iter_init (&iter, self);
  while (g_hash_table_iter_next (&iter, NULL, &source))
    pt_tracker_reset (((PtTrackSource *) source)->tracker);
}
