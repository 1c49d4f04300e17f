"""The policy "spill": order, bounds, counters, and a folder that is empty in the end."""

import contextlib
import gc
import logging
import pickle
import random
import re
import sqlite3
import threading
import time
import tracemalloc
import weakref

import pytest

from pythiags.channel import Channel, Control, _ring
from pythiags.channel._ring import Record
from pythiags.channel.batches import Pickled, pack, unpack
from pythiags.channel.spill import _unsettled
from pythiags.channel.spillfile import Batch, SpillFile
from pythiags.errors import ChannelClosed, ConfigError

PATIENCE = 10  # seconds that no test needs


@pytest.fixture
def make(tmp_path):
    """Make channels that spill into an own folder, and see that nothing is left in it."""
    channels = []

    def make_one(queue_size=16, **options):
        options.setdefault("spill_dir", tmp_path)
        channels.append(Channel(queue_size, **options))
        return channels[-1]

    yield make_one
    for channel in channels:
        assert channel.dispose(PATIENCE)
    assert list(tmp_path.iterdir()) == []


def adds_up(stats):
    return stats.produced == stats.delivered + sum(stats.dropped.values()) + stats.pending


def wait_for(condition):
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit
        threading.Event().wait(0.001)


def fill(channel, events):
    """Put events in as fast as the disk takes them, on a busy machine as well."""
    channel.be_patient(True)
    for event in events:
        assert channel.put(event, PATIENCE)
    channel.be_patient(False)


def read(channel):
    """Take all that is there, settled one by one, until the next end."""
    taken = []
    while (item := channel.get(PATIENCE)) is not Control.END:
        taken.append(item)
        channel.delivered()
    return taken


def warnings(caplog):
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def count_told(lines, reason):
    """How many events the lines say were dropped for a reason."""
    return sum(
        int(n) for line in lines for n in re.findall(rf"(\d+) events? dropped \({reason}\)", line)
    )


def test_a_short_overflow_stays_in_memory(make, tmp_path):
    channel = make(100)
    for event in range(60):
        channel.put(event)
    assert [channel.get() for _ in range(60)] == list(range(60))
    assert channel.stats().spilled == 0
    assert list(tmp_path.iterdir()) == []
    channel.delivered(60)


def test_order_is_kept_through_the_disk_with_control_items_in_their_place(make):
    channel = make()
    for start in range(0, 1000, 100):
        fill(channel, range(start, start + 100))
        channel.put_control(Control.END)
    channel.close()
    stats = channel.stats()
    assert (stats.produced, stats.pending, stats.dropped) == (1000, 1000, {})
    assert stats.spilled > 900
    assert stats.peak_items <= 16
    for part in range(10):
        assert read(channel) == list(range(100 * part, 100 * (part + 1)))
    assert channel.stats().delivered == 1000


@pytest.mark.parametrize("queue_size", [1, 2, 3, 1000])
def test_a_hundred_thousand_events_and_a_consumer_of_random_speed(make, queue_size):
    count = 100_000 if queue_size == 1000 else 300
    dice = random.Random(7)
    channel = make(queue_size)
    taken, seen = [], []

    def consume():
        while True:
            items = channel.get_many(dice.choice((1, 7, 100)), PATIENCE)
            if items == [Control.END]:
                return
            taken.extend(loaded(items))
            if dice.random() < 0.01:
                threading.Event().wait(0.003)
            channel.delivered(len(items))

    reader = threading.Thread(target=consume)
    reader.start()
    for start in range(0, count, 100):
        fill(channel, range(start, start + 100))
        seen.append(channel.stats())
    channel.put_control(Control.END)
    channel.close()
    reader.join(60)
    last = channel.stats()
    assert taken == list(range(count))
    assert last.dropped == {}
    assert last.spilled > 0
    assert all(adds_up(stats) for stats in [*seen, last])
    assert last.peak_items <= max(queue_size, 2)


