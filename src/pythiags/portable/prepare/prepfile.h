/* Reads a configuration file of nvdspreprocess: groups in brackets with key=value. */
#pragma once
#include "prepsettings.h"

G_BEGIN_DECLS

/* `properties` are the element's where the file says nothing. NULL: `error` (to be freed) names the file, the line,
 * the group, the key and the remedy. `notes` (of char *, which it owns) gets a sentence for all that is in the
 * file and does not count. */
PtPrepSettings *pt_prep_file_read (const char *path, const PtPrepProperties * properties,
    GPtrArray * notes, char **error);

/* The same with the properties' initial values, to check a file only; returns PtPrepSettings's `own`, to be
 * freed. */
gchar **pt_prep_file_check (const char *path, gboolean on_frames, GPtrArray * notes, char **error);

G_END_DECLS
