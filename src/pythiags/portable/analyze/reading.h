/* A configuration file of nvdsanalytics that is being read: what is said of it, and its values. */
#pragma once
#include "entries.h"
#include "settings.h"

G_BEGIN_DECLS

typedef struct
{
  PtZoneSettings *settings;
  const PtEntries *entries;
  const char *path;
  gboolean is_yaml;
  GPtrArray *notes;
  guint unsaid;                    /* notes beyond the most */
  char *error;                     /* the first one */
} PtReading;

/* Always FALSE. */
gboolean pt_reading_fail (PtReading * self, guint line, const char *group, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void pt_reading_note (PtReading * self, guint line, const char *group, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

#define PT_FAIL(reading, entry, ...) \
  pt_reading_fail (reading, (entry)->line, (entry)->section, __VA_ARGS__)
#define PT_NOTE(reading, entry, ...) \
  pt_reading_note (reading, (entry)->line, (entry)->section, __VA_ARGS__)

void pt_reading_note_unknown (PtReading * self, const PtEntry * entry, const char *const *known);

gboolean pt_read_switch (PtReading * self, const PtEntry * entry, gboolean * value);
gboolean pt_read_number (PtReading * self, const PtEntry * entry, gint least, gint most,
    guint * value);

/* Numbers with semicolons between them; the last may have one behind it. `numbers` is of gint. */
gboolean pt_read_numbers (PtReading * self, const PtEntry * entry, gint least, GArray * numbers);

/* A group of a stream. `*known` says whether it is one. */
gboolean pt_read_group (PtReading * self, const PtSection * section, gboolean * known);

/* The beginning of the name of such a group that was meant; NULL: none is close. */
const char *pt_group_meant (const char *name);

/* Has `read` called for each key of the section, until one is wrong. */
typedef gboolean (*PtReadKey) (PtReading * self, const PtEntry * entry, gpointer data);
gboolean pt_read_keys (PtReading * self, const char *section, PtReadKey read, gpointer data);

G_END_DECLS
