/* The groups of a configuration file of nvdsanalytics that are about a stream. */
#pragma once
#include "reading.h"
#include "settings.h"

G_BEGIN_DECLS

/* A group of a stream. `*known` says whether it is one. */
gboolean pt_read_group (PtReading * self, const PtSection * section, gboolean * known);

/* The beginning of the name of such a group that was meant; NULL: none is close. */
const char *pt_group_meant (const char *name);

G_END_DECLS
