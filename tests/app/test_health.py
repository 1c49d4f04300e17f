"""When a run counts as well, and why it does not."""

import json

import pytest

from pythiags import RetryPolicy, StreamError
from pythiags.app.health import Stillness, health
from pythiags.app.stats import AppStats
from pythiags.gst.pipeline import PipelineState
from pythiags.retry import SourceStats

RUNNING = PipelineState.RUNNING
POLICY = RetryPolicy(stall_timeout=2, start_timeout=9)


def camera(status="running", *, buffers=10, losses=None, detail="", name="yard"):
    losses = losses or {}
    last = next(iter(losses), None)
    where = "rtsp://user:***@camera/"
    return SourceStats(name, where, 0, status, buffers, losses, {}, 0, last, detail)


def stats(*sources, state=RUNNING):
    return AppStats(state, 5.0, 5.0, 0.0, 10, None, None, (), sources=sources)


def judge(given, error=None, quiet=0.0, *, moved=True, retry=None):
    return health(given, error, quiet, moved=moved, retry=retry)


@pytest.mark.parametrize(
    ("status", "given", "moved"),
    [
        ("ok", stats(), True),
        ("ok", stats(camera()), True),
        ("starting", stats(), False),
        ("starting", stats(camera("buffering", buffers=0)), False),
        ("ok", stats(camera("stopped")), True),  # a file that has ended
        ("ending", stats(state=PipelineState.DRAINING), True),
    ],
)
def test_what_is_well(status, given, moved):
    found = judge(given, quiet=1.0, moved=moved)
    assert (found.well, found.status, found.reasons) == (True, status, ())


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("stalled", camera("buffering")),
        ("source-lost", camera("retrying", losses={"timeout": 1})),
        ("source-lost", camera("retrying", losses={"error": 1}, buffers=0)),
        ("source-lost", camera("stopped", losses={"eos": 1})),
    ],
)
def test_a_source_that_is_not_well(kind, source):
    found = judge(stats(camera(name="door"), source))
    assert not found.well
    assert found.status == "unhealthy"
    assert [(each.kind, each.source) for each in found.reasons] == [(kind, "yard")]
    assert all(each.detail for each in found.reasons)
    assert found.sources == {"door": "running", "yard": source.status}


@pytest.mark.parametrize(
    ("quiet", "moved", "retry", "well"),
    [
        (4.9, True, None, True),
        (5.0, True, None, False),
        (1.9, True, POLICY, True),
        (2.0, True, POLICY, False),
        (19.9, False, None, True),
        (20.0, False, None, False),
        (8.9, False, POLICY, True),
        (9.0, False, POLICY, False),
    ],
)
def test_nothing_moves(quiet, moved, retry, well):
    found = judge(stats(), quiet=quiet, moved=moved, retry=retry)
    assert found.well == well
    assert well or found.reasons[0].kind == "stalled"


@pytest.mark.parametrize(("quiet", "well"), [(29.9, True), (30.0, False)])
def test_where_buffers_are_rare_a_longer_silence_is_none(quiet, well):
    assert health(stats(), None, quiet, moved=True, retry=None, pause=10.0).well == well


def test_the_end_is_no_stall():
    assert judge(stats(state=PipelineState.DRAINING), quiet=99.0).well


def test_a_run_that_failed():
    error = StreamError("no data from rtsp://user:secret@camera/", where="src")
    found = judge(stats(camera()), error, quiet=99.0)
    (reason,) = json.loads(found.json())["reasons"]
    assert reason["kind"] == "failed"
    assert reason["detail"].startswith("StreamError: src: no data from")
    assert "secret" not in found.json()


def test_what_a_source_says_has_no_password():
    source = camera("retrying", losses={"error": 1}, detail="rtsp://user:secret@camera/ refused")
    text = judge(stats(source)).json()
    assert "refused" in text
    assert "secret" not in text


def test_stillness_counts_from_the_last_buffer():
    still = Stillness()
    assert (still.seconds(3.0), still.moved) == (0.0, False)
    still.look(0.0, 0, playing=True)
    assert (still.seconds(4.0), still.moved) == (4.0, False)
    still.look(5.0, 7, playing=True)
    assert (still.seconds(5.0), still.moved) == (0.0, True)
    still.look(6.0, 7, playing=True)
    assert still.seconds(7.0) == 2.0
    still.look(8.0, 7, playing=False)  # a pause
    assert still.seconds(8.0) == 0.0


def test_stillness_knows_how_rare_buffers_are():
    still, pauses = Stillness(), []
    for now, count in [(0, 0), (9, 1), (10, 1), (19, 2), (29, 3), (30, 4)]:
        still.look(float(now), count, playing=True)
        pauses.append(still.pause)
    assert pauses == [0, 0, 0, 10, 10, 1]  # what the start takes is none
    still.look(60.0, 4, playing=False)
    still.look(61.0, 5, playing=True)
    assert still.pause == 1


def test_a_look_is_due_once_a_second():
    still = Stillness()
    assert still.is_due(0.0)
    still.look(0.0, 0, playing=True)
    assert not still.is_due(0.9)
    assert still.is_due(1.0)
