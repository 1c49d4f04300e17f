/* See restserver.h. One connection and one request at a time. */
#include "restserver.h"

#include <gio/gio.h>
#include <string.h>

#define MOST_BYTES (64 * 1024)  /* of a request */
#define PATIENCE (5 * G_TIME_SPAN_SECOND)       /* for a whole request, and for its answer */

struct _PtRestServer
{
  GSocket *socket;
  GCancellable *cancellable;
  GThread *thread;
  PtRestHandler handler;
  gpointer data;
};

typedef struct
{
  GSocket *socket;              /* it does not block */
  GCancellable *cancellable;
  gint64 deadline;
} Client;

typedef struct
{
  char *method, *path, *body;
} Request;

/* ---- a request ---- */

/* FALSE: the time is up, however much comes in small parts. */
static gboolean
await (Client * client, GIOCondition condition)
{
  const gint64 left = client->deadline - g_get_monotonic_time ();
  return left > 0 && g_socket_condition_timed_wait (client->socket, condition, left,
      client->cancellable, NULL);
}

/* 0 at the end, -1 after the deadline or an error. */
static gssize
receive (Client * client, char *part, gsize size)
{
  return await (client, G_IO_IN)
      ? g_socket_receive (client->socket, part, size, client->cancellable, NULL) : -1;
}

static gboolean
read_more (Client * client, GString * text)
{
  char part[4096];
  const gssize count = receive (client, part, sizeof part);
  if (count > 0)
    g_string_append_len (text, part, count);
  return count > 0 && text->len <= MOST_BYTES;
}

static gsize
body_length (char **lines)
{
  for (; *lines; lines++)
    if (g_ascii_strncasecmp (*lines, "content-length:", 15) == 0)
      return (gsize) g_ascii_strtoull (g_strstrip (*lines + 15), NULL, 10);
  return 0;
}

static gboolean
split_head (GString * text, const char *end, Request * request, gsize * length)
{
  char *head = g_strndup (text->str, (gsize) (end - text->str));
  char **lines = g_strsplit (head, "\r\n", 0);
  char **words = g_strsplit (lines[0] ? lines[0] : "", " ", 3);
  const gboolean complete = g_strv_length (words) == 3;
  if (complete) {
    request->method = g_strdup (words[0]);
    request->path = g_strndup (words[1], strcspn (words[1], "?"));
  }
  *length = body_length (lines);
  g_strfreev (words);
  g_strfreev (lines);
  g_free (head);
  return complete;
}

static gboolean
read_request (Client * client, Request * request)
{
  GString *text = g_string_new (NULL);
  const char *end;
  gsize length;
  gboolean goes_on = TRUE;
  while (!(end = strstr (text->str, "\r\n\r\n")) && goes_on)
    goes_on = read_more (client, text);
  gboolean read = end && split_head (text, end, request, &length) && length <= MOST_BYTES;
  if (read) {
    const gsize start = (gsize) (end - text->str) + 4;
    while (text->len < start + length && read)
      read = read_more (client, text);
    if (read)
      request->body = g_strndup (text->str + start, length);
  }
  g_string_free (text, TRUE);
  return read;
}

static void
send_answer (Client * client, const char *status, const char *body)
{
  char *answer = g_strdup_printf ("HTTP/1.1 %s\r\nAccess-Control-Allow-Origin: *\r\n"
      "Content-Type: text/plain\r\nContent-Length: %" G_GSIZE_FORMAT
      "\r\nConnection: close\r\n\r\n%s", status, strlen (body), body);
  gssize sent = 0;
  for (gsize at = 0, length = strlen (answer); sent >= 0 && at < length; at += (gsize) sent)
    sent = await (client, G_IO_OUT)
        ? g_socket_send (client->socket, answer + at, length - at, client->cancellable, NULL) : -1;
  g_free (answer);
}

/* What is still to come is read: else the kernel would take the answer back. */
static void
drain (Client * client)
{
  char part[4096];
  g_socket_shutdown (client->socket, FALSE, TRUE, NULL);
  for (guint i = 0; i < 256; i++)
    if (receive (client, part, sizeof part) <= 0)
      break;
}

static void
serve (PtRestServer * self, GSocket * socket)
{
  Request request = { NULL };
  Client client = { socket, self->cancellable, g_get_monotonic_time () + PATIENCE };
  g_socket_set_blocking (socket, FALSE);
  const gboolean read = read_request (&client, &request);
  char *body = read ? self->handler (self->data, request.method, request.path, request.body) : NULL;
  client.deadline = g_get_monotonic_time () + PATIENCE; /* the handler takes its time */
  if (read)
    send_answer (&client, body ? "200 OK" : "404 Not Found", body ? body
        : "{\"reason\":\"This path is not there\",\"status\":\"HTTP/1.1 404 Not Found\"}");
  else
    send_answer (&client, "400 Bad Request",
        "{\"reason\":\"The request is not complete within 5 s, or larger than 64 KB\","
        "\"status\":\"HTTP/1.1 400 Bad Request\"}");
  g_free (body);
  g_free (request.method);
  g_free (request.path);
  g_free (request.body);
  drain (&client);
  g_socket_close (socket, NULL);
}

static gpointer
run (gpointer data)
{
  PtRestServer *self = data;
  while (!g_cancellable_is_cancelled (self->cancellable)) {
    GSocket *client = g_socket_accept (self->socket, self->cancellable, NULL);
    if (!client) {
      g_usleep (G_USEC_PER_SEC / 10);   /* as without a descriptor */
      continue;
    }
    serve (self, client);
    g_object_unref (client);
  }
  return NULL;
}

/* ---- the server ---- */

static GSocketAddress *
parse_address (const char *address, const char *port, char **problem)
{
  const guint64 number = g_ascii_strtoull (port, NULL, 10);
  GInetAddress *host = !address || g_str_equal (address, "localhost")
      ? g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4) : g_inet_address_new_from_string (address);
  GSocketAddress *result = NULL;
  if (!number || number > G_MAXUINT16)
    *problem = g_strdup_printf ("port is no number from 1 to 65535: %s", port);
  else if (!host)
    *problem = g_strdup_printf ("ip-address is neither localhost nor an address: %s", address);
  else
    result = g_inet_socket_address_new (host, (guint16) number);
  g_clear_object (&host);
  return result;
}

PtRestServer *
pt_rest_server_new (const char *address, const char *port, PtRestHandler handler, gpointer data,
    char **problem)
{
  GError *error = NULL;
  GSocketAddress *where = parse_address (address, port, problem);
  if (!where)
    return NULL;
  GSocket *socket = g_socket_new (g_socket_address_get_family (where), G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, &error);
  const gboolean listens = socket && g_socket_bind (socket, where, TRUE, &error)
      && g_socket_listen (socket, &error);
  g_object_unref (where);
  if (!listens) {
    *problem = g_strdup (error->message);
    g_error_free (error);
    g_clear_object (&socket);
    return NULL;
  }
  PtRestServer *self = g_new0 (PtRestServer, 1);
  self->socket = socket;
  self->cancellable = g_cancellable_new ();
  self->handler = handler;
  self->data = data;
  self->thread = g_thread_new ("nvds-rest", run, self);
  return self;
}

void
pt_rest_server_free (PtRestServer * self)
{
  g_cancellable_cancel (self->cancellable);
  g_thread_join (self->thread);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_object_unref (self->cancellable);
  g_free (self);
}
