/* As much of JSON as requests have: objects of texts, numbers and words, inside each other. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The values by their paths, as "value.camera_id"; numbers and words as they are written; what is in a
 * list is left out. NULL: this is no JSON object. */
GHashTable *pt_json_read (const char *text);

/* A text, quoted. */
void pt_json_append (GString * json, const char *text);

G_END_DECLS
