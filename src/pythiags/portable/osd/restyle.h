/* What nvosdbin changes about objects before they are drawn: colours, widths, fonts and labels. */
#pragma once
#include "model.h"

G_BEGIN_DECLS

/* Zeroed, it changes nothing but where labels are. Those with a flag count where it is set. */
typedef struct
{
  gboolean has_font, has_size, has_color, has_background, has_border;
  gchar *font;
  guint size, color, background;        /* 0xRRGGBBAA */
  guint border;                         /* pixels */
  gboolean tracking_id, reformat;
  GHashTable *border_colors, *fill_colors;      /* 0xRRGGBBAA by label; NULL: none */
} PtRestyle;

/* "label=ff0000ff;other=00ff00ff", a table to be freed. NULL: it is not of that form, and `bad` is the part
 * that is not, to be freed. */
GHashTable *pt_restyle_colors (const char *text, gchar ** bad);

void pt_restyle_batch (const PtRestyle * self, PtBatch * batch);

G_END_DECLS
