"""How a run ends while events wait: by itself, by a stop, by signals, with a hung consumer."""

import signal
import subprocess
import time
from contextlib import ExitStack

import pytest
from faults.consumers import NeverReturns, Noting, number, read_notes
from faults.harness import LIVE, Program, Stream, adds_up, at_most, retried, until

from pythiags import App
from pythiags.errors import DrainTimeout

FRAMES = 1000
SECONDS = 0.005  # that an event takes
QUEUE = 50  # events: what waits in memory is a small part of all
DRAIN = 0.5  # seconds
TOLERANCE = 0.5
NOW = 1.0  # second within which a second signal is obeyed
FINITE = LIVE.replace("is-live=true", "num-buffers={count}").replace("fps", "count")

KINDS = ["thread", "process"]
POLICIES = ["block", "spill"]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_policy = pytest.mark.parametrize("policy", POLICIES)


def told(folder, *kinds):
    """What the consumer noted, without the times."""
    return [(note.what, note.frame) for note in read_notes(folder) if note.what in kinds]


def finite(folder, kind, policy):
    app = App(FINITE, count=FRAMES)
    consumer = Noting(folder, SECONDS)
    app.attach("tap", number, consumer, worker=kind, on_full=policy, queue_size=QUEUE)
    return app


def test_a_natural_end_delivers_everything_in_order_and_then_one_end(tmp_path):
    """All kinds and policies at once, as each takes its five seconds."""
    with ExitStack() as stack:
        runs = {}
        for kind, policy in [(kind, policy) for kind in KINDS for policy in POLICIES]:
            folder = tmp_path / f"{kind}-{policy}"
            folder.mkdir()
            runs[folder] = stack.enter_context(finite(folder, kind, policy)), policy
            runs[folder][0].start()
        for folder, (app, policy) in runs.items():
            summary = app.join(60)
            (channel,) = (each.channel for each in summary.attachments)
            assert (channel.delivered, channel.pending, channel.dropped) == (FRAMES, 0, {}), folder
            assert channel.peak_items <= QUEUE, "it never held more in memory"
            assert (channel.blocked > 1, channel.spilled > FRAMES / 2) == {
                "block": (True, False),
                "spill": (False, True),
            }[policy]
            events = told(folder, "end", "control:end", "close")
            expected = [("end", frame) for frame in range(FRAMES)]
            assert events == [*expected, ("control:end", -1), ("close", -1)], folder
            assert (summary.reason, summary.exit_code) == ("end of stream", 0)


def test_the_control_a_policy_that_drops_does_not_deliver_everything(tmp_path):
    with finite(tmp_path, "thread", "drop-oldest") as app:
        (attachment,) = app.run().attachments
    assert attachment.channel.dropped["drop-oldest"] > 0
    assert len(told(tmp_path, "end")) == attachment.channel.delivered < FRAMES


@every_policy
@every_kind
def test_a_stop_delivers_what_was_produced(kind, policy, tmp_path):
    consumer = Noting(tmp_path, 0.03)  # a live frame takes 0.02
    with Stream(consumer, tmp_path, worker=kind, on_full=policy, queue_size=5) as stream:
        stream.await_events(25)
        pending = stream.channel.pending
        (attachment,) = stream.app.stop().attachments
    channel = attachment.channel
    assert pending > 3, "there was something left to deliver"
    assert told(tmp_path, "end") == [("end", frame) for frame in range(channel.produced)]
    assert (channel.delivered, channel.pending, channel.dropped) == (channel.produced, 0, {})
    assert told(tmp_path, "control:end") == [], "it did not end by itself"
    assert len(told(tmp_path, "close")) == 1


@every_policy
@every_kind
def test_a_stop_now_leaves_the_rest_pending(kind, policy, tmp_path):
    def attempt(folder):
        consumer = Noting(folder, 0.2)
        with Stream(consumer, folder, worker=kind, on_full=policy, queue_size=5) as stream:
            until(lambda: stream.channel.pending > 3, "events wait")
            start = time.monotonic()
            (attachment,) = stream.app.stop(drain=False).attachments
            seconds = time.monotonic() - start
        assert attachment.channel.pending > 0
        assert adds_up(attachment.channel)
        at_most("the stop", seconds, NOW)

    retried(attempt, tmp_path)


