/* Class ids as a property has them: numbers with semicolons between them. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Appends them to `ids` (of gint). FALSE: a part is no number from 0 on. */
gboolean pt_class_ids_parse (const char *text, GArray * ids);

/* Each with a semicolon behind it, as DeepStream writes them; to be freed. */
char *pt_class_ids_text (const GArray * ids);

G_END_DECLS
