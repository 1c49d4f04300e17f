# cython: language_level=3, binding=True, embedsignature=True
"""The ring behind a Channel, and the walk that weighs an event and looks for live metadata in it."""

import threading

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

include "native/declarations.pxi"

# In the order of PtOnFull, PtDrop, PtRingResult and PtSpillTask.
POLICIES = ("block", "drop-oldest", "drop-newest", "latest", "spill")
DROP_REASONS = (
    "drop-oldest",
    "drop-newest",
    "latest",
    "closed",
    "timeout",
    "refused",
    "consumer-error",
    "dead-letter",
    "unpicklable",
    "spill-full",
    "spill-slow",
    "spill-error",
)
OK, DROPPED, CLOSED, TIMEOUT = PT_RING_OK, PT_RING_DROPPED, PT_RING_CLOSED, PT_RING_TIMEOUT
WRITE, READ, END = PT_SPILL_WRITE, PT_SPILL_READ, PT_SPILL_END

cdef int64_t FOR_EVER = 1 << 61  # nanoseconds: 73 years
cdef int64_t SLICE = 100_000_000  # how long the main thread may be deaf to signals


cdef int64_t _nanoseconds(timeout):
    if timeout is None:
        return FOR_EVER
    return <int64_t>(min(max(timeout, 0.0), 1e9) * 1e9)


cdef int64_t _slice(int64_t left):
    """Python handles signals in the main thread alone: only that one has to wake for them.

    Asked by number: ``current_thread()`` would keep an object for each thread of GStreamer's.
    """
    if threading.get_ident() == threading.main_thread().ident:
        return min(left, SLICE)
    return left


cdef PtItem *_new_item(object data, PtItemKind kind, size_t bytes_) except NULL:
    cdef PtItem *item = <PtItem *>calloc(1, sizeof(PtItem))
    if item is NULL:
        raise MemoryError
    Py_INCREF(data)
    item.kind = kind
    item.bytes = bytes_
    item.data = <void *>data
    return item


cdef class Record:
    """What a C probe put into a ring: bytes that hold no Python object, readable as a buffer.

    What they mean is between who wrote them and who decodes them. Pickles as its bytes.

    Args:
        data: The bytes; they are copied.
    """

    cdef PtItem *item

    def __cinit__(self, data=b""):
        cdef Py_buffer view
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            self.item = pt_record_new(view.len)
            if self.item is NULL:
                raise MemoryError
            memcpy(self.item.data, view.buf, view.len)
        finally:
            PyBuffer_Release(&view)

    def __dealloc__(self):
        pt_record_free(self.item)

    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, self.item.data, self.item.bytes, 1, flags)

    def __len__(self):
        return self.item.bytes

    def __sizeof__(self):
        return sizeof(PtItem) + self.item.bytes

    def __reduce__(self):
        return Record, (bytes(self),)

    def __repr__(self):
        return f"<Record of {len(self)} bytes>"


cdef Record _adopt(PtItem *item):
    cdef Record record = Record.__new__(Record)
    record.item, item = item, record.item
    pt_record_free(item)
    return record


cdef object _unwrap(PtItem *item):
    if item.kind == PT_ITEM_RECORD:
        return _adopt(item)
    data = <object>item.data
    Py_DECREF(data)
    free(item)
    return data


cdef object _copy(const PtItem *item):
    if item.kind == PT_ITEM_RECORD:
        return Record(<bytes>(<char *>item.data)[:item.bytes])
    return <object>item.data


cdef PtDrop _reason(str name):
    return <PtDrop><int>DROP_REASONS.index(name)


cdef void _release(PtItem *item):
    """Drops a list of items, outside the ring's lock: a destructor may call the ring again."""
    cdef PtItem *following
    while item is not NULL:
        following = item.next
        _unwrap(item)
        item = following


