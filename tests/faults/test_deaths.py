"""Worker processes that die: what is delivered again, what is given up, and when the run ends."""

import base64
import json
import os
import pickle
import signal
from pathlib import Path

import pytest
from faults import consumers
from faults.consumers import SOURCES, Looks, of_sources, picture, read_notes
from faults.harness import LIVE, Program, Sampler, Stream, adds_up, until

from pythiags import App
from pythiags.errors import DrainTimeout, WorkerDied

AT = 10  # the frame at which a worker dies
MORE = 25  # frames that have to come after that
DRAIN = 0.5  # seconds
WORDS = {
    consumers.Exits: "exited with status 9",
    consumers.IsKilled: "killed by SIGKILL",
    consumers.Segfaults: "killed by SIGSEGV",
}


def letters(state):
    """Return all dead letters."""
    paths = (state / "dead-letters").glob("*.jsonl")
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def ended(stream):
    return [note.frame for note in stream.notes("end")]


@pytest.mark.parametrize("misdeed", WORDS)
def test_an_event_that_three_workers_die_of_is_a_dead_letter(misdeed, tmp_path, state):
    consumer = misdeed(tmp_path, at=(AT,), times=3)
    with Stream(consumer, tmp_path, worker="process", name="mine") as stream:
        stream.await_events(AT + MORE)
        channel = stream.app.stop().attachments[0].channel
    assert ended(stream) == [frame for frame in range(channel.produced) if frame != AT]
    assert (channel.dropped, channel.redelivered) == ({"dead-letter": 1}, 2)
    assert channel.produced == channel.delivered + 1
    (letter,) = letters(state)
    assert (letter["attachment"], letter["attempts"]) == ("mine", 3)
    assert WORDS[misdeed] in letter["death"]
    assert pickle.loads(base64.b64decode(letter["pickle"])) == [{"frame": AT}]
    assert letter["repr"] == repr([{"frame": AT}])
    told = {consumers.Exits: "the end is near", consumers.Segfaults: "Segmentation fault"}
    assert told.get(misdeed, "") in "\n".join(letter["stderr"])


def test_the_control_an_event_that_two_workers_die_of_is_delivered(tmp_path, state):
    consumer = consumers.Exits(tmp_path, at=(AT,), times=2)
    with Stream(consumer, tmp_path, worker="process") as stream:
        stream.await_events(AT + MORE)
        channel = stream.app.stop().attachments[0].channel
    assert ended(stream) == [*range(channel.produced)]
    assert (channel.dropped, channel.redelivered) == ({}, 2)
    assert letters(state) == []


def test_more_than_five_deaths_in_a_minute_end_the_run(tmp_path):
    consumer = consumers.Exits(tmp_path, at=range(AT, AT + 6))
    with Stream(consumer, tmp_path, worker="process", name="mine") as stream:
        with pytest.raises(WorkerDied, match="6 times in 60 s") as caught:
            stream.app.join(20)
        channel = stream.channel
    assert (caught.value.where, caught.value.exit_code) == ("mine", WorkerDied.exit_code)
    assert "exited with status 9" in str(caught.value)
    assert "the end is near" in str(caught.value), "the last words"
    assert "on_worker_death='continue'" in str(caught.value)
    assert ended(stream) == [*range(AT + 5)]
    assert channel.delivered == AT + 5
    assert {*channel.dropped} <= {"closed"}, "what came while the run ended"
    assert adds_up(channel)


@pytest.mark.parametrize(("frames", "times"), [(5, 1), (3, 3)])
def test_the_control_five_deaths_and_those_of_dead_letters_do_not_end_it(frames, times, tmp_path):
    consumer = consumers.Exits(tmp_path, at=range(AT, AT + frames), times=times)
    with Stream(consumer, tmp_path, worker="process") as stream:
        stream.await_events(AT + MORE)
        channel = stream.app.stop().attachments[0].channel
    dead = frames if times == 3 else 0
    assert sum(channel.dropped.values()) == dead
    assert channel.delivered == channel.produced - dead
    assert channel.redelivered == (2 if dead else 1) * frames


def test_on_worker_death_continue_goes_on(tmp_path):
    consumer = consumers.Exits(tmp_path, at=range(AT, AT + 6))
    options = {"worker": "process", "on_worker_death": "continue"}
    with Stream(consumer, tmp_path, **options) as stream:
        stream.await_events(AT + MORE)
        channel = stream.app.stop().attachments[0].channel
    assert ended(stream) == [*range(channel.produced)]
    assert (channel.dropped, channel.redelivered) == ({}, 6)


