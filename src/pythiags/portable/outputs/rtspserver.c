/* See rtspserver.h. */
#include "rtspserver.h"

#include <dlfcn.h>
#include <gio/gio.h>

#define LIBRARY "libgstrtspserver-1.0.so.0"
#define PACKAGE "gir1.2-gst-rtsp-server-1.0"
#define MOST_PORT 65535
#define REMOVE 0                /* GST_RTSP_FILTER_REMOVE */
#define PERIOD 10               /* seconds between two looks for clients that have gone */

#define PAUSE (20 * G_TIME_SPAN_MILLISECOND)

struct _PtRtspServer
{
  GObject *server;
  GWeakRef media;               /* the one that clients share */
  GMutex lock;                  /* for: */
  GCond ended;
  gboolean has_ended;
  GMainContext *context;
  GMainLoop *loop;
  GSource *listening, *looking;
  GThread *thread;
};

/* ---- the library ---- */

/* X (result, name, parameters) */
#define FUNCTIONS(X) \
  X (GObject *, gst_rtsp_server_new, (void)) \
  X (GObject *, gst_rtsp_server_get_mount_points, (GObject *)) \
  X (GSource *, gst_rtsp_server_create_source, (GObject *, GCancellable *, GError **)) \
  X (int, gst_rtsp_server_get_bound_port, (GObject *)) \
  X (GList *, gst_rtsp_server_client_filter, (GObject *, gpointer, gpointer)) \
  X (GObject *, gst_rtsp_server_get_session_pool, (GObject *)) \
  X (GObject *, gst_rtsp_server_get_thread_pool, (GObject *)) \
  X (void, gst_rtsp_thread_pool_set_max_threads, (GObject *, int)) \
  X (GstElement *, gst_rtsp_media_get_element, (GObject *)) \
  X (guint, gst_rtsp_session_pool_cleanup, (GObject *)) \
  X (GObject *, gst_rtsp_media_factory_new, (void)) \
  X (void, gst_rtsp_mount_points_add_factory, (GObject *, const char *, GObject *))

typedef struct
{
#define MEMBER(result, name, parameters) result (*name) parameters;
  FUNCTIONS (MEMBER)
} Library;