cdef class Ring:
    """The ring of ``ring.h`` for Python objects; times are in seconds, None waits without limit."""

    cdef PtRing *ring

    def __cinit__(self, size_t items, size_t bytes_, int policy):
        self.ring = pt_ring_new(items, bytes_, <PtOnFull>policy)
        if self.ring is NULL:
            raise MemoryError

    def __dealloc__(self):
        if self.ring is not NULL:
            pt_ring_stop(self.ring)  # a probe may still put records in
            _release(pt_ring_take_all(self.ring))
            pt_ring_unref(self.ring)

    @property
    def handle(self):
        """The ring for C, a capsule that keeps it, though not what is in it, beyond this object."""
        return PyCapsule_New(pt_ring_ref(self.ring), PT_RING_HANDLE, _close_handle)

    def put(self, object data, size_t bytes_, timeout=None):
        """Return OK, DROPPED, CLOSED or TIMEOUT; only what is in the queue or was dropped counts."""
        cdef int64_t left = _nanoseconds(timeout), now
        cdef PtItem *item = _new_item(data, PT_ITEM_OBJECT, bytes_)
        # At first without letting the GIL go, which would take long to come back. Nobody waits for
        # it with the ring's lock in hands.
        cdef PtRingResult result = pt_ring_put(self.ring, item, 0)
        try:
            while result == PT_RING_TIMEOUT:
                now = max(1, _slice(left))
                with nogil:
                    result = pt_ring_put(self.ring, item, now)
                left -= now
                if left <= 0:
                    break
                PyErr_CheckSignals()
            return result
        finally:
            if result == PT_RING_TIMEOUT:
                pt_ring_count_drop(self.ring, PT_DROP_TIMEOUT)
                _release(item)
            _release(pt_ring_take_evicted(self.ring))

    def put_control(self, object data):
        """Append an item that is neither counted nor dropped."""
        pt_ring_put_control(self.ring, _new_item(data, PT_ITEM_CONTROL, 0))

    def refuse(self):
        """Count an event that was not fit to be put in."""
        pt_ring_count_drop(self.ring, PT_DROP_REFUSED)

    def get(self, size_t limit, timeout=None):
        """Return (OK, list), (CLOSED, []) or (TIMEOUT, []); a control item is alone in its list."""
        cdef PtItem *items = NULL
        cdef PtItem *item
        cdef int64_t left = _nanoseconds(timeout), now
        # At first without letting the GIL go, as put does: what has piled up costs no switch.
        cdef PtRingResult result = pt_ring_get(self.ring, &items, limit, 0)
        while result == PT_RING_TIMEOUT and left > 0:
            now = _slice(left)
            with nogil:
                result = pt_ring_get(self.ring, &items, limit, now)
            pt_wakes_pass_on()
            left -= now
            if result == PT_RING_TIMEOUT:
                PyErr_CheckSignals()
        taken = []
        while items is not NULL:
            item, items = items, items.next
            taken.append(_unwrap(item))
        return result, taken

    def delivered(self, size_t count):
        """Settle items in flight as delivered."""
        pt_ring_delivered(self.ring, count)

    def failed(self, str reason, size_t count):
        """Settle items in flight as dropped."""
        pt_ring_failed(self.ring, _reason(reason), count)

    def redelivered(self, size_t count):
        """Count items in flight that were handed over once more."""
        pt_ring_redelivered(self.ring, count)

    def close(self):
        """Let nothing more in."""
        pt_ring_close(self.ring)

    def stop(self):
        """Let nothing more in or out; what is queued stays pending."""
        pt_ring_stop(self.ring)

    def be_patient(self, bint patient):
        """Have puts wait for the disk as long as it takes, or no more."""
        pt_ring_be_patient(self.ring, patient)

    @property
    def wants_spill_thread(self):
        """Whether something waits for the thread of the policy "spill", which does not exist yet."""
        return pt_ring_wants_spill_thread(self.ring)

    def spill_next(self, bint may_write, timeout):
        """Wait for what the spill thread has to do: WRITE, READ, END, or 0 if there is nothing."""
        cdef int64_t left = _nanoseconds(timeout)
        cdef PtSpillTask task
        with nogil:
            task = pt_ring_spill_next(self.ring, may_write, left)
        _release(pt_ring_take_evicted(self.ring))
        return task

    def spill_take(self, size_t max_bytes):
        """WRITE: give (events, their sizes, None) or ([], [], a control item), lent."""
        cdef const PtItem *item = pt_ring_spill_take(self.ring, max_bytes)
        cdef list events = [], sizes = []
        while item is not NULL:
            if item.kind == PT_ITEM_CONTROL:
                return [], [], _copy(item)
            events.append(_copy(item))
            sizes.append(item.bytes)
            item = item.next
        return events, sizes, None

    def spill_written(self, size_t dropped=0, str reason="unpicklable"):
        """What was taken is on disk, but for what was dropped."""
        _release(pt_ring_spill_written(self.ring, dropped, _reason(reason)))

    def spill_back(self):
        """The disk does not take what was taken."""
        pt_ring_spill_back(self.ring)

    def spill_loaded(self, list events, list sizes, size_t lost=0, str reason="unpicklable"):
        """READ: put in what was on disk; see ``spill.h``."""
        cdef PtItem *first = NULL
        cdef PtItem *item
        for event, size in zip(reversed(events), reversed(sizes)):
            item = _new_item(event, PT_ITEM_OBJECT, size)
            item.next, first = first, item
        return pt_ring_spill_loaded(self.ring, first, lost, _reason(reason))

    def spill_control(self, object control):
        """READ: put in a control item that was written."""
        pt_ring_spill_loaded(self.ring, _new_item(control, PT_ITEM_CONTROL, 0), 0, <PtDrop>0)

    @property
    def spill_settled(self):
        """How many events were taken out and settled so far."""
        return pt_ring_spill_settled(self.ring)

    def spill_lost(self, size_t count, str reason):
        """Count events that are on disk no longer."""
        pt_ring_spill_lost(self.ring, count, _reason(reason))

    def spill_found(self, size_t count):
        """Count events that a run before this one left on disk."""
        pt_ring_spill_found(self.ring, count)

    def snapshot(self):
        """Return all counters of one moment."""
        cdef PtRingStats stats
        cdef int i
        with nogil:
            pt_ring_snapshot(self.ring, &stats)
        return {
            "produced": stats.produced,
            "delivered": stats.delivered,
            "dropped": {
                reason: stats.dropped[i] for i, reason in enumerate(DROP_REASONS) if stats.dropped[i]
            },
            "pending": stats.queued + stats.on_disk + stats.in_flight,
            "in_flight": stats.in_flight,
            "bytes": stats.bytes,
            "peak_items": stats.peak_items,
            "peak_bytes": stats.peak_bytes,
            "waiting": stats.waiting,
            "blocked": stats.blocked_ns / 1e9,
            "redelivered": stats.redelivered,
            "on_disk": stats.on_disk,
            "spilled": stats.spilled,
        }


cdef void _close_handle(object handle) noexcept:
    pt_ring_unref(<PtRing *>PyCapsule_GetPointer(handle, PT_RING_HANDLE))


cdef PtRingApi _api
_api.version = PT_RING_API_VERSION
_api.record_new = pt_record_new
_api.record_free = pt_record_free
_api.put = pt_ring_put
_api.ref = pt_ring_ref
_api.unref = pt_ring_unref
_api.hold_wakes = pt_wakes_hold
_api.release_wakes = pt_wakes_release
_C_API = PyCapsule_New(&_api, PT_RING_API, NULL)

include "native/weigh.pxi"
