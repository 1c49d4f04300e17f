/* The settings that the properties ll-lib-file and ll-config-file stand for. */
#pragma once
#include "config.h"

G_BEGIN_DECLS

/* Either may be NULL. As pt_config_read. */
gboolean pt_library_settings (PtTrackSettings * settings, const char *library,
    const char *config, GPtrArray * notes, char **error);

G_END_DECLS