def test_workers_killed_at_any_moment_lose_nothing(tmp_path):
    """Several events are in a batch at this pace: only what was not finished comes again."""
    stream = Stream(consumers.Noting(tmp_path), tmp_path, fps=500, worker="process")
    with stream, Sampler(stream.app) as sampler:
        killed = set()
        for _ in range(4):
            stream.await_events(60)
            pid = stream.notes("begin")[-1].pid
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
            until(lambda: stream.notes("begin")[-1].pid not in killed, "the spare's turn")
        channel = stream.app.stop().attachments[0].channel
    assert sampler.wrong == []
    assert (channel.delivered, channel.dropped) == (channel.produced, {})
    frames = ended(stream)
    assert list(dict.fromkeys(frames)) == [*range(channel.produced)], "in order, and all of them"
    assert len(frames) - channel.produced <= channel.redelivered <= len(killed)


def test_pictures_are_whole_whoever_dies(tmp_path):
    """A picture is delivered again from memory that a dead process has used."""
    options = {"extractor": picture, "worker": "process", "on_full": "block"}
    at = (30, 60, 90)
    with Stream(Looks(tmp_path, at), tmp_path, fps=60, **options) as stream:
        stream.await_events(at[-1] + 30)
        channel = stream.app.stop().attachments[0].channel
    assert (channel.delivered, channel.dropped) == (channel.produced, {})
    assert channel.redelivered == len(at)
    assert list(dict.fromkeys(ended(stream))) == [*range(channel.produced)]
    assert stream.notes("wrong") == []


def test_a_worker_that_is_frozen_is_given_up_at_the_end(tmp_path):
    with Stream(consumers.Noting(tmp_path), tmp_path, worker="process", name="mine") as stream:
        stream.await_events(AT)
        os.kill(stream.notes("begin")[-1].pid, signal.SIGSTOP)
        stream.await_frames(MORE)
        with pytest.raises(DrainTimeout, match="mine"):
            stream.app.stop(drain=DRAIN)
    channel = stream.channel
    assert (channel.pending > MORE / 2, channel.dropped) == (True, {})


def test_a_worker_that_dies_behind_a_pipe_that_nobody_reads_is_replaced(tmp_path):
    """The program's own output is that pipe: what the worker printed cannot be passed on."""
    arguments = {"at": [AT]}
    with Program("Prints", tmp_path, arguments=arguments, worker="process") as program:
        program.await_events(AT + 1)
        (stuck,) = {note.pid for note in read_notes(tmp_path)}
        os.kill(stuck, signal.SIGKILL)
        program.await_events(AT + MORE)
        program.signal(signal.SIGTERM)
        code, channel = program.finish()
    assert (code, channel["error"]) == (128 + signal.SIGTERM, "")
    assert (channel["delivered"], channel["redelivered"]) == (channel["produced"], 1)


def test_workers_end_with_a_program_that_is_killed(tmp_path):
    with Program("Noting", tmp_path, worker="process") as program:
        program.await_events(AT)
        pid = read_notes(tmp_path)[-1].pid
        program.signal(signal.SIGKILL)
        program.finish()
        until(lambda: not is_alive(pid), "the worker is gone")


def is_alive(pid):
    """Whether a process runs; its new parent may take its time to see it off."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_each_source_stays_in_order_though_workers_die(tmp_path):
    at = [10 * frame + source for frame, source in ((8, 0), (9, 4), (12, 2), (13, 5), (14, 3))]
    app = App(LIVE, fps=50)
    consumer = consumers.Exits(tmp_path, at=at)
    app.attach("tap", of_sources, consumer, worker="process", workers=3)
    with app:
        app.start()
        until(lambda: len(read_notes(tmp_path)) > 2 * SOURCES * (14 + MORE), "events after that")
        (attachment,) = app.stop().attachments
    channel = attachment.channel
    assert (channel.delivered, channel.dropped) == (channel.produced, {})
    assert channel.redelivered == len(at)
    assert len(attachment.lanes) == 3
    done = dict.fromkeys(note.frame for note in read_notes(tmp_path) if note.what == "end")
    for source in range(SOURCES):
        frames = [number // 10 for number in done if number % 10 == source]
        assert frames == [*range(channel.produced // 3)], "a part for each worker and frame"


def test_a_worker_that_dies_after_a_natural_end_loses_nothing(tmp_path):
    app = App(LIVE.replace("is-live=true", "num-buffers=20"), fps=50)
    app.attach("tap", consumers.number, consumers.Exits(tmp_path, at=(18, 19)), worker="process")
    with app:
        channel = app.run().attachments[0].channel
    assert (channel.delivered, channel.dropped, channel.redelivered) == (20, {}, 2)
    told = [note.what for note in read_notes(tmp_path)][-2:]
    assert told == ["control:end", "close"]
