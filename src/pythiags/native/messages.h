/* What scripts attach for nvmsgconv, in the words of DeepStream's schema: events and what they are about.
 *
 * A user meta of NVDS_EVENT_MSG_META holds a PtEventMsg. All memory that they point to is made of blocks
 * (blocks.h), since scripts allocate and free it by address. Layouts follow the order of DeepStream's
 * members; pyds's classes are laid out likewise.
 */
#pragma once
#include "model.h"

G_BEGIN_DECLS

#define PT_PAYLOAD_EVENT_MSG 100   /* PtPayload of a user meta that holds a PtEventMsg */
#define PT_PAYLOAD_CUSTOM 101      /* of one that holds a PtCustom */

typedef struct { double lat, lon, alt; } PtGeoLocation;
typedef struct { double x, y, z; } PtCoordinate;
typedef struct { float top, left, width, height; } PtSchemaRect;
typedef struct { double *signature; guint size; } PtSignature;

/* NvDsObjectType */
enum
{
  PT_OBJECT_VEHICLE, PT_OBJECT_PERSON, PT_OBJECT_FACE,
  PT_OBJECT_VEHICLE_EXT = 6, PT_OBJECT_PERSON_EXT, PT_OBJECT_FACE_EXT
};

typedef struct { char *type, *make, *model, *color, *region, *license; } PtVehicle;
typedef struct { char *gender, *hair, *cap, *apparel; guint age; } PtPerson;
typedef struct
{
  char *gender, *hair, *cap, *glasses, *facialhair, *name, *eyecolor;
  guint age;
} PtFace;

/* With the polygons of a mask, which the look-alike does not have: a copy has none. */
typedef struct { PtVehicle object; gpointer mask; } PtVehicleExt;
typedef struct { PtPerson object; gpointer mask; } PtPersonExt;
typedef struct { PtFace object; gpointer mask; } PtFaceExt;

typedef struct
{
  gint type, obj_type;             /* NvDsEventType, NvDsObjectType */
  PtSchemaRect bbox;
  PtGeoLocation location;
  PtCoordinate coordinate;
  PtSignature obj_signature;
  gint obj_class_id, sensor_id, module_id, place_id, component_id, frame_id;
  double confidence;
  guint64 tracking_id;
  char *ts, *object_id, *sensor_str, *other_attrs, *video_path;
  gpointer ext_msg;                /* one of the structs above, as obj_type says */
  guint ext_msg_size;              /* 0: there is none */
} PtEventMsg;

typedef struct { gint struct_id; char *message; gint sample_int; } PtCustom;

/* PtUserCopy and PtUserFree of both. What is no block of that size, any more or at all, is left alone; its copy
 * is NULL. */
gpointer pt_event_msg_copy (gpointer message);
void pt_event_msg_free (gpointer message);
gpointer pt_custom_copy (gpointer custom);
void pt_custom_free (gpointer custom);

G_END_DECLS
