/* Reads a configuration file of nvdsanalytics: groups in brackets with key=value, or YAML. */
#pragma once
#include "settings.h"

G_BEGIN_DECLS

/* NULL: `error` (to be freed) names the file, the line, the group, the key and the remedy. `notes` (of
 * char *, which it owns) gets a sentence for all that is in the file and does not count. */
PtZoneSettings *pt_zone_config_read (const char *path, GPtrArray * notes, char **error);

G_END_DECLS
