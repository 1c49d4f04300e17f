/* The parts of a configuration file of nvdspreprocess. */
#pragma once
#include "prepsettings.h"
#include "reading.h"

G_BEGIN_DECLS

#define PT_PREP_PROPERTY "property"
#define PT_PREP_USER "user-configs"
#define PT_PREP_GROUP "group-"
#define PT_PREP_LIST "group"       /* of groups, in YAML */
#define PT_PREP_MOST 16384         /* pixels of a side */

typedef struct
{
  PtPrepSettings *settings;
  guint width, height;             /* processing-width, processing-height */
  guint order;                     /* network-input-order */
  GArray *shape;                   /* of gint: network-input-shape */
  gboolean roi_said, all_objects_said;     /* process-on-roi, process-on-all-objects, in any group so far */
} PtPrepReading;

/* Whether the file names NVIDIA's standard library, which is built in. */
gboolean pt_prep_is_standard (const PtReading * self);

/* [property]; what is wrong with its keys together is said by `finish`. */
gboolean pt_prep_read_property (PtReading * self, const PtSection * section);

/* [group-N], in the order of the file. */
gboolean pt_prep_read_group (PtReading * self, const PtSection * section);

/* The library and its function, and what [user-configs] says to them. */
gboolean pt_prep_read_library (PtReading * self);

G_END_DECLS
