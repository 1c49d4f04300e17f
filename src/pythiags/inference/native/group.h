/* Grouping of boxes that lie close together, as OpenCV's groupRectangles does it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* `boxes`: left, top, right, bottom of each, in whole pixels. Writes the mean box of each group that
 * counts to `means`, in the order in which the groups first appear, and returns how many they are.
 * -1: there is not enough memory. */
ptrdiff_t pt_group (const int32_t * boxes, size_t count, int threshold, double eps, int32_t * means);
