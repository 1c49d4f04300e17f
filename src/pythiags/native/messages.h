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
#define PT_PAYLOAD_MESSAGE 104     /* of one that holds a PtMessage */

#define PT_META_PAYLOAD 8          /* NvDsMetaType of a PtMessage */
#define PT_META_EVENT_MSG 9        /* and of a PtEventMsg */

typedef struct { double lat, lon, alt; } PtGeoLocation;
typedef struct { double x, y, z; } PtCoordinate;
typedef struct { float top, left, width, height; } PtSchemaRect;
typedef struct { double *signature; guint size; } PtSignature;

/* NvDsObjectType */
enum
{
  PT_OBJECT_VEHICLE, PT_OBJECT_PERSON, PT_OBJECT_FACE,
  PT_OBJECT_BAG, PT_OBJECT_BICYCLE, PT_OBJECT_ROADSIGN,
  PT_OBJECT_VEHICLE_EXT, PT_OBJECT_PERSON_EXT, PT_OBJECT_FACE_EXT,
  PT_OBJECT_DUMMY = 10, PT_OBJECT_PRODUCT, PT_OBJECT_PRODUCT_EXT,
  PT_OBJECT_CUSTOM = 0x101, PT_OBJECT_UNKNOWN
};

/* NvDsEventType */
enum
{
  PT_EVENT_ENTRY, PT_EVENT_EXIT, PT_EVENT_MOVING, PT_EVENT_STOPPED, PT_EVENT_EMPTY, PT_EVENT_PARKED,
  PT_EVENT_RESET
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

/* What nvmsgconv attaches and nvmsgbroker sends, as NvDsPayload has it: `size` bytes, and a NUL behind them. */
typedef struct { gpointer payload; guint size, component_id; } PtMessage;

PtMessage *pt_message_new (gconstpointer payload, gsize size, guint component_id);

/* PtUserCopy and PtUserFree of all three. What is no block of that size, any more or at all, is left alone; its copy
 * is NULL. */
gpointer pt_event_msg_copy (gpointer message);
void pt_event_msg_free (gpointer message);
gpointer pt_custom_copy (gpointer custom);
void pt_custom_free (gpointer custom);
gpointer pt_message_copy (gpointer message);
void pt_message_free (gpointer message);

/* The block, if `data` is one of at least that size, as scripts set addresses of their own; else NULL. */
gpointer pt_block_of (gconstpointer data, gsize size);
#define PT_BLOCK_OF(type, data) ((type *) pt_block_of (data, sizeof (type)))

/* A text in a block, which ends within it; else NULL. */
const char *pt_block_text (const char *text);

G_END_DECLS
