/* Configuration files of nvdsmetamux. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *active_pad;             /* NULL: the file does not say */
  gint64 tolerance;             /* microseconds; -1: the file does not say */
  GHashTable *sources;          /* a model's unique-id -> GArray of gint: whose metadata is kept; -1: all */
} PtMetaSettings;               /* counted: g_atomic_rc_box_acquire */

/* NULL: `error` (to be freed) names the file, the line, the group, the key and the remedy. `notes` (of
 * char *, which it owns) gets a sentence for all that is in the file and does not count. */
PtMetaSettings *pt_meta_file_read (const char *path, GPtrArray * notes, char **error);
void pt_meta_settings_unref (PtMetaSettings * settings);

/* Whether what the model found in pictures of the source is put out. */
gboolean pt_meta_settings_keep (const PtMetaSettings * settings, gint unique_id, guint source_id);

G_END_DECLS
