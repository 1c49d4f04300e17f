"""The kit for users' tests: scenes, consumers that misbehave, golden files."""

import functools
import hashlib
import pickle

import numpy as np
import pytest

from pythiags import (
    App,
    Bbox,
    ConfigError,
    Consumer,
    Detection,
    Detections,
    MetadataReleased,
    UserCodeError,
    frames_per_batch,
    labels_per_object,
    objects_per_frame,
)
from pythiags.testing import (
    Collecting,
    Crashing,
    Flaky,
    SceneFrame,
    SceneLabel,
    SceneObject,
    Slow,
    check_golden,
    make_batch,
    make_buffer,
    script,
    synthetic,
)
from pythiags.testing.golden import text_of_golden

SCENES = synthetic(1, buffers=5, objects=2)


def started(consumer, **options):
    app = App.from_buffers(script(*SCENES), on_error=options.pop("on_error", "continue"))
    app.attach("source", Detections(), consumer, **options)
    app.start()
    return app


# ---- scenes ----


def test_a_scene_is_what_the_iterators_read():
    car = SceneObject("car", 2, 0.5, Bbox(1, 2, 3, 4), 7, labels=(SceneLabel("red", 1, 0.75),))
    plate = SceneObject("plate", parent=0)
    batch = make_batch(SceneFrame((car, plate), source_id=3, frame_num=9, pts=5, width=64))
    (frame,) = frames_per_batch(batch)
    assert (frame.source_id, frame.frame_num, frame.buf_pts) == (3, 9, 5)
    first, second = objects_per_frame(frame)
    assert Detections().extract_metadata(None, batch)[0] == Detection(
        "car", 2, 0.5, Bbox(1, 2, 3, 4), 7, 3, 9, 5
    )
    assert second.parent == first
    assert [each.result_label for each in labels_per_object(first)] == ["red"]


def test_a_batch_lives_with_its_views_and_a_buffers_dies_with_it():
    (frame,) = frames_per_batch(make_batch(SceneFrame()))
    assert frame.num_obj_meta == 0
    buffer = make_buffer(SceneFrame(pts=7), SceneFrame(source_id=1))
    first, second = frames_per_batch(buffer)
    assert (buffer.pts, second.source_id) == (7, 1)
    del buffer
    with pytest.raises(MetadataReleased):
        first.frame_num  # noqa: B018


def test_a_seed_makes_the_same_scenes_everywhere():
    scenes = synthetic(7, buffers=50, objects=8, sources=2)
    assert scenes == synthetic(7, buffers=50, objects=8, sources=2) != synthetic(8, buffers=50)
    digest = hashlib.sha256(repr(scenes).encode()).hexdigest()
    assert digest == ("85914f1ca927ae33bb2135859a275a4f4f2221148233c5e3035142ba57f4868b")


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ((SceneObject(parent=3),), r"objects\[0\].parent: expected .* of 1 object, .*got 3"),
        ((SceneObject(parent=0), SceneObject()), r"objects\[0\].parent: .*of 2 objects.*got 0"),
        ((SceneObject(parent=True), SceneObject()), r"objects\[0\].parent: .*got True"),
        ((SceneObject(parent=1), SceneObject(parent=0)), "each other's parents"),
        ((SceneObject(), "car"), r"objects\[1\]: expected a SceneObject, got 'car'"),
        (SceneObject(), "objects: expected a tuple of SceneObject"),
    ],
)
def test_scenes_are_checked_where_they_are_written(objects, says):
    with pytest.raises((TypeError, ValueError), match=says):
        SceneFrame(objects)


def test_a_parent_may_come_after_its_parts():
    batch = make_batch(SceneFrame((SceneObject("plate", parent=1), SceneObject("car"))))
    plate, car = objects_per_frame(next(frames_per_batch(batch)))
    assert (plate.parent, car.parent) == (car, None)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"labels": ()}, "expected: a sequence of one label or more"),
        ({"labels": "car"}, "got: 'car'"),
        ({"width": 0}, "invalid width"),
        ({"height": -1}, "invalid height"),
        ({"buffers": -1}, "invalid buffers"),
        ({"objects": 1.5}, "invalid objects"),
        ({"sources": None}, "invalid sources"),
    ],
)
def test_synthetic_scenes_cannot_be_of_nothing(options, says):
    with pytest.raises(ConfigError, match=says):
        synthetic(1, **options)


