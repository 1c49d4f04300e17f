/* See frame.h. */
#include "frame.h"
#include <time.h>

#define CIRCLE_WIDTH 2          /* pixels: the metadata has none */
#define MASK_ALPHA 0.5          /* of a mask without a background colour */

/* A text's place wraps around when it was computed as a little above the picture: DeepStream
 * subtracts from an unsigned number. Such a text is put at the edge, where it can be read. */
static gint
unwrap (guint offset, double scale)
{
  gint place = (gint) offset;
  return place < 0 ? 0 : (gint) MIN (place * scale, 1 << 24);
}

/* The middle of a pixel, so that a line of one pixel is crisp; a negative number may have wrapped. */
static double
middle (guint value, double scale)
{
  return ((gint) value + 0.5) * scale;
}

static void
draw_text (PtPen * pen, const PtText * text)
{
  if (!pen->settings->text || !text->display_text || !*text->display_text)
    return;
  guint points = text->font_params.font_size ? text->font_params.font_size : PT_DEFAULT_POINTS;
  gint x = unwrap (text->x_offset, pen->sx), y = unwrap (text->y_offset, pen->sy);
  if (x >= pen->canvas.width || y >= pen->canvas.height)
    return;
  const PtTextImage *image = pt_text_cache_get (pen->texts, text->display_text,
      text->font_params.font_name, points);
  if (!image->coverage)
    return;
  gint margin = text->set_bg_clr ? 1 + (gint) MIN (points, 64) / 5 : 0;
  if (text->set_bg_clr) {
    PtPaint behind = pt_canvas_paint (&pen->canvas, &text->text_bg_clr);
    pt_canvas_fill (&pen->canvas, x, y, x + image->width + 2 * margin, y + image->height, &behind);
  }
  PtPaint ink = pt_canvas_paint (&pen->canvas, &text->font_params.font_color);
  pt_canvas_blend (&pen->canvas, x + margin, y, image->coverage, image->stride, image->width,
      image->height, &ink);
}

static PtBox
scaled_box (const PtPen * pen, const PtRect * rect)
{
  return (PtBox) {rect->left * pen->sx, rect->top * pen->sy, rect->width * pen->sx,
    rect->height * pen->sy};
}

static void
draw_rect (PtPen * pen, const PtRect * rect)
{
  if (!pen->settings->bbox)
    return;
  PtBox box = scaled_box (pen, rect);
  if (rect->has_bg_color)
    pt_draw_area (&pen->canvas, &box, &rect->bg_color);
  if (rect->border_width)
    pt_draw_border (&pen->canvas, &box, rect->border_width, &rect->border_color);
}

static void
draw_mask (PtPen * pen, const PtObject * object)
{
  const PtMask *mask = &object->mask_params;
  guint64 values = (guint64) mask->width * mask->height;
  if (!pen->settings->mask || !mask->data || values > mask->size / sizeof (float))
    return;
  PtBox box = scaled_box (pen, &object->rect_params);
  PtColor color = object->rect_params.bg_color;
  if (!object->rect_params.has_bg_color) {
    color = object->rect_params.border_color;
    color.alpha *= MASK_ALPHA;
  }
  pt_draw_mask (&pen->canvas, &box, mask->data, mask->width, mask->height, mask->threshold, &color);
}

static void
draw_line (PtPen * pen, const PtLine * line)
{
  pt_draw_line (&pen->canvas, middle (line->x1, pen->sx), middle (line->y1, pen->sy),
      middle (line->x2, pen->sx), middle (line->y2, pen->sy), line->line_width, &line->line_color);
}

static void
draw_arrow (PtPen * pen, const PtArrow * arrow)
{
  enum { AT_START, AT_END };    /* anything else: at both */
  pt_draw_arrow (&pen->canvas, middle (arrow->x1, pen->sx), middle (arrow->y1, pen->sy),
      middle (arrow->x2, pen->sx), middle (arrow->y2, pen->sy), arrow->arrow_width,
      arrow->arrow_head != AT_END, arrow->arrow_head != AT_START, &arrow->arrow_color);
}

static void
draw_circle (PtPen * pen, const PtCircle * circle)
{
  double x = middle (circle->xc, pen->sx), y = middle (circle->yc, pen->sy);
  double radius = circle->radius * (pen->sx + pen->sy) / 2;
  if (circle->has_bg_color)
    pt_draw_circle (&pen->canvas, x, y, radius, 0, &circle->bg_color);
  pt_draw_circle (&pen->canvas, x, y, radius, CIRCLE_WIDTH, &circle->circle_color);
}

static void
draw_display (PtPen * pen, const PtDisplay * display)
{
  for (guint i = 0; i < MIN (display->num_rects, PT_MAX_DISPLAY); i++)
    draw_rect (pen, &display->rect_params[i]);
  for (guint i = 0; i < MIN (display->num_lines, PT_MAX_DISPLAY); i++)
    draw_line (pen, &display->line_params[i]);
  for (guint i = 0; i < MIN (display->num_arrows, PT_MAX_DISPLAY); i++)
    draw_arrow (pen, &display->arrow_params[i]);
  for (guint i = 0; i < MIN (display->num_circles, PT_MAX_DISPLAY); i++)
    draw_circle (pen, &display->circle_params[i]);
  for (guint i = 0; i < MIN (display->num_labels, PT_MAX_DISPLAY); i++)
    draw_text (pen, &display->text_params[i]);
}

void
pt_draw_frame (PtPen * pen, const PtFrame * frame)
{
  pen->sx = frame->pipeline_width ? (double) pen->canvas.width / frame->pipeline_width : 1;
  pen->sy = frame->pipeline_height ? (double) pen->canvas.height / frame->pipeline_height : 1;
  PT_EACH (PtObject, object, frame->objects)
      draw_mask (pen, object);
  PT_EACH (PtObject, object, frame->objects)
      draw_rect (pen, &object->rect_params);
  PT_EACH (PtObject, object, frame->objects)
      draw_text (pen, &object->text_params);
  PT_EACH (PtDisplay, display, frame->displays)
      draw_display (pen, display);
}

void
pt_draw_clock (PtPen * pen)
{
  const PtOsdSettings *settings = pen->settings;
  char now[64];
  struct tm local;
  time_t seconds = time (NULL);
  localtime_r (&seconds, &local);
  strftime (now, sizeof now, "%a %b %e %H:%M:%S %Y", &local);
  guint color = settings->clock_color;
  PtText text = {.display_text = now,.x_offset = settings->clock_x,.y_offset = settings->clock_y,
    .font_params = {settings->clock_font, settings->clock_points,
          {(color >> 24) / 255.0, (color >> 16 & 255) / 255.0, (color >> 8 & 255) / 255.0,
          (color & 255) / 255.0}}
  };
  PtOsdSettings shown = *settings;
  shown.text = TRUE;            /* the clock does not depend on display-text */
  pen->sx = pen->sy = 1;
  pen->settings = &shown;
  draw_text (pen, &text);
  pen->settings = settings;
}
