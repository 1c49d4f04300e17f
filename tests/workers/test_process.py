"""A consumer in a process: all that it may do, and what becomes of its events."""

import base64
import contextlib
import functools
import json
import logging
import os
import pickle
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from standins import consumers

from pythiags.channel import Channel, Control, Gap
from pythiags.channel._ring import Record
from pythiags.errors import ConfigError, UserCodeError, WorkerDied
from pythiags.usercode import describe
from pythiags.workers import ProcessWorker
from pythiags.workers import worker as worker_module
from pythiags.workers.child import _Notes
from pythiags.workers.shared import Arena
from pythiags.workers.spawn import Child
from pythiags.workers.wire import Fault, unpack_all

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture
def nothing_left(monkeypatch, tmp_path):
    """No child, descriptor, thread or name in shared memory outlives a worker."""
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path / "state"))
    before = leftovers()
    yield
    deadline = time.monotonic() + 20
    while (more := added(before, leftovers())) and time.monotonic() < deadline:
        threading.Event().wait(0.01)  # the last thread of a child ends by itself
    assert not more


def leftovers():
    return {
        "children": {*descendants("self")},
        "descriptors": len([*Path("/proc/self/fd").iterdir()]),
        "threads": {each.name for each in threading.enumerate() if each.name.startswith("spy")},
        "names": {*Path("/dev/shm").iterdir()},
    }


def added(before, after):
    return {what: after[what] for what in after if not after[what] <= before[what]}


@pytest.fixture
def notes(tmp_path):
    return tmp_path / "notes"


def lines(notes):
    return notes.read_text().splitlines() if notes.exists() else []


def make(kind, *args):
    return functools.partial(getattr(consumers, kind), *map(str, args))


@contextlib.contextmanager
def started(maker, **options):
    channel = Channel(name="spy", on_full=options.pop("on_full", "block"))
    worker = ProcessWorker(maker, channel, name="spy", **options)
    try:
        worker.start()
        yield worker, channel
    finally:
        assert worker.stop(0)


def run(maker, events, **options):
    with started(maker, **options) as (worker, channel):
        for event in events:
            channel.put(event)
        channel.put_control(Control.END)
        channel.close()
        assert worker.drain(20)
        return worker, channel.stats()


def until(condition, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def adds_up(stats):
    return stats.produced == stats.delivered + sum(stats.dropped.values()) + stats.pending


def test_open_events_end_close_in_a_child(notes):
    worker, stats = run(make("Recorder", notes), range(2000))
    assert lines(notes) == ["open", *map(str, range(2000)), "end", "close"]
    assert (stats.delivered, stats.pending, stats.dropped) == (2000, 0, {})
    assert (dict(worker.errors), worker.failure, worker.deaths) == ({}, None, 0)


def test_the_child_has_neither_main_nor_gstreamer(notes):
    run(make("Where", notes), [])
    assert lines(notes)[0] == f"None [] {os.getpid()}"


def test_the_child_loads_little():
    """What it has to load before it can work decides how soon it is there."""
    loaded = modules_after("import pythiags.workers.child")
    assert "pythiags.workers.wire" in loaded
    assert "sqlite3" in modules_after("from pythiags import Channel"), "the control"
    heavy = {"gi", "numpy", "sqlite3", "subprocess", "pythiags.channel.channel", "pythiags.app"}
    # An installation in which the sources can be edited loads some by itself.
    assert not heavy & (loaded - modules_after("import pythiags"))


def modules_after(program):
    arguments = [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"]
    return {*subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()}


def test_records_are_decoded_in_the_child_and_nothing_else(notes):
    run(make("Recorder", notes), [Record(b"one"), 2], decode=consumers.text)
    assert lines(notes) == ["open", "one", "2", "end", "close"]


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("raise", "ValueError"),
        ("system_exit", "SystemExit"),
        ("interrupt", "KeyboardInterrupt"),
        ("memory", "MemoryError"),
    ],
)
def test_what_a_consumer_raises_is_counted_and_the_next_event_comes(notes, what, name, caplog):
    worker, stats = run(make("Actor", notes), [1, (what, 1), 2, (what, 9), 3])
    assert (stats.delivered, stats.dropped) == (3, {"consumer-error": 2})
    assert (dict(worker.errors), worker.deaths) == ({name: 2}, 0)
    assert "in the worker process" in caplog.text
    assert f"do_{what}" in caplog.text, "the traceback of the child"


