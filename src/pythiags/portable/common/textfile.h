/* The text of a configuration file. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* FALSE: `error` (to be freed) names the file, which is missing, no regular one (a pipe would never end), or
 * larger than `most` bytes; `what` says what was expected, as "tracker's file". */
gboolean pt_textfile_read (const char *path, gsize most, const char *what, char **text,
    gsize * size, char **error);

G_END_DECLS
