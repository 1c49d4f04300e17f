/* The keys of NVIDIA's tracker files. */
#pragma once
#include "settings.h"

G_BEGIN_DECLS

typedef enum
{
  PT_KEY_FLOAT,
  PT_KEY_UINT,
  PT_KEY_SWITCH,
  PT_KEY_ANY,
} PtKeyKind;

typedef enum
{
  PT_KEY_COUNTS,
  PT_KEY_HARMLESS,              /* about memory, threads or speed: nothing to be said */
  PT_KEY_IGNORED,               /* a note, where it is not off */
  PT_KEY_REFUSED,               /* an error, where it is not off */
} PtKeyEffect;

typedef struct
{
  const char *section, *key;
  PtKeyKind kind;
  PtKeyEffect effect;
  gsize offset;                 /* of PtTrackSettings */
  double least, most;
  const char *remedy;           /* of what is ignored or refused */
} PtKey;

/* NULL: there is none of that name in that section. The same name may be in several. */
const PtKey *pt_key_find (const char *section, const char *key);

/* The same key in another section; NULL: in none. */
const PtKey *pt_key_elsewhere (const char *key);

/* Sections of which only the switch counts; other keys in them are not looked at. */
gboolean pt_section_is_opaque (const char *section);
gboolean pt_section_is_known (const char *section);

/* The closest name of a key of that section, or of a section where that is NULL; NULL: none is close. */
const char *pt_key_meant (const char *section, const char *key);

G_END_DECLS
