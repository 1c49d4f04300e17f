/* Metadata for another picture size: see transform.h. */
#include "transform.h"

static void
move_box (float *left, float *top, float *width, float *height,
    double sx, double sy, double dx, double dy)
{
  *left = *left * sx + dx;
  *top = *top * sy + dy;
  *width *= sx;
  *height *= sy;
}

static void
move_rect (PtRect * rect, double sx, double sy, double dx, double dy)
{
  move_box (&rect->left, &rect->top, &rect->width, &rect->height, sx, sy, dx, dy);
}

static guint
move_point (guint at, double scale, double shift)
{
  return (guint) CLAMP (at * scale + shift + 0.5, 0, G_MAXINT);
}

static void
move_text (PtText * text, double sx, double sy, double dx, double dy)
{
  text->x_offset = move_point (text->x_offset, sx, dx);
  text->y_offset = move_point (text->y_offset, sy, dy);
}

static void
move_display (PtDisplay * display, double sx, double sy, double dx, double dy)
{
  for (guint i = 0; i < PT_MAX_DISPLAY; i++) {
    move_rect (&display->rect_params[i], sx, sy, dx, dy);
    move_text (&display->text_params[i], sx, sy, dx, dy);
    PtLine *line = &display->line_params[i];
    line->x1 = move_point (line->x1, sx, dx), line->y1 = move_point (line->y1, sy, dy);
    line->x2 = move_point (line->x2, sx, dx), line->y2 = move_point (line->y2, sy, dy);
    PtArrow *arrow = &display->arrow_params[i];
    arrow->x1 = move_point (arrow->x1, sx, dx), arrow->y1 = move_point (arrow->y1, sy, dy);
    arrow->x2 = move_point (arrow->x2, sx, dx), arrow->y2 = move_point (arrow->y2, sy, dy);
    PtCircle *circle = &display->circle_params[i];
    circle->xc = move_point (circle->xc, sx, dx), circle->yc = move_point (circle->yc, sy, dy);
    circle->radius = move_point (circle->radius, MIN (sx, sy), 0);
  }
}

void
pt_frame_transform (PtFrame * frame, double sx, double sy, double dx, double dy)
{
  PT_EACH (PtObject, object, frame->objects) {
    PtBbox *boxes[] = { &object->detector_bbox, &object->tracker_bbox };
    for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
      if (boxes[i]->width > 0)  /* an unset box stays zero */
        move_box (&boxes[i]->left, &boxes[i]->top, &boxes[i]->width, &boxes[i]->height,
            sx, sy, dx, dy);
    move_rect (&object->rect_params, sx, sy, dx, dy);
    move_text (&object->text_params, sx, sy, dx, dy);
  }
  PT_EACH (PtDisplay, display, frame->displays)
    move_display (display, sx, sy, dx, dy);
}
