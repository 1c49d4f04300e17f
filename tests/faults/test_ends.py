"""How a run ends while events wait: by itself, by a stop, by signals, with a hung consumer."""

import signal
import subprocess

import pytest
from faults.consumers import Gate, NeverReturns, Sleeps, number, read_notes
from faults.harness import LIVE, Program, Stream, adds_up, until

from pythiags import App
from pythiags.errors import DrainTimeout

FRAMES = 1000
QUEUE = 50  # events: what waits in memory is a small part of all
DRAIN = 0.5  # seconds
FINITE = LIVE.replace("is-live=true", "num-buffers={count}").replace("fps", "count")

KINDS = ["thread", "process"]
POLICIES = ["block", "spill"]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_policy = pytest.mark.parametrize("policy", POLICIES)


def told(folder, *kinds):
    """What the consumer noted, without the times."""
    return [(note.what, note.frame) for note in read_notes(folder) if note.what in kinds]


def finite(folder, kind, policy):
    """A consumer that handles its first event until the gate is open."""
    app = App(FINITE, count=FRAMES)
    consumer = Sleeps(folder, at=(0,))
    app.attach("tap", number, consumer, worker=kind, on_full=policy, queue_size=QUEUE)
    return app


@every_policy
@every_kind
def test_a_natural_end_delivers_everything_in_order_and_then_one_end(kind, policy, tmp_path):
    gate = Gate(tmp_path)
    with finite(tmp_path, kind, policy) as app:
        app.start()

        def channel():
            return app.stats().attachments[0].channel

        if policy == "block":
            until(lambda: channel().waiting, "the stream waits")
        else:
            until(lambda: channel().spilled > FRAMES / 2, "events on disk")
        gate.open()
        summary = app.join(60)
    assert (channel().delivered, channel().pending, channel().dropped) == (FRAMES, 0, {})
    assert channel().peak_items <= QUEUE, "it never held more in memory"
    assert (channel().spilled > 0) == (policy == "spill")
    expected = [("end", frame) for frame in range(FRAMES)]
    events = told(tmp_path, "end", "control:end", "close")
    assert events == [*expected, ("control:end", -1), ("close", -1)]
    assert (summary.reason, summary.exit_code) == ("end of stream", 0)


def test_the_control_a_policy_that_drops_does_not_deliver_everything(tmp_path):
    gate = Gate(tmp_path)
    with finite(tmp_path, "thread", "drop-oldest") as app:
        app.start()
        until(lambda: app.stats().attachments[0].channel.dropped, "a drop")
        gate.open()
        (attachment,) = app.join(60).attachments
    assert attachment.channel.dropped["drop-oldest"] > 0
    assert len(told(tmp_path, "end")) == attachment.channel.delivered < FRAMES


@every_policy
@every_kind
def test_a_stop_delivers_what_was_produced(kind, policy, tmp_path):
    consumer = Sleeps(tmp_path, at=(5,))
    with Stream(consumer, tmp_path, worker=kind, on_full=policy, queue_size=5) as stream:
        until(lambda: stream.channel.pending > 3, "events wait")
        stream.open_gate_when_draining()
        (attachment,) = stream.app.stop().attachments
    channel = attachment.channel
    assert channel.produced > 5 + 3, "there was something left to deliver"
    assert told(tmp_path, "end") == [("end", frame) for frame in range(channel.produced)]
    assert (channel.delivered, channel.pending, channel.dropped) == (channel.produced, 0, {})
    assert told(tmp_path, "control:end") == [], "it did not end by itself"
    assert len(told(tmp_path, "close")) == 1


@every_policy
@every_kind
def test_a_stop_now_leaves_the_rest_pending(kind, policy, tmp_path):
    consumer = NeverReturns(tmp_path, at=(0,))
    with Stream(consumer, tmp_path, worker=kind, on_full=policy, queue_size=5) as stream:
        until(lambda: stream.channel.pending > 3, "events wait")
        (attachment,) = stream.app.stop(drain=False).attachments
        assert told(tmp_path, "end") == [], "nobody waited for the consumer"
    assert attachment.channel.pending > 3
    assert adds_up(attachment.channel)


