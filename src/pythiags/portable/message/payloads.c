/* See payloads.h. */
#include "payloads.h"

#include "blocks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  PtSchema *schema;
  const PtMsgSettings *settings;
  GArray *found;                /* of PtFrameMessage */
  guint frame;
} Work;

static void
add_bytes (Work * work, gconstpointer bytes, gsize size)
{
  const PtFrameMessage found =
      { work->frame, pt_message_new (bytes, size, work->settings->component_id) };
  g_array_append_val (work->found, found);
}

/* Takes the text over. */
static void
add_text (Work * work, char *text)
{
  add_bytes (work, text, strlen (text));
  g_free (text);
}

/* The same for bytes; NULL: there is no message. */
static void
add_array (Work * work, GByteArray * array)
{
  if (!array) {
    pt_schema_note (work->schema, "A message is left out: the time of its event is not written as "
        "2026-01-31T12:00:00.000Z.");
    return;
  }
  add_bytes (work, array->data, array->len);
  g_byte_array_unref (array);
}

/* What NVIDIA's library says where no other one is named; the NUL is part of it. */
static void
add_custom (Work * work)
{
  static const char words[] = "CUSTOM Schema";
  add_bytes (work, words, sizeof words);
}

static void
from_metadata (Work * work, const PtFrame * frame)
{
  if (frame->frame_num % work->settings->interval)
    return;
  if (work->settings->type == PT_MSG_MINIMAL)
    add_text (work, pt_minimal_from_frame (work->schema, frame));
  else if (work->settings->type == PT_MSG_PROTOBUF)
    add_array (work, pt_protobuf_from_frame (work->schema, frame));
  else
    for (const PtNode * at = frame->objects.tail; at; at = at->prev) {
      if (work->settings->type == PT_MSG_FULL)
        add_text (work, pt_full_from_object (work->schema, frame, (const PtObject *) at));
      else
        add_custom (work);
    }
}

/* What scripts attached, newest first, as DeepStream's lists are. */
static GPtrArray *
events_of (const Work * work, const PtFrame * frame)
{
  const guint wanted = work->settings->component_id;
  GPtrArray *events = g_ptr_array_new ();
  for (const PtNode * at = frame->users.tail; at; at = at->prev) {
    const PtUser *user = (const PtUser *) at;
    PtEventMsg *event = user->meta_type == PT_META_EVENT_MSG
        ? PT_BLOCK_OF (PtEventMsg, user->data) : NULL;
    if (event && (!wanted || (guint) event->component_id == wanted))
      g_ptr_array_add (events, event);
  }
  return events;
}

/* As with DeepStream, what is said of the frame is its own, and it takes the place of the first event. */
static void
put_dummy (const PtFrame * frame, GPtrArray * events, PtEventMsg * dummy)
{
  gchar *time = pt_schema_time (frame->ntp_timestamp);
  *dummy = (PtEventMsg) {
    .frame_id = frame->frame_num,.sensor_id = frame->source_id,.ts = pt_block_strdup (time),
  };
  if (events->len)
    events->pdata[0] = dummy;
  g_free (time);
}

static void
from_events_together (Work * work, const PtFrame * frame, GPtrArray * events)
{
  PtEventMsg dummy = { 0 };
  if (work->settings->dummy)
    put_dummy (frame, events, &dummy);
  else if (!events->len)
    return;
  const PtEventMsg *const *all = (const PtEventMsg * const *) events->pdata;
  const PtEventMsg *first = work->settings->dummy ? &dummy : all[0];
  if (work->settings->type == PT_MSG_MINIMAL)
    add_text (work, pt_minimal_from_events (work->schema, all, events->len, first));
  else
    add_array (work, pt_protobuf_from_events (work->schema, all, events->len, first));
  pt_block_free (dummy.ts);
}

static void
from_events (Work * work, const PtFrame * frame)
{
  const PtMsgType type = work->settings->type;
  GPtrArray *events = events_of (work, frame);
  if (type == PT_MSG_MINIMAL || type == PT_MSG_PROTOBUF)
    from_events_together (work, frame, events);
  else
    for (guint i = 0; i < events->len; i++) {
      if (type == PT_MSG_FULL)
        add_text (work, pt_full_from_event (work->schema, events->pdata[i]));
      else
        add_custom (work);
    }
  g_ptr_array_unref (events);
}

GArray *
pt_payloads_of (PtSchema * schema, const PtMsgSettings * settings, const PtBatch * batch)
{
  Work work = { schema, settings, g_array_new (FALSE, FALSE, sizeof (PtFrameMessage)), 0 };
  PT_EACH (PtFrame, frame, batch->frames) {
    (settings->of_metadata ? from_metadata : from_events) (&work, frame);
    work.frame++;
  }
  return work.found;
}

/* ---- what becomes of them ---- */

void
pt_payloads_attach (GArray * payloads, PtBatch * batch)
{
  guint place = 0, next = 0;
  PT_EACH (PtFrame, frame, batch->frames) {
    for (; next < payloads->len; next++) {
      PtFrameMessage *each = &g_array_index (payloads, PtFrameMessage, next);
      if (each->frame != place)
        break;
      PtUser *user = pt_add_user (batch, &frame->users, PT_META_PAYLOAD,
          g_steal_pointer (&each->message), pt_message_copy, pt_message_free);
      user->payload = (PtPayload) PT_PAYLOAD_MESSAGE;
    }
    place++;
  }
}

static gboolean
write_one (FILE * file, const PtMessage * message)
{
  return fwrite (message->payload, 1, message->size, file) == message->size
      && fputs (" \n", file) >= 0;
}

gboolean
pt_payloads_write (const GArray * payloads, const char *folder, char **error)
{
  gchar *now = pt_schema_now (), *name = g_strconcat (now, ".txt", NULL);
  gchar *path = g_build_filename (folder, name, NULL);
  FILE *file = fopen (path, "ae");
  gboolean written = file != NULL;
  for (guint i = 0; written && i < payloads->len; i++)
    written = write_one (file, g_array_index (payloads, PtFrameMessage, i).message);
  int problem = errno;
  if (file && fclose (file) && written) {
    problem = errno;
    written = FALSE;
  }
  if (!written)
    *error = g_strdup_printf ("%s cannot be written: %s", path, g_strerror (problem));
  g_free (path);
  g_free (name);
  g_free (now);
  return written;
}

void
pt_payloads_free (GArray * payloads)
{
  for (guint i = 0; i < payloads->len; i++)
    pt_message_free (g_array_index (payloads, PtFrameMessage, i).message);
  g_array_unref (payloads);
}
