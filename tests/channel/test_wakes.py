"""Wake-ups that are held back: one reader after the other, and none of them forgotten."""

import ctypes
import os
import sys
import threading

import pytest

from pythiags.channel import _ring
from pythiags.channel._ring import OK, POLICIES, Ring

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = ctypes.py_object, ctypes.c_char_p

_Call = ctypes.PYFUNCTYPE(None)  # keeps the GIL
HOLD, RELEASE = 6, 7  # where the table has them, behind the version and five others
_table = (ctypes.c_void_p * 8).from_address(
    _pointer(_ring._C_API, b"pythiags.channel._ring._C_API")
)
_libc, _without_gil = ctypes.PyDLL(None), ctypes.CDLL(None)
PAUSE = 100_000  # microseconds: more than a thread takes to wake up


def hold():
    _Call(_table[HOLD])()


def release():
    _Call(_table[RELEASE])()


class Reader(threading.Thread):
    """Takes one item after the other, and can be seen to sleep."""

    def __init__(self, policy="block", before=lambda item: None):
        super().__init__(daemon=True)
        self.ring = Ring(100, 10_000, POLICIES.index(policy))
        self.items = []
        self.came = threading.Semaphore(0)
        self._before = before

    def run(self):
        self.number = threading.get_native_id()
        while True:
            result, items = self.ring.get(1)
            if result != OK:
                return
            self._before(items[0])
            self.items += items
            self.came.release()

    def _read(self, name):
        """Read a file about the thread without letting the GIL go."""
        buffer = ctypes.create_string_buffer(4096)
        handle = _libc.open(f"/proc/self/task/{self.number}/{name}".encode(), os.O_RDONLY)
        _libc.read(handle, buffer, 4096)
        _libc.close(handle)
        return buffer.value

    def asleep(self):
        """Wait until the thread sleeps although it could have the GIL: it waits for an item."""
        seen = 0
        while seen < 3:
            _without_gil.usleep(1000)
            seen = seen + 1 if self._read("stat").rsplit(b")", 1)[1].split()[0] == b"S" else 0

    def switches(self):
        """How often the thread has gone to sleep."""
        return int(self._read("status").split(b"voluntary_ctxt_switches:")[1].split()[0])


@pytest.fixture
def readers():
    made = []

    def start(count, **options):
        new = [Reader(**options) for _ in range(count)]
        made.extend(new)
        for reader in new:
            reader.start()
            reader.ring.put("first", 1)
            assert reader.came.acquire(timeout=10)
            reader.asleep()
        return new

    yield start
    for reader in made:
        reader.ring.stop()
        reader.join(10)


@pytest.fixture
def no_switch():
    """Have who holds the GIL keep it until it lets it go."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(interval)


def put(readers, item="second"):
    for reader in readers:
        assert reader.ring.put(item, 1) == OK


def woken(readers, before):
    _libc.usleep(PAUSE)
    return [reader.switches() > last for reader, last in zip(readers, before, strict=True)]


def test_one_reader_wakes_and_waits_for_the_gil(readers, no_switch):
    three = readers(3)
    before = [reader.switches() for reader in three]
    hold()
    put(three)
    assert woken(three, before) == [True, False, False]
    release()
    for reader in three:
        assert reader.came.acquire(timeout=10)


def test_control_without_that_all_of_them_do(readers, no_switch):
    three = readers(3)
    before = [reader.switches() for reader in three]
    put(three)
    assert woken(three, before) == [True, True, True]


def test_all_are_woken_though_the_holder_lets_the_gil_go_and_goes_on_holding(readers):
    three = readers(3)
    hold()
    put(three)
    for reader in three:
        assert reader.came.acquire(timeout=10)
    release()


@pytest.mark.parametrize("busy", [0, 1, 2])
def test_a_reader_that_is_busy_holds_none_of_the_others_up(readers, busy):
    entered, leave = threading.Event(), threading.Event()

    def work(item):
        if item == "work":
            entered.set()
            assert leave.wait(20)

    three = readers(3, before=work)
    put([three[busy]], "work")
    assert entered.wait(10)
    hold()
    put(three)
    release()
    for reader in three:
        if reader is not three[busy]:
            assert reader.came.acquire(timeout=10)
    leave.set()
    assert three[busy].came.acquire(timeout=10)


@pytest.mark.parametrize("robbed", [1, 2])
def test_a_reader_whose_item_another_one_takes_passes_the_wake_up_on(readers, no_switch, robbed):
    three = readers(3)
    hold()
    put(three)
    result, items = three[robbed].ring.get(1, 0)  # before it was woken
    assert (result, items) == (OK, ["second"])
    release()
    for reader in three:
        if reader is not three[robbed]:
            assert reader.came.acquire(timeout=10)
    put([three[robbed]], "third")
    assert three[robbed].came.acquire(timeout=10)
    assert three[robbed].items == ["first", "third"]


def test_many_rounds_lose_none(readers):
    some = readers(8)
    for number in range(300):
        hold()
        put(some, number)
        release()
    for reader in some:
        for _ in range(300):
            assert reader.came.acquire(timeout=10)
        assert reader.items == ["first", *range(300)]


def test_a_ring_that_goes_while_its_wake_up_is_due(readers, no_switch):
    three = readers(3)
    hold()
    put(three)
    three[1].ring.stop()
    release()
    assert three[0].came.acquire(timeout=10)
    assert three[2].came.acquire(timeout=10)
    three[1].join(10)
    assert not three[1].is_alive()
