/* The settings of a tracker from NVIDIA's files: which keys count, and what is said of the others. */
#pragma once
#include "settings.h"

G_BEGIN_DECLS

#define PT_MOST_NOTES 20        /* notes on one file; the last one counts the rest */

/* Reads a file over `settings`. FALSE: `error` (to be freed) names the file, the line, the key and the
 * remedy. `notes` (of char *, which it owns) gets a sentence for all that is in the file and does not
 * count. */
gboolean pt_config_read (PtTrackSettings * settings, const char *path, GPtrArray * notes,
    char **error);

/* Settings by the name of NVIDIA's sample file, for machines without its folder. FALSE: not known. */
gboolean pt_config_known (PtTrackSettings * settings, const char *name);

G_END_DECLS
