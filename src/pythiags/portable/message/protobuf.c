/* The minimal schema as protobuf: what NVIDIA's schema.proto numbers, written by hand. See schema.h.
 *
 * A field whose value is zero or empty is left out, as protobuf's version 3 has it.
 */
#include "schema.h"

#include <string.h>

enum { VARINT, LENGTH = 2, FIXED32 = 5 };       /* how a field is written */
enum { FRAME_VERSION = 1, FRAME_ID, FRAME_TIMESTAMP, FRAME_SENSOR, FRAME_OBJECTS };
enum { OBJECT_ID = 1, OBJECT_BBOX, OBJECT_TYPE, OBJECT_CONFIDENCE, OBJECT_INFO };

static void
put_varint (GByteArray * out, guint64 number)
{
  guint8 bytes[10];
  guint count = 0;
  do {
    bytes[count++] = (number & 0x7f) | (number > 0x7f ? 0x80 : 0);
    number >>= 7;
  } while (number);
  g_byte_array_append (out, bytes, count);
}

static void
put_tag (GByteArray * out, guint field, guint kind)
{
  put_varint (out, field << 3 | kind);
}

static void
put_number (GByteArray * out, guint field, guint64 number)
{
  if (!number)
    return;
  put_tag (out, field, VARINT);
  put_varint (out, number);
}

static void
put_float (GByteArray * out, guint field, float number)
{
  guint32 bits;
  memcpy (&bits, &number, sizeof bits);
  if (!bits)
    return;
  bits = GUINT32_TO_LE (bits);
  put_tag (out, field, FIXED32);
  g_byte_array_append (out, (const guint8 *) &bits, sizeof bits);
}

static void
put_bytes (GByteArray * out, guint field, gconstpointer bytes, gsize size)
{
  put_tag (out, field, LENGTH);
  put_varint (out, size);
  g_byte_array_append (out, bytes, size);
}

/* A string must be UTF-8. */
static void
put_text (GByteArray * out, guint field, const char *text)
{
  gchar *valid = text && *text ? g_utf8_make_valid (text, -1) : NULL;
  if (valid)
    put_bytes (out, field, valid, strlen (valid));
  g_free (valid);
}

/* Takes the message over. */
static void
put_message (GByteArray * out, guint field, GByteArray * message)
{
  put_bytes (out, field, message->data, message->len);
  g_byte_array_unref (message);
}

/* An entry of a map has a key and a value. */
static void
put_info (GByteArray * object, const char *name, const char *text)
{
  GByteArray *entry = g_byte_array_new ();
  put_text (entry, 1, name);
  put_text (entry, 2, text);
  put_message (object, OBJECT_INFO, entry);
}

/* ---- frames and objects ---- */

static gboolean
put_time (GByteArray * frame, const char *text)
{
  GTimeZone *utc = g_time_zone_new_utc ();
  GDateTime *time = g_date_time_new_from_iso8601 (text, utc);
  g_time_zone_unref (utc);
  if (!time)
    return FALSE;
  GByteArray *out = g_byte_array_new ();
  put_number (out, 1, (guint64) g_date_time_to_unix (time));
  put_number (out, 2, (guint64) g_date_time_get_microsecond (time) * 1000);
  put_message (frame, FRAME_TIMESTAMP, out);
  g_date_time_unref (time);
  return TRUE;
}

/* NULL: the time is none. */
static GByteArray *
begin (gint frame_num, const char *time, const char *sensor)
{
  GByteArray *out = g_byte_array_new ();
  gchar *id = g_strdup_printf ("%d", frame_num);
  put_text (out, FRAME_VERSION, "4.0");
  put_text (out, FRAME_ID, id);
  g_free (id);
  if (time && !put_time (out, time))
    g_clear_pointer (&out, g_byte_array_unref);
  if (out)
    put_text (out, FRAME_SENSOR, sensor);
  return out;
}

static GByteArray *
begin_object (guint64 id, float left, float top, float width, float height)
{
  GByteArray *out = g_byte_array_new (), *box = g_byte_array_new ();
  const float numbers[] = { left, top, left + width, top + height };
  gchar *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, id);
  put_text (out, OBJECT_ID, digits);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    put_float (box, i + 1, numbers[i]);
  put_message (out, OBJECT_BBOX, box);
  g_free (digits);
  return out;
}

static void
put_details (GByteArray * object, const PtEventMsg * event)
{
  const PtDescribed *described = pt_schema_described (event->obj_type);
  gconstpointer details = described ? pt_schema_details (event, described) : NULL;
  for (const struct PtTrait * each = details ? described->traits : NULL; each && each->name; each++) {
    gchar *age = g_strdup_printf ("%u", each->text == PT_TRAIT_AGE
        ? pt_schema_age (details, described) : 0);
    put_info (object, each->name,
        each->text == PT_TRAIT_AGE ? age : pt_schema_trait (details, each->text));
    g_free (age);
  }
  put_info (object, "visibility", "0.000000");  /* of tracking in three dimensions, which there is none of */
}

GByteArray *
pt_protobuf_from_events (PtSchema * self, const PtEventMsg * const *events, guint count,
    const PtEventMsg * first)
{
  GByteArray *out = begin (first->frame_id, pt_block_text (first->ts),
      pt_schema_sensor_of (self, first));
  for (guint i = 0; out && i < count; i++) {
    const PtEventMsg *event = events[i];
    const PtSchemaRect *box = &event->bbox;
    if (event->obj_type == PT_OBJECT_DUMMY)
      continue;
    GByteArray *object =
        begin_object (event->tracking_id, box->left, box->top, box->width, box->height);
    put_text (object, OBJECT_TYPE,
        pt_schema_type_name (event->obj_type, pt_block_text (event->object_id)));
    put_float (object, OBJECT_CONFIDENCE, event->confidence);
    put_details (object, event);
    put_message (out, FRAME_OBJECTS, object);
  }
  return out;
}

GByteArray *
pt_protobuf_from_frame (PtSchema * self, const PtFrame * frame)
{
  gchar *now = pt_schema_now ();
  GByteArray *out = begin (frame->frame_num, now, pt_schema_sensor (self, frame->source_id));
  for (const PtNode * at = frame->objects.tail; at; at = at->prev) {
    const PtObject *each = (const PtObject *) at;
    const PtRect *rect = &each->rect_params;
    GByteArray *object =
        begin_object (each->object_id, rect->left, rect->top, rect->width, rect->height);
    put_text (object, OBJECT_TYPE, each->obj_label);
    put_float (object, OBJECT_CONFIDENCE, each->confidence);
    put_message (out, FRAME_OBJECTS, object);
  }
  g_free (now);
  return out;
}
