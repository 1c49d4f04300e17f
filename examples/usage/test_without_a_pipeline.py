"""Tests of an extractor and an application, with neither a video nor a model.

::

    python -m pytest test_without_a_pipeline.py

The fixtures ``batch``, ``replay`` and ``golden`` come with pythiags.
"""

import pytest
from my_custom_parsing import MyCustomExtract

from pythiags import App, StreamError
from pythiags.testing import (
    Collecting,
    Flaky,
    SceneFrame,
    SceneObject,
    Slow,
    Stall,
    script,
    synthetic,
)

PERSON = SceneObject("person", class_id=0, confidence=0.75)
FRAME = SceneFrame(objects=(PERSON,), frame_num=7)


def test_one_frame(batch):
    """An extractor takes a batch in the place of a probe's info."""
    found = MyCustomExtract().extract_metadata(None, batch(FRAME))
    assert found == [{"label": "person", "confidence": 0.75, "frame_number": 7}]


def test_a_recording(replay, golden):
    """``pytest --update-golden`` rewrites golden/test_without_a_pipeline/test_a_recording.json."""
    golden(replay("people.jsonl", MyCustomExtract))


def test_many_objects(replay):
    """A seed makes the same objects each time."""
    events = replay(synthetic(seed=1, buffers=100, objects=20), MyCustomExtract)
    assert [len(event) for event in events] == [20] * 100


def test_a_camera_that_goes_away():
    """What came before the error is delivered."""
    collected, stall = Collecting(), Stall()
    steps = [FRAME, FRAME, stall, FRAME, StreamError("the camera is gone")]
    with App.from_buffers(script(*steps)) as app:
        app.attach("source", MyCustomExtract, collected)
        app.start()
        assert len(collected.wait_for(2)) == 2
        stall.release()
        with pytest.raises(StreamError, match="the camera is gone"):
            app.join()
    assert len(collected.events) == 3


def test_a_consumer_that_is_slow_costs_old_events():
    """It waits for the test, not for the clock, so that the counters are known."""
    slow, busy, full = Slow(), Stall(), Stall()
    with App.from_buffers(script(FRAME, busy, *[FRAME] * 10, full)) as app:
        app.attach("source", MyCustomExtract, slow, queue_size=2, on_full="drop-oldest")
        app.start()
        slow.wait_for(1)
        busy.release()
        full.reached.wait()  # ten events came while it was busy with the first
        slow.release()
        full.release()
        app.join()
        counts = app.stats().attachments[0].channel
    assert (counts.delivered, counts.dropped) == (3, {"drop-oldest": 8})


def test_a_consumer_that_fails_costs_one_event():
    """The others are delivered."""
    collected = Collecting()
    with App.from_buffers(script(*[FRAME] * 5)) as app:
        app.attach("source", MyCustomExtract, Flaky(collected, at={3}))
        app.run()
        counts = app.stats().attachments[0].channel
    assert (counts.delivered, counts.dropped) == (4, {"consumer-error": 1})