@every_policy
@every_kind
def test_a_hung_consumer_is_named_when_the_time_is_over(kind, policy, tmp_path):
    def attempt(folder):
        consumer = NeverReturns(folder, at=(0,))
        options = {"worker": kind, "on_full": policy, "queue_size": 5, "name": "mine"}
        with Stream(consumer, folder, **options) as stream:
            until(lambda: stream.channel.pending > 5, "events wait")
            start = time.monotonic()
            with pytest.raises(DrainTimeout, match="mine") as caught:
                stream.app.stop(drain=DRAIN)
            seconds = time.monotonic() - start
        channel = stream.channel
        assert f"got: {channel.pending} events pending" in str(caught.value)
        assert (channel.delivered, channel.pending) == (0, channel.produced)
        assert caught.value.exit_code == 6
        at_most("how far from the limit", abs(seconds - DRAIN), TOLERANCE)

    retried(attempt, tmp_path)


@pytest.mark.parametrize("number_", [signal.SIGINT, signal.SIGTERM])
@every_policy
@every_kind
def test_one_signal_delivers_what_is_pending(kind, policy, number_, tmp_path):
    options = {"worker": kind, "on_full": policy, "queue_size": 5}
    with Program("Noting", tmp_path, arguments={"seconds": 0.03}, **options) as program:
        program.await_events(15)
        program.signal(number_)
        code, channel, _ = program.finish()
    assert code == 128 + number_
    assert channel["produced"] == channel["delivered"] == len(told(tmp_path, "end")) >= 15
    assert (channel["pending"], channel["dropped"], channel["error"]) == (0, {}, "")
    assert len(told(tmp_path, "close")) == 1


@every_policy
@every_kind
def test_a_second_signal_ends_it_now(kind, policy, tmp_path):
    def attempt(folder):
        options = {"worker": kind, "on_full": policy, "queue_size": 5}
        with Program("NeverReturns", folder, arguments={"at": [5]}, **options) as program:
            program.await_events(6)
            program.signal(signal.SIGINT)
            program.await_draining()
            program.signal(signal.SIGINT)
            code, channel, seconds = program.finish()
        assert (code, channel["error"]) == (130, "")
        assert channel["produced"] == channel["delivered"] + channel["pending"]
        assert channel["delivered"] == 5
        at_most("the end", seconds, NOW)

    retried(attempt, tmp_path)


def test_the_control_after_one_signal_alone_a_hung_consumer_has_its_time(tmp_path):
    with Program("NeverReturns", tmp_path, arguments={"at": [5]}, worker="thread") as program:
        program.await_events(6)
        program.signal(signal.SIGINT)
        program.await_draining()
        with pytest.raises(subprocess.TimeoutExpired):
            program.process.wait(NOW)


@every_policy
@every_kind
def test_one_signal_and_a_hung_consumer_is_a_drain_timeout(kind, policy, tmp_path):
    def attempt(folder):
        options = {"worker": kind, "on_full": policy, "queue_size": 5, "name": "mine"}
        arguments, app = {"at": [5]}, {"drain_timeout": DRAIN}
        with Program("NeverReturns", folder, arguments=arguments, app=app, **options) as program:
            program.await_events(6)
            program.signal(signal.SIGTERM)
            program.await_draining()
            code, channel, seconds = program.finish()
        assert code == 6
        assert "mine: the consumer did not finish within 0.5 s" in channel["error"]
        assert f"{channel['pending']} event" in channel["error"]
        at_most("how far from the limit", abs(seconds - DRAIN), TOLERANCE)

    retried(attempt, tmp_path)


@every_policy
@every_kind
def test_a_natural_end_that_drains_obeys_one_signal(kind, policy, tmp_path):
    def attempt(folder):
        text = FINITE.format(count=20)
        arguments = {"seconds": 60.0}
        options = {"worker": kind, "on_full": policy}
        with Program("Noting", folder, text=text, arguments=arguments, **options) as program:
            program.await_events(1)
            program.await_draining()
            program.signal(signal.SIGINT)
            code, channel, seconds = program.finish()
        assert (code, channel["error"]) == (130, "")
        assert (channel["produced"], channel["delivered"], channel["pending"]) == (20, 0, 20)
        at_most("the end", seconds, NOW)

    retried(attempt, tmp_path)
