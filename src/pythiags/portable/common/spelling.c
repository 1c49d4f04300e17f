/* See spelling.h. */
#include "spelling.h"

#include <string.h>

#define LONGEST 64              /* letters of a word; longer ones are far from all others */

guint
pt_spelling_distance (const char *one, const char *other)
{
  const gsize rows = strlen (one), columns = strlen (other);
  guint row[LONGEST + 1];
  if (rows > LONGEST || columns > LONGEST)
    return G_MAXUINT;
  for (gsize j = 0; j <= columns; j++)
    row[j] = j;
  for (gsize i = 1; i <= rows; i++) {
    guint diagonal = row[0];
    row[0] = i;
    for (gsize j = 1; j <= columns; j++) {
      const guint above = row[j];
      const gboolean same = g_ascii_tolower (one[i - 1]) == g_ascii_tolower (other[j - 1]);
      row[j] = MIN (MIN (above, row[j - 1]) + 1, diagonal + !same);
      diagonal = above;
    }
  }
  return row[columns];
}

const char *
pt_spelling_meant (const char *word, const char *const *words)
{
  const char *meant = NULL;
  guint least = MAX (strlen (word) / 4, 2) + 1;
  for (; *words; words++) {
    const guint far = pt_spelling_distance (word, *words);
    if (far < least) {
      least = far;
      meant = *words;
    }
  }
  return meant;
}
