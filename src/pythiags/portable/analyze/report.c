/* See report.h. Colours, places and texts are DeepStream's. */
#include "report.h"

#include <math.h>
#include <string.h>

#define FONT "Serif"
#define LINE_WIDTH 2
#define TEXT_ABOVE 10           /* pixels from an object's text to its box */
#define TEXT_PLACE 5            /* of the numbers of objects, from the picture's corner */
#define HEAD_LENGTH 0.15        /* of an arrow's head, of the arrow's length */
#define HEAD_ANGLE (15 * G_PI / 180)

static const PtColor black = { 0, 0, 0, 1 }, white = { 1, 1, 1, 1 }, yellow = { 1, 1, 0, 1 };
static const PtColor colors[PT_RULE_KINDS] = {
  [PT_RULE_REGION] = {1, 1, 0, 1},
  [PT_RULE_CROWD] = {1, 0.5, 0, 1},
  [PT_RULE_DIRECTION] = {1, 0, 0, 1},
  [PT_RULE_LINE] = {0, 1, 0, 1},
};

/* ---- objects ---- */

static void
write_text (const PtZoneSettings * settings, PtObject * object, const char *status)
{
  PtText *text = &object->text_params;
  if (text->display_text) {
    gchar *both = g_strconcat (text->display_text, " ", status, NULL);
    text->display_text = pt_batch_strdup (object->batch, both);
    g_free (both);
    return;
  }
  text->x_offset = pt_pixels (object->rect_params.left);
  text->y_offset = pt_pixels (object->rect_params.top - TEXT_ABOVE);
  text->display_text = pt_batch_strdup (object->batch, status);
  text->font_params = (PtFont) { FONT, settings->font_size, white };
  text->set_bg_clr = TRUE;
  text->text_bg_clr = black;
}

static void
invert_border (PtObject * object)
{
  PtColor *color = &object->rect_params.border_color;
  color->red = 1 - color->red;
  color->green = 1 - color->green;
  color->blue = 1 - color->blue;
}

void
pt_report_object (const PtZoneSettings * settings, PtObject * object, PtZonesObject * zones)
{
  if (settings->osd_mode == PT_OSD_NUMBERS) {
    write_text (settings, object, zones->status);
    if (strstr (zones->status, "ROI:") || strstr (zones->status, "LC:"))
      invert_border (object);
  }
  pt_zones_object_attach (zones, object);
}

/* ---- what is drawn ---- */

typedef struct
{
  const PtZoneSettings *settings;
  PtFrame *frame;
  PtDisplay *display;           /* NULL: none yet */
} Drawing;

/* One element of each kind stays free, as DeepStream leaves it. */
static void
make_room (Drawing * to)
{
  if (!to->display || to->display->num_labels >= PT_MAX_DISPLAY - 1
      || to->display->num_lines >= PT_MAX_DISPLAY - 1)
    to->display = pt_frame_add_display (to->frame);
}

static void
add_text (Drawing * to, const char *words, guint x, guint y, const PtColor * color)
{
  char cut[PT_MAX_LABEL];
  make_room (to);
  pt_set_label (cut, words);
  PtText *text = &to->display->text_params[to->display->num_labels++];
  text->display_text = pt_batch_strdup (to->frame->batch, cut);
  text->x_offset = x;
  text->y_offset = y;
  text->font_params = (PtFont) { FONT, to->settings->font_size, *color };
  text->set_bg_clr = TRUE;
  text->text_bg_clr = black;
}

static void
add_line (Drawing * to, PtPoint from, PtPoint end, const PtColor * color)
{
  to->display->line_params[to->display->num_lines++] = (PtLine) { MAX (from.x, 0), MAX (from.y, 0),
    end.x, end.y, LINE_WIDTH, *color
  };
  make_room (to);
}

