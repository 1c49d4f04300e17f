/* Which messages a batch gets, and how they are attached to it. */
#pragma once
#include "schema.h"

G_BEGIN_DECLS

typedef enum                    /* NvDsPayloadType */
{
  PT_MSG_FULL, PT_MSG_MINIMAL, PT_MSG_PROTOBUF, PT_MSG_RESERVED = 256, PT_MSG_CUSTOM,
} PtMsgType;

typedef struct
{
  PtMsgType type;
  guint component_id;           /* of the events that count, 0: all; and of the messages */
  guint interval;               /* of frames, where messages are made of the metadata */
  gboolean of_metadata, dummy;  /* msg2p-newapi; dummy-payload */
} PtMsgSettings;

typedef struct { guint frame; PtMessage *message; } PtFrameMessage;     /* the frame's place in the batch */

/* Of PtFrameMessage, in the order of the frames; both are the caller's. Nothing of the batch is changed. */
GArray *pt_payloads_of (PtSchema * schema, const PtMsgSettings * settings, const PtBatch * batch);

/* Takes the messages over. The batch is the caller's to change. */
void pt_payloads_attach (GArray * payloads, PtBatch * batch);

/* Appends them to a file of that folder, with this moment's name. FALSE: `error` says why not. */
gboolean pt_payloads_write (const GArray * payloads, const char *folder, char **error);

/* The messages that were not attached are freed too. */
void pt_payloads_free (GArray * payloads);

G_END_DECLS
