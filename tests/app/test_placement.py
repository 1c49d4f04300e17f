"""Several workers for one extractor: events shared by key, counted together and one by one."""

import functools
import logging
import os
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from pythiags import App, Consumer, JsonLinesConsumer
from pythiags.app.placement import WORKERS, placement
from pythiags.errors import ConfigError, UserCodeError

TEXT = "videotestsrc num-buffers=60 ! video/x-raw,width=32,height=32 ! fakesink name=sink"
SOURCES = 6


class Seen(NamedTuple):
    source_id: int
    number: int


def of_all_sources(pad, info):
    """What a batch of several sources gives: an event for each."""
    return [Seen(source, info.get_buffer().offset) for source in range(SOURCES)]


class Kept(Consumer):
    """Writes down what each instance gets; one of its sources makes it slow."""

    instances: list["Kept"] = []
    lock = threading.Lock()
    hold = threading.Event()

    def __init__(self):
        self.events = []
        self.threads = set()
        self.closed = 0

    def open(self):
        with self.lock:
            self.instances.append(self)

    def incoming(self, events):
        self.threads.add(threading.current_thread().name)
        self.events += events

    def close(self):
        self.closed += 1


@pytest.fixture(autouse=True)
def nobody_yet():
    Kept.instances.clear()


def run(extract=of_all_sources, consumer=Kept, worker="thread", **options):
    app = App(TEXT)
    app.attach("sink", extract, consumer, worker=worker, **options)
    return app.run().attachments[0]


def test_each_source_stays_in_order_with_one_worker():
    stats = run(workers=3)
    assert len(Kept.instances) == 3
    assert {name for kept in Kept.instances for name in kept.threads} == {
        "sink/1",
        "sink/2",
        "sink/3",
    }
    for source in range(SOURCES):
        (holder,) = [k for k in Kept.instances if any(e.source_id == source for e in k.events)]
        mine = [event.number for event in holder.events if event.source_id == source]
        assert mine == list(range(60))
    assert [kept.closed for kept in Kept.instances] == [1, 1, 1]
    assert (stats.channel.produced, stats.channel.delivered) == (180, 180), "60 parts for each"
    assert [lane.name for lane in stats.lanes] == ["sink/1", "sink/2", "sink/3"]
    assert [lane.channel.delivered for lane in stats.lanes] == [60, 60, 60]


def test_the_control_one_worker_gets_all():
    stats = run()
    (kept,) = Kept.instances
    assert len(kept.events) == 60 * SOURCES
    assert [lane.name for lane in stats.lanes] == ["sink"]
    assert stats.lanes[0].channel == stats.channel


def test_a_slow_source_does_not_hold_back_the_others():
    release = threading.Event()
    others = threading.Semaphore(0)

    def consume(events):
        if events[0].source_id == 0:
            release.wait(20)
        else:
            others.release()

    app = App(TEXT)
    app.attach("sink", of_all_sources, consume, workers=SOURCES)
    app.start()
    for _ in range(60 * (SOURCES - 1)):
        assert others.acquire(timeout=10)
    assert app.stats().attachments[0].lanes[0].channel.delivered == 0
    release.set()
    assert app.join(20).attachments[0].channel.delivered == 60 * SOURCES


def test_errors_and_drops_add_up():
    def consume(events):
        if events[0].number % 10 == 0:
            raise ValueError(events[0].source_id)

    stats = run(consumer=consume, workers=2)
    assert stats.consumer_errors == {"ValueError": 12}
    assert [lane.consumer_errors for lane in stats.lanes] == [{"ValueError": 6}] * 2
    channel = stats.channel
    assert channel.dropped == {"consumer-error": 12}
    assert channel.produced == channel.delivered + 12 == 120


def test_bounds_are_shared_out():
    release = threading.Event()
    app = App(TEXT)
    app.attach(
        "sink",
        of_all_sources,
        lambda events: release.wait(20),
        workers=2,
        queue_size=20,
        on_full="drop-newest",
    )
    app.start()
    while app.stats().frames < 60:
        release.wait(0.01)
    lanes = app.stats().attachments[0].lanes
    assert [lane.channel.peak_items for lane in lanes] == [10, 10]
    release.set()
    app.join(20)