def test_on_error_stop_ends_the_worker_with_the_cause(notes):
    worker, stats = run(make("Actor", notes), [("raise", 1), 1, 2], on_error="stop")
    assert lines(notes) == ["open", "('raise', 1)", "close"]
    assert "ValueError: no" in str(worker.failure)
    assert "do_raise" in str(worker.failure.__cause__.__cause__)
    assert (stats.dropped, stats.pending) == ({"consumer-error": 1}, 2)


@pytest.mark.parametrize("what", ["exit", "kill", "segfault"])
def test_an_event_whose_worker_died_is_delivered_again(notes, what):
    deadly = (what, 1)
    worker, stats = run(make("Actor", notes), [1, deadly, 2])
    assert lines(notes) == ["open", "1", str(deadly), "open", str(deadly), "2", "end", "close"]
    assert (stats.delivered, stats.dropped, stats.redelivered) == (3, {}, 1)
    assert worker.deaths == 1


@pytest.mark.parametrize(
    ("what", "death"),
    [("exit", "exited with status 9"), ("segfault", "killed by SIGSEGV")],
)
def test_an_event_that_nobody_survives_becomes_a_dead_letter(notes, tmp_path, what, death):
    deadly = (what, 99)
    worker, stats = run(make("Actor", notes), [1, deadly, 2, deadly, 3, deadly, 4])
    assert lines(notes).count(str(deadly)) == 9
    assert (stats.delivered, stats.dropped, stats.redelivered) == (4, {"dead-letter": 3}, 6)
    assert (worker.deaths, worker.failure) == (9, None), "deaths of dead letters do not count"
    (file,) = (tmp_path / "state" / "dead-letters").iterdir()
    letters = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(letters) == 3
    assert pickle.loads(base64.b64decode(letters[0]["pickle"])) == deadly
    assert (letters[0]["attachment"], letters[0]["attempts"]) == ("spy", 3)
    assert (letters[0]["death"], letters[0]["repr"]) == (death, repr(deadly))
    assert ("string_at" in "\n".join(letters[0]["stderr"])) == (what == "segfault")


def test_an_event_that_kills_whoever_unpickles_it_is_found(notes):
    _, stats = run(make("Recorder", notes), [1, 2, consumers.Deadly(), 3])
    assert [line for line in lines(notes) if line.isdigit()] == ["1", "2", "3"]
    assert (stats.delivered, stats.dropped) == (3, {"dead-letter": 1})


def test_deaths_that_events_cause_at_unpickling_are_no_failure_however_many(notes):
    """A child that dies of a batch does not say of which event: that death does not count."""
    good = [*range(40)]
    events = []
    for number in good:
        events += [number] if number % 8 else [number, consumers.Deadly()]
    _, stats = run(make("Recorder", notes), events)
    assert [int(line) for line in lines(notes) if line.isdigit()] == good
    assert (stats.delivered, stats.dropped) == (40, {"dead-letter": 5})


@pytest.mark.parametrize("size", [0, 100_000])
def test_what_comes_back_from_disk_is_unpickled_in_the_process(notes, tmp_path, size):
    """An event that kills who unpickles it, small or large, among others: all from the disk."""
    channel = Channel(4, on_full="spill", spill_dir=tmp_path / "spill", name="spy")
    channel.prepare()
    channel.be_patient(True)
    for number in range(10):
        channel.put(number)
    channel.put([consumers.Deadly(), b"x" * size])
    for number in range(10, 20):
        channel.put(number)
    until(lambda: channel.stats().on_disk >= 15)
    worker = ProcessWorker(make("Recorder", notes), channel, name="spy")
    worker.start()
    channel.close()
    assert worker.drain(60)
    assert worker.stop(5)
    assert channel.dispose(5)
    assert [int(line) for line in lines(notes) if line.isdigit()] == [*range(20)]
    stats = channel.stats()
    assert (stats.delivered, stats.dropped) == (20, {"dead-letter": 1})
    (file,) = (tmp_path / "state" / "dead-letters").iterdir()
    letter = json.loads(file.read_text())
    assert re.fullmatch(r"<an event of \d+ bytes, not unpickled>", letter["repr"])
    assert letter["death"] == "exited with status 7"
    assert b"_exit" in base64.b64decode(letter["pickle"])