static PtPoint
head (PtPoint from, PtPoint end, double angle)
{
  const double x = from.x - end.x, y = from.y - end.y;
  return (PtPoint) { (gint) (end.x + HEAD_LENGTH * (x * cos (angle) + y * sin (angle))),
    (gint) (end.y + HEAD_LENGTH * (y * cos (angle) - x * sin (angle)))
  };
}

static void
add_arrow (Drawing * to, PtPoint from, PtPoint end, const PtColor * color)
{
  add_line (to, from, end, color);
  add_line (to, head (from, end, HEAD_ANGLE), end, color);
  add_line (to, head (from, end, -HEAD_ANGLE), end, color);
}

/* ---- rules ---- */

static void
add_words (Drawing * to, const PtRule * rule, const PtRule * found, guint x, guint y)
{
  const gboolean numbers = to->settings->osd_mode == PT_OSD_NUMBERS;
  gchar *words = NULL;
  if (rule->kind == PT_RULE_CROWD && numbers)
    words = g_strdup_printf ("%s OverCrowding=%s, Count=%" G_GUINT64_FORMAT, rule->name,
        found->total ? "True" : "False", found->now);
  else if (rule->kind == PT_RULE_LINE)
    words = numbers ? g_strdup_printf ("%s=%" G_GUINT64_FORMAT, rule->name, found->total)
        : g_strdup_printf ("%s ", rule->name);
  else if (rule->kind == PT_RULE_REGION && numbers)
    words = g_strdup_printf ("%s=%" G_GUINT64_FORMAT, rule->name, found->now);
  add_text (to, words ? words : rule->name, x, y, &colors[rule->kind]);
  g_free (words);
}

static void
draw_polygon (Drawing * to, const PtRule * rule, const PtRule * found)
{
  const guint count = rule->points->len;
  add_words (to, rule, found, PT_RULE_POINT (rule, 0)->x, PT_RULE_POINT (rule, 1)->y);
  make_room (to);
  for (guint i = 0; i < count; i++)
    add_line (to, *PT_RULE_POINT (rule, i), *PT_RULE_POINT (rule, (i + 1) % count),
        &colors[rule->kind]);
}

static void
draw_arrow (Drawing * to, const PtRule * rule, const PtRule * found)
{
  const gboolean is_line = rule->kind == PT_RULE_LINE;
  const PtPoint *at = PT_RULE_POINT (rule, 0), *place = &at[is_line ? 3 : 0];
  add_words (to, rule, found, place->x, place->y);
  add_arrow (to, at[0], at[1], &colors[rule->kind]);
  if (is_line)
    add_line (to, at[2], at[3], &colors[rule->kind]);
}

static void
draw_rules (Drawing * to, const PtRules * rules)
{
  for (guint kind = 0; kind < PT_RULE_KINDS; kind++)
    PT_EACH_RULE (rule, rules, kind) {
      const PtRule *found = pt_rule_slot (rules, rule);
      if (kind == PT_RULE_REGION || kind == PT_RULE_CROWD)
        draw_polygon (to, rule, found);
      else
        draw_arrow (to, rule, found);
    }
}

static void
draw_counts (Drawing * to, const PtZonesFrame * zones)
{
  GString *words = g_string_new ("Count for");
  for (guint i = 0; zones->objects && i < zones->objects->len; i++) {
    const PtZoneCount *each = &g_array_index (zones->objects, PtZoneCount, i);
    g_string_append_printf (words, " ClassId%u=%" G_GUINT64_FORMAT, (guint) each->class_id,
        each->value);
  }
  add_text (to, words->str, TEXT_PLACE, TEXT_PLACE, &yellow);
  g_string_free (words, TRUE);
}

void
pt_report_frame (const PtZoneSettings * settings, const PtRules * rules, PtFrame * frame,
    PtZonesFrame * zones)
{
  Drawing to = { settings, frame, NULL };
  if (settings->shows_counts)
    draw_counts (&to, zones);
  if (settings->osd_mode != PT_OSD_NOTHING)
    draw_rules (&to, rules);
  pt_zones_frame_attach (zones, frame);
}
