/* Records, see ring.h: items whose data is their own. */
#include "ring.h"
#include <stddef.h>
#include <stdlib.h>

/* The item and its data; the union aligns the data as malloc would. */
typedef union { PtItem item; max_align_t alignment; } Head;

PtItem *
pt_record_new (size_t bytes)
{
  Head *head = bytes <= SIZE_MAX - sizeof *head ? malloc (sizeof *head + bytes) : NULL;
  if (!head)
    return NULL;
  head->item = (PtItem) { .kind = PT_ITEM_RECORD, .bytes = bytes, .data = head + 1 };
  return &head->item;
}

void
pt_record_free (PtItem * record)
{
  free (record);
}