def test_objects_move_keep_their_numbers_and_stay_in_the_picture():
    scenes = synthetic(3, buffers=400, objects=5, sources=2, width=640, height=480)
    assert {len(frames) for frames in scenes} == {2}
    for number, frames in enumerate(scenes):
        for source, frame in enumerate(frames):
            assert (frame.frame_num, frame.source_id) == (number, source)
            assert [obj.object_id for obj in frame.objects] == list(range(5))
            for obj in frame.objects:
                assert 0 <= obj.bbox.left <= obj.bbox.right <= 640.2
                assert 0 <= obj.bbox.top <= obj.bbox.bottom <= 480.2
    assert len({frames[0].objects[0].bbox for frames in scenes}) > 300


# ---- consumers ----


def test_collecting_keeps_events_and_says_when_they_are_there():
    collected = Collecting()
    with started(collected) as app:
        assert len(collected.wait_for(5)) == 5
        app.join(30)
    assert (collected.opened, collected.closed) == (True, True)
    with pytest.raises(TimeoutError, match="5 of 6 events"):
        collected.wait_for(6, 0.01)


@pytest.mark.parametrize(
    ("options", "lost"), [({"at": {2, 3}}, 2), ({}, 5), ({"at": {1}, "error": OSError("no")}, 1)]
)
def test_flaky_costs_the_events_that_it_says(options, lost):
    collected = Collecting()
    with started(Flaky(collected, **options)) as app:
        app.join(30)
        channel = app.stats().attachments[0].channel
    assert channel.dropped.get("consumer-error", 0) == lost
    assert len(collected.events) == channel.delivered == 5 - lost
    assert collected.closed


def test_flaky_ends_a_run_that_is_to_stop():
    with (  # in its start, perhaps
        pytest.raises(UserCodeError, match="flaky"),
        started(Flaky(at={2}), on_error="stop") as app,
    ):
        app.join(30)


def test_slow_goes_on_when_the_test_says_so():
    collected = Collecting()
    slow = Slow(collected)
    with started(slow, queue_size=2, on_full="drop-oldest") as app:
        slow.wait_for(1)
        assert collected.events == []
        slow.step()
        slow.wait_for(2)
        assert len(collected.events) == 1
        slow.release()
        app.join(30)
        channel = app.stats().attachments[0].channel
    assert channel.delivered + sum(channel.dropped.values()) == 5
    with pytest.raises(TimeoutError):
        slow.wait_for(100, 0.01)


@pytest.mark.parametrize("how", [Crashing(at=2), functools.partial(Crashing, at=2)])
def test_crashing_costs_processes_and_no_event(how):
    with started(how) as app:
        app.join(60)
        (attachment,) = app.stats().attachments
    assert attachment.worker == "process"
    assert attachment.channel.delivered == 5
    assert attachment.worker_deaths > 0
    assert attachment.channel.redelivered > 0


def test_an_event_that_always_crashes_is_a_dead_letter():
    with started(Crashing(at=1), on_worker_death="continue") as app:
        app.join(100)
        channel = app.stats().attachments[0].channel
    assert channel.dropped.get("dead-letter", 0) == 5


class Inner(Consumer):
    def incoming(self, events):
        pass


def test_what_is_around_another_can_go_to_a_process():
    again = pickle.loads(pickle.dumps(Crashing(Inner, at=3)))
    assert type(again._inner) is Inner


# ---- golden files ----


def test_a_golden_file_is_written_compared_and_rewritten(tmp_path):
    path = tmp_path / "golden" / "seen.json"
    seen = [Detection("ä", 0, 0.5, Bbox(1, 2, 3, 4)), {"array": np.arange(2)}]
    with pytest.raises(AssertionError, match=r"no golden file .*seen.json\n.*--update-golden"):
        check_golden(seen, path)
    assert not path.exists()
    check_golden(seen, path, update=True)
    check_golden(seen, path)
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") == 4, "a line for each"
    assert '"label": "ä"' in text
    with pytest.raises(AssertionError) as raised:
        check_golden(seen[:1], path)
    assert '-{"array": [0, 1]}' in str(raised.value)
    assert "--update-golden rewrites the file" in str(raised.value)
    check_golden(seen[:1], path, update=True)
    check_golden(seen[:1], path)


def test_a_long_difference_is_cut(tmp_path):
    path = tmp_path / "a.json"
    check_golden(list(range(500)), path, update=True)
    with pytest.raises(AssertionError, match=r"\.\.\. \d+ lines more"):
        check_golden(list(range(500, 1000)), path)


@pytest.mark.parametrize(
    ("value", "text"),
    [([], "[]\n"), ({"a": 1}, '{\n "a": 1\n}\n'), (0.1, "0.1\n"), ([[1], []], "[\n[1],\n[]\n]\n")],
)
def test_how_values_are_written(value, text):
    assert text_of_golden(value) == text


def test_what_json_cannot_hold_is_named():
    with pytest.raises(UserCodeError, match=r"value\[0\]"):
        text_of_golden([object()])
