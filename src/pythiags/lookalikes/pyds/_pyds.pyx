# cython: language_level=3, binding=True, embedsignature=True
"""The native part of the pyds look-alike: live views of portable metadata, and pyds's functions.

Each part is a file of its own, included here so that all share one extension.
"""

include "native/declarations.pxi"
include "native/misuse.pxi"
include "native/handles.pxi"
include "native/bound.pxi"
include "native/fields.pxi"
include "native/texts.pxi"
include "native/arrays.pxi"
include "native/lists.pxi"
include "native/metas.pxi"
include "native/functions.pxi"
include "native/copies.pxi"
include "native/users.pxi"
include "native/surfaces.pxi"
include "native/memory.pxi"
include "native/sequences.pxi"
include "native/zones.pxi"
include "native/networks.pxi"
include "native/prepared.pxi"
include "native/service.pxi"
