/* The text of a configuration file as a list of entries: sections, and keys with values in them.
 *
 * That much of YAML as NVIDIA's files have (`Section:`, below it `  key: value # comment`, lists in
 * brackets or of dashes), with the header that OpenCV wants (%YAML:1.0), and the older form of
 * [SECTION] and key=value.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint line;                   /* from 1 on */
  const char *section, *key, *value;    /* the value without quotes and comment; "" where there is none */
  gboolean is_list;             /* its items are joined by commas */
} PtEntry;

typedef struct
{
  GArray *entries;              /* of PtEntry */
  GStringChunk *texts;
} PtEntries;

/* FALSE: `error` says what is wrong in which line; `name` is that of the file. Free both. */
gboolean pt_entries_read (PtEntries * self, const char *name, const char *text, gsize size,
    char **error);
void pt_entries_clear (PtEntries * self);

G_END_DECLS