@pytest.mark.parametrize(
    ("culprit", "what"),
    [
        (lambda: None, "pickled"),
        (consumers.Fickle(), "unpickled"),
        (consumers.Raising(SystemExit), "pickled"),
        (consumers.Raising(KeyboardInterrupt), "pickled"),
        ([{"deep": consumers.Raising(GeneratorExit)}], "pickled"),
        (consumers.Raising(consumers.Odd), "pickled"),
    ],
)
def test_an_event_that_cannot_cross_is_dropped_alone(notes, culprit, what, caplog):
    _, stats = run(make("Recorder", notes), [*range(50), culprit, *range(50)])
    assert (stats.delivered, stats.dropped) == (100, {"unpicklable": 1})
    assert f"cannot be {what}: it raised" in caplog.text


def test_more_than_five_deaths_in_a_minute_are_a_failure(notes):
    deadly = [("exit", count) for count in range(1, 9)]
    notes.write_text("")
    channel = Channel(name="spy")
    worker = ProcessWorker(make("Once", notes), channel, name="spy")
    worker.start()
    for event in deadly:
        channel.put(event)
    until(lambda: worker.failure is not None)
    assert worker.drain(5)
    assert isinstance(worker.failure, WorkerDied)
    assert "exited with status 9" in str(worker.failure)
    stats = channel.stats()
    assert (worker.deaths, stats.delivered, stats.redelivered) == (6, 5, 6)
    assert stats.pending == 3
    assert adds_up(stats)


def test_on_worker_death_continue_goes_on(notes, monkeypatch, caplog):
    monkeypatch.setattr("pythiags.workers.crew.FIRST_DELAY", 100.0)
    monkeypatch.setattr("pythiags.workers.crew.MAX_DELAY", 0.01)
    deadly = [("exit", count) for count in range(1, 9)]
    worker, stats = run(make("Once", notes), deadly, on_worker_death="continue")
    assert (stats.delivered, stats.redelivered, worker.deaths) == (8, 8, 8)
    told = [text for text in caplog.messages if "is replaced" in text]
    waits = ["is replaced in 0 s: exited" in text for text in told]
    assert waits == [False] * 5 + [True] * 3, "those that wait say how long"


def test_a_gap_arrives_in_its_place(notes):
    with started(make("Recorder", notes)) as (worker, channel):
        channel.put(1)
        channel.put_control(Gap("camera", 0, "eos"))
        channel.put(2)
        channel.close()
        assert worker.drain(20)
    assert lines(notes) == ["open", "1", "gap", "2", "close"]


def test_a_control_item_that_nobody_survives_is_given_up(notes, caplog):
    with started(make("DiesOfEnds", notes), on_worker_death="continue") as (worker, channel):
        channel.put(1)
        channel.put_control(Control.END)
        channel.put(2)
        channel.close()
        assert worker.drain(20)
        assert (worker.deaths, worker.failure, channel.stats().delivered) == (3, None, 2)
    told = [line for line in lines(notes) if line != "open"]
    assert told == ["1", "end", "end", "end", "2", "close"]
    assert (
        "the control item 'end' of 'spy' is dropped: 3 workers died while handling it"
        in caplog.text
    )


def test_random_kills_lose_nothing(notes, monkeypatch):
    monkeypatch.setattr("pythiags.workers.crew.FIRST_DELAY", 0.001)
    total, chance = 12_000, random.Random(3)
    with started(make("Recorder", notes), on_worker_death="continue") as (worker, channel):
        for number in range(total):
            channel.put(number)
            if chance.randrange(2000) == 0:
                for child in descendants(os.getpid())[: chance.choice([1, 2])]:
                    os.kill(int(child), signal.SIGKILL)
            assert number % 100 or adds_up(channel.stats())
        channel.close()
        assert worker.drain(60)
        stats = channel.stats()
    seen = [int(line) for line in lines(notes) if line.isdigit()]
    assert (worker.deaths > 0, stats.delivered) == (True, total)
    assert [*dict.fromkeys(seen)] == [*range(total)], "none lost, all in order"
    assert len(seen) - total <= stats.redelivered, "none twice without being counted"


