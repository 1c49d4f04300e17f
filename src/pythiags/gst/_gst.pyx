# cython: language_level=3, binding=True, embedsignature=True
"""The native core on GStreamer: metadata, pictures and probes.

Each part is a file of its own, included here so that all share one extension.
"""

include "native/declarations.pxi"
include "native/fields.pxi"
include "native/drawing.pxi"
include "native/lists.pxi"
include "native/tuples.pxi"
include "native/objects.pxi"
include "native/batch.pxi"
include "native/histogram.pxi"
include "native/ringapi.pxi"
include "native/probe.pxi"
include "native/records.pxi"
include "native/factories.pxi"
include "native/video.pxi"
include "native/picture.pxi"
include "native/infer.pxi"
include "native/values.pxi"
include "native/log.pxi"
include "native/streaming.pxi"
include "native/counter.pxi"
