"""A consumer that is slower than its live source, with each policy: what waits, and who."""

import logging
import threading
import time

import pytest
from faults.consumers import PAYLOAD, Noting, heavy, number
from faults.harness import LIVE, Machine, Passage, Sampler, Stream, at_most, memory, retried, until

from pythiags import App

FPS = 30
TIMED = 90  # frames
SLOW = 0.2  # seconds that an event takes
FRAMES = 60
QUEUE = 12  # events
MEMORY = 5 * 1024 * 1024  # bytes
PROBE = 0.001  # seconds
AT_LEAST = 29.0  # frames a second
PASSING = ("spill", "drop-oldest", "drop-newest", "latest")
POLICIES = (*PASSING, "block")
CHAIN = LIVE.replace("identity name=tap", " ! ".join(f"identity name={each}" for each in PASSING))


def play(folder, kind, policy, **bounds):
    """Play until so many frames were at the sink; give the stream, the samples, the growth."""
    options = {"worker": kind, "on_full": policy, "extractor": heavy, **bounds}
    with Stream(Noting(folder, SLOW), folder, fps=FPS, **options) as stream:
        with Sampler(stream.app) as sampler:
            until(lambda: stream.notes("begin"), "the first event")
            stream.await_frames(2)
            before = memory()
            stream.await_frames(2 * QUEUE if policy == "block" else FRAMES)
            growth = memory() - before
        channel = stream.channel
    print(f"{policy}: {stream.rate():.1f} fps, {growth / 1e6:.1f} MB more, {channel}")
    return stream, sampler, growth, channel


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", ["thread", "process"])
def test_a_slow_consumer(kind, policy, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "pythiags"):
        stream, sampler, growth, channel = play(tmp_path, kind, policy, queue_size=QUEUE)
    assert sampler.samples > 20
    assert sampler.wrong == [], "produced = delivered + dropped + pending at every moment"
    ((most, _),) = sampler.deepest.values()
    assert max(most, channel.peak_items) <= (1 if policy == "latest" else QUEUE)
    assert {*channel.dropped} == ({policy} if policy not in ("spill", "block") else set())
    assert (channel.spilled > 0) == (policy == "spill")
    assert growth < MEMORY
    assert len(caplog.records) <= 1 + FRAMES / FPS, "one line a second at most"
    if policy == "block":
        assert stream.rate() < AT_LEAST / 2, "the control: this one holds the source back"
        assert channel.blocked > 0.5


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_who_does_not_block_does_not_hold_the_source_back(kind, tmp_path):
    """All policies, one behind the other; what the machine keeps waiting is allowed for."""

    def attempt(folder):
        with App(CHAIN, fps=FPS) as app:
            passages = {}
            for policy in PASSING:
                options = {"worker": kind, "on_full": policy, "queue_size": 20}
                (folder / policy).mkdir()
                app.attach(policy, number, Noting(folder / policy, SLOW), **options)
                passages[policy] = Passage(app.pipeline, policy)
            app.start()
            times = passages["spill"].seconds
            with Machine() as machine:
                until(lambda: len(times) > 1, "the first frames")
                start, before = time.monotonic(), len(times)
                until(lambda: len(times) >= before + TIMED, "frames")
                rate = (len(times) - before) / (time.monotonic() - start)
            channels = [each.channel for each in app.stats().attachments]
            app.stop(drain=False)
        for passage in passages.values():
            passage.remove()
        print(f"{rate:.2f} frames a second")
        assert all(channel.produced > 2 * channel.delivered for channel in channels)
        for policy, passage in passages.items():
            at_most(f"{policy}: 99 of 100 events are put", passage.p99(), PROBE + machine.late)
        at_most("the time of a frame", 1 / rate, 1 / AT_LEAST)

    retried(attempt, tmp_path, tries=5)


@pytest.mark.parametrize("policy", ["spill", "drop-oldest", "drop-newest"])
def test_the_bound_in_bytes(policy, tmp_path):
    bound = 2 * PAYLOAD + 1024
    _, sampler, growth, channel = play(tmp_path, "thread", policy, queue_bytes=bound)
    assert sampler.wrong == []
    ((_, most),) = sampler.deepest.values()
    assert PAYLOAD < max(most, channel.peak_bytes) <= bound
    assert growth < MEMORY


def test_the_control_without_a_bound_the_memory_grows(tmp_path):
    *_, growth, channel = play(tmp_path, "thread", "drop-oldest", queue_bytes=1 << 30)
    assert growth > MEMORY
    assert channel.peak_items > FRAMES / 2


@pytest.mark.parametrize("kind", ["thread", "process"])
@pytest.mark.parametrize("policy", ["spill", "drop-oldest", "latest"])
def test_of_two_consumers_of_one_extractor_the_slow_one_slows_nobody(kind, policy, tmp_path):
    calls = []

    def extract(pad, info):
        calls.append(info.get_buffer().offset)
        return number(pad, info)

    with App(LIVE, fps=100) as app:
        quick, slow = tmp_path / "quick", tmp_path / "slow"
        for folder, seconds in ((quick, 0.0), (slow, SLOW)):
            folder.mkdir()
            name = folder.name
            app.attach(
                "tap",
                extract,
                Noting(folder, seconds),
                worker=kind,
                queue_size=10 if folder is slow else 100,
                on_full=policy if folder is slow else "drop-newest",
                name=name,
            )
        with Sampler(app) as sampler:
            app.start()
            until(lambda: app.stats().attachments[0].channel.delivered >= 100, "a second of it")
            attachments = app.stop(drain=False).attachments
    first, second = (each.channel for each in attachments)
    assert sampler.wrong == []
    assert len(calls) == len({*calls}) == first.produced == second.produced, "extracted once"
    assert first.dropped == {}
    assert first.delivered >= 100
    assert second.delivered < first.delivered / 2
    assert second.pending + sum(second.dropped.values()) > 50


def test_the_control_a_slow_consumer_that_blocks_slows_the_other(tmp_path):
    release = threading.Event()
    seen = []
    with App(LIVE, fps=100) as app:
        app.attach("tap", number, seen.append, name="quick")
        app.attach(
            "tap",
            number,
            lambda _events: release.wait(20),
            on_full="block",
            queue_size=1,
            name="slow",
        )
        app.start()
        until(lambda: app.stats().attachments[1].channel.waiting, "the stream is held back")
        assert len(seen) <= 4
        release.set()
