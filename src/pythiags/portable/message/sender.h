/* The thread of nvmsgbroker that sends: whoever has a message leaves it in a queue and goes on. */
#pragma once
#include <gst/gst.h>

#include "broker.h"
#include "messages.h"

G_BEGIN_DECLS

#define PT_SENDER_MOST 100000                   /* messages that may wait: as many as with Kafka's client */
#define PT_SENDER_MOST_BYTES (64 * 1024 * 1024)

typedef struct _PtSender PtSender;

/* Takes the connection over. `element` posts what is to be said, and outlives the sender. */
PtSender *pt_sender_new (GstElement * element, const PtBrokers * brokers, gpointer broker,
    guint patience);

/* Copies the message. FALSE: it is not taken, as nothing can be sent any more, or after posting an error, as
 * too many wait. Never waits for the broker. */
gboolean pt_sender_push (PtSender * self, const PtMessage * message);

/* Sends what waits, for as long as the connection's patience lasts, and closes it. */
void pt_sender_free (PtSender * self);

G_END_DECLS
