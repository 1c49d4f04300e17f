/* What there is to say of an element's configuration file, from when it is read until it is posted. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *notes;             /* of char *: what is in the file and not read */
  char *error;                  /* why the file gives no settings; NULL: it does */
} PtFindings;

void pt_findings_init (PtFindings * self);
void pt_findings_clear (PtFindings * self);

/* As new, before a file is read. */
void pt_findings_empty (PtFindings * self);

/* Takes the notes and posts them as warnings, then the error or else `missing`, if there is one. TRUE:
 * there was none. For a report that other threads see, the caller does not hold the element's lock,
 * under which it is read here. */
gboolean pt_findings_post (PtFindings * self, GstElement * element, const char *missing);

G_END_DECLS
