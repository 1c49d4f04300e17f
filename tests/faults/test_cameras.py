"""Cameras that go away: RTSP servers that are killed, frozen, thawed, and come back changed."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict

import pytest
from faults.harness import descriptors, threads, until

from pythiags import App, Consumer, Gap, RetriesExhausted, RetryPolicy, SourceLost, StreamError
from pythiags import frames_per_batch as frames_of
from pythiags.gst import Gst
from pythiags.gst.bus import SourceMessage
from pythiags.gst.pipeline import PipelineState
from pythiags.testing import Camera, FaultyServer

POLICY = RetryPolicy(
    stall_timeout=2, start_timeout=10, retry_timeout=math.inf, backoff=0.2, max_backoff=0.5
)
RTSP = (
    "rtspsrc name=cam{n} location={uri} protocols={protocol} latency=0 ! rtph264depay ! h264parse "
    "! avdec_h264"
)
KINDS = {
    "tcp": RTSP.replace("{protocol}", "tcp"),
    "udp": RTSP.replace("{protocol}", "udp"),
    "uridecodebin": "uridecodebin name=cam{n} uri={uri}",
}
MIXER = (
    "nvstreammux name=m batch-size={count} width=320 height=240 live-source=true "
    "batched-push-timeout=40000 ! identity name=tap ! fakesink sync=false "
)
BRANCH = "{source} ! nvvideoconvert ! queue ! m.sink_{n} "

every_kind = pytest.mark.parametrize("kind", KINDS)


def pipeline(kind, *uris):
    """Cameras in front of one mixer."""
    sources = [KINDS[kind].format(n=n, uri=uri) for n, uri in enumerate(uris)]
    return MIXER.format(count=len(uris)) + " ".join(
        BRANCH.format(source=source, n=n) for n, source in enumerate(sources)
    )


def look(_pad, info):
    return [
        (frame.source_id, frame.frame_num, frame.source_frame_width) for frame in frames_of(info)
    ]


class Notes(Consumer):
    """Keeps what came of each source, and the gaps."""

    worker = "thread"

    def __init__(self):
        self.numbers = defaultdict(list)
        self.widths = defaultdict(list)
        self.gaps = []

    def incoming(self, events):
        for source, number, width in events:
            self.numbers[source].append(number)
            self.widths[source].append(width)

    def control(self, item):
        if isinstance(item, Gap):
            self.gaps.append(item)


class Watched:
    """An App on cameras, with what its consumer and its subscribers were told."""

    def __init__(self, text, retry=POLICY):
        self.notes = Notes()
        self.messages = []
        self.app = App(text, retry=retry, drain_timeout=5)
        self.app.attach("tap", look, self.notes)
        self.app.subscribe(self.messages.append, SourceMessage)

    def __enter__(self):
        self.app.start()
        return self

    def __exit__(self, *_error):
        self.app.close()

    def told(self, change, name="cam0"):
        return [each for each in self.messages if (each.change, each.name) == (change, name)]

    def await_told(self, change, count=1, name="cam0"):
        until(lambda: len(self.told(change, name)) >= count, f"{name} is {change}")

    def await_frames(self, count, source=0):
        numbers = self.notes.numbers[source]
        goal = len(numbers) + count
        until(lambda: len(numbers) >= goal, f"{count} frames of source {source}")

    def stats(self, name="cam0"):
        return next(each for each in self.app.stats().sources if each.name == name)


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """What connects first loads and opens what stays."""
    with Camera(frames=5) as camera, contextlib.suppress(SourceLost):
        for kind in KINDS:
            App(pipeline(kind, camera.address), drain_timeout=5).run()


@pytest.fixture
def camera():
    with Camera() as camera:
        yield camera


@every_kind
def test_without_a_policy_the_run_ends_with_an_error(camera, kind):
    with Watched(pipeline(kind, camera.address), retry=None) as run:
        run.await_frames(10)
        camera.kill()
        with pytest.raises(StreamError) as caught:
            run.app.join(20)
        assert caught.value.exit_code == 4
        assert run.stats().lost
        assert sum(run.stats().losses.values()) == 1


def test_a_camera_that_says_goodbye_is_lost_as_well():
    with Camera(frames=20) as camera, Watched(pipeline("tcp", camera.address), None) as run:
        with pytest.raises(SourceLost, match="the source is lost: eos") as caught:
            run.app.join(20)
        assert caught.value.exit_code == 4
        assert run.stats().lost
        assert run.stats().losses == {"eos": 1}
        assert camera.address in caught.value.got
        assert len(run.notes.gaps) == 1


def test_an_end_may_be_allowed():
    policy = RetryPolicy(restart_on_eos=False)
    with Camera(frames=20) as camera, Watched(pipeline("tcp", camera.address), policy) as run:
        summary = run.app.join(20)
    assert (summary.reason, summary.exit_code) == ("end of stream", 0)
    assert not summary.sources[0].losses


@every_kind
def test_a_server_that_is_killed_and_comes_back(camera, kind):
    with Watched(pipeline(kind, camera.address)) as run:
        for count in (1, 2):
            run.await_frames(10)
            assert run.app.state is PipelineState.RUNNING
            camera.kill()
            run.await_told("lost", count)
            assert run.app.state is PipelineState.RETRYING
            camera.start()
            run.await_told("back", count)
        run.await_frames(10)
        stats = run.stats()
        summary = run.app.stop()
    assert stats.status == "running"
    assert sum(stats.losses.values()) == 2
    assert stats.num_retry >= 2
    assert summary.exit_code == 0
    assert [gap.source_id for gap in run.notes.gaps] == [0, 0]
    numbers = run.notes.numbers[0]
    assert numbers == sorted(set(numbers)), "no frame has a number that another had"


@every_kind
def test_a_camera_that_freezes_and_thaws(camera, kind):
    with Watched(pipeline(kind, camera.address)) as run:
        run.await_frames(10)
        camera.freeze()
        run.await_told("lost")
        assert run.stats().losses == {"timeout": 1}
        assert "no data for 2." in run.told("lost")[0].why
        camera.thaw()
        run.await_told("back")
        run.await_frames(10)
    assert len(run.notes.gaps) == 1


@every_kind
def test_one_of_several_does_not_disturb_the_others(kind):
    with Camera() as first, Camera() as other, Camera(rate=15) as third:
        text = pipeline(kind, first.address, other.address, third.address)
        with Watched(text) as run:
            for source in range(3):
                run.await_frames(10, source)
            other.kill()
            run.await_told("lost", name="cam1")
            assert run.app.state is PipelineState.RUNNING
            for source in (0, 2):
                run.await_frames(30, source)
            before = len(run.notes.numbers[1])
            other.start(width=160, height=120, rate=10)
            run.await_told("back", name="cam1")
            run.await_frames(10, source=1)
            assert set(run.notes.widths[1][before + 5 :]) == {160}
            assert [len(run.told("lost", f"cam{n}")) for n in range(3)] == [0, 1, 0]
            assert Counter(gap.source_id for gap in run.notes.gaps) == {1: 1}
    for numbers in run.notes.numbers.values():
        assert numbers == sorted(set(numbers))


def test_a_camera_may_come_back_with_another_codec(camera):
    with Watched(pipeline("uridecodebin", camera.address)) as run:
        run.await_frames(10)
        camera.kill()
        run.await_told("lost")
        camera.start(codec="jpeg", width=160, height=120)
        run.await_told("back")
        run.await_frames(10)
        assert run.notes.widths[0][-1] == 160


@every_kind
def test_a_camera_that_is_not_there_at_the_start(camera, kind):
    camera.kill()
    with Watched(pipeline(kind, camera.address)) as run:
        run.await_told("lost")
        camera.start()
        run.await_frames(10)
        assert run.stats().status == "running"


@every_kind
def test_a_camera_that_stays_away_is_given_up(camera, kind):
    policy = RetryPolicy(retry_timeout=3, stall_timeout=2, backoff=0.2, max_backoff=0.5)
    with Watched(pipeline(kind, camera.address), policy) as run:
        run.await_frames(10)
        camera.kill()
        with pytest.raises(RetriesExhausted, match="lost: error") as caught:
            run.app.join(20)
    assert caught.value.exit_code == 5
    assert "retry_timeout" in caught.value.hint


def test_a_camera_that_never_was_there_is_given_up(camera):
    camera.kill()
    policy = RetryPolicy(retry_timeout=1, stall_timeout=0.5, backoff=0.2)
    with (
        Watched(pipeline("tcp", camera.address), policy) as run,
        pytest.raises(RetriesExhausted, match="lost: error: Could not open resource"),
    ):
        run.app.join(20)


@every_kind
@pytest.mark.parametrize("behaviour", ["silent", "half-way", "cut"])
def test_a_server_that_does_not_answer(kind, behaviour):
    policy = RetryPolicy(start_timeout=1, stall_timeout=0.5, backoff=0.1, max_backoff=0.2)
    with (
        FaultyServer(behaviour) as server,
        Watched(pipeline(kind, server.address), policy) as run,
    ):
        run.await_told("silent")
        run.await_told("lost")
        assert run.stats().last_retry_reason == "timeout"
        until(lambda: run.stats().num_retry >= 2, "a second attempt")


def test_a_camera_that_hangs_does_not_keep_the_rest_from_stopping(camera):
    policy = RetryPolicy(start_timeout=1, stall_timeout=0.5, backoff=0.1)
    with FaultyServer("cut") as server:
        text = pipeline("tcp", camera.address, server.address)
        # Longer than a stop waits.
        text = text.replace("name=cam1", "name=cam1 tcp-timeout=8000000")
        with Watched(text, policy) as run:
            run.await_frames(5)
            run.await_told("lost", name="cam1")
            tap, hung = map(run.app.pipeline.get_by_name, ("tap", "cam1"))
            run.app.stop()
            assert tap.current_state == Gst.State.NULL
        until(lambda: hung.current_state == Gst.State.NULL, "the end of its wait")


@every_kind
def test_a_server_that_sends_garbage(kind):
    policy = RetryPolicy(start_timeout=1, stall_timeout=0.5, backoff=0.1, max_backoff=0.2)
    with (
        FaultyServer("garbage") as server,
        Watched(pipeline(kind, server.address), policy) as run,
    ):
        run.await_told("lost")
        until(lambda: run.stats().num_retry >= 2, "a second attempt")
        assert run.app.stop().reason == "stop"


def test_a_signal_ends_a_program_whose_camera_is_frozen(camera, tmp_path):
    path = tmp_path / "frames"
    text = pipeline("tcp", camera.address).replace("fakesink", f"filesink location={path}")
    child = subprocess.Popen(
        [sys.executable, "-m", "pythiags", "launch", *text.split(), "--retry"],
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: path.exists() and path.stat().st_size, "a frame")
    camera.freeze()
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 128 + signal.SIGINT, said
    camera.thaw()


@pytest.mark.parametrize("frozen", [False, True])
def test_a_stop_while_a_camera_is_away(camera, frozen):
    with Watched(pipeline("tcp", camera.address)) as run:
        run.await_frames(10)
        camera.freeze() if frozen else camera.kill()
        run.await_told("lost")
        summary = run.app.stop()
    assert summary.reason == "stop"
    produced = summary.attachments[0].channel
    assert produced.delivered == produced.produced


class Clock:
    """In the place of the module ``time``: one that can be set forward, and counts who looks."""

    def __init__(self):
        self.ahead = 0.0
        self.looks = 0

    def monotonic(self):
        self.looks += 1
        return time.monotonic() + self.ahead


def test_a_pause_is_no_loss(camera, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("pythiags.gst.sources.time", clock)
    with Watched(pipeline("tcp", camera.address)) as run:
        run.await_frames(10)
        run.app.pause()
        clock.ahead = 10 * POLICY.stall_timeout
        looks = clock.looks
        until(lambda: clock.looks >= looks + 5, "it is looked at as long after")
        clock.ahead = 0.0
        assert not run.messages
        run.app.resume()
        run.await_frames(10)
        assert not run.messages


def test_a_camera_that_is_lost_in_a_pause_comes_back_after_it(camera):
    with Watched(pipeline("tcp", camera.address)) as run:
        run.await_frames(10)
        run.app.pause()
        camera.kill()
        run.await_told("lost")  # at once, and not with the end of the pause
        camera.start()
        run.app.resume()
        run.await_told("back")
        run.await_frames(10)


def test_a_camera_that_is_lost_in_a_pause_is_not_given_up_in_it(camera, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("pythiags.gst.sources.time", clock)
    policy = dataclasses.replace(POLICY, retry_timeout=60)
    with Watched(pipeline("tcp", camera.address), policy) as run:
        run.await_frames(10)
        run.app.pause()
        camera.kill()
        run.await_told("lost")
        clock.ahead = 2 * policy.retry_timeout
        looks = clock.looks
        until(lambda: clock.looks >= looks + 5, "it is looked at as long after")
        assert run.stats().status == "retrying"
        assert not run.told("end")


def test_what_is_not_live_is_not_retried():
    app = App("videotestsrc num-buffers=9 ! fakesink", retry=POLICY)
    with app:
        summary = app.run()
    assert (summary.reason, summary.exit_code, summary.sources) == ("end of stream", 0, ())


def test_attempts_leave_nothing_behind(camera):
    with Watched(pipeline("tcp", camera.address)) as run:
        counts = []
        for count in range(1, 6):
            run.await_frames(5)
            counts.append((len(threads()), sum(descriptors().values())))
            camera.kill()
            run.await_told("lost", count)
            camera.start()
            run.await_told("back", count)
    assert max(counts[2:]) <= max(counts[:2])


def test_the_command_says_what_was_lost(camera, tmp_path):
    path = tmp_path / "frames"
    text = pipeline("tcp", camera.address).replace("fakesink", f"filesink location={path}")
    child = subprocess.Popen(
        [sys.executable, "-m", "pythiags", "launch", *text.split()],
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: path.exists() and path.stat().st_size, "a frame")
    camera.kill()
    _, said = child.communicate(timeout=60)
    assert child.returncode == 4
    wanted = f"cam0 ({camera.address}): stopped, "
    (line,) = [each for each in said.splitlines() if each.startswith(wanted)]
    assert "buffers, lost: 1 error; last: error: " in line
    assert "cam0: the source is lost" in said
