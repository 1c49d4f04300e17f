/* The full schema: one message an event or an object. See schema.h. */
#include "schema.h"

#include "json.h"

static void
set_location (PtJson * to, double latitude, double longitude, double altitude)
{
  PtJson *location = pt_json_set_object (to, "location");
  pt_json_set_number (location, "lat", latitude);
  pt_json_set_number (location, "lon", longitude);
  pt_json_set_number (location, "alt", altitude);
}

static void
set_coordinate (PtJson * to, double x, double y, double z)
{
  PtJson *coordinate = pt_json_set_object (to, "coordinate");
  pt_json_set_number (coordinate, "x", x);
  pt_json_set_number (coordinate, "y", y);
  pt_json_set_number (coordinate, "z", z);
}

/* ---- where it is ---- */

/* The name of a part of a place, and of its three fields; no name: there is no such part. */
typedef struct { const char *name, *fields[3]; } Part;

static const Part aisle = { "aisle", {"id", "name", "level"} };
static const Part spot = { "parkingSpot", {"id", "type", "level"} };
static const Part entrance = { "entrance", {"name", "lane", "level"} };
static const Part any_part = { "place-sub-field", {"id", "name", "level"} };

static const Part *
part_of (PtSchema * self, const PtEventMsg * event)
{
  switch (event->type) {
    case PT_EVENT_MOVING:
    case PT_EVENT_STOPPED:
      return &aisle;
    case PT_EVENT_EMPTY:
    case PT_EVENT_PARKED:
      return &spot;
    case PT_EVENT_ENTRY:
    case PT_EVENT_EXIT:
      return event->obj_type == PT_OBJECT_VEHICLE ? &aisle : &entrance;
    default:
      pt_schema_note (self, "An event of type %d has no part of a place in its message.", event->type);
      return NULL;
  }
}

/* What the configuration does not have is null, and noted. */
static gboolean
is_missing (PtSchema * self, gconstpointer found, PtJson * to, const char *name, const char *group,
    gint number)
{
  if (found)
    return FALSE;
  pt_json_set_text (to, name, NULL);
  pt_schema_note (self, "The configuration has no [%s%d]: '%s' of the messages is null.", group, number,
      name);
  return TRUE;
}

static void
set_place (PtSchema * self, PtJson * root, gint number, const Part * part)
{
  const PtPlace *place = pt_msg_config_place (self->config, number);
  if (is_missing (self, place, root, "place", "place", number))
    return;
  PtJson *out = pt_json_set_object (root, "place");
  pt_json_set_text (out, "id", place->id);
  pt_json_set_text (out, "name", place->name);
  pt_json_set_text (out, "type", place->type);
  set_location (out, place->location[0], place->location[1], place->location[2]);
  if (!part)
    return;
  PtJson *inner = pt_json_set_object (out, part->name);
  for (guint i = 0; i < 3; i++)
    pt_json_set_text (inner, part->fields[i], place->fields[i]);
  set_coordinate (inner, place->coordinate[0], place->coordinate[1], place->coordinate[2]);
}

static void
set_sensor (PtSchema * self, PtJson * root, gint number)
{
  const PtSensor *sensor = pt_msg_config_sensor (self->config, number);
  if (is_missing (self, sensor, root, "sensor", "sensor", number))
    return;
  PtJson *out = pt_json_set_object (root, "sensor");
  pt_json_set_text (out, "id", sensor->id);
  pt_json_set_text (out, "type", sensor->type);
  pt_json_set_text (out, "description", sensor->description);
  set_location (out, sensor->location[0], sensor->location[1], sensor->location[2]);
  set_coordinate (out, sensor->coordinate[0], sensor->coordinate[1], sensor->coordinate[2]);
}

static void
set_module (PtSchema * self, PtJson * root, gint number)
{
  const PtModule *module = pt_msg_config_module (self->config, number);
  if (is_missing (self, module, root, "analyticsModule", "analytics", number))
    return;
  PtJson *out = pt_json_set_object (root, "analyticsModule");
  pt_json_set_text (out, "id", module->id);
  pt_json_set_text (out, "description", module->description);
  pt_json_set_text (out, "source", module->source);
  pt_json_set_text (out, "version", module->version);
}

/* ---- what it is ---- */

static PtJson *
begin (const char *time)
{
  PtJson *root = pt_json_new ();
  gchar *id = g_uuid_string_random ();
  pt_json_set_text (root, "messageid", id);
  pt_json_set_text (root, "mdsversion", "1.0");
  pt_json_set_text (root, "@timestamp", time);
  g_free (id);
  return root;
}

static PtJson *
begin_object (PtJson * root, guint64 id)
{
  PtJson *object = pt_json_set_object (root, "object");
  gchar *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, id);
  pt_json_set_text (object, "id", digits);
  pt_json_set_number (object, "speed", 0);
  pt_json_set_number (object, "direction", 0);
  pt_json_set_number (object, "orientation", 0);
  g_free (digits);
  return object;
}

/* Of a pixel, which may be no number. */
static gint64
whole (float place)
{
  return place > -9e15f && place < 9e15f ? (gint64) place : 0;
}

static void
set_bbox (PtJson * object, float left, float top, float width, float height)
{
  PtJson *box = pt_json_set_object (object, "bbox");
  pt_json_set_integer (box, "topleftx", whole (left));
  pt_json_set_integer (box, "toplefty", whole (top));
  pt_json_set_integer (box, "bottomrightx", whole (left + width));
  pt_json_set_integer (box, "bottomrighty", whole (top + height));
}

