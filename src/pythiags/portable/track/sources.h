/* The trackers of the sources, by pad_index. */
#pragma once
#include "writer.h"

G_BEGIN_DECLS

GHashTable *pt_sources_new (void);

/* The source's tracker, which is made where there is none. Settings and ids outlive the table's
 * entries. */
PtTrackSource *pt_sources_get (GHashTable * self, guint pad_index,
    const PtTrackSettings * settings, PtTrackIds * ids);

/* NULL: there is none. */
PtTrackSource *pt_sources_find (GHashTable * self, guint pad_index);

void pt_sources_remove (GHashTable * self, guint pad_index);

/* Ends the targets of all of them. */
void pt_sources_reset (GHashTable * self);

G_END_DECLS
