/* What nvmultiurisrcbin's REST server answers, in DeepStream's words.
 *
 * The status is in the answer: over HTTP every request whose path is there is answered by 200.
 */
#include "nvmultiurisrcbin.h"

#include <string.h>

#include "inert.h"
#include "restjson.h"

#define GST_CAT_DEFAULT pt_multi_debug

typedef GstNvmultiurisrcbin Multi;

/* ---- requests ---- */

static const char *
value_of (GHashTable * request, const char *name)
{
  const char *value = NULL;
  char *path = g_strconcat ("value.", name, NULL);
  if (request)
    value = g_hash_table_lookup (request, path);
  g_free (path);
  path = g_strconcat ("event.", name, NULL);
  if (request && !value)
    value = g_hash_table_lookup (request, path);
  g_free (path);
  return value ? value : "";
}

static char *
answer (guint code, const char *reason, const char *more)
{
  GString *text = g_string_new ("{");
  if (more)
    g_string_append_printf (text, "%s,", more);
  g_string_append (text, "\"reason\":");
  pt_json_append (text, reason);
  g_string_append_printf (text, ",\"status\":\"HTTP/1.1 %s\"}", code == 200 ? "200 OK"
      : code == 400 ? "400 Bad Request" : "500 Internal Server Error");
  return g_string_free (text, FALSE);
}

static char *
add_stream (Multi * self, const char *url, const char *id, const char *name)
{
  if (pt_multi_is_full (self))
    return answer (500, "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux", NULL);
  if (pt_multi_has (self, id))
    return answer (500, "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream", NULL);
  char *problem = pt_multi_add (self, url, id, *name ? name : NULL);
  if (!problem)
    return answer (200, "STREAM_ADD_SUCCESS", NULL);
  GST_WARNING_OBJECT (self, "a source cannot be added: %s", problem);
  g_free (problem);
  return answer (500, "STREAM_ADD_FAIL, Failed to add source stream", NULL);
}

/* Whether a source comes or goes is in the request, not in the path, as with DeepStream. */
static char *
change_streams (Multi * self, const char *path, const char *body)
{
  GHashTable *request = pt_json_read (body);
  const char *change = value_of (request, "change"), *url = value_of (request, "camera_url");
  const char *id = value_of (request, "camera_id");
  const gboolean adds = strstr (change, "add") || strstr (change, "streaming");
  char *text;
  if (!request)
    text = answer (400, "The request is no JSON object", NULL);
  else if (!*url || !*id)
    text = answer (400, *url ? adds ? "STREAM_ADD_FAIL, Source id empty"
        : "STREAM_REMOVE_FAIL, Source id empty" : adds ? "STREAM_ADD_FAIL, Source url empty"
        : "STREAM_REMOVE_FAIL, Source url empty", NULL);
  else if (adds)
    text = add_stream (self, url, id, value_of (request, "camera_name"));
  else if (!strstr (change, "remove"))
    text = answer (400, "Sensor API change string not supported", NULL);
  else if (pt_multi_remove (self, url, id))
    text = answer (200, "STREAM_REMOVE_SUCCESS", NULL);
  else
    text = answer (500, "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream", NULL);
  g_clear_pointer (&request, g_hash_table_unref);
  return text;
}

static char *
describe_streams (Multi * self)
{
  char *list = pt_multi_describe (self);
  guint count = 0;
  for (const char *at = list; (at = strstr (at, "\"source_id\":")); at++)
    count++;
  char *more = g_strdup_printf ("\"stream-info\":{\"stream-count\":%u,\"stream-info\":%s}", count,
      list);
  char *text = answer (200, "GET_LIVE_STREAM_INFO_SUCCESS", more);
  g_free (more);
  g_free (list);
  return text;
}

static char *
handle_request (gpointer data, const char *method, const char *path, const char *body)
{
  Multi *self = data;
  const gboolean posts = g_ascii_strcasecmp (method, "post") == 0;
  const gboolean gets = g_ascii_strcasecmp (method, "get") == 0;
  GST_INFO_OBJECT (self, "REST: %s %s", method, path);
  if (posts && (g_str_equal (path, "/api/v1/stream/add")
          || g_str_equal (path, "/api/v1/stream/remove")))
    return change_streams (self, path, body);
  if (gets && g_str_equal (path, "/api/v1/stream/get-stream-info"))
    return describe_streams (self);
  if (gets && g_str_equal (path, "/api/v1/health/get-dsready-state"))
    return answer (200, "GET_READY_INFO_SUCCESS", GST_STATE (self) >= GST_STATE_PAUSED
        ? "\"health-info\":{\"ds-ready\":\"YES\"}" : "\"health-info\":{\"ds-ready\":\"NO\"}");
  return NULL;
}

/* ---- the server ---- */

void
pt_multi_start_rest (Multi * self)
{
  char *port = pt_inert_text (G_OBJECT (self), "port");
  char *address = pt_inert_text (G_OBJECT (self), "ip-address");
  char *problem = NULL;
  PtRestServer *rest = NULL;
  if (port && !g_str_equal (port, "0")) {
    rest = pt_rest_server_new (address, port, handle_request, self, &problem);
    if (!rest)
      GST_ELEMENT_WARNING (self, RESOURCE, OPEN_READ,
          ("There is no REST server, so that no source can be added later: %s", problem),
          ("%s:%s", address, port));
    else
      GST_INFO_OBJECT (self, "REST server at %s:%s", address, port);
    g_free (problem);
  }
  g_mutex_lock (&self->lock);
  self->rest = rest;
  g_mutex_unlock (&self->lock);
  g_free (address);
  g_free (port);
}

void
pt_multi_stop_rest (Multi * self)
{
  g_mutex_lock (&self->lock);
  PtRestServer *rest = g_steal_pointer (&self->rest);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&rest, pt_rest_server_free);
}
