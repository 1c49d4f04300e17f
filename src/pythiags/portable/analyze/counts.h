/* The number of objects of a class that is seen most often within a window of time. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct _PtCounts PtCounts;

PtCounts *pt_counts_new (void);
void pt_counts_free (PtCounts * self);

/* An object of the class is in this frame. */
void pt_counts_see (PtCounts * self);

/* Ends the frame of `pts`: how many objects are seen most often within `window` milliseconds. FALSE: none
 * was seen in this frame, and there has been one of that time. */
gboolean pt_counts_end (PtCounts * self, guint64 pts, guint window, guint * most);

G_END_DECLS