def test_records_and_arrays_come_back_as_they_were(make):
    numpy = pytest.importorskip("numpy")
    channel = make(4)
    arrays = [numpy.full((100, 100), number) for number in range(20)]
    fill(channel, ({"array": each, "record": Record(b"%d" % len(each))} for each in arrays))
    channel.put_control(Control.END)
    back = read(channel)
    assert all((got["array"] == array).all() for got, array in zip(back, arrays, strict=True))
    assert {bytes(got["record"]) for got in back} == {b"100"}


def test_bytes_spill_as_well(make):
    channel = make(1000, queue_bytes=100_000)
    fill(channel, [b"x" * 10_000] * 200)
    stats = channel.stats()
    assert stats.peak_bytes <= 100_000
    assert (stats.pending, stats.dropped) == (200, {})
    assert stats.on_disk > 180
    channel.put_control(Control.END)
    assert len(read(channel)) == 200


def test_what_went_to_disk_is_no_longer_in_memory(make):
    class Thing:
        def __reduce__(self):
            return str, ("thing",)

    channel = make(8)
    things = [Thing() for _ in range(100)]
    alive = [weakref.ref(thing) for thing in things]
    while things:
        channel.put(things.pop(0))
    wait_for(lambda: sum(each() is not None for each in alive) <= 8)
    assert channel.stats().pending == 100


def test_nothing_is_left_when_a_channel_is_forgotten(tmp_path):
    channel = Channel(4, spill_dir=tmp_path)
    for event in range(100):
        channel.put(event)
    assert list(tmp_path.iterdir())
    del channel
    gc.collect()
    wait_for(lambda: not list(tmp_path.iterdir()))


def test_a_stopped_channel_tells_what_was_on_disk_and_deletes_it(make, tmp_path):
    channel = make(4)
    for event in range(100):
        channel.put(event)
    assert channel.dispose(PATIENCE)
    assert channel.stats().pending == 100
    assert list(tmp_path.iterdir()) == []


def test_an_event_that_cannot_be_pickled_later_on_is_dropped_and_told(make, caplog):
    channel = make(4)
    for event in range(20):
        channel.put(event if event % 5 else {"callback": lambda: None} if event else "first")
    channel.put_control(Control.END)
    assert [it for it in read(channel) if isinstance(it, int)] == [
        event for event in range(20) if event % 5
    ]
    stats = channel.stats()
    assert adds_up(stats)
    assert stats.dropped.get("unpicklable", 0) + stats.delivered == 20
    assert stats.dropped["unpicklable"] >= 1
    assert "event['callback']" in caplog.text


def test_a_full_allowance_drops_the_oldest_on_disk_and_waits_for_nobody(make, caplog):
    channel = make(8, spill_bytes=20_000)
    for event in range(500):
        channel.put((event, b"x" * 1000))
    stats = channel.stats()
    assert adds_up(stats)
    assert stats.dropped["spill-full"] > 400
    channel.put_control(Control.END)
    numbers = [event for event, _ in read(channel)]
    assert numbers[:4] == [0, 1, 2, 3], "what the consumer has next stays"
    assert numbers[-1] == 499
    assert numbers == sorted(numbers)
    assert channel.dispose(PATIENCE)
    lines = warnings(caplog)
    assert 1 <= len(lines) <= 3
    assert count_told(lines, "spill-full") == channel.stats().dropped["spill-full"]
    assert "the limit spill_bytes=20000 is reached; try" in lines[0]
    assert "the disk" not in caplog.text


class Broken:
    """A disk that fails on request."""

    def __init__(self, monkeypatch):
        self.writes = self.reads = True
        append, read = SpillFile.append, SpillFile.read

        def try_append(*args):
            if not self.writes:
                raise sqlite3.OperationalError("disk I/O error")
            return append(*args)

        def try_read(*args):
            if not self.reads:
                raise sqlite3.DatabaseError("database disk image is malformed")
            return read(*args)

        monkeypatch.setattr(SpillFile, "append", try_append)
        monkeypatch.setattr(SpillFile, "read", try_read)


