"""Records: memory that C puts into a ring without the GIL, here called as an extension would."""

import ctypes
import gc
import pickle
import resource
import threading
from pathlib import Path

import pytest

from pythiags.channel import Channel, _ring
from pythiags.channel._ring import CLOSED, DROPPED, OK, POLICIES, TIMEOUT, Record, Ring
from pythiags.errors import ChannelClosed

FOR_EVER = 1 << 61
PAGE = resource.getpagesize()
FORTUNE = b"what C wrote"

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = ctypes.py_object, ctypes.c_char_p


class Item(ctypes.Structure):
    _fields_ = [
        ("next", ctypes.c_void_p),
        ("kind", ctypes.c_int),
        ("bytes", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
    ]


class Api(ctypes.Structure):
    # CFUNCTYPE lets the GIL go during the call, as a streaming thread never had it.
    _fields_ = [
        ("version", ctypes.c_uint),
        ("record_new", ctypes.CFUNCTYPE(ctypes.POINTER(Item), ctypes.c_size_t)),
        ("record_free", ctypes.CFUNCTYPE(None, ctypes.POINTER(Item))),
        (
            "put",
            ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Item), ctypes.c_int64),
        ),
        ("ref", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)),
        ("unref", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
    ]


API = Api.from_address(_pointer(_ring._C_API, b"pythiags.channel._ring._C_API"))


class Probe:
    """The C side of a ring: keeps it by a reference of its own."""

    def __init__(self, ring):
        handle = ring.handle
        self.ring = API.ref(_pointer(handle, b"pythiags.channel._ring.PtRing"))

    def put(self, data=FORTUNE, timeout=FOR_EVER):
        record = API.record_new(len(data))
        ctypes.memmove(record.contents.data, data, len(data))
        result = API.put(self.ring, record, timeout)
        if result == TIMEOUT:
            API.record_free(record)
        return result

    def close(self):
        API.unref(self.ring)


def ring(items=3, bytes_=1000, policy="block"):
    return Ring(items, bytes_, POLICIES.index(policy))


@pytest.fixture
def probe_of():
    probes = []

    def make(it):
        probes.append(Probe(it))
        return probes[-1]

    yield make
    for probe in probes:
        probe.close()


def test_the_table_has_a_version():
    assert API.version == 2


def test_a_record_goes_through_a_ring(probe_of):
    it = ring()
    assert probe_of(it).put() == OK
    result, (record,) = it.get(1, 0)
    assert (result, bytes(record), len(record)) == (OK, FORTUNE, len(FORTUNE))
    assert it.snapshot()["in_flight"] == 1


def test_the_bytes_of_a_record_outlive_it_as_a_view(probe_of):
    it = ring()
    probe_of(it).put()
    view = memoryview(it.get(1, 0)[1][0])
    gc.collect()
    assert bytes(view) == FORTUNE
    with pytest.raises(TypeError):
        view[0] = 1


def test_a_record_pickles_as_its_bytes():
    again = pickle.loads(pickle.dumps(Record(FORTUNE)))
    assert type(again) is Record
    assert bytes(again) == FORTUNE
    assert bytes(Record()) == b""


def test_records_and_objects_keep_their_order(probe_of):
    it = ring(items=4)
    probe = probe_of(it)
    it.put("a", 1)
    probe.put(b"b")
    it.put_control("end")
    probe.put(b"c")
    taken = [it.get(1, 0)[1][0] for _ in range(4)]
    texts = [bytes(item).decode() if isinstance(item, Record) else item for item in taken]
    assert texts == ["a", "b", "end", "c"]


@pytest.mark.parametrize(
    ("policy", "kept", "dropped"),
    [("drop-oldest", "cde", 2), ("drop-newest", "abc", 2), ("latest", "e", 4)],
)
def test_records_obey_the_policies(probe_of, policy, kept, dropped):
    it = ring(policy=policy)
    probe = probe_of(it)
    results = [probe.put(text.encode()) for text in "abcde"]
    assert results.count(DROPPED) == (2 if policy == "drop-newest" else 0)
    assert it.snapshot()["dropped"] == {policy: dropped}
    assert b"".join(bytes(it.get(1, 0)[1][0]) for _ in kept) == kept.encode()


def test_dropped_records_are_freed_without_python(probe_of):
    """A thousand records of a megabyte through a ring of one: no reader, no garbage collection."""
    it = ring(items=1, bytes_=1 << 30, policy="latest")
    probe = probe_of(it)
    megabyte = bytes(1 << 20)
    before = resident()
    for _ in range(1000):
        probe.put(megabyte)
    assert resident() - before < 50 << 20


def test_kept_records_are_what_memory_shows(probe_of):
    """The control of the test above."""
    it = ring(items=100, bytes_=1 << 30)
    probe = probe_of(it)
    before = resident()
    for _ in range(100):
        probe.put(bytes(1 << 20))
    assert resident() - before > 50 << 20


def resident():
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def test_block_waits_without_the_gil_and_wakes_for_room(probe_of):
    it = ring(items=1)
    probe = probe_of(it)
    probe.put(b"a")
    thread = threading.Thread(target=probe.put, args=(b"b",))
    thread.start()
    while not it.snapshot()["waiting"]:
        pass
    assert bytes(it.get(1, 5)[1][0]) == b"a"
    thread.join(5)
    assert bytes(it.get(1, 5)[1][0]) == b"b"


def test_block_wakes_when_the_ring_closes(probe_of):
    it = ring(items=1)
    probe = probe_of(it)
    probe.put()
    results = []
    thread = threading.Thread(target=lambda: results.append(probe.put()))
    thread.start()
    while not it.snapshot()["waiting"]:
        pass
    it.close()
    thread.join(5)
    assert results == [CLOSED]
    assert it.snapshot()["dropped"] == {"closed": 1}


def test_block_gives_up_in_time_and_leaves_the_record_to_its_owner(probe_of):
    it = ring(items=1)
    probe = probe_of(it)
    probe.put()
    assert probe.put(timeout=1_000_000) == TIMEOUT
    assert it.snapshot()["produced"] == 1


def test_a_probe_may_outlive_its_ring(probe_of):
    it = ring()
    probe = probe_of(it)
    it.put([object()], 1)
    del it
    assert probe.put() == CLOSED


def test_a_handle_alone_keeps_a_ring():
    handle = ring().handle
    assert _pointer(handle, b"pythiags.channel._ring.PtRing")


def test_a_channel_carries_records(probe_of):
    channel = Channel(queue_size=2, on_full="block")
    probe = probe_of(channel._ring)
    probe.put()
    assert bytes(channel.get(5)) == FORTUNE
    channel.delivered()
    assert channel.put(Record(FORTUNE))
    channel.close()
    assert probe.put() == CLOSED
    assert bytes(channel.get(5)) == FORTUNE
    with pytest.raises(ChannelClosed):
        channel.put(1)
