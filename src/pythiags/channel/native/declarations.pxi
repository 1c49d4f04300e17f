# The C side as Cython sees it: ring.h, spill.h and ringapi.h.

from libc.stdint cimport int64_t, uint64_t

cdef extern from "ring.h" nogil:
    ctypedef enum PtItemKind:
        PT_ITEM_OBJECT
        PT_ITEM_CONTROL
        PT_ITEM_RECORD

    ctypedef struct PtItem:
        PtItem *next
        PtItemKind kind
        size_t bytes
        void *data

    ctypedef enum PtOnFull:
        pass

    ctypedef enum PtDrop:
        PT_DROP_OLDEST
        PT_DROP_NEWEST
        PT_DROP_LATEST
        PT_DROP_CLOSED
        PT_DROP_TIMEOUT
        PT_DROP_REFUSED

    ctypedef enum PtRingResult:
        PT_RING_OK
        PT_RING_DROPPED
        PT_RING_CLOSED
        PT_RING_TIMEOUT

    ctypedef struct PtRingStats:
        uint64_t produced
        uint64_t delivered
        uint64_t *dropped
        size_t queued
        size_t in_flight
        size_t bytes
        size_t peak_items
        size_t peak_bytes
        size_t waiting
        uint64_t blocked_ns
        uint64_t redelivered
        size_t on_disk
        uint64_t spilled

    ctypedef struct PtRing:
        pass

    PtRing *pt_ring_new(size_t max_items, size_t max_bytes, PtOnFull on_full)
    PtRing *pt_ring_ref(PtRing *ring)
    void pt_ring_unref(PtRing *ring)
    PtItem *pt_record_new(size_t bytes)
    void pt_record_free(PtItem *record)
    PtRingResult pt_ring_put(PtRing *ring, PtItem *item, int64_t timeout_ns)
    void pt_ring_put_control(PtRing *ring, PtItem *item)
    void pt_ring_count_drop(PtRing *ring, PtDrop reason)
    PtRingResult pt_ring_get(PtRing *ring, PtItem **items, size_t limit, int64_t timeout_ns)
    void pt_ring_delivered(PtRing *ring, size_t count)
    void pt_ring_failed(PtRing *ring, PtDrop reason, size_t count)
    void pt_ring_redelivered(PtRing *ring, size_t count)
    void pt_ring_close(PtRing *ring)
    void pt_ring_stop(PtRing *ring)
    void pt_ring_snapshot(PtRing *ring, PtRingStats *stats)
    PtItem *pt_ring_take_evicted(PtRing *ring)
    PtItem *pt_ring_take_all(PtRing *ring)

cdef extern from "spill.h" nogil:
    ctypedef enum PtSpillTask:
        PT_SPILL_NOTHING
        PT_SPILL_WRITE
        PT_SPILL_READ
        PT_SPILL_END

    void pt_ring_be_patient(PtRing *ring, bint patient)
    bint pt_ring_wants_spill_thread(PtRing *ring)
    PtSpillTask pt_ring_spill_next(PtRing *ring, bint may_write, int64_t timeout_ns)
    const PtItem *pt_ring_spill_take(PtRing *ring, size_t max_bytes)
    PtItem *pt_ring_spill_written(PtRing *ring, size_t dropped, PtDrop reason)
    void pt_ring_spill_back(PtRing *ring)
    uint64_t pt_ring_spill_loaded(PtRing *ring, PtItem *items, size_t lost, PtDrop reason)
    uint64_t pt_ring_spill_settled(PtRing *ring)
    void pt_ring_spill_lost(PtRing *ring, size_t count, PtDrop reason)
    void pt_ring_spill_found(PtRing *ring, size_t count)

cdef extern from "wakes.h" nogil:
    void pt_wakes_hold()
    void pt_wakes_release()
    void pt_wakes_pass_on()

cdef extern from "ringapi.h":
    const char *PT_RING_API
    const char *PT_RING_HANDLE
    unsigned PT_RING_API_VERSION

    ctypedef struct PtRingApi:
        unsigned version
        PtItem *(*record_new)(size_t bytes) noexcept nogil
        void (*record_free)(PtItem *record) noexcept nogil
        PtRingResult (*put)(PtRing *ring, PtItem *record, int64_t timeout_ns) noexcept nogil
        PtRing *(*ref)(PtRing *ring) noexcept nogil
        void (*unref)(PtRing *ring) noexcept nogil
        void (*hold_wakes)() noexcept nogil
        void (*release_wakes)() noexcept nogil
