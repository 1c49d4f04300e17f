/* What a frame's metadata says, drawn on its picture. */
#pragma once
#include "shapes.h"
#include "text.h"

G_BEGIN_DECLS

#define PT_DEFAULT_POINTS 12    /* of a text that names no size */

typedef struct
{
  gboolean bbox, text, mask, clock;
  gchar *clock_font;
  guint clock_points, clock_color;      /* 0xRRGGBBAA */
  guint clock_x, clock_y;
} PtOsdSettings;

/* What drawing on one picture needs; sx, sy: its size by that which the metadata refers to. */
typedef struct
{
  PtCanvas canvas;
  PtTextCache *texts;
  const PtOsdSettings *settings;
  double sx, sy;
} PtPen;

/* The objects' masks, boxes and texts, then the display metas. Labels come last, so that no box of
 * a neighbour covers them. */
void pt_draw_frame (PtPen * pen, const PtFrame * frame);

/* The time of day, whatever the settings say of texts. */
void pt_draw_clock (PtPen * pen);

G_END_DECLS