def test_a_disk_that_takes_nothing_makes_it_drop_oldest(make, monkeypatch, caplog):
    disk = Broken(monkeypatch)
    channel = make(100)
    disk.writes = False
    for event in range(5000):
        channel.put(event)  # no test has the time for 50 milliseconds each
    stats = channel.stats()
    assert (stats.on_disk, stats.pending, adds_up(stats)) == (0, 100, True)
    assert stats.dropped == {"spill-full": 4900}
    channel.put_control(Control.END)
    assert read(channel) == [*range(50), *range(4950, 5000)]
    assert channel.dispose(PATIENCE)
    lines = warnings(caplog)
    assert len(lines) <= 3
    assert count_told(lines, "spill-full") == 4900
    assert re.search(r"cannot write to \S+ \(disk I/O error\); try to free disk space", lines[-1])
    assert "used up" not in caplog.text


def test_a_disk_that_recovers_is_used_again(make, monkeypatch):
    monkeypatch.setattr("pythiags.channel.spill.RETRY", 0.01)
    monkeypatch.setattr("pythiags.channel.spill.TICK", 0.01)
    disk = Broken(monkeypatch)
    channel = make(100)
    disk.writes = False
    for event in range(200):
        channel.put(event)
    disk.writes = True
    wait_for(lambda: channel.stats().on_disk)
    assert adds_up(channel.stats())


def test_a_disk_that_gives_nothing_back_costs_what_was_on_it(make, monkeypatch, caplog):
    disk = Broken(monkeypatch)
    channel = make(100)
    fill(channel, range(1000))
    channel.put_control(Control.END)
    wait_for(lambda: channel.stats().on_disk > 800)
    disk.reads = False
    taken = read(channel)
    stats = channel.stats()
    assert adds_up(stats)
    assert stats.dropped["spill-error"] == 1000 - len(taken)
    assert "malformed" in caplog.text


def test_a_disk_that_hangs_holds_up_neither_the_stream_nor_the_end(tmp_path, monkeypatch, caplog):
    go_on, append = threading.Event(), SpillFile.append

    def hang(*args):
        go_on.wait(PATIENCE)
        append(*args)

    monkeypatch.setattr(SpillFile, "append", hang)
    channel = Channel(100, spill_dir=tmp_path)
    for event in range(1000):
        channel.put(event)
    stats = channel.stats()
    assert adds_up(stats)
    assert stats.blocked < 1, "once, not for each event"
    assert stats.dropped == {"spill-slow": 900}
    assert caplog.text == "", "its thread hangs"
    for _ in range(2):
        channel.log_losses()
    assert count_told(warnings(caplog), "spill-slow") == 900
    assert len(warnings(caplog)) == 1
    assert not channel.dispose(0.05)
    go_on.set()
    assert channel.dispose(PATIENCE)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def slow_disk(monkeypatch):
    """A disk that takes so many seconds for a write; set ``seconds``."""
    append = SpillFile.append

    class Slow:
        seconds = 0.1

    def crawl(*args):
        threading.Event().wait(Slow.seconds)
        append(*args)

    monkeypatch.setattr(SpillFile, "append", crawl)
    return Slow


def test_a_slow_disk_takes_little_time_from_a_live_stream(make, slow_disk, caplog):
    channel = make(16)
    start = time.monotonic()
    for event in range(600):
        channel.put(event)
        threading.Event().wait(0.003)
    stats = channel.stats()
    played = time.monotonic() - start
    assert stats.blocked < played / 2, "its patience is 2 % of the time; without a limit it is 90 %"
    assert {*stats.dropped} == {"spill-slow"}
    assert stats.dropped["spill-slow"] > 200
    assert adds_up(stats)
    assert channel.dispose(PATIENCE)
    lines = warnings(caplog)
    assert len(lines) <= 2 + (time.monotonic() - start), "one a second, and what is left at the end"
    assert count_told(lines, "spill-slow") == channel.stats().dropped["spill-slow"]
    assert "the disk is slower than the stream; try" in lines[0]


