"""A consumer that holds its source up, with each policy: what waits, and who."""

import logging
import threading
import time

import pytest
from faults.consumers import PAYLOAD, Gate, NeverReturns, Noting, Sleeps, heavy, number
from faults.harness import LIVE, Sampler, Stream, memory, until

from pythiags import App, AttachOptions

FPS = 30
FRAMES = 60
QUEUE = 12  # events
MEMORY = 5 * 1024 * 1024  # bytes
PASSING = ("spill", "drop-oldest", "drop-newest", "latest")
POLICIES = (*PASSING, "block")
CHAIN = LIVE.replace("identity name=tap", " ! ".join(f"identity name={each}" for each in PASSING))
KINDS = pytest.mark.parametrize("kind", ["thread", "process"])


def play(folder, kind, policy, *, frames=FRAMES, **bounds):
    """Play until so many frames were at the sink; give the samples, the growth, the counters.

    The consumer has its first event in its hands all the while. With ``block`` the stream waits.
    """
    options = {"worker": kind, "on_full": policy, "extractor": heavy, **bounds}
    with Stream(NeverReturns(folder, at=(0,)), folder, fps=FPS, **options) as stream:
        with Sampler(stream.app) as sampler:
            stream.await_misdeed(0)
            before = memory()
            if policy == "block":
                until(lambda: stream.channel.waiting, "the stream waits")
            else:
                stream.await_frames(frames)
            until(lambda: sampler.samples > 1, "samples")
            growth = memory() - before
        channel = stream.channel
        stream.app.stop(drain=False)
    print(f"{policy}: {growth / 1e6:.1f} MB more, {channel}")
    return sampler, growth, channel


@pytest.mark.parametrize("policy", POLICIES)
@KINDS
def test_a_consumer_that_is_held_up(kind, policy, tmp_path, caplog):
    begun = time.monotonic()
    with caplog.at_level(logging.INFO, "pythiags"):
        sampler, growth, channel = play(tmp_path, kind, policy, queue_size=QUEUE)
    seconds = time.monotonic() - begun
    assert sampler.wrong == [], "produced = delivered + dropped + pending at every moment"
    ((most, _),) = sampler.deepest.values()
    assert max(most, channel.peak_items) <= (1 if policy == "latest" else QUEUE)
    assert {*channel.dropped} == ({policy} if policy not in ("spill", "block") else set())
    assert (channel.spilled > 0) == (policy == "spill")
    assert growth < MEMORY
    assert len(caplog.records) <= 2 + seconds, "one line a second, and what is left at the end"
    if policy == "block":
        assert (channel.waiting, channel.produced) == (1, QUEUE + 1), "the control"
    elif policy != "spill":
        assert channel.blocked == 0.0, "it never waits"


@KINDS
def test_who_does_not_block_does_not_hold_the_source_back(kind, tmp_path):
    """All policies, one behind the other, each with a consumer that never returns."""
    gates = []
    with App(CHAIN, fps=FPS) as app:
        for policy in PASSING:
            folder = tmp_path / policy
            folder.mkdir()
            gates.append(Gate(folder))
            consumer = NeverReturns(folder, at=(0,))
            app.attach(policy, number, consumer, worker=kind, on_full=policy, queue_size=20)
        app.start()

        def channels():
            return [each.channel for each in app.stats().attachments]

        until(lambda: all(channel.produced > FRAMES for channel in channels()), "frames")
        assert {channel.delivered for channel in channels()} == {0}
        app.stop(drain=False)
        for gate in gates:
            gate.open()


@pytest.mark.parametrize("policy", ["spill", "drop-oldest", "drop-newest"])
def test_the_bound_in_bytes(policy, tmp_path):
    bound = 2 * PAYLOAD + 1024
    sampler, growth, channel = play(tmp_path, "thread", policy, queue_bytes=bound)
    assert sampler.wrong == []
    ((_, most),) = sampler.deepest.values()
    assert PAYLOAD < max(most, channel.peak_bytes) <= bound
    assert growth < MEMORY


def test_the_control_without_a_bound_the_memory_grows(tmp_path):
    """Far beyond the limit: what earlier tests have set free is used again first."""
    unbounded = {"queue_bytes": 1 << 30, "frames": 400}
    *_, growth, channel = play(tmp_path, "thread", "drop-oldest", **unbounded)
    assert growth > MEMORY
    assert channel.peak_items > FRAMES / 2


@KINDS
@pytest.mark.parametrize("policy", ["spill", "drop-oldest", "latest"])
def test_of_two_consumers_of_one_extractor_the_one_that_is_held_up_slows_nobody(
    kind, policy, tmp_path
):
    calls = []

    def extract(pad, info):
        calls.append(info.get_buffer().offset)
        return number(pad, info)

    with App(LIVE, fps=100) as app:
        quick, held = tmp_path / "quick", tmp_path / "held"
        for folder in (quick, held):
            folder.mkdir()
        gate = Gate(held)
        small = AttachOptions(worker=kind, queue_size=10, on_full=policy)
        app.attach("tap", extract, [Noting(quick), (Sleeps(held, at=(0,)), small)], worker=kind)
        with Sampler(app) as sampler:
            app.start()
            until(lambda: app.stats().attachments[0].channel.delivered >= 100, "a second of it")
            assert app.stats().attachments[1].channel.delivered == 0
            attachments = app.stop(drain=False).attachments
        gate.open()
    first, second = (each.channel for each in attachments)
    assert sampler.wrong == []
    assert len(calls) == len({*calls}) == first.produced == second.produced, "extracted once"
    assert first.dropped == {}
    assert first.delivered >= 100
    assert second.pending + sum(second.dropped.values()) == second.produced


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