/* NULL: it is not there. */
static const Library *
find_library (void)
{
  static Library library;
  static gsize once = 0;
  if (g_once_init_enter (&once)) {
    gboolean whole = TRUE;
    gpointer handle = dlopen (LIBRARY, RTLD_NOW | RTLD_NODELETE);
#define FIND(result, name, parameters) \
    library.name = handle ? (result (*) parameters) dlsym (handle, #name) : NULL; \
    whole = whole && library.name;
    FUNCTIONS (FIND)
    g_once_init_leave (&once, whole ? 1 : 2);
  }
  return once == 1 ? &library : NULL;
}

/* ---- the thread ---- */

static gpointer
run (gpointer data)
{
  PtRtspServer *self = data;
  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  g_mutex_lock (&self->lock);
  self->has_ended = TRUE;
  g_cond_signal (&self->ended);
  g_mutex_unlock (&self->lock);
  return NULL;
}

static gint
remove_client (gpointer server, gpointer client, gpointer data)
{
  return REMOVE;
}

/* Ends the sessions of clients that have not been heard of for a minute: the library does not by itself. */
static gboolean
end_expired (gpointer data)
{
  PtRtspServer *self = data;
  GObject *sessions = find_library ()->gst_rtsp_server_get_session_pool (self->server);
  find_library ()->gst_rtsp_session_pool_cleanup (sessions);
  g_object_unref (sessions);
  return G_SOURCE_CONTINUE;
}

static gboolean
end (gpointer data)
{
  PtRtspServer *self = data;
  g_source_destroy (self->listening);
  g_source_destroy (self->looking);
  find_library ()->gst_rtsp_server_client_filter (self->server, remove_client, NULL);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
note_media (GObject * factory, GObject * media, gpointer data)
{
  g_weak_ref_set (&((PtRtspServer *) data)->media, media);
}

/* The thread may be waiting for the first packets, for a client: 20 seconds, unless the media fails. */
static void
fail_media (PtRtspServer * self)
{
  GObject *media = g_weak_ref_get (&self->media);
  if (!media)
    return;
  GstElement *element = find_library ()->gst_rtsp_media_get_element (media);
  GError *error = g_error_new_literal (GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE, "the server ends");
  gst_element_post_message (element, gst_message_new_error (GST_OBJECT (element), error, NULL));
  g_error_free (error);
  gst_object_unref (element);
  g_object_unref (media);
}

/* ---- start and stop ---- */

/* Clients are served in the server's own thread: the library must not close a connection in one thread while
 * it reads from it in another. */
static GObject *
make_server (PtRtspServer * self, guint port, const char *path, const char *launch)
{
  const Library *library = find_library ();
  GObject *server = library->gst_rtsp_server_new ();
  GObject *factory = library->gst_rtsp_media_factory_new ();
  GObject *paths = library->gst_rtsp_server_get_mount_points (server);
  GObject *threads = library->gst_rtsp_server_get_thread_pool (server);
  gchar *service = g_strdup_printf ("%u", port);
  library->gst_rtsp_thread_pool_set_max_threads (threads, 0);
  g_object_set (server, "service", service, NULL);
  g_object_set (factory, "launch", launch, "shared", TRUE, NULL);
  g_signal_connect (factory, "media-configure", G_CALLBACK (note_media), self);
  library->gst_rtsp_mount_points_add_factory (paths, path, factory);
  g_free (service);
  g_object_unref (paths);
  g_object_unref (threads);
  return server;
}

static void
server_free (PtRtspServer * self)
{
  g_clear_pointer (&self->listening, g_source_unref);
  g_clear_pointer (&self->looking, g_source_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_object_unref (self->server);
  g_weak_ref_clear (&self->media);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->ended);
  g_free (self);
}

static gboolean
can_serve (GstElement * owner, guint port, const char *path)
{
  if (!find_library ())
    GST_ELEMENT_ERROR (owner, LIBRARY, INIT,
        ("%s is missing; install the Debian package %s", LIBRARY, PACKAGE), (NULL));
  else if (port > MOST_PORT)
    GST_ELEMENT_ERROR (owner, RESOURCE, SETTINGS,
        ("rtsp-port=%u is no port; set it to 1 to %u, or 0 for one that is free", port, MOST_PORT),
        (NULL));
  else if (!path || *path != '/')
    GST_ELEMENT_ERROR (owner, RESOURCE, SETTINGS,
        ("rtsp-mount-point '%s' does not begin with /; set it to a path, as /%s", path ? path : "",
            path && *path ? path : "ds-test"), (NULL));
  else
    return TRUE;
  return FALSE;
}

/* Whether it listens; an error was posted otherwise. */
static gboolean
listen_on (PtRtspServer * self, GstElement * owner, guint port)
{
  GError *problem = NULL;
  self->listening = find_library ()->gst_rtsp_server_create_source (self->server, NULL, &problem);
  if (self->listening)
    return TRUE;
  GST_ELEMENT_ERROR (owner, RESOURCE, SETTINGS,
      ("Nothing can be served on port %u: %s; set rtsp-port to one that is free", port,
          problem ? problem->message : "no reason given"), (NULL));
  g_clear_error (&problem);
  return FALSE;
}

PtRtspServer *
pt_rtsp_server_start (GstElement * owner, guint port, const char *path, const char *launch)
{
  if (!can_serve (owner, port, path))
    return NULL;
  PtRtspServer *self = g_new0 (PtRtspServer, 1);
  g_weak_ref_init (&self->media, NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->ended);
  self->server = make_server (self, port, path, launch);
  if (!listen_on (self, owner, port)) {
    server_free (self);
    return NULL;
  }
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->looking = g_timeout_source_new_seconds (PERIOD);
  g_source_set_callback (self->looking, end_expired, self, NULL);
  g_source_attach (self->looking, self->context);
  g_source_attach (self->listening, self->context);
  self->thread = g_thread_new ("rtsp-server", run, self);
  return self;
}

guint
pt_rtsp_server_port (const PtRtspServer * self)
{
  return (guint) find_library ()->gst_rtsp_server_get_bound_port (self->server);
}

void
pt_rtsp_server_stop (PtRtspServer * self)
{
  GSource *ending = g_idle_source_new ();
  g_source_set_priority (ending, G_PRIORITY_HIGH);
  g_source_set_callback (ending, end, self, NULL);
  g_source_attach (ending, self->context);
  g_source_unref (ending);
  g_mutex_lock (&self->lock);
  while (!self->has_ended) {
    g_mutex_unlock (&self->lock);
    fail_media (self);
    g_mutex_lock (&self->lock);
    if (!self->has_ended)
      g_cond_wait_until (&self->ended, &self->lock, g_get_monotonic_time () + PAUSE);
  }
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  server_free (self);
}
