/* The probe that extracts without Python: the objects of a buffer as one record, put into a ring.
 *
 * It never takes the GIL. What it reads is plain memory: NVIDIA's metadata, else portable metadata,
 * else GStreamer's of analytics, else the buffer's regions of interest. What it does not find or may not keep gives no record.
 *
 * A record is, in the byte order of the machine and without padding, with n objects:
 *
 *   PtRecordHead
 *   PtRowFrame     frames[head.frames]     those with objects, in order, and how many each
 *   guint64        object_id[n]
 *   float          confidence[n], left[n], top[n], width[n], height[n]
 *   gint32         class_id[n], component_id[n]
 *   guint32        label[n]                which of the texts
 *   char           texts[head.text_bytes]  head.texts of them, each ended by NUL, each once
 *
 * pythiags.metadata.records decodes it.
 */
#pragma once
#include "histogram.h"
#include "ringapi.h"
#include "rows.h"

G_BEGIN_DECLS

#define PT_RECORD_MAGIC 0x31445450u          /* "PTD1" */

typedef struct { guint32 magic, frames, objects, texts, text_bytes, reserved; } PtRecordHead;

typedef struct _PtRecordProbe PtRecordProbe;

/* Counted references: its pad holds one, who reads its counters another. */
PtRecordProbe *pt_record_probe_new (const PtRingApi * api, PtBox box);
void pt_record_probe_unref (PtRecordProbe * probe);

/* Before it is added to a pad. */
void pt_record_probe_set_min_confidence (PtRecordProbe * probe, float min_confidence);
/* Only objects with a label that was added pass: none before the first one was. */
void pt_record_probe_only_labels (PtRecordProbe * probe);
void pt_record_probe_add_label (PtRecordProbe * probe, const char *label);
/* With several rings a frame goes to the ring number `source_id % rings`. */
void pt_record_probe_add_ring (PtRecordProbe * probe, PtRing * ring);

gulong pt_record_probe_attach (PtRecordProbe * probe, GstPad * pad);

/* A muted probe reads nothing more. It mutes itself once a ring is closed. */
void pt_record_probe_mute (PtRecordProbe * probe);

/* How many buffers had NVIDIA's metadata in a layout that is not known, and the last such one's sizes. */
guint64 pt_record_probe_refused (PtRecordProbe * probe, PtNv * last);

/* The carriers of the first buffer that had several, a set of PtCarriers; 0: none had. */
guint pt_record_probe_carriers (PtRecordProbe * probe);

/* How long each buffer took, without waiting for room in a ring. */
const PtHistogram *pt_record_probe_calls (PtRecordProbe * probe);

G_END_DECLS
