/* Points, polygons, directions and lines, with the rounding and the limits of DeepStream's analytics. */
#pragma once
#include "rules.h"

G_BEGIN_DECLS

/* An object's way from where it was to where it is: centres and sizes in whole pixels. */
typedef struct
{
  gint x, y, width, height;        /* now */
  gint old_x, old_y, old_width, old_height;
  float mean_height;               /* of the last frames */
} PtMove;

/* Sets what follows from a rule's points. */
void pt_rule_measure (PtRule * rule);

/* What is wrong with a rule's points; NULL: nothing is. */
const char *pt_rule_fault (const PtRule * rule);

gboolean pt_region_has (const PtRule * region, gint x, gint y);
gboolean pt_direction_followed (const PtRule * direction, const PtMove * move);

/* The line's numbers are made of length 1 anew by it, as DeepStream does: `line` is not const. */
gboolean pt_line_crossed (PtRule * line, const PtMove * move);

G_END_DECLS
