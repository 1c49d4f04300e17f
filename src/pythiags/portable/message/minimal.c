/* The minimal schema: one message a frame, an object a text with bars between its values. See schema.h. */
#include "schema.h"

#include "json.h"

/* As C++ streams write numbers: six digits. */
static void
append_number (GString * out, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (out, g_ascii_formatd (digits, sizeof digits, "%g", number));
}

static void
append_box (GString * out, guint64 id, float left, float top, float width, float height)
{
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, id);
  const float numbers[] = { left, top, left + width, top + height };
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_string_append_c (out, '|');
    append_number (out, numbers[i]);
  }
}

static PtJson *
begin (gint frame_num, const char *time, const char *sensor)
{
  PtJson *root = pt_json_new ();
  gchar *id = g_strdup_printf ("%d", frame_num);
  pt_json_set_text (root, "version", "4.0");
  pt_json_set_text (root, "id", id);
  pt_json_set_text (root, "@timestamp", time);
  pt_json_set_text (root, "sensorId", sensor);
  g_free (id);
  return root;
}

/* ---- from events ---- */

static void
append_details (GString * out, gconstpointer details, const PtDescribed * described)
{
  g_string_append (out, "|#");
  for (const gint * each = described->minimal; *each != PT_TRAIT_END; each++) {
    const char *text = *each >= 0 ? pt_schema_trait (details, *each) : NULL;
    if (*each == PT_TRAIT_AGE)
      g_string_append_printf (out, "|%u", pt_schema_age (details, described));
    else
      g_string_append_printf (out, "|%s", text ? text : "");
  }
}

static char *
event_text (PtSchema * self, const PtEventMsg * event)
{
  GString *out = g_string_new (NULL);
  const PtDescribed *described = pt_schema_described (event->obj_type);
  gconstpointer details = described ? pt_schema_details (event, described) : NULL;
  if (event->obj_type == PT_OBJECT_DUMMY)
    return g_string_free (out, FALSE);
  append_box (out, event->tracking_id, event->bbox.left, event->bbox.top, event->bbox.width,
      event->bbox.height);
  g_string_append_printf (out, "|%s",
      pt_schema_type_name (event->obj_type, pt_block_text (event->object_id)));
  if (details)
    append_details (out, details, described);
  else if (!event->ext_msg || !event->ext_msg_size)
    g_string_append (out, "|#||||||");
  else
    pt_schema_note (self, "What is attached to an object of type %d is not in its message.",
        event->obj_type);
  g_string_append_c (out, '|');
  append_number (out, event->confidence);
  return g_string_free (out, FALSE);
}

char *
pt_minimal_from_events (PtSchema * self, const PtEventMsg * const *events, guint count,
    const PtEventMsg * first)
{
  PtJson *root = begin (first->frame_id, pt_block_text (first->ts),
      pt_schema_sensor_of (self, first));
  PtJson *objects = pt_json_set_array (root, "objects");
  for (guint i = 0; i < count; i++) {
    gchar *text = event_text (self, events[i]);
    pt_json_add_text (objects, text);
    g_free (text);
  }
  return pt_json_end (root);
}

/* ---- from a frame's metadata ---- */

static char *
object_text (const PtObject * object)
{
  GString *out = g_string_new (NULL);
  const PtRect *rect = &object->rect_params;
  append_box (out, object->object_id, rect->left, rect->top, rect->width, rect->height);
  g_string_append_printf (out, "|%s", object->obj_label);
  if (!object->classifiers.head)
    return g_string_free (out, FALSE);
  g_string_append (out, "|#");
  for (const PtNode * at = object->classifiers.tail; at; at = at->prev)
    for (const PtNode * of = ((const PtClassifier *) at)->labels.tail; of; of = of->prev)
      g_string_append_printf (out, "|%s", ((const PtLabel *) of)->result_label);
  g_string_append_c (out, '|');
  append_number (out, object->confidence);
  return g_string_free (out, FALSE);
}

char *
pt_minimal_from_frame (PtSchema * self, const PtFrame * frame)
{
  gchar *now = pt_schema_now ();
  PtJson *root = begin (frame->frame_num, now, pt_schema_sensor (self, frame->source_id));
  PtJson *objects = pt_json_set_array (root, "objects");
  for (const PtNode * at = frame->objects.tail; at; at = at->prev) {
    gchar *text = object_text ((const PtObject *) at);
    pt_json_add_text (objects, text);
    g_free (text);
  }
  g_free (now);
  return pt_json_end (root);
}
