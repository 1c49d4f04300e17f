# What _ring lends: how C fills the rings behind channels.

from cpython.pycapsule cimport PyCapsule_GetPointer

from pythiags.channel import _ring

cdef const PtRingApi *_ring_api = <const PtRingApi *>PyCapsule_GetPointer(
    _ring._C_API, PT_RING_API
)
if _ring_api.version != PT_RING_API_VERSION:
    raise ImportError(f"_ring has API version {_ring_api.version}, expected {PT_RING_API_VERSION}")

pt_probe_use_rings(_ring_api)
