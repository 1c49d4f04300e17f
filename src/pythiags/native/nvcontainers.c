/* What nvdsanalytics says, as the C++ containers of NVIDIA's structs: see nvstructs.h.
 *
 * They are laid out as libstdc++ does (nvlayout.h), to be read and copied: a map has one bucket, in which all its
 * nodes are. A map of texts compares hashes before it compares texts, so those are libstdc++'s own, where it is in
 * the process; else nobody looks anything up.
 */
#include "nvstructs.h"

#include "runtime.h"
#include "zones.h"

#define SEED 0xc70f6907                    /* of std::hash<std::string> */

typedef gsize (*Hash) (gconstpointer text, gsize length, gsize seed);

static gsize
hash_of (const char *text, gsize length)
{
  static gpointer known = NULL;            /* atomic */
  Hash hash = g_atomic_pointer_get (&known);
  if (!hash) {
    hash = pt_known_function ("libstdc++.so.6", "_ZSt11_Hash_bytesPKvmm");
    g_atomic_pointer_set (&known, (gpointer) hash);
  }
  return hash ? hash (text, length, SEED) : 0;
}

/* ---- texts ---- */

static void
build_text (PtNvCarried * carried, PtCxxString * string, const char *text)
{
  string->length = text ? strlen (text) : 0;
  char *place = string->place.here;
  if (string->length >= sizeof string->place.here) {
    place = pt_nv_struct_more (carried, string->length + 1);
    string->place.capacity = string->length;
  }
  if (text)
    memcpy (place, text, string->length);
  string->text = place;
}

static void
build_texts (PtNvCarried * carried, PtCxxStrings * strings, const GPtrArray * names)
{
  if (!names || !names->len)
    return;
  strings->begin = pt_nv_struct_more (carried, names->len * sizeof *strings->begin);
  strings->end = strings->limit = strings->begin + names->len;
  for (guint i = 0; i < names->len; i++)
    build_text (carried, strings->begin + i, names->pdata[i]);
}

/* ---- maps ---- */

static void
begin_map (PtCxxMap * map)
{
  map->buckets = &map->bucket;
  map->bucket_count = 1;
  map->load = 1;
}

/* The bucket has what stands before its first node. */
static void
put_node (PtCxxMap * map, PtCxxNode * node)
{
  node->next = map->first;
  map->first = node;
  map->bucket = &map->first;
  map->count++;
}

typedef enum { FLAG, NARROW, WIDE } Width;

static void
build_map (PtNvCarried * carried, PtCxxMap * map, const GArray * counts, Width width)
{
  begin_map (map);
  for (guint i = 0; counts && i < counts->len; i++) {
    const PtZoneCount *each = &g_array_index (counts, PtZoneCount, i);
    PtCxxHashedNode *made = pt_nv_struct_more (carried, sizeof *made);
    build_text (carried, &made->node.key, each->name);
    made->hash = hash_of (made->node.key.text, made->node.key.length);
    if (width == FLAG)
      made->node.value.flag = each->value != 0;
    else if (width == NARROW)
      made->node.value.narrow = each->value;
    else
      made->node.value.wide = each->value;
    put_node (map, &made->node.node);
  }
}

static void
build_numbers (PtNvCarried * carried, PtCxxMap * map, const GArray * counts)
{
  begin_map (map);
  for (guint i = 0; counts && i < counts->len; i++) {
    const PtZoneCount *each = &g_array_index (counts, PtZoneCount, i);
    PtCxxNumberNode *made = pt_nv_struct_more (carried, sizeof *made);
    made->key = each->class_id;
    made->value = each->value;
    put_node (map, &made->node);
  }
}

/* ---- structs ---- */

void
pt_nv_build_analytics_frame (PtNvCarried * carried, gpointer at)
{
  const PtZonesFrame *from = carried->data;
  PtNvAnalyticsFrame *frame = at;
  build_map (carried, &frame->ocStatus, from->overcrowded, FLAG);
  build_map (carried, &frame->objInROIcnt, from->in_roi, NARROW);
  build_map (carried, &frame->objLCCurrCnt, from->crossing, WIDE);
  build_map (carried, &frame->objLCCumCnt, from->crossed, WIDE);
  build_numbers (carried, &frame->objCnt, from->objects);
  frame->unique_id = from->unique_id;
}

void
pt_nv_build_analytics_object (PtNvCarried * carried, gpointer at)
{
  const PtZonesObject *from = carried->data;
  PtNvAnalyticsObject *object = at;
  build_texts (carried, &object->roiStatus, from->rois);
  build_texts (carried, &object->ocStatus, from->overcrowded);
  build_texts (carried, &object->lcStatus, from->lines);
  build_text (carried, &object->dirStatus, from->direction);
  build_text (carried, &object->objStatus, from->status);
  object->unique_id = from->unique_id;
}
