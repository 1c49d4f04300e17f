/* Which word was meant by one that is not known. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* How many letters must be added, removed or changed; case does not count. */
guint pt_spelling_distance (const char *one, const char *other);

/* The closest of `words`, which ends with NULL; NULL: none is close. */
const char *pt_spelling_meant (const char *word, const char *const *words);

G_END_DECLS