def test_who_is_patient_loses_nothing_because_a_disk_is_slow(make, slow_disk, caplog):
    channel = make(4)
    channel.be_patient(True)
    for event in range(30):
        assert channel.put(event)
    stats = channel.stats()
    assert stats.dropped == {}
    assert stats.blocked > 1, "each write takes 0.1 seconds"
    slow_disk.seconds = 0.0
    channel.put_control(Control.END)
    assert read(channel) == list(range(30))
    assert (channel.stats().delivered, channel.stats().dropped) == (30, {})
    assert warnings(caplog) == []


@pytest.fixture
def held(make, monkeypatch):
    """A patient channel, filled to the brim, whose disk takes nothing before ``go_on`` is set."""
    append = SpillFile.append
    channel = make(4)
    channel.go_on, channel.broken = threading.Event(), False

    def hang(*args):
        assert channel.go_on.wait(PATIENCE)
        if channel.broken:
            raise sqlite3.OperationalError("disk I/O error")
        append(*args)

    monkeypatch.setattr(SpillFile, "append", hang)
    channel.be_patient(True)
    for event in range(4):
        channel.put(event)
    yield channel
    channel.go_on.set()


@pytest.fixture
def waiting(held):
    """A thread that waits to put one more in, with what came of it in ``result``."""

    def put():
        try:
            thread.result = held.put(4)
        except ChannelClosed:
            thread.result = ChannelClosed

    thread = threading.Thread(target=put)
    thread.start()
    wait_for(lambda: held.stats().waiting)
    yield thread
    held.go_on.set()
    thread.join(PATIENCE)


def outcome(thread):
    thread.join(PATIENCE)
    assert not thread.is_alive()
    return thread.result


@pytest.mark.parametrize("end", ["close", "stop"])
def test_the_end_wakes_who_waits_for_the_disk(held, waiting, end):
    getattr(held, end)()
    assert outcome(waiting) is ChannelClosed
    assert held.stats().dropped == {"closed": 1}


def test_a_disk_that_goes_on_wakes_who_waits_for_it(held, waiting):
    held.go_on.set()
    assert outcome(waiting) is True
    assert held.stats().dropped == {}


def test_a_disk_that_fails_is_not_waited_for(held, waiting):
    held.broken = True
    held.go_on.set()
    assert outcome(waiting) is True
    assert held.stats().dropped == {"spill-full": 1}
    for event in range(5, 100):
        held.put(event)
    assert held.stats().dropped == {"spill-full": 96}


def test_who_is_patient_no_more_goes_on(held, waiting):
    held.be_patient(False)
    assert outcome(waiting) is True
    assert held.stats().dropped == {"spill-slow": 1}


def test_patience_ends_with_the_time_of_a_put(held):
    assert held.put(4, timeout=0.15) is False
    stats = held.stats()
    assert stats.dropped == {"timeout": 1}
    assert stats.blocked > 0.1
    assert adds_up(stats)


def test_nobody_waits_for_a_thread_that_the_system_does_not_give(make, monkeypatch):
    channel = make(4)
    channel.be_patient(True)
    for event in range(2):
        channel.put(event)

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for event in range(2, 10):
            with pytest.raises(RuntimeError, match="new thread"):
                channel.put(event)
    channel.put(10)
    channel.put_control(Control.END)
    assert read(channel) == [0, 1, 9, 10]
    assert channel.stats().dropped == {"spill-full": 7}


def test_a_disk_that_does_not_let_go_is_told_and_costs_nothing(make, monkeypatch, caplog):
    def refuse(*args):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(SpillFile, "settle", refuse)
    channel = make(8)
    for event in range(100):
        channel.put(event)
    channel.put_control(Control.END)
    assert read(channel) == list(range(100))
    assert channel.dispose(PATIENCE)
    assert "cannot be deleted" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError("a bug"), SystemExit("of a user's")])
