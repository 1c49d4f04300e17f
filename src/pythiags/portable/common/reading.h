/* A configuration file that is being read, key by key: what is said of it, and its values. */
#pragma once
#include "entries.h"

G_BEGIN_DECLS

#define PT_MOST_NOTES 20        /* notes on one file; the last one counts the rest */

typedef struct
{
  gpointer settings;               /* what the file says, of the caller's type */
  const PtEntries *entries;
  const char *path;
  gboolean is_yaml;
  gboolean never_yaml;             /* the element reads [group] and key=value, whatever the file's name */
  gboolean takes_lists;            /* of groups, in YAML; such a file may end in .YML as well */
  GPtrArray *notes;
  guint unsaid;                    /* notes beyond the most */
  char *error;                     /* the first one */
} PtReading;

/* Reads the file as a list of entries, calls `read` with it, and adds how many notes were left out. `what` is
 * what such a file is called. FALSE: `self->error` says why. */
gboolean pt_reading_run (PtReading * self, const char *what, guint most_keys,
    gboolean (*read) (PtReading * self));

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

/* A section of the file, by its place; and whether none before it has the same name. */
const PtSection *pt_reading_section (const PtReading * self, guint number);
gboolean pt_reading_is_first (const PtReading * self, guint number);

/* NULL: there is no such section, or no such key in it. */
const PtSection *pt_reading_find (const PtReading * self, const char *section);
const PtEntry *pt_reading_entry (const PtReading * self, const char *section, const char *key);

gboolean pt_read_switch (PtReading * self, const PtEntry * entry, gboolean * value);
gboolean pt_read_number (PtReading * self, const PtEntry * entry, gint least, gint most,
    guint * value);

/* Numbers with semicolons between them; the last may have one behind it. `numbers` is of gint. */
gboolean pt_read_numbers (PtReading * self, const PtEntry * entry, gint least, gint most,
    GArray * numbers);

/* Has `read` called for each key of the section, until one is wrong. */
typedef gboolean (*PtReadKey) (PtReading * self, const PtEntry * entry, gpointer data);
gboolean pt_read_keys (PtReading * self, const char *section, PtReadKey read, gpointer data);

G_END_DECLS
