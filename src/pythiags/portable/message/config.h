/* The configuration file of nvmsgconv: what messages say of sensors, places and analytics modules.
 *
 * Groups named sensor0, place0 and analytics0 and so on, as key=value, as YAML, or as a table of sensors
 * with commas (.csv). A key or a group that is not known is noted; a group that is not enabled is not read.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Texts are never NULL. */
typedef struct
{
  const char *id, *type, *description;
  double location[3], coordinate[3];    /* latitude, longitude, altitude; x, y, z */
} PtSensor;

typedef struct
{
  const char *id, *type, *name;
  double location[3], coordinate[3];
  const char *fields[3];        /* place-sub-field1 to 3 */
} PtPlace;

typedef struct { const char *id, *description, *source, *version; } PtModule;

typedef struct
{
  GHashTable *sensors, *places, *modules;       /* by their numbers */
  GStringChunk *texts;
} PtMsgConfig;

/* NULL: `error` says what is wrong, and where. `notes` (of strings) gets what was not read. */
PtMsgConfig *pt_msg_config_read (const char *path, GPtrArray * notes, char **error);
void pt_msg_config_free (PtMsgConfig * self);

const PtSensor *pt_msg_config_sensor (const PtMsgConfig * self, gint number);   /* NULL: there is none */
const PtPlace *pt_msg_config_place (const PtMsgConfig * self, gint number);
const PtModule *pt_msg_config_module (const PtMsgConfig * self, gint number);

G_END_DECLS