def test_a_thread_that_fails_lets_nobody_wait_for_it_and_says_why(make, monkeypatch, caplog, error):
    def fail(spill):
        raise error

    monkeypatch.setattr("pythiags.channel.spill.Spill._write", fail)
    channel = make(8, name="cam")
    assert channel.failure is None
    with pytest.raises(ChannelClosed):
        any(not channel.put(event) for event in range(1000))
    with pytest.raises(ChannelClosed):
        channel.get(PATIENCE)
    assert adds_up(channel.stats())
    assert channel.failure.where == "cam"
    assert str(error) in channel.failure.message
    assert "on_full" in channel.failure.hint
    assert channel.failure.__cause__ is error
    assert channel.dispose(PATIENCE)
    assert str(error) in caplog.text


class Moody:
    """An event whose pickling or unpickling raises, the first times or always."""

    def __init__(self, refuses=(), on_loading=False):
        self.refuses = list(refuses)
        self.on_loading = on_loading

    def __reduce__(self):
        if self.refuses and self.refuses.pop(0):
            raise SystemExit("moody")
        return (leave if self.on_loading else int), ()


def leave():
    raise SystemExit("on loading")


def test_events_that_other_threads_change_meanwhile_are_dropped_alone(make, caplog):
    # The first pickling fails, the second does not; and the other way round.
    moody = [Moody([True]), Moody([False, True]), Moody([True, True])]
    channel = make(4)
    for event in [1, 2, 3, 4, 5, 6, 7, 8, *moody, 9]:
        channel.put(event)
    channel.put_control(Control.END)
    taken = read(channel)
    stats = channel.stats()
    assert channel.failure is None
    assert [it for it in taken if it and not isinstance(it, Moody)] == list(range(1, 10))
    assert adds_up(stats)
    assert stats.delivered + stats.dropped.get("unpicklable", 0) == 12


def loaded(events):
    return [event.load() if isinstance(event, Pickled) else event for event in events]


def plain(event):
    return bytes(event) if isinstance(event, _ring.Record) else event


def test_what_is_written_of_an_event_is_of_one_pickling_only():
    moody = [Moody([True]), Moody([True, True, False]), Moody([False, True, True])]
    dropped = []
    body, count = pack(
        [1, *moody, _ring.Record(b"r"), 2], [*range(6)], lambda *why: dropped.append(why)
    )
    sizes, events = unpack(bytes(body))
    assert (sizes, [*map(plain, loaded(events))], count) == ([0, 1, 3, 4, 5], [1, 0, 0, b"r", 2], 5)
    ((event, error),) = dropped
    assert (event, str(error)) == (moody[1], "moody")


def test_what_came_back_may_be_written_again():
    _, events = unpack(bytes(pack(["a" * 1000, _ring.Record(b"r")], [8, 8], None)[0]))
    sizes, again = unpack(bytes(pack(events, [8, 8], None)[0]))
    assert (sizes, [*map(plain, loaded(again))]) == ([8, 8], ["a" * 1000, b"r"])
    assert pickle.loads(pickle.dumps(events[0])) == "a" * 1000
    assert repr(events[0]) == "<an event of 1018 bytes, not unpickled>"


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_damaged_batch_is_none(cut):
    body = bytes(pack(["a", "b"], [8, 8], None)[0])
    for damaged in (body[:-cut], body[cut:], body + body[-cut:]):
        with pytest.raises(ValueError, match="not a batch"):
            unpack(damaged[:-4] if damaged == body else damaged)


def test_an_event_that_wants_to_exit_when_it_is_loaded_is_dropped_alone(make, caplog):
    channel = make(4)
    for event in range(8):
        channel.put(event)
    channel.put(Moody(on_loading=True))
    wait_for(lambda: channel.stats().on_disk >= 4)
    channel.put_control(Control.END)
    read(channel)
    stats = channel.stats()
    assert (channel.failure, adds_up(stats)) == (None, True)
    assert (stats.dropped.get("unpicklable", 0), stats.delivered) in ((1, 8), (0, 9))


