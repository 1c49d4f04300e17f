/* What nvdsanalytics says of frames and objects, as user metas hold it. A copy of the metadata has a copy of
 * it, since scripts may write to theirs.
 */
#pragma once
#include "model.h"

G_BEGIN_DECLS

#define PT_META_ZONES_FRAME 32     /* NvDsMetaType of DeepStream from 8.0 on */
#define PT_META_ZONES_OBJECT 33
#define PT_PAYLOAD_ZONES_FRAME 102 /* PtPayload of user metas that hold a PtZonesFrame */
#define PT_PAYLOAD_ZONES_OBJECT 103

typedef struct
{
  char *name;                      /* of a region or line; NULL: see class_id */
  gint class_id;
  guint64 value;
} PtZoneCount;

typedef struct
{
  guint unique_id;
  GArray *in_roi, *overcrowded, *crossing, *crossed;    /* of PtZoneCount, by name; NULL: none */
  GArray *objects;                 /* likewise, by class */
} PtZonesFrame;

typedef struct
{
  guint unique_id;
  GPtrArray *rois, *overcrowded, *lines;        /* of char *, their names; NULL: none */
  char *direction, *status;        /* NULL: none */
} PtZonesObject;

PtZonesFrame *pt_zones_frame_new (guint unique_id);
PtZonesFrame *pt_zones_frame_copy (const PtZonesFrame * self);
void pt_zones_frame_free (PtZonesFrame * self);
PtZonesObject *pt_zones_object_new (guint unique_id);
PtZonesObject *pt_zones_object_copy (const PtZonesObject * self);
void pt_zones_object_free (PtZonesObject * self);

/* Add to one of the arrays, which is made when it is needed. Texts are copied. */
void pt_zones_count (GArray ** counts, const char *name, gint class_id, guint64 value);
void pt_zones_name (GPtrArray ** names, const char *name);

/* As user metas; take what it is over. */
void pt_zones_frame_attach (PtZonesFrame * self, PtFrame * frame);
void pt_zones_object_attach (PtZonesObject * self, PtObject * object);

G_END_DECLS
