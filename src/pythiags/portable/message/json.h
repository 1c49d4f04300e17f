/* JSON as JSON-GLib prints it, with which DeepStream writes its messages: two blanks a level, and a number
 * that is not an integer always shows it.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct _PtJson PtJson;  /* an object, or an array */

PtJson *pt_json_new (void);     /* an object, to be ended */

/* A name that is there already keeps its place, and gets the new value. Texts may be NULL: null. */
void pt_json_set_text (PtJson * self, const char *name, const char *text);
void pt_json_set_number (PtJson * self, const char *name, double number);
void pt_json_set_integer (PtJson * self, const char *name, gint64 number);
PtJson *pt_json_set_object (PtJson * self, const char *name);   /* an empty one, borrowed */
PtJson *pt_json_set_array (PtJson * self, const char *name);    /* likewise */

void pt_json_add_text (PtJson * array, const char *text);
void pt_json_add_number (PtJson * array, double number);

/* What it says, to be freed. It is freed itself, with all that is in it. */
char *pt_json_end (PtJson * self);

G_END_DECLS
