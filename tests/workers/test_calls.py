"""Consumers whose methods are coroutine functions: in a thread and in a process."""

import asyncio
import contextlib
import functools
import gc
import threading

import pytest
from standins import consumers

from pythiags.channel import Channel, Control
from pythiags.consumers import as_consumer
from pythiags.workers import ProcessWorker, ThreadWorker, calls


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path / "state"))


def work(worker, channel, events):
    worker.start()
    for event in events:
        channel.put(event)
    channel.put_control(Control.END)
    channel.close()
    assert worker.drain(30)
    assert worker.stop(5)
    left = {each.name for each in threading.enumerate()}
    assert "spy-asyncio" not in left
    return worker, channel.stats()


def in_thread(consumer, events, **options):
    channel = Channel(name="spy", on_full="block")
    return work(ThreadWorker(consumer, channel, name="spy", **options), channel, events)


def in_process(make, events, **options):
    channel = Channel(name="spy", on_full="block")
    return work(ProcessWorker(make, channel, name="spy", **options), channel, events)


@pytest.fixture(params=["thread", "process"])
def run(request, tmp_path):
    """Runs a consumer of the stand-ins on events; returns worker, counters and what it wrote."""

    def do(kind, events, **options):
        make = functools.partial(getattr(consumers, kind), str(tmp_path / "notes"))
        if request.param == "thread":
            worker, stats = in_thread(make(), events, **options)
        else:
            worker, stats = in_process(make, events, **options)
        return worker, stats, (tmp_path / "notes").read_text().splitlines()

    return do


def test_coroutines_run_in_order_on_one_loop(run):
    _, stats, notes = run("Awaiting", range(20))
    assert notes == [
        "open",
        *(f"{n} {part}" for n in range(20) for part in ("in", "out")),
        "end",
        "close",
    ]
    assert stats.delivered == 20


def test_what_a_coroutine_raises_is_counted(run):
    names = ("ValueError", "SystemExit", "KeyboardInterrupt", "CancelledError")
    worker, stats, notes = run("Awaiting", ["good", *names, "good"])
    assert dict(worker.errors) == dict.fromkeys(names, 1)
    assert (stats.delivered, stats.dropped) == (2, {"consumer-error": 4})
    assert notes[-3:] == ["good out", "end", "close"]


def test_on_error_stop(run):
    worker, stats, _ = run("Awaiting", ["good", "ValueError", "good"], on_error="stop")
    assert "incoming() of the consumer raised ValueError: no" in str(worker.failure)
    assert (stats.delivered, stats.dropped) == (1, {"consumer-error": 1})


def test_tasks_run_between_the_events_and_end_with_the_consumer(run):
    _, stats, notes = run("Background", ["wait for it"])
    assert stats.delivered == 1
    assert notes == ["ticked", "wait for it", "close", "cancelled"]


def test_a_task_that_exits_does_not_take_the_loop_along(run, caplog):
    _, stats, notes = run("Quitter", [1, 2])
    assert stats.delivered == 2
    assert notes == ["open", "1", "2", "end", "close"]
    assert "a task on the event loop of 'spy'" in caplog.text
    gc.collect()  # asyncio logs an unretrieved exception when the task is collected


class Async(list):
    async def __call__(self, event):
        await asyncio.sleep(0)
        self.append(event)


async def keep(where, event):
    where.append(event)


@pytest.mark.parametrize(
    "shape",
    [
        lambda seen: functools.partial(keep, seen),
        lambda seen: functools.partial(functools.partial(keep, seen)),
        lambda seen: lambda event: keep(seen, event),
        lambda seen: functools.wraps(generator)(lambda event: keep(seen, event)),
    ],
)
def test_whatever_gives_a_coroutine_is_awaited(shape):
    seen = []
    in_thread(as_consumer(shape(seen)), range(3))
    assert seen == [0, 1, 2]


def test_an_object_with_an_async_call():
    seen = Async()
    in_thread(as_consumer(seen), range(3))
    assert seen == [0, 1, 2]


def generator(event):
    yield event


async def slow_generator(event):
    yield event


@pytest.mark.parametrize(
    "lazy",
    [
        lambda event: generator([event]),
        lambda event: slow_generator([event]),
        lambda event: (each for each in [event]),
        lambda event: map(print, [event]),
    ],
)
def test_what_never_runs_is_an_error_of_the_consumer(lazy, caplog):
    worker, stats = in_thread(as_consumer(lazy), range(2))
    assert (dict(worker.errors), stats.dropped) == ({"UserCodeError": 2}, {"consumer-error": 2})
    assert "returned an object that never runs" in caplog.text


def test_an_open_that_raises_leaves_no_loop():
    class Closed(consumers.Recorder):
        async def open(self):
            raise OSError("no broker")

    worker = ThreadWorker(Closed("nowhere"), Channel(name="spy"), name="spy")
    with pytest.raises(Exception, match=r"open\(\) of the consumer raised OSError: no broker"):
        worker.start()
    assert worker.drain(5)
    assert "spy-asyncio" not in {each.name for each in threading.enumerate()}


def test_a_task_that_refuses_to_end_is_abandoned(monkeypatch, caplog):
    monkeypatch.setattr(calls, "END_PATIENCE", 0.1)
    release = threading.Event()

    async def stubborn():
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)

    async def start(event):
        tasks.append(asyncio.ensure_future(stubborn()))

    tasks = []
    channel = Channel(name="spy", on_full="block")
    worker = ThreadWorker(as_consumer(start), channel, name="spy")
    worker.start()
    channel.put(1)
    channel.close()
    assert worker.drain(30)
    release.set()
    tasks.clear()
    del worker
    gc.collect()  # asyncio logs that they were pending
    assert "the event loop of 'spy' is abandoned" in caplog.text


def test_a_signal_leaves_a_coroutine(tmp_path):
    """SIGTERM, when a process does not leave by itself: it is cancelled, then closed."""
    notes = tmp_path / "notes"
    channel = Channel(name="spy", on_full="block")
    make = functools.partial(consumers.Awaiting, str(notes))
    worker = ProcessWorker(make, channel, name="spy")
    worker.start()
    channel.put("for ever")
    while "for ever in" not in notes.read_text():
        threading.Event().wait(0.01)
    assert worker.stop(4)
    assert notes.read_text().splitlines()[-2:] == ["for ever cancelled", "close"]