class Traveller:
    """Tells in which thread it is unpickled."""

    def __reduce__(self):
        return threading.get_ident, ()


def test_events_are_unpickled_by_who_takes_them_out(make):
    channel = make(4)
    for _ in range(20):
        channel.put(Traveller())
    wait_for(lambda: channel.stats().on_disk >= 8)
    channel.put_control(Control.END)
    taken = [it for it in read(channel) if isinstance(it, int)]
    assert len(taken) >= 8
    assert set(taken) == {threading.get_ident()}


def test_events_that_cannot_be_unpickled_are_counted_and_told(make, caplog):
    channel = make(4)
    for event in range(20):
        channel.put(Moody(on_loading=True) if event % 3 == 1 else event)
    wait_for(lambda: channel.stats().on_disk >= 8)
    channel.put_control(Control.END)
    taken = read(channel)
    stats = channel.stats()
    assert [it for it in taken if isinstance(it, int)] == [n for n in range(20) if n % 3 != 1]
    assert adds_up(stats)
    assert stats.dropped["unpicklable"] + stats.delivered == 20
    assert "an event cannot be unpickled and is dropped (SystemExit: on loading)" in caplog.text


def test_the_time_to_wait_is_for_all(make):
    channel = make(4)
    for _ in range(20):
        channel.put(Moody(on_loading=True))
    taken = 0
    with contextlib.suppress(TimeoutError):
        while channel.get(0.1):
            taken += 1
            channel.delivered()
    assert taken < 20
    assert channel.stats().pending == 0


def test_what_comes_back_is_as_much_as_was_written():
    body = bytes(pack(["a", "b"], [7, 8], None)[0])
    sizes, events = _unsettled(body, Batch(1, 1, 1))
    assert (sizes, loaded(events)) == ([8], ["b"])
    with pytest.raises(ValueError, match="3 events were written, 2 came back"):
        _unsettled(body, Batch(1, 2, 1))


def test_a_folder_that_cannot_be_made_is_told_before_anything_runs(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ConfigError, match="Not a directory") as caught:
        Channel(spill_dir=file / "spill").prepare()
    assert "spill_dir" in str(caught.value)
    assert "drop-oldest" in caught.value.hint


def test_memory_stays_flat_behind_a_consumer_that_does_not_move(make):
    channel = make(100)
    fill(channel, [{"number": event, "text": "x" * 100} for event in range(200)])
    tracemalloc.start()
    try:
        fill(channel, ({"number": event, "text": "x" * 100} for event in range(20_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
    assert channel.stats().pending == 20_200


def test_a_list_would_not_stay_flat():
    """The control of the flat memory."""
    kept = []
    tracemalloc.start()
    try:
        kept += ({"number": event, "text": "x" * 100} for event in range(20_000))
        assert tracemalloc.get_traced_memory()[1] > 2_000_000
    finally:
        tracemalloc.stop()


def test_a_control_item_on_disk_comes_out_when_nothing_is_left_behind_it():
    ring = _ring.Ring(4, 1 << 20, _ring.POLICIES.index("spill"))
    ring.spill_next(True, 0)
    for number in range(3):
        ring.put(number, 8)
    events, sizes, _ = ring.spill_take(1 << 20)
    ring.spill_written()
    ring.put_control("gap")
    ring.put(3, 8)
    assert ring.spill_take(1 << 20)[2] == "gap"
    ring.spill_written()
    ring.spill_take(1 << 20)
    ring.spill_written(1, "unpicklable")
    ring.close()
    ring.delivered(len(ring.get(4, 0)[1]))
    assert ring.spill_next(True, 0) == _ring.READ
    ring.spill_loaded(events, sizes)
    ring.delivered(len(ring.get(4, 0)[1]))
    assert ring.spill_next(True, 0) == _ring.READ
    ring.spill_control("gap")
    assert ring.get(4, 0) == (_ring.OK, ["gap"])
    assert ring.spill_next(True, 0) == _ring.END
