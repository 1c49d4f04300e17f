/* See text.h. The glyphs come from cairo's plain text functions: one font, no shaping, which is
 * what labels need, and a library that every GStreamer installation has. */
#include "text.h"
#include <cairo.h>
#include <math.h>
#include <string.h>

#define MAX_BYTES 1024          /* of a text */
#define MAX_POINTS 288
#define MAX_WIDTH 8192          /* of an image */
#define MAX_HEIGHT 4096
#define PIXELS_A_POINT (96.0 / 72.0)    /* as Pango on a screen, so that sizes match DeepStream's */

typedef struct
{
  PtTextImage image;
  cairo_surface_t *surface;     /* owns the coverage */
  gsize bytes;
  char *key;
} PtEntry;

struct _PtTextCache
{
  GHashTable *links;            /* key -> link of `order` */
  GQueue order;                 /* of PtEntry, the latest used first */
  guint max_images;
  gsize bytes, max_bytes;
};

static void
entry_free (PtEntry * entry)
{
  if (entry->surface)
    cairo_surface_destroy (entry->surface);
  g_free (entry->key);
  g_free (entry);
}

PtTextCache *
pt_text_cache_new (guint max_images, gsize max_bytes)
{
  PtTextCache *cache = g_new0 (PtTextCache, 1);
  cache->links = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&cache->order);
  cache->max_images = max_images;
  cache->max_bytes = max_bytes;
  return cache;
}

void
pt_text_cache_free (PtTextCache * cache)
{
  g_hash_table_unref (cache->links);
  g_queue_clear_full (&cache->order, (GDestroyNotify) entry_free);
  g_free (cache);
}

guint
pt_text_cache_size (const PtTextCache * cache)
{
  return cache->order.length;
}

/* -- rendering -------------------------------------------------------------------------------- */

/* Takes a style word off the end of a font's name. */
static gboolean
take_word (char *font, const char *word)
{
  gsize length = strlen (font), tail = strlen (word);
  if (length <= tail + 1 || font[length - tail - 1] != ' '
      || g_ascii_strcasecmp (font + length - tail, word) != 0)
    return FALSE;
  font[length - tail - 1] = '\0';
  return TRUE;
}

static void
select_font (cairo_t * cairo, const char *name, guint points)
{
  char *family = g_utf8_make_valid (name && *name ? name : "Serif", -1);
  cairo_font_weight_t weight = CAIRO_FONT_WEIGHT_NORMAL;
  cairo_font_slant_t slant = CAIRO_FONT_SLANT_NORMAL;
  for (gboolean found = TRUE; found;) {
    found = FALSE;
    if (take_word (family, "Bold"))
      weight = CAIRO_FONT_WEIGHT_BOLD, found = TRUE;
    if (take_word (family, "Italic") || take_word (family, "Oblique"))
      slant = CAIRO_FONT_SLANT_ITALIC, found = TRUE;
  }
  cairo_select_font_face (cairo, family, slant, weight);
  cairo_set_font_size (cairo, CLAMP (points, 1, MAX_POINTS) * PIXELS_A_POINT);
  g_free (family);
}

/* A context with the font, on a surface of this size. Free both. */
static cairo_t *
start_image (gint width, gint height, const char *font, guint points)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, width, height);
  cairo_t *cairo = cairo_create (surface);
  cairo_surface_destroy (surface);
  select_font (cairo, font, points);
  return cairo;
}

static double
widest (cairo_t * cairo, char **lines)
{
  double width = 0;
  for (guint i = 0; lines[i]; i++) {
    cairo_text_extents_t extents;
    cairo_text_extents (cairo, lines[i], &extents);
    width = MAX (width, MAX (extents.x_advance, extents.x_bearing + extents.width));
  }
  return width;
}

static PtEntry *
render (const char *text, const char *font, guint points)
{
  PtEntry *entry = g_new0 (PtEntry, 1);
  char *valid = g_utf8_make_valid (text, (gssize) strnlen (text, MAX_BYTES));
  char **lines = g_strsplit (valid, "\n", -1);
  cairo_t *measure = start_image (1, 1, font, points);
  cairo_font_extents_t metrics;
  cairo_font_extents (measure, &metrics);
  double line_height = ceil (metrics.ascent + metrics.descent);
  gint width = (gint) CLAMP (ceil (widest (measure, lines)), 0, MAX_WIDTH);
  gint height = (gint) CLAMP (line_height * g_strv_length (lines), 0, MAX_HEIGHT);
  cairo_destroy (measure);

  cairo_t *cairo = start_image (MAX (width, 1), MAX (height, 1), font, points);
  for (guint i = 0; lines[i]; i++) {
    cairo_move_to (cairo, 0, round (i * line_height + metrics.ascent));
    cairo_show_text (cairo, lines[i]);
  }
  g_strfreev (lines);
  g_free (valid);
  if (cairo_status (cairo) == CAIRO_STATUS_SUCCESS && width > 0 && height > 0) {
    entry->surface = cairo_surface_reference (cairo_get_target (cairo));
    cairo_surface_flush (entry->surface);
    entry->image = (PtTextImage) {
      .width = width,.height = height,
      .stride = cairo_image_surface_get_stride (entry->surface),
      .coverage = cairo_image_surface_get_data (entry->surface)
    };
    entry->bytes = (gsize) entry->image.stride * height;
  }
  cairo_destroy (cairo);
  return entry;
}

/* -- the cache -------------------------------------------------------------------------------- */

static void
evict (PtTextCache * cache)
{
  while (cache->order.length > cache->max_images
      || (cache->bytes > cache->max_bytes && cache->order.length > 1)) {
    PtEntry *oldest = g_queue_pop_tail (&cache->order);
    g_hash_table_remove (cache->links, oldest->key);
    cache->bytes -= oldest->bytes;
    entry_free (oldest);
  }
}

const PtTextImage *
pt_text_cache_get (PtTextCache * cache, const char *text, const char *font, guint points)
{
  char *key = g_strdup_printf ("%u %s\n%.*s", points, font ? font : "", MAX_BYTES, text);
  GList *link = g_hash_table_lookup (cache->links, key);
  if (link) {
    g_free (key);
    g_queue_unlink (&cache->order, link);
    g_queue_push_head_link (&cache->order, link);
    return &((PtEntry *) link->data)->image;
  }
  PtEntry *entry = render (text, font, points);
  entry->key = key;
  g_queue_push_head (&cache->order, entry);
  g_hash_table_insert (cache->links, key, cache->order.head);
  cache->bytes += entry->bytes;
  evict (cache);
  return &entry->image;
}
