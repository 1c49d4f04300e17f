/* See log.h. */
#include "log.h"

/* Above the warnings that are kept, so that a program that asks for warnings is recognized. */
#define PT_LOG_THRESHOLD GST_LEVEL_FIXME

static GMutex lock;
static PtLogLine kept[PT_LOG_KEPT];
static guint64 count;

/* No lock of an object is taken here: whoever logs may hold it. GStreamer's own log function reads
 * names in the same way. */
static const char *
element_name (GObject * object)
{
  if (!object || !GST_IS_OBJECT (object))
    return "";
  if (GST_IS_PAD (object) && GST_OBJECT_PARENT (object))
    object = G_OBJECT (GST_OBJECT_PARENT (object));
  return GST_OBJECT_NAME (object) ? GST_OBJECT_NAME (object) : "";
}

static void
keep (GstDebugCategory * category, GstDebugLevel level, const gchar * file, const gchar * function,
    gint line, GObject * object, GstDebugMessage * message, gpointer data)
{
  if (level > GST_LEVEL_WARNING)
    return;
  const char *text = gst_debug_message_get (message);
  g_mutex_lock (&lock);
  PtLogLine *place = &kept[count++ % PT_LOG_KEPT];
  g_strlcpy (place->element, element_name (object), sizeof place->element);
  g_snprintf (place->text, sizeof place->text, "%s %s %s", gst_debug_level_get_name (level),
      gst_debug_category_get_name (category), text ? text : "");
  g_mutex_unlock (&lock);
}

/* Lines that the program asks for after the collector has started. Its threshold is one that nobody
 * else sets: any other one, of all categories or of one, is the program's. */
static void
print (GstDebugCategory * category, GstDebugLevel level, const gchar * file,
    const gchar * function, gint line, GObject * object, GstDebugMessage * message, gpointer data)
{
  if (gst_debug_get_default_threshold () != PT_LOG_THRESHOLD
      || gst_debug_category_get_threshold (category) != PT_LOG_THRESHOLD)
    gst_debug_log_default (category, level, file, function, line, object, message, NULL);
}

/* A threshold makes the debug log active, and no more of it than the threshold asks for. After
 * gst_debug_set_active each debug statement of the process would be evaluated, those of libraries
 * whose categories are not set up included. */
static gpointer
start (gpointer data)
{
  if (!g_getenv ("GST_DEBUG") && gst_debug_get_default_threshold () == GST_LEVEL_NONE) {
    if (gst_debug_remove_log_function (gst_debug_log_default) > 0)
      gst_debug_add_log_function (print, NULL, NULL);
    gst_debug_set_default_threshold (PT_LOG_THRESHOLD);
  }
  gst_debug_add_log_function (keep, NULL, NULL);
  return NULL;
}

void
pt_log_start (void)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, start, NULL);
}

guint64
pt_log_count (void)
{
  g_mutex_lock (&lock);
  const guint64 now = count;
  g_mutex_unlock (&lock);
  return now;
}

guint
pt_log_read (guint64 since, PtLogLine * lines)
{
  guint read = 0;
  g_mutex_lock (&lock);
  if (count > PT_LOG_KEPT)
    since = MAX (since, count - PT_LOG_KEPT);
  for (; since < count; since++)
    lines[read++] = kept[since % PT_LOG_KEPT];
  g_mutex_unlock (&lock);
  return read;
}
