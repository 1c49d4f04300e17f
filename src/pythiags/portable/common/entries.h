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
  gboolean has_comment;         /* behind the value, in the older form, whose readers take it for a part */
} PtEntry;

typedef struct
{
  guint line;
  const char *name;
  gboolean is_item;             /* of a list of groups: `- key: value` below LIST: begins LIST-0, LIST-1, ... */
} PtSection;

typedef struct
{
  GArray *entries;              /* of PtEntry */
  GArray *sections;             /* of PtSection, those without keys too */
  gboolean takes_lists;         /* of groups; set it before */
  gboolean is_ini;              /* the last section was in brackets */
  GStringChunk *texts;
} PtEntries;

/* FALSE: `error` says what is wrong in which line, or that there are more than `most` keys; `name` is that
 * of the file. Free both. */
gboolean pt_entries_read (PtEntries * self, const char *name, const char *text, gsize size,
    guint most, char **error);
void pt_entries_clear (PtEntries * self);

G_END_DECLS
