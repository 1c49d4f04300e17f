/* Copies of events for nvmsgconv: see messages.h. */
#include "messages.h"

#include "blocks.h"

#include <string.h>

typedef struct { guint texts; gsize size, mask; } Kind;  /* mask: where its pointer lies; 0: there is none */

/* How an object of this type begins, with so many texts; no texts: the type is not known. */
static Kind
kind_of (gint type)
{
  switch (type) {
    case PT_OBJECT_VEHICLE:
      return (Kind) { 6, sizeof (PtVehicle), 0 };
    case PT_OBJECT_PERSON:
      return (Kind) { 4, sizeof (PtPerson), 0 };
    case PT_OBJECT_FACE:
      return (Kind) { 7, sizeof (PtFace), 0 };
    case PT_OBJECT_VEHICLE_EXT:
      return (Kind) { 6, sizeof (PtVehicleExt), G_STRUCT_OFFSET (PtVehicleExt, mask) };
    case PT_OBJECT_PERSON_EXT:
      return (Kind) { 4, sizeof (PtPersonExt), G_STRUCT_OFFSET (PtPersonExt, mask) };
    case PT_OBJECT_FACE_EXT:
      return (Kind) { 7, sizeof (PtFaceExt), G_STRUCT_OFFSET (PtFaceExt, mask) };
    default:
      return (Kind) { 0 };
  }
}

/* An address that a script gave is copied only if it is a block's. */
static char *
copy_text (const char *text)
{
  gsize size = text ? pt_block_size (text) : 0;
  return size ? pt_block_dup (text, size) : NULL;
}

static void
copy_object (PtEventMsg * copy, const PtEventMsg * source)
{
  const Kind kind = kind_of (source->obj_type);
  copy->ext_msg = NULL;
  copy->ext_msg_size = 0;
  if (!source->ext_msg || !source->ext_msg_size || !kind.texts
      || pt_block_size (source->ext_msg) < kind.size)
    return;
  char **texts = copy->ext_msg = pt_block_dup (source->ext_msg, kind.size);
  for (guint i = 0; i < kind.texts; i++)
    texts[i] = copy_text (texts[i]);
  if (kind.mask)
    G_STRUCT_MEMBER (gpointer, copy->ext_msg, kind.mask) = NULL;
  copy->ext_msg_size = kind.size;
}

gpointer
pt_event_msg_copy (gpointer message)
{
  const PtEventMsg *source = message;
  if (pt_block_size (source) < sizeof *source)
    return NULL;
  PtEventMsg *copy = pt_block_dup (source, sizeof *source);
  copy->ts = copy_text (source->ts);
  copy->object_id = copy_text (source->object_id);
  copy->sensor_str = copy_text (source->sensor_str);
  copy->other_attrs = copy_text (source->other_attrs);
  copy->video_path = copy_text (source->video_path);
  copy->obj_signature = (PtSignature) { 0 };
  copy_object (copy, source);
  return copy;
}

void
pt_event_msg_free (gpointer message)
{
  PtEventMsg *self = message;
  if (pt_block_size (self) < sizeof *self)
    return;
  const Kind kind = kind_of (self->obj_type);
  if (self->ext_msg && self->ext_msg_size && pt_block_size (self->ext_msg) >= kind.size)
    for (guint i = 0; i < kind.texts; i++)
      pt_block_free (((char **) self->ext_msg)[i]);
  pt_block_free (self->ext_msg);
  pt_block_free (self->ts);
  pt_block_free (self->object_id);
  pt_block_free (self->sensor_str);
  pt_block_free (self->other_attrs);
  pt_block_free (self->video_path);
  pt_block_free (self);
}

gpointer
pt_custom_copy (gpointer custom)
{
  if (pt_block_size (custom) < sizeof (PtCustom))
    return NULL;
  PtCustom *copy = pt_block_dup (custom, sizeof (PtCustom));
  copy->message = copy_text (copy->message);
  return copy;
}

void
pt_custom_free (gpointer custom)
{
  if (pt_block_size (custom) < sizeof (PtCustom))
    return;
  pt_block_free (((PtCustom *) custom)->message);
  pt_block_free (custom);
}

PtMessage *
pt_message_new (gconstpointer payload, gsize size, guint component_id)
{
  PtMessage *self = pt_block_new (sizeof *self);
  self->payload = pt_block_new (size + 1);
  if (size)
    memcpy (self->payload, payload, size);
  self->size = size;
  self->component_id = component_id;
  return self;
}

gpointer
pt_message_copy (gpointer message)
{
  const PtMessage *source = PT_BLOCK_OF (PtMessage, message);
  return source && pt_block_of (source->payload, source->size)
      ? pt_message_new (source->payload, source->size, source->component_id) : NULL;
}

void
pt_message_free (gpointer message)
{
  PtMessage *self = PT_BLOCK_OF (PtMessage, message);
  if (self)
    pt_block_free (self->payload);
  pt_block_free (self);
}

gpointer
pt_block_of (gconstpointer data, gsize size)
{
  return data && pt_block_size (data) >= size ? (gpointer) data : NULL;
}

const char *
pt_block_text (const char *text)
{
  const gsize size = text ? pt_block_size (text) : 0;
  return size && memchr (text, '\0', size) ? text : NULL;
}
