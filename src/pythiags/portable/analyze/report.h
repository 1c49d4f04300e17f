/* Attaches what was found to objects and frames, and what nvdsosd is to draw of it. */
#pragma once
#include "settings.h"
#include "zones.h"

G_BEGIN_DECLS

/* Both take over the reference. `rules` are those of the frame's source, with what they found in it. */
void pt_report_object (const PtZoneSettings * settings, PtObject * object, PtZonesObject * zones);
void pt_report_frame (const PtZoneSettings * settings, const PtRules * rules, PtFrame * frame,
    PtZonesFrame * zones);

G_END_DECLS
