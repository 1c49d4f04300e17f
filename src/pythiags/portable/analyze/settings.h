/* What a configuration file of nvdsanalytics says: what is looked for in each stream, and what is drawn. */
#pragma once
#include "rules.h"

G_BEGIN_DECLS

typedef enum                       /* osd-mode */
{
  PT_OSD_NOTHING,
  PT_OSD_NAMES,                    /* lines and names */
  PT_OSD_NUMBERS,                  /* and what was counted, also beside the objects */
} PtOsdMode;

typedef struct
{
  gint refs;
  gboolean enable;
  guint width, height;             /* of the pictures that the rules are of */
  guint font_size, osd_mode, window;
  gboolean shows_counts;           /* of the objects, by class */
  GHashTable *streams;             /* of PtRules, by pad_index */
} PtZoneSettings;

/* With DeepStream's defaults and no rules. */
PtZoneSettings *pt_zone_settings_new (void);
PtZoneSettings *pt_zone_settings_ref (PtZoneSettings * self);
void pt_zone_settings_unref (PtZoneSettings * self);

/* The rules of a stream; they are made where there are none. */
PtRules *pt_zone_settings_rules (PtZoneSettings * self, guint pad_index);

/* A copy for pictures of that size. */
PtRules *pt_zone_settings_scaled (const PtZoneSettings * self, guint pad_index, guint width,
    guint height);

G_END_DECLS
