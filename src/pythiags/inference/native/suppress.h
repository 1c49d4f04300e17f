/* Non-maximum suppression: of boxes that overlap too much, the best one stays. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* `boxes`: left, top, right, bottom of each, the best box first. Writes the places of the boxes that
 * stay to `kept`, in order, and returns how many they are: at most `most`. A box goes where its
 * intersection over union with a better one that stays is above `threshold`.
 * -1: there is not enough memory. */
ptrdiff_t pt_suppress (const float *boxes, size_t count, float threshold, size_t most,
    int64_t * kept);