def test_the_spare_takes_over(notes):
    with started(make("Pid", notes)) as (_, channel):
        channel.put("pid")
        until(lambda: channel.stats().delivered == 1)
        worker = lines(notes)[-1]
        spares = {*descendants("self")} - {worker}
        os.kill(int(worker), signal.SIGKILL)
        channel.put("pid")
        until(lambda: channel.stats().delivered == 2)
        assert lines(notes)[-1] in spares


def test_a_child_that_dies_idle_is_replaced_and_no_event_blamed(notes):
    with started(make("Pid", notes)) as (worker, channel):
        for deaths in range(3):
            channel.put("pid")
            until(lambda n=deaths: channel.stats().delivered == n + 1)
            os.kill(int(lines(notes)[-1]), signal.SIGKILL)
        channel.put("pid")
        until(lambda: channel.stats().delivered == 4)
        assert (worker.deaths, channel.stats().redelivered) == (3, 0)


@pytest.mark.parametrize(
    ("kind", "error", "says"),
    [
        ("Unbuildable", UserCodeError, "constructed in its process: RuntimeError: no licence"),
        ("Unopenable", UserCodeError, "cannot be opened in its process: OSError: no such broker"),
        ("Stillborn", WorkerDied, "died before its consumer was constructed"),
        ("Mortal", WorkerDied, r"died in open\(\) of its consumer"),
    ],
)
def test_a_consumer_that_cannot_begin_fails_the_start(notes, kind, error, says, caplog):
    worker = ProcessWorker(make(kind, notes), Channel(), name="spy")
    with pytest.raises(error, match=says) as info:
        worker.start()
    assert worker.drain(5)
    assert info.value.where == "spy"
    assert info.value.hint
    assert "on_worker_death" not in str(info.value), "nothing is restarted before it was open"
    told = info.value.got
    assert (
        ("consumers.py:" in told) if error is UserCodeError else ("SIGSEGV" in told or "4" in told)
    )
    assert not caplog.records, "it is told once, by the error"


def test_the_spare_is_constructed_when_the_first_is_open(notes):
    with started(make("Born", notes)):
        until(lambda: len(lines(notes)) == 3)
        assert lines(notes) == ["born", "open", "born"]


def test_what_only_one_can_have_is_the_first_ones(notes, caplog):
    """A constructor that takes it works, without a spare, which is reported once."""
    deadly = [("exit", 1), ("kill", 1)]
    worker, stats = run(make("Exclusive", notes), [1, *deadly, 2])
    assert (stats.delivered, worker.deaths, worker.failure) == (4, 2, None)
    (told,) = (text for text in caplog.messages if "no spare" in text)
    assert "'spy': OSError: [Errno 98] Address already in use; a constructor runs in two" in told
    assert "acquire in open()" in told


def test_the_control_a_spare_that_can_be_had_is_not_missed(notes, caplog):
    worker, _ = run(make("Actor", notes), [1, ("exit", 1), 2])
    assert worker.deaths == 1
    assert "no spare" not in caplog.text


def test_a_spare_that_died_is_no_death_of_the_worker(notes):
    others = {*descendants(os.getpid())}
    with started(make("Pid", notes)) as (worker, channel):
        channel.put("pid")
        until(lambda: channel.stats().delivered == 1)
        (mine,) = (line for line in lines(notes) if line.isdigit())
        (spare,) = {*descendants(os.getpid())} - others - {mine}
        os.kill(int(spare), signal.SIGKILL)
        until(lambda: is_dead(spare))
        os.kill(int(mine), signal.SIGKILL)
        channel.put("pid")
        until(lambda: channel.stats().delivered == 2)
        assert worker.deaths == 1


