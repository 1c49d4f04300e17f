/* The messages of nvmsgconv, by DeepStream's two schemas, as JSON and as protobuf.
 *
 * Each is written from what a script attached (PtEventMsg), or from the metadata itself, as msg2p-newapi has
 * it. Fields, their order and their values are DeepStream 9.1's.
 */
#pragma once
#include "messages.h"

#include "config.h"

G_BEGIN_DECLS

typedef struct
{
  PtMsgConfig *config;          /* owned; NULL: none was given */
  GHashTable *told;             /* what was noted, each once */
  GPtrArray *notes;             /* of strings: new ones, which the element reports and takes out */
} PtSchema;

void pt_schema_init (PtSchema * self, PtMsgConfig * config);    /* takes the configuration over */
void pt_schema_clear (PtSchema * self);
void pt_schema_note (PtSchema * self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* All give a text to be freed. One message an event, and one an object. */
char *pt_full_from_event (PtSchema * self, const PtEventMsg * event);
char *pt_full_from_object (PtSchema * self, const PtFrame * frame, const PtObject * object);

/* One message a frame. */
char *pt_minimal_from_events (PtSchema * self, const PtEventMsg * const *events, guint count,
    const PtEventMsg * first);  /* what is said of the frame is the first's */
char *pt_minimal_from_frame (PtSchema * self, const PtFrame * frame);

/* The same as protobuf, in NVIDIA's schema. NULL: the first event's time is none. */
GByteArray *pt_protobuf_from_events (PtSchema * self, const PtEventMsg * const *events, guint count,
    const PtEventMsg * first);
GByteArray *pt_protobuf_from_frame (PtSchema * self, const PtFrame * frame);

/* ---- what several of them say ---- */

char *pt_schema_now (void);                             /* 2026-01-31T12:00:00.123Z */
char *pt_schema_time (guint64 nanoseconds);             /* likewise, since 1970 */
const char *pt_schema_type_name (gint obj_type, const char *object_id);  /* Vehicle, Person, ... */

/* The id of a sensor: the event's own word, the configuration's, "" where that has none, "0" without one. */
const char *pt_schema_sensor_of (PtSchema * self, const PtEventMsg * event);
const char *pt_schema_sensor (const PtSchema * self, guint source_id);   /* "0" where there is none */

/* What an object is besides: texts, and an age. */
typedef struct
{
  const char *member;           /* of the full schema: vehicle, person, face */
  struct PtTrait
  {
    const char *name;           /* NULL: the end */
    gint text;                  /* which of the struct's texts; PT_TRAIT_AGE */
  } traits[9];
  const gint *minimal;          /* their order in the minimal schema, to PT_TRAIT_END */
  guint texts;                  /* how many the struct begins with */
} PtDescribed;

#define PT_TRAIT_AGE -1
#define PT_TRAIT_END -2
#define PT_TRAIT_NOTHING -3     /* an empty place */

const PtDescribed *pt_schema_described (gint obj_type);         /* NULL: not such an object */

/* The struct that `ext_msg` points to, if it is one of these; else NULL. */
gconstpointer pt_schema_details (const PtEventMsg * event, const PtDescribed * described);
const char *pt_schema_trait (gconstpointer details, gint text);  /* NULL: it was not set */
guint pt_schema_age (gconstpointer details, const PtDescribed * described);

G_END_DECLS
