/* The analytics of nvdsanalytics without GStreamer: called by the tests. */
#include <string.h>

#include "config.h"
#include "watch.h"

typedef struct
{
  PtZoneSettings *settings;
  GHashTable *watches;          /* by stream */
  GString *said;
  char *notes;
} Analyzing;

/* NULL: `error` says why. */
Analyzing *
zones_new (const char *path, char *error, size_t room)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);
  char *what = NULL;
  PtZoneSettings *settings = pt_zone_config_read (path, notes, &what);
  g_ptr_array_add (notes, NULL);
  char *joined = g_strjoinv ("\n", (gchar **) notes->pdata);
  g_ptr_array_unref (notes);
  g_strlcpy (error, what ? what : "", room);
  g_free (what);
  if (!settings) {
    g_free (joined);
    return NULL;
  }
  Analyzing *self = g_new0 (Analyzing, 1);
  self->settings = settings;
  self->notes = joined;
  self->said = g_string_new (NULL);
  self->watches = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pt_watch_free);
  return self;
}

void
zones_free (Analyzing * self)
{
  pt_zone_settings_unref (self->settings);
  g_hash_table_unref (self->watches);
  g_string_free (self->said, TRUE);
  g_free (self->notes);
  g_free (self);
}

const char *
zones_notes (const Analyzing * self)
{
  return self->notes;
}

/* ---- a frame ---- */

static PtWatch *
watch_of (Analyzing * self, unsigned stream, unsigned width, unsigned height)
{
  PtWatch *watch = g_hash_table_lookup (self->watches, GUINT_TO_POINTER (stream));
  if (!watch) {
    watch = pt_watch_new (pt_zone_settings_scaled (self->settings, stream, width, height),
        self->settings->window);
    g_hash_table_insert (self->watches, GUINT_TO_POINTER (stream), watch);
  }
  return watch;
}

static void
say_counts (Analyzing * self, const GArray * counts)
{
  for (guint i = 0; counts && i < counts->len; i++) {
    const PtZoneCount *each = &g_array_index (counts, PtZoneCount, i);
    if (each->name)
      g_string_append_printf (self->said, "%s=%" G_GUINT64_FORMAT ",", each->name, each->value);
    else
      g_string_append_printf (self->said, "%d=%" G_GUINT64_FORMAT ",", each->class_id, each->value);
  }
  g_string_append_c (self->said, '|');
}

static void
say_names (Analyzing * self, const GPtrArray * names)
{
  for (guint i = 0; names && i < names->len; i++)
    g_string_append_printf (self->said, "%s,", (const char *) g_ptr_array_index (names, i));
  g_string_append_c (self->said, '|');
}

static void
say_object (Analyzing * self, PtZonesObject * zones)
{
  if (zones) {
    say_names (self, zones->rois);
    say_names (self, zones->overcrowded);
    say_names (self, zones->lines);
    g_string_append_printf (self->said, "%s|%s", zones->direction, zones->status);
    pt_zones_object_free (zones);
  }
  g_string_append_c (self->said, '\n');
}

/* A line of the frame (regions, crowds, crossing, crossed, objects), and one for each object. */
const char *
zones_frame (Analyzing * self, unsigned stream, unsigned width, unsigned height,
    PtSighting * sightings, unsigned count, guint64 pts)
{
  PtZonesFrame *frame = pt_zones_frame_new (0);
  pt_watch_frame (watch_of (self, stream, width, height), sightings, count, pts, frame);
  g_string_truncate (self->said, 0);
  say_counts (self, frame->in_roi);
  say_counts (self, frame->overcrowded);
  say_counts (self, frame->crossing);
  say_counts (self, frame->crossed);
  say_counts (self, frame->objects);
  g_string_append_c (self->said, '\n');
  for (unsigned i = 0; i < count; i++)
    say_object (self, sightings[i].zones);
  pt_zones_frame_free (frame);
  return self->said->str;
}

unsigned
zones_remembered (Analyzing * self, unsigned stream)
{
  return pt_watch_size (watch_of (self, stream, 0, 0));
}