def test_a_thread_that_keeps_the_process_is_named(notes, monkeypatch, caplog):
    monkeypatch.setattr("pythiags.workers.crew.EXIT_PATIENCE", 0.3)
    _, stats = run(make("Held", notes), [1])
    assert lines(notes) == ["open", "1", "end", "close"]
    assert stats.delivered == 1
    (told,) = caplog.messages
    assert "'spy' is killed" in told
    assert "its threads 'forgotten': end them in close()" in told


def test_an_error_of_ours_is_passed_on_as_it_is(notes):
    from pythiags import JsonLinesConsumer

    maker = functools.partial(JsonLinesConsumer, "/proc/no/such/file")
    with pytest.raises(ConfigError, match="cannot be written"):
        ProcessWorker(maker, Channel(), name="spy").start()


def test_a_consumer_that_never_opens_fails_the_start(notes, monkeypatch):
    monkeypatch.setattr(worker_module, "OPEN_TIMEOUT", 0.5)
    worker = ProcessWorker(make("NeverOpen", notes), Channel(), name="spy")
    with pytest.raises(UserCodeError, match="did not return"):
        worker.start()
    assert worker.drain(0)


def test_a_module_that_the_child_cannot_import_is_told_at_once(notes, monkeypatch, tmp_path):
    (tmp_path / "here_today.py").write_text("def consume(events): pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import here_today

    (tmp_path / "here_today.py").unlink()
    worker = ProcessWorker(functools.partial(here_today.consume), Channel(), name="spy")
    with pytest.raises(UserCodeError, match="No module named 'here_today'"):
        worker.start()


def test_giving_up_while_it_opens(notes):
    worker = ProcessWorker(make("NeverOpen", notes), Channel(), name="spy")
    worker.launch()
    worker.start(lambda: True)
    assert worker.drain(0), "it has had nothing"
    assert worker.stop(0)
    assert worker.failure is None, "it was told to end"


def test_a_start_may_have_less_time_and_tells_what_takes_it(notes, monkeypatch, caplog):
    monkeypatch.setattr(worker_module, "OPEN_NOTICE", 0.0)
    worker = ProcessWorker(make("NeverOpen", notes), Channel(), name="spy")
    with pytest.raises(UserCodeError, match=r"did not return within 0.3 s") as caught:
        worker.start(timeout=0.3)
    assert "timeout=0.6 (--timeout=0.6)" in caught.value.hint
    assert "has not returned after 0 s" in caplog.messages[0]
    worker = ProcessWorker(make("NeverMade", notes), Channel(), name="spy")
    with pytest.raises(
        UserCodeError, match="the import or the constructor of the consumer did not"
    ):
        worker.start(timeout=0.3)


@pytest.mark.parametrize("what", ["hang", "spin", "hold"])
def test_a_consumer_that_never_returns_is_ended_in_time(notes, what):
    with started(make("Actor", notes)) as (worker, channel):
        channel.put((what, 1))
        channel.put(1)
        until(lambda: len(lines(notes)) == 2)
        channel.close()
        assert not worker.drain(0.05)
        assert worker.stop(0.4)
        stats = channel.stats()
        assert (stats.pending, stats.delivered) == (2, 0)


def test_stop_lets_it_close_first(notes):
    with started(make("Actor", notes)) as (worker, channel):
        channel.put(("forbear", 1))
        channel.put(1)
        until(lambda: len(lines(notes)) == 2)
        assert worker.stop(1)
        assert lines(notes) == ["open", "('forbear', 1)", "left", "close"]


def test_stop_now_kills(notes):
    with started(make("Actor", notes)) as (worker, channel):
        channel.put(("forbear", 1))
        until(lambda: len(lines(notes)) == 2)
        assert worker.stop(0)
        assert lines(notes) == ["open", "('forbear', 1)"]


def test_a_close_that_never_returns(notes):
    with started(make("Unclosable", notes)) as (worker, channel):
        channel.close()
        assert not worker.drain(0.1)
        assert worker.stop(0.1)


def test_a_sigterm_to_all_is_left_to_the_parent(notes):
    with started(make("Pid", notes)) as (worker, channel):
        channel.put("pid")
        until(lambda: channel.stats().delivered == 1)
        os.kill(int(lines(notes)[-1]), signal.SIGTERM)
        os.kill(int(lines(notes)[-1]), signal.SIGINT)
        channel.put("pid")
        until(lambda: channel.stats().delivered == 2)
        assert worker.deaths == 0


def test_counters_are_fresh_in_the_midst_of_a_batch(notes):
    with started(make("Slow", notes)) as (_, channel):
        for _ in range(200):
            channel.put(0)
        until(lambda: channel.stats().pending == 0)
        for seconds in (0.2, 0, 0, 0, 3600):  # behind the first one the others wait for each other
            channel.put(seconds)
        until(lambda: channel.stats().delivered == 204)
        assert channel.stats().in_flight == 1
        assert adds_up(channel.stats())


def test_outputs_and_logs_come_back(notes, capsys, caplog):
    with caplog.at_level(logging.INFO):
        run(make("Talker", notes), ["a", "b"])
    out, err = capsys.readouterr()
    assert out.startswith("said a\nsaid b\nxxx")
    assert out.count("x") == 10 << 20
    assert err == "told a\ntold b\n"
    records = [record for record in caplog.records if record.name == "talker"]
    assert [record.getMessage() for record in records] == ["logged a", "logged b"]
    assert {record.processName for record in records} == {"spy"}


class Refusing(logging.Filter):
    def filter(self, record):
        raise KeyError("no such attribute")


@pytest.mark.parametrize("where", ["talker", ""])
def test_a_filter_that_raises_does_not_keep_the_child_waiting(notes, where, monkeypatch, caplog):
    """Of the child's logger, or of what all loggers write to: then that cannot be logged either."""
    filtered = logging.getLogger(where) if where else caplog.handler
    monkeypatch.setattr(filtered, "filters", [Refusing()])
    _, stats = run(make("Talker", notes), range(50))
    assert stats.delivered == 50
    told = [record.getMessage() for record in caplog.records if "forwarding" in record.message]
    assert len(told) in range(1, 4) if where else not told
    assert all("worker process of 'spy' raised KeyError" in line for line in told)


class Closed:
    """What a program may have put in the place of its standard output."""

    def write(self, text):
        raise AttributeError("it has no window any more")


def test_an_output_that_raises_does_not_keep_the_child_waiting(notes, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Closed())
        _, stats = run(make("Talker", notes), range(50))
    assert stats.delivered == 50
    assert "raised AttributeError: it has no window any more" in caplog.text


def test_a_fault_that_cannot_be_unpickled_is_told_by_its_name():
    fault = Fault("ConfigError", "no such key", pickled=b"no pickle")
    assert describe(fault.exception()) == "ConfigError: no such key"


def test_a_child_that_does_not_read_hangs_nobody(notes):
    with started(make("Pid", notes)) as (worker, channel):
        channel.put("pid")
        until(lambda: channel.stats().delivered == 1)
        os.kill(int(lines(notes)[-1]), signal.SIGSTOP)
        channel.put(b"x" * (10 << 20))
        until(lambda: channel.stats().in_flight == 1)
        assert not worker.drain(0.1)
        assert worker.stop(0.2)
        assert channel.stats().pending == 1


def test_arrays_cross_in_shared_memory_and_may_be_kept(notes):
    image = np.ones((160, 160, 3), np.uint8)
    with started(make("Painter", notes)) as (worker, channel):
        for number in range(60):
            channel.put({"image": image * (number % 3), "keep": number % 10 == 0})
        until(lambda: channel.stats().delivered == 60)
        assert worker.arena.used() == 6 * 77824, "what the consumer has kept"
        channel.put({"image": image, "drop": True})
        until(lambda: channel.stats().delivered == 61)
        channel.put({"image": worker.arena.empty((160, 160, 3), np.uint8)})
        until(lambda: channel.stats().delivered == 62)
        until(lambda: worker.arena.used() == 0)
    sums = [int(line.split()[0]) for line in lines(notes)[1:61]]
    assert sums == [number % 3 * image.size for number in range(60)]
    assert {line.split()[1] for line in lines(notes)[1:63]} == {"True"}
    assert image.max() == 1, "the consumer paints over its own copy"


def test_arrays_beyond_the_shared_memory_cross_all_the_same(notes):
    image = np.ones((160, 160, 3), np.uint8)
    events = [{"image": image.copy(), "keep": True} for _ in range(20)]
    _, stats = run(make("Painter", notes), events, shm_bytes=3 * 77824)
    assert stats.delivered == 20
    assert lines(notes)[1:-2] == [f"{image.size} True"] * 20


def test_what_a_dead_child_held_is_free(notes):
    image = np.ones((160, 160, 3), np.uint8)
    with started(make("Painter", notes)) as (worker, channel):
        channel.put({"image": image, "keep": True})
        channel.put({"image": image, "keep": True, "die": True})
        until(lambda: channel.stats().dropped)
        assert channel.stats().dropped == {"dead-letter": 1}
        until(lambda: worker.arena.used() == 0)


def test_a_standard_output_that_nobody_reads_hangs_nobody(notes, monkeypatch):
    reader, writer = os.pipe()
    blocked = os.fdopen(writer, "w")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", blocked)
        with started(make("Talker", notes)) as (worker, channel):
            channel.put("a")
            until(lambda: channel.stats().delivered == 1)
            channel.close()
            assert not worker.drain(0.3), "its close() prints more than a pipe holds"
            assert worker.stop(0)
        os.close(reader)
        until(lambda: not [t for t in threading.enumerate() if t.name == "spy-output"])
    with contextlib.suppress(BrokenPipeError):  # an unread piece may be left in it
        blocked.close()


def test_the_control_what_is_written_blindly_blocks():
    reader, writer = os.pipe()
    thread = threading.Thread(target=os.write, args=(writer, b"x" * (1 << 20)))
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    left = 1 << 20
    while left:
        left -= len(os.read(reader, left))
    thread.join()
    os.close(reader)
    os.close(writer)


def test_a_killed_program_leaves_no_child(notes, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import functools, sys, threading\n"
        "from standins import consumers\n"
        "from pythiags.channel import Channel\n"
        "from pythiags.workers import ProcessWorker\n"
        "if __name__ == '__main__':\n"
        "    print('started', flush=True)\n"
        "make = functools.partial(consumers.Actor, sys.argv[1])\n"
        "channel = Channel(on_full='block')\n"
        "worker = ProcessWorker(make, channel, name='x')\n"
        "worker.start()\n"
        "channel.put(('spin', 1))\n"
        "threading.Event().wait()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    arguments = [sys.executable, str(program), str(notes)]
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE) as parent:
        until(lambda: len(lines(notes)) == 2)
        children = descendants(parent.pid)
        assert len(children) == 2, "the child and its spare"
        parent.kill()
        until(lambda: not any(Path(f"/proc/{child}/cmdline").exists() for child in children))
        assert parent.stdout.read().decode() == "started\n", "nobody imported the program again"


def descendants(pid):
    children = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has just ended
            children += (task / "children").read_text().split()
    return children


def test_what_a_dead_child_had_started_ends_with_it(notes):
    run(make("Actor", notes), [("leave_helper", 1)])
    (helper,) = (line.split()[1] for line in lines(notes) if line.startswith("helper"))
    until(lambda: not Path(f"/proc/{helper}/cmdline").exists() or not cmdline(helper))


def test_what_a_child_had_started_ends_with_it_at_a_natural_end(notes):
    with started(make("Helped", notes)) as (worker, channel):
        channel.put(1)
        until(lambda: "1" in lines(notes))
        helper = lines(notes)[0].split()[1]
        assert cmdline(helper), "the control: it runs"
        channel.close()
        assert worker.drain(5)
        until(lambda: not cmdline(helper))
        assert worker.deaths == 0


def cmdline(pid):
    """What a process runs; nothing if it is a zombie that waits for init."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()


def is_dead(pid):
    """Whether whoever waits for a process can tell; its command line goes a little before."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except OSError:
        return True


def test_a_process_that_cannot_be_started_is_told(notes, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(WorkerDied, match="/no/such/python"):
        ProcessWorker(make("Recorder", notes), Channel(on_full="block"), name="spy").start()


@contextlib.contextmanager
def descriptors_left(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    fillers = [os.dup(0)]
    while fillers[-1] <= highest:
        fillers.append(os.dup(0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (fillers[-1] + 1 + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for filler in fillers:
            os.close(filler)


# Not 7 to 10: who runs out in the midst of its pipes is Popen, which then loses those it has.
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 11])
def test_too_few_descriptors_are_told_and_none_is_lost(notes, count):
    worker = ProcessWorker(make("Recorder", notes), Channel(on_full="block"), name="spy")
    with descriptors_left(count), pytest.raises(WorkerDied, match="Too many open files") as info:
        worker.start()
    assert "ulimit -n" in str(info.value)
    assert worker.stop(0)


def test_the_rest_goes_on_after_the_worker_was_replaced_in_the_midst_of_a_batch(notes):
    events = [*range(500), ("kill", 1), *range(500)]
    _, stats = run(make("Actor", notes), events)
    assert (stats.delivered, stats.redelivered) == (1001, 1)
    numbers = [int(line) for line in lines(notes) if line.isdigit()]
    assert numbers == [*range(500), *range(500)], "in order, none twice"


def test_a_process_that_the_consumer_forks_gives_nothing_back(notes):
    run(make("Forks", notes), [(i, np.full(1 << 20, i, np.uint8)) for i in range(6)])
    assert lines(notes) == ["open", *["True"] * 6, "end", "close"]


DEAD_CHILD = """
import signal
from pythiags.workers.shared import Arena
from pythiags.workers.spawn import Child, ChildDied
from pythiags.workers.wire import Kind, Message

signal.signal(signal.SIGPIPE, signal.SIG_DFL)
child = Child("spy", Arena(4096), print)
child.signal(signal.SIGKILL)
child.gone.wait(20)
try:
    child.send(Message(Kind.OPEN))
except ChildDied:
    print("told")
"""


def test_a_dead_child_does_not_end_a_program_that_dies_of_sigpipe():
    program = [sys.executable, "-c", DEAD_CHILD]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("told\n", 0)


def test_programs_that_the_consumer_starts_get_no_descriptors_of_ours(notes):
    run(make("Descriptors", notes), [])
    assert lines(notes)[0] == "[0, 1, 2]"


def test_a_signal_is_for_the_child_and_not_for_who_has_its_number():
    arena = Arena(4096)
    child = Child("spy", arena, print)
    child.leave()
    with subprocess.Popen(["sleep", "60"]) as bystander:
        number, child._process.pid = child._process.pid, bystander.pid
        try:
            child.signal(signal.SIGTERM)
        finally:
            child._process.pid = number
        assert child.gone.wait(20)
        child.signal(signal.SIGTERM)  # nobody is there any more
        bystander.kill()
        bystander.wait()
        assert bystander.returncode == -signal.SIGKILL
    child.end()
    child.close()
    arena.close()


@pytest.fixture
def interrupt():
    """Raises SystemExit in the main thread, from another one."""
    before = signal.signal(signal.SIGALRM, lambda *_: sys.exit(143))
    yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)
    signal.signal(signal.SIGALRM, before)


def test_nothing_follows_a_note_that_was_left_half_sent(interrupt):
    ours, theirs = socket.socketpair()
    notes = _Notes(theirs)
    notes.log({"msg": "first"})
    received = bytearray(ours.recv(10 << 20))

    def interrupt_halfway():
        received.extend(ours.recv(1))  # it is being sent
        interrupt()

    thread = threading.Thread(target=interrupt_halfway)
    thread.start()
    with pytest.raises(SystemExit):
        notes.log({"msg": "x" * (10 << 20)})  # more than a socket takes
    thread.join()
    notes.log({"msg": "last"})
    theirs.close()
    while more := ours.recv(10 << 20):
        received += more
    assert [note.header for note in unpack_all(received)] == [{"msg": "first"}]
    assert len(received) > 1000, "the control: half of one"
    assert b"last" not in received
    ours.close()
