/* The last warnings and errors that GStreamer logged, for messages about what went wrong.
 *
 * Written in C, since logging happens in streaming threads: a line costs about a microsecond, and
 * what is below the level of warnings is not even formatted.
 */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

#define PT_LOG_KEPT 256            /* lines */

typedef struct {
  char element[64];                /* the element's name, also for its pads; empty: of no object */
  char text[320];                  /* level, category, message; cut */
} PtLogLine;

/* Begins to keep lines; may be called again. Where the user has not asked GStreamer for its log
 * (GST_DEBUG), the threshold is raised to see warnings, and nothing is printed until the program sets
 * a threshold of its own. */
void pt_log_start (void);

/* How many lines there have been. */
guint64 pt_log_count (void);

/* Copies the lines from number `since` on, as far as they are still kept. `lines` has room for
 * PT_LOG_KEPT. Returns how many. */
guint pt_log_read (guint64 since, PtLogLine * lines);

G_END_DECLS
