/* Functions in Python that make the tensors of nvdspreprocess. */
#pragma once
#include "maker.h"
#include "prepsettings.h"

G_BEGIN_DECLS

/* The function that the file names, ready to be called, in a Python that is started where none runs. NULL: `error` says why,
 * to be freed. */
gpointer pt_prep_own_open (const PtPrepSettings * settings, char **error);

G_END_DECLS