@every_policy
@every_kind
def test_a_hung_consumer_is_named_when_the_time_is_over(kind, policy, tmp_path):
    consumer = NeverReturns(tmp_path, at=(0,))
    options = {"worker": kind, "on_full": policy, "queue_size": 5, "name": "mine"}
    with Stream(consumer, tmp_path, **options) as stream:
        if policy == "block":
            until(lambda: stream.channel.waiting, "the stream waits")
        else:
            until(lambda: stream.channel.pending > 5, "events wait")
        with pytest.raises(DrainTimeout, match="mine") as caught:
            stream.app.stop(drain=DRAIN)
        channel = stream.channel
    assert f"did not finish within {DRAIN} s" in str(caught.value)
    assert f"got: {channel.pending} events pending" in str(caught.value)
    assert channel.dropped == ({"closed": 1} if policy == "block" else {}), "the one that waited"
    assert (channel.delivered, adds_up(channel)) == (0, True)
    assert channel.pending > 5
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("number_", [signal.SIGINT, signal.SIGTERM])
@every_policy
@every_kind
def test_one_signal_delivers_what_is_pending(kind, policy, number_, tmp_path):
    options = {"worker": kind, "on_full": policy, "queue_size": 5}
    with Program("Sleeps", tmp_path, arguments={"at": [5]}, **options) as program:
        program.await_events(6)
        program.signal(number_)
        program.await_draining()
        program.gate.open()
        code, channel = program.finish()
    assert code == 128 + number_
    assert channel["produced"] == channel["delivered"] == len(told(tmp_path, "end")) >= 6
    assert (channel["pending"], channel["dropped"], channel["error"]) == (0, {}, "")
    assert len(told(tmp_path, "close")) == 1


@every_policy
@every_kind
def test_a_second_signal_ends_it_now(kind, policy, tmp_path):
    options = {"worker": kind, "on_full": policy, "queue_size": 5}
    with Program("NeverReturns", tmp_path, arguments={"at": [5]}, **options) as program:
        program.await_events(6)
        program.signal(signal.SIGINT)
        program.await_draining()
        program.signal(signal.SIGINT)
        code, channel = program.finish()
    assert (code, channel["error"]) == (130, "")
    known = channel["delivered"] + channel["pending"] + sum(channel["dropped"].values())
    assert channel["produced"] == known
    assert channel["delivered"] == 5


def test_the_control_after_one_signal_alone_a_hung_consumer_has_its_time(tmp_path):
    with Program("NeverReturns", tmp_path, arguments={"at": [5]}, worker="thread") as program:
        program.await_events(6)
        program.signal(signal.SIGINT)
        program.await_draining()
        with pytest.raises(subprocess.TimeoutExpired):
            program.process.wait(DRAIN)


@every_policy
@every_kind
def test_one_signal_and_a_hung_consumer_is_a_drain_timeout(kind, policy, tmp_path):
    options = {"worker": kind, "on_full": policy, "queue_size": 5, "name": "mine"}
    arguments, app = {"at": [5]}, {"drain_timeout": DRAIN}
    with Program("NeverReturns", tmp_path, arguments=arguments, app=app, **options) as program:
        program.await_events(6)
        program.signal(signal.SIGTERM)
        program.await_draining()
        code, channel = program.finish()
    assert code == 6
    assert f"mine: the consumer did not finish within {DRAIN} s" in channel["error"]
    assert f"{channel['pending']} event" in channel["error"]


@every_policy
@every_kind
def test_a_natural_end_that_drains_obeys_one_signal(kind, policy, tmp_path):
    text = FINITE.format(count=20)
    arguments = {"at": [0]}
    options = {"worker": kind, "on_full": policy}
    with Program("NeverReturns", tmp_path, text=text, arguments=arguments, **options) as program:
        program.await_events(1)
        program.await_draining()
        program.signal(signal.SIGINT)
        code, channel = program.finish()
    assert (code, channel["error"]) == (130, "")
    assert (channel["produced"], channel["delivered"], channel["pending"]) == (20, 0, 20)
