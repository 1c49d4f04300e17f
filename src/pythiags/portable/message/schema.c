/* What the messages' writers share: see schema.h. */
#include "schema.h"

#include <stdarg.h>
#include <time.h>

/* What was noted is kept, so that each is reported once; not for ever more of it. */
#define MOST_NOTES 100

void
pt_schema_init (PtSchema * self, PtMsgConfig * config)
{
  self->config = config;
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->notes = g_ptr_array_new_with_free_func (g_free);
}

void
pt_schema_clear (PtSchema * self)
{
  g_clear_pointer (&self->config, pt_msg_config_free);
  g_clear_pointer (&self->told, g_hash_table_unref);
  g_clear_pointer (&self->notes, g_ptr_array_unref);
}

void
pt_schema_note (PtSchema * self, const char *format, ...)
{
  va_list words;
  va_start (words, format);
  gchar *text = g_strdup_vprintf (format, words);
  va_end (words);
  if (g_hash_table_size (self->told) < MOST_NOTES && !g_hash_table_contains (self->told, text)) {
    g_hash_table_add (self->told, g_strdup (text));
    g_ptr_array_add (self->notes, g_steal_pointer (&text));
  }
  g_free (text);
}

/* ---- time ---- */

char *
pt_schema_time (guint64 nanoseconds)
{
  const time_t seconds = nanoseconds / G_GUINT64_CONSTANT (1000000000);
  const guint milliseconds = nanoseconds / 1000000 % 1000;
  struct tm parts;
  char text[32];
  gmtime_r (&seconds, &parts);
  strftime (text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return g_strdup_printf ("%s.%03uZ", text, milliseconds);
}

char *
pt_schema_now (void)
{
  return pt_schema_time ((guint64) g_get_real_time () * 1000);
}

/* ---- sensors ---- */

const char *
pt_schema_sensor (const PtSchema * self, guint source_id)
{
  const PtSensor *sensor = self->config ? pt_msg_config_sensor (self->config, source_id) : NULL;
  return sensor ? sensor->id : "0";
}

const char *
pt_schema_sensor_of (PtSchema * self, const PtEventMsg * event)
{
  const char *own = pt_block_text (event->sensor_str);
  if (own || !self->config)
    return own ? own : "0";
  const PtSensor *sensor = pt_msg_config_sensor (self->config, event->sensor_id);
  if (!sensor)
    pt_schema_note (self, "The configuration has no [sensor%d]: messages have no sensorId.",
        event->sensor_id);
  return sensor ? sensor->id : "";
}

/* ---- objects ---- */

const char *
pt_schema_type_name (gint obj_type, const char *object_id)
{
  switch (obj_type) {
    case PT_OBJECT_VEHICLE: return "Vehicle";
    case PT_OBJECT_PERSON: return "Person";
    case PT_OBJECT_FACE: return "Face";
    case PT_OBJECT_BAG: return "Bag";
    case PT_OBJECT_BICYCLE: return "Bicycle";
    case PT_OBJECT_ROADSIGN: return "RoadSign";
    case PT_OBJECT_PRODUCT: return "Product";
    case PT_OBJECT_CUSTOM: return "Custom";
    case PT_OBJECT_UNKNOWN: return object_id ? object_id : "Unknown";
    default: return "Unknown";
  }
}

/* Texts count as in PtVehicle (type make model color region license), PtPerson (gender hair cap apparel)
 * and PtFace (gender hair cap glasses facialhair name eyecolor). */
static const gint minimal_vehicle[] = { 0, 1, 2, 3, 5, 4, PT_TRAIT_END };
static const gint minimal_person[] = { 0, PT_TRAIT_AGE, 1, 2, 3, PT_TRAIT_END };
static const gint minimal_face[] =
    { 0, PT_TRAIT_AGE, 1, 2, 3, 4, 5, PT_TRAIT_NOTHING, 6, PT_TRAIT_END };

static const PtDescribed vehicle = {
  "vehicle", {{"type", 0}, {"make", 1}, {"model", 2}, {"color", 3}, {"licenseState", 4},
      {"license", 5}}, minimal_vehicle, 6
};
static const PtDescribed person = {
  "person", {{"age", PT_TRAIT_AGE}, {"gender", 0}, {"hair", 1}, {"cap", 2}, {"apparel", 3}},
  minimal_person, 4
};
static const PtDescribed face = {
  "face", {{"age", PT_TRAIT_AGE}, {"gender", 0}, {"hair", 1}, {"cap", 2}, {"glasses", 3},
      {"facialhair", 4}, {"name", 5}, {"eyecolor", 6}}, minimal_face, 7
};

const PtDescribed *
pt_schema_described (gint obj_type)
{
  switch (obj_type) {
    case PT_OBJECT_VEHICLE:
    case PT_OBJECT_VEHICLE_EXT:
      return &vehicle;
    case PT_OBJECT_PERSON:
    case PT_OBJECT_PERSON_EXT:
      return &person;
    case PT_OBJECT_FACE:
    case PT_OBJECT_FACE_EXT:
      return &face;
    default:
      return NULL;
  }
}

gconstpointer
pt_schema_details (const PtEventMsg * event, const PtDescribed * described)
{
  const gsize size = described == &vehicle ? sizeof (PtVehicle)
      : described == &person ? sizeof (PtPerson) : sizeof (PtFace);
  return event->ext_msg_size ? pt_block_of (event->ext_msg, size) : NULL;
}

const char *
pt_schema_trait (gconstpointer details, gint text)
{
  return pt_block_text (((char *const *) details)[text]);
}

guint
pt_schema_age (gconstpointer details, const PtDescribed * described)
{
  return *(const guint *) ((char *const *) details + described->texts);
}