def test_a_function_gives_the_key():
    run(lambda pad, info: [info.get_buffer().offset], workers=2, key=lambda number: number // 30)
    assert sorted(kept.events for kept in Kept.instances) == [[*range(30)], [*range(30, 60)]]


def test_no_source_and_no_key_ends_the_run_at_once_with_the_remedy(caplog):
    with pytest.raises(ConfigError, match="key=function") as caught:
        run(lambda pad, info: [{"label": "person"}], workers=2)
    assert caught.value.exit_code == 2
    assert "no source_id" not in caplog.text, "it is told once, by the error"
    assert sum(len(kept.events) for kept in Kept.instances) == 0


def test_an_event_without_a_key_among_others_is_counted_as_an_error_of_the_extractor():
    def extract(pad, info):
        number = info.get_buffer().offset
        return [Seen(0, number) if number != 7 else None]

    stats = run(extract, workers=2)
    assert stats.extraction.errors == {"ConfigError": 1}
    assert stats.channel.delivered == 59


def test_threads_do_not_share_a_consumer():
    with pytest.raises(UserCodeError, match="a class, which each thread instantiates"):
        run(consumer=Kept(), workers=2)


@pytest.mark.parametrize("number", [0, -1, True, 1.5, "2"])
def test_what_is_no_number_of_workers(number):
    with pytest.raises(ConfigError, match="invalid workers"):
        run(workers=number)


def test_a_bound_of_zero_is_not_hidden_by_sharing_it():
    with pytest.raises(ConfigError, match="queue_size"):
        run(workers=2, queue_size=0)


def test_what_is_no_key():
    with pytest.raises(ConfigError, match="function of one event"):
        run(workers=2, key=5)


class Free(Consumer):
    """Says nothing about where it runs."""

    def incoming(self, events):
        pass


class Bound(Free):
    worker = "thread"


class Apart(Free):
    worker = "process"


def of_a_function():
    class Local(Free):
        pass

    return Local


@pytest.mark.parametrize(
    ("consumer", "kind", "reason"),
    [
        (Free, "process", "a class that another process can import"),
        (functools.partial(Free), "process", "a class that another process can import"),
        (Free(), "thread", "an instance, which may be shared with the program"),
        (of_a_function(), "thread", "a class that another process cannot import"),
        (len, "thread", "a function, which may be shared with the program"),
        (lambda events: None, "thread", "a function, which may be shared with the program"),
        (Bound, "thread", "set by its class"),
        (JsonLinesConsumer, "thread", "set by its class"),
        (Apart(), "process", "set by its class"),
    ],
)
def test_the_rule_of_where_a_consumer_runs(consumer, kind, reason):
    assert placement("auto", consumer, "x") == (kind, reason)
    assert {placement(told, consumer, "x").kind for told in WORKERS} == set(WORKERS)


def test_the_rule_keeps_what_is_of_main_in_a_thread(monkeypatch):
    monkeypatch.setattr(Free, "__module__", "__main__")
    assert placement("auto", Free, "x").kind == "thread"


def test_a_class_that_says_what_does_not_exist(monkeypatch):
    monkeypatch.setattr(Bound, "worker", "treads")
    with pytest.raises(ConfigError, match="did you mean 'thread'"):
        placement("auto", Bound, "x")


def test_where_a_consumer_runs_is_logged_once(caplog):
    with caplog.at_level(logging.INFO, "pythiags.app.attachment"):
        assert run(consumer=Bound, worker="auto").worker == "thread"
        assert run(consumer=Free, worker="process", workers=2).worker == "process"
    name = f"{__name__}.Free"
    assert [record.getMessage() for record in caplog.records] == [
        f"sink: {__name__}.Bound runs in a thread (set by its class)",
        f"sink: {name} runs in 2 processes (as requested)",
    ]


class Together(Free):
    """Opens when so many others do, each in its own process."""

    def __init__(self, folder, count):
        self.folder = Path(folder)
        self.count = count

    def open(self):
        (self.folder / str(os.getpid())).touch()
        while len([*self.folder.iterdir()]) < self.count:
            threading.Event().wait(0.01)


def test_processes_are_brought_up_side_by_side(tmp_path):
    app = App(TEXT)
    for _ in range(3):
        consumer = functools.partial(Together, tmp_path, 3)
        app.attach("sink", of_all_sources, consumer, worker="process")
    app.run()


def test_what_has_begun_ends_when_another_cannot(tmp_path):
    before = set(threading.enumerate())
    app = App(TEXT)
    app.attach("sink", of_all_sources, Free, worker="process")
    app.attach("sink", of_all_sources, functools.partial(JsonLinesConsumer, tmp_path))
    app.attach("sink", of_all_sources, Free, worker="process")
    with pytest.raises(ConfigError, match="cannot be written"):
        app.run()
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(20)
    assert not [thread for thread in left if thread.is_alive()]


class Mortal(Free):
    """Dies of the first event, the first time."""

    def __init__(self, path):
        self.path = path

    def incoming(self, events):
        if not self.path.exists():
            self.path.touch()
            os._exit(3)


def test_deaths_are_counted(tmp_path):
    stats = run(consumer=functools.partial(Mortal, tmp_path / "died"), worker="process")
    assert (stats.worker_deaths, stats.lanes[0].deaths, stats.channel.redelivered) == (1, 1, 1)
    assert stats.channel.delivered == stats.channel.produced == 60
