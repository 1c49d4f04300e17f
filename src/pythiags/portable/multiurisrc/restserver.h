/* A thin server of HTTP, for requests whose answers are made at once. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct _PtRestServer PtRestServer;

/* Answers a request in the server's thread: the body of the answer, in JSON, to be freed; NULL:
 * there is no such path. */
typedef char *(*PtRestHandler) (gpointer data, const char *method, const char *path,
    const char *body);

/* NULL: `*problem` says why, and must be freed. */
PtRestServer *pt_rest_server_new (const char *address, const char *port, PtRestHandler handler,
    gpointer data, char **problem);

/* Waits for the request that is being answered. */
void pt_rest_server_free (PtRestServer * server);

G_END_DECLS