static void
set_event (PtJson * root, const char *type)
{
  PtJson *out = pt_json_set_object (root, "event");
  gchar *id = g_uuid_string_random ();
  pt_json_set_text (out, "id", id);
  if (type)
    pt_json_set_text (out, "type", type);
  g_free (id);
}

/* ---- from an event ---- */

/* With nothing attached all is empty, and sure; with a struct that is not there, nothing is said at all. */
static void
set_described (PtJson * object, const PtEventMsg * event, const PtDescribed * described)
{
  PtJson *out = pt_json_set_object (object, described->member);
  gconstpointer details = pt_schema_details (event, described);
  if (!details && event->ext_msg_size)
    return;
  for (const struct PtTrait * each = described->traits; each->name; each++) {
    if (each->text == PT_TRAIT_AGE)
      pt_json_set_integer (out, each->name, details ? pt_schema_age (details, described) : 0);
    else
      pt_json_set_text (out, each->name, details ? pt_schema_trait (details, each->text) : "");
  }
  pt_json_set_number (out, "confidence", details ? event->confidence : 1.0);
}

/* pyds has no struct of products: theirs are always empty. */
static void
set_product (PtJson * object)
{
  PtJson *out = pt_json_set_object (object, "product");
  pt_json_set_text (out, "brand", "");
  pt_json_set_text (out, "type", "");
  pt_json_set_text (out, "shape", "");
}

static void
set_kind (PtSchema * self, PtJson * object, const PtEventMsg * event)
{
  const PtDescribed *described = pt_schema_described (event->obj_type);
  const char *name = pt_block_text (event->object_id);
  if (described)
    set_described (object, event, described);
  else if (event->obj_type == PT_OBJECT_PRODUCT || event->obj_type == PT_OBJECT_PRODUCT_EXT)
    set_product (object);
  else if (event->obj_type != PT_OBJECT_UNKNOWN)
    pt_schema_note (self, "An object of type %d says nothing of itself in the full schema.",
        event->obj_type);
  else if (name)
    pt_json_set_object (object, name);
}

static void
set_signature (PtJson * object, const PtSignature * signature)
{
  const double *numbers = pt_block_of (signature->signature, signature->size * sizeof (double));
  if (!signature->size || !numbers)
    return;
  PtJson *out = pt_json_set_array (object, "signature");
  for (guint i = 0; i < signature->size; i++)
    pt_json_add_number (out, numbers[i]);
}

static void
set_object (PtSchema * self, PtJson * root, const PtEventMsg * event)
{
  PtJson *object = begin_object (root, event->tracking_id);
  set_kind (self, object, event);
  set_bbox (object, event->bbox.left, event->bbox.top, event->bbox.width, event->bbox.height);
  set_signature (object, &event->obj_signature);
  set_location (object, event->location.lat, event->location.lon, event->location.alt);
  set_coordinate (object, event->coordinate.x, event->coordinate.y, event->coordinate.z);
  pt_json_set_object (object, "pose");
}

static const char *
event_name (PtSchema * self, gint type)
{
  static const char *const names[] =
      { "entry", "exit", "moving", "stopped", "empty", "parked", "reset" };
  if (type >= 0 && type < (gint) G_N_ELEMENTS (names))
    return names[type];
  pt_schema_note (self, "An event of type %d has no type in its message.", type);
  return NULL;
}

char *
pt_full_from_event (PtSchema * self, const PtEventMsg * event)
{
  const char *video = pt_block_text (event->video_path);
  PtJson *root = begin (pt_block_text (event->ts));
  set_place (self, root, event->place_id, part_of (self, event));
  set_sensor (self, root, event->sensor_id);
  set_module (self, root, event->module_id);
  set_object (self, root, event);
  set_event (root, event_name (self, event->type));
  pt_json_set_text (root, "videoPath", video ? video : "");
  return pt_json_end (root);
}

/* ---- from an object's metadata ---- */

static void
set_labels (PtJson * out, const PtObject * object)
{
  for (const PtNode * at = object->classifiers.tail; at; at = at->prev) {
    const PtClassifier *classifier = (const PtClassifier *) at;
    if (!classifier->classifier_type || !*classifier->classifier_type)
      continue;
    for (const PtNode * of = classifier->labels.tail; of; of = of->prev)
      pt_json_set_text (out, classifier->classifier_type, ((const PtLabel *) of)->result_label);
  }
}

char *
pt_full_from_object (PtSchema * self, const PtFrame * frame, const PtObject * object)
{
  const PtRect *rect = &object->rect_params;
  gchar *now = pt_schema_now ();
  PtJson *root = begin (now);
  set_place (self, root, frame->source_id, &any_part);
  set_sensor (self, root, frame->source_id);
  set_module (self, root, frame->source_id);
  PtJson *out = begin_object (root, object->object_id);
  PtJson *labels = pt_json_set_object (out, object->obj_label);
  pt_json_set_number (labels, "confidence", object->confidence);
  set_labels (labels, object);
  set_bbox (out, rect->left, rect->top, rect->width, rect->height);
  pt_json_set_object (out, "location");
  pt_json_set_object (out, "coordinate");
  set_event (root, "");
  pt_json_set_text (root, "videoPath", "");
  g_free (now);
  return pt_json_end (root);
}
