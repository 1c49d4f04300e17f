/* Copies of events for nvmsgconv: see messages.h. */
#include "messages.h"

#include "blocks.h"

/* The number of texts that an object of this type begins with, and its size; 0: it is not known. */
static guint
texts_of (gint type, gsize * size)
{
  switch (type) {
    case PT_OBJECT_VEHICLE:
      *size = sizeof (PtVehicle);
      return 6;
    case PT_OBJECT_PERSON:
      *size = sizeof (PtPerson);
      return 4;
    case PT_OBJECT_FACE:
      *size = sizeof (PtFace);
      return 7;
    default:
      return 0;
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
  gsize size = 0;
  guint count = texts_of (source->obj_type, &size);
  copy->ext_msg = NULL;
  copy->ext_msg_size = 0;
  if (!source->ext_msg || !source->ext_msg_size || !count
      || pt_block_size (source->ext_msg) < size)
    return;
  char **texts = copy->ext_msg = pt_block_dup (source->ext_msg, size);
  for (guint i = 0; i < count; i++)
    texts[i] = copy_text (texts[i]);
  copy->ext_msg_size = size;
}

gpointer
pt_event_msg_copy (gpointer message)
{
  const PtEventMsg *source = message;
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
  gsize size = 0;
  guint count = texts_of (self->obj_type, &size);
  if (self->ext_msg && self->ext_msg_size && pt_block_size (self->ext_msg) >= size)
    for (guint i = 0; i < count; i++)
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
  PtCustom *copy = pt_block_dup (custom, sizeof (PtCustom));
  copy->message = copy_text (copy->message);
  return copy;
}

void
pt_custom_free (gpointer custom)
{
  pt_block_free (((PtCustom *) custom)->message);
  pt_block_free (custom);
}
