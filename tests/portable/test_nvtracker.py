"""nvtracker on a CPU: what it writes to objects, frames and batches, as DeepStream's does."""

from __future__ import annotations

import math
import re

import pytest

from pythiags import past_frames_per_track, past_streams_per_batch, past_tracks_per_stream
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

SIZE = "width=320,height=240"
LIBRARY = "ll-lib-file=libnvds_nvmultiobjecttracker.so"
FILE = """%YAML:1.0
TargetManagement:
  maxTargetsPerStream: 50
  probationAge: {probation}
  maxShadowTrackingAge: 5
  earlyTerminationAge: 1
DataAssociator:
  associationMatcherType: 1
  usePrediction4Assoc: 1
StateEstimator:
  stateEstimatorType: {estimator}
TrajectoryManagement:
  useUniqueID: {unique}
"""


@pytest.fixture
def settings(tmp_path):
    """``settings(probation=2)``: the property with a file of these."""

    def write(probation=0, estimator=0, unique=0):
        path = tmp_path / "tracker.yml"
        path.write_text(FILE.format(probation=probation, estimator=estimator, unique=unique))
        return f"ll-config-file={path}"

    return write


def source(pad, n=10):
    caps = f"video/x-raw,format=NV12,{SIZE},framerate=30/1"
    return f"videotestsrc num-buffers={n} ! {caps} ! m.sink_{pad} "


def text(tracker, pads=(0,), n=10, size="tracker-width=320 tracker-height=240"):
    mux = f"nvstreammux name=m width=320 height=240 batch-size={len(pads)}"
    sources = "".join(source(pad, n) for pad in pads)
    return f"{sources} {mux} ! nvtracker name=t {LIBRARY} {size} {tracker} ! fakesink name=sink"


def put(frame, box, *, class_id=0, label="car", confidence=0.9):
    """Add an object as nvinfer does."""
    found = frame.add_object()
    found.class_id, found.confidence, found.obj_label = class_id, confidence, label
    found.unique_component_id = 7
    for rect in (found.rect_params, found.detector_bbox_info.org_bbox_coords):
        rect.left, rect.top, rect.width, rect.height = box
    found.rect_params.border_width = 3
    found.text_params.display_text = label
    frame.bInferDone = 1
    return found


def at(frame, place=40, speed=4):
    return (place + speed * frame.frame_num, 50, 40, 60)


@pytest.fixture
def track(build):
    """``track(text, add, read)``: what ``read(frame, objects)`` says of each frame behind it."""

    def play(pipeline, add, read=lambda _frame, objects: [each.object_id for each in objects]):
        one, found = build(pipeline), []
        one.edit("m", add)

        def note(_pad, info):
            found.extend(
                (frame.source_id, frame.frame_num, read(frame, list(frame.iter_objects())))
                for frame in BatchMeta.of(info).iter_frames()
            )

        probe = attach(one["t"].get_static_pad("src"), note)
        one.probes.append(probe)
        one.play()
        assert one.error is None
        assert probe.stats().errors == {}
        return found

    return play


def only(found, source_id=0):
    return [what for source, _number, what in found if source == source_id]


# ---- objects ----


def test_an_object_has_the_same_id_in_every_frame(track, settings):
    found = track(text(settings()), lambda frame: put(frame, at(frame)))
    assert only(found) == [[0]] * 10


def test_an_object_is_let_through_after_its_probation(track, settings):
    found = track(text(settings(probation=3)), lambda frame: put(frame, at(frame)))
    assert only(found) == [[]] * 3 + [[0]] * 7


def test_without_a_file_the_probation_is_that_of_the_documentation(track):
    found = track(text(""), lambda frame: put(frame, at(frame)))
    assert only(found) == [[]] * 5 + [[0]] * 5


def test_what_the_tracker_writes(track, settings):
    def read(_frame, objects):
        (one,) = objects
        text, box = one.text_params, one.tracker_bbox_info.org_bbox_coords
        rect = one.rect_params
        return {
            "id": one.object_id,
            "class": (one.class_id, one.obj_label, one.unique_component_id),
            "confidence": (pytest.approx(one.confidence), one.tracker_confidence),
            "rect": (rect.left, rect.top, rect.width, rect.height, rect.border_width),
            "tracker": (box.left, box.top, box.width, box.height),
            "detector": one.detector_bbox_info.org_bbox_coords.left,
            "text": (text.display_text, text.x_offset, text.y_offset),
            "font": (text.font_params.font_name, text.font_params.font_size),
        }

    found = only(track(text(settings()), lambda frame: put(frame, at(frame)), read))
    assert found[3] == {
        "id": 0,
        "class": (0, "car", 7),
        "confidence": (pytest.approx(0.9), 1),
        "rect": (52, 50, 40, 60, 3),
        "tracker": (52, 50, 40, 60),
        "detector": 52,
        "text": ("car 0", 52, 30),
        "font": ("Serif", 10),
    }


def test_the_id_is_left_out_of_the_text_if_asked(track, settings):
    read = lambda _frame, objects: [each.text_params.display_text for each in objects]  # noqa: E731
    found = track(
        text(settings() + " display-tracking-id=false"), lambda frame: put(frame, at(frame)), read
    )
    assert only(found) == [["car"]] * 10


def test_a_text_has_room_above_or_begins_at_the_top(track, settings):
    read = lambda _frame, objects: [each.text_params.y_offset for each in objects]  # noqa: E731
    found = track(text(settings()), lambda frame: put(frame, (10, 5, 40, 40)), read)
    assert only(found)[0] == [0]


@pytest.mark.parametrize("size", ["tracker-width=640 tracker-height=120", "", "tracker-width=0"])
def test_boxes_are_pixels_of_the_frame_whatever_the_trackers_size(track, settings, size):
    read = lambda _frame, objects: [each.rect_params.left for each in objects]  # noqa: E731
    found = track(text(settings(), size=size), lambda frame: put(frame, at(frame)), read)
    assert only(found) == [[pytest.approx(40 + 4 * i)] for i in range(10)]


def test_boxes_are_cut_at_the_border_and_kept_whole_beside(track, settings):
    def read(_frame, objects):
        (one,) = objects
        box, rect = one.tracker_bbox_info.org_bbox_coords, one.rect_params
        return (rect.left, rect.width, rect.height), (box.left, box.width, box.height)

    found = track(text(settings()), lambda frame: put(frame, (-10, 200, 40, 60)), read)
    assert only(found)[0] == ((0, 30, 40), (-10, 40, 60))


def test_an_object_beyond_the_border_is_removed(track, settings):
    def add(frame):
        put(frame, (400, 50, 40, 60))
        put(frame, (40, 50, 40, 60))

    assert only(track(text(settings()), add)) == [[1]] * 10


def test_doubled_and_strange_objects_are_removed(track, settings):
    def add(frame):
        put(frame, at(frame))
        put(frame, at(frame, 41))
        put(frame, (math.nan, 50, 40, 60))
        put(frame, (100, 50, 0, 60))

    assert only(track(text(settings()), add)) == [[0]] * 10


def test_ids_have_a_random_upper_half_where_the_file_says_so(track, settings):
    found = track(text(settings(unique=1), pads=(0, 1)), lambda frame: put(frame, at(frame)))
    halves = {source: {each >> 32 for _, _, ids in found for each in ids} for source in (0, 1)}
    first, second = (
        {each >> 32 for ids in only(found, source) for each in ids} for source in (0, 1)
    )
    assert len(first) == len(second) == 1
    assert first != second
    assert halves[0] == first | second
    assert sorted({each & 0xFFFFFFFF for _, _, ids in found for each in ids}) == [0, 1]


# ---- classes ----


def test_only_the_classes_that_are_asked_for_are_tracked(track, settings):
    def add(frame):
        put(frame, at(frame), class_id=0)
        put(frame, at(frame, 150), class_id=2)

    found = track(text(settings() + " operate-on-class-ids=2;5"), add)
    assert only(found) == [[2**64 - 1, 0]] * 10


def test_those_classes_read_back_as_deepstream_writes_them(build):
    tracker = build(text('operate-on-class-ids="2; 5"'))["t"]
    assert tracker.get_property("operate-on-class-ids") == "2;5;"


# ---- frames that are skipped ----


def test_skipped_frames_get_the_objects_that_are_expected(track, settings):
    def add(frame):
        if frame.frame_num % 3 == 0:
            put(frame, at(frame, speed=6), label="bus", class_id=3)

    def read(_frame, objects):
        return [
            (each.object_id, each.class_id, each.obj_label, each.text_params.display_text)
            for each in objects
        ]

    found = only(track(text(settings(estimator=1), n=24), add, read))
    assert found == [[(0, 3, "bus", "bus 0")]] * 24


def test_such_an_object_says_that_no_detector_saw_it(track, settings):
    def add(frame):
        if frame.frame_num % 2 == 0:
            put(frame, at(frame))

    def read(_frame, objects):
        (one,) = objects
        detected = one.detector_bbox_info.org_bbox_coords
        return (
            round(one.confidence, 3),
            (detected.left, detected.width),
            one.unique_component_id,
            one.rect_params.border_width,
            one.tracker_confidence,
        )

    found = only(track(text(settings(estimator=1)), add, read))
    assert found[1] == (-0.1, (0, 0), 7, 3, 1)


def test_an_object_moves_on_in_skipped_frames(track, settings):
    def add(frame):
        if frame.frame_num % 3 == 0:
            put(frame, at(frame, speed=5))

    read = lambda _frame, objects: [each.rect_params.left for each in objects]  # noqa: E731
    found = only(track(text(settings(estimator=1), n=30), add, read))
    for number, lefts in list(enumerate(found))[12:]:
        assert lefts == [pytest.approx(40 + 5 * number, abs=1.5)]


def test_objects_of_a_frame_that_was_not_inferred_are_removed_with_a_warning(build, settings):
    one = build(text(settings()))

    def add(frame):
        put(frame, at(frame))
        frame.bInferDone = 0

    one.edit("m", add)
    batches = []
    one.probes.append(
        attach(
            one["t"].get_static_pad("src"),
            lambda _pad, info: batches.extend(
                f.num_obj_meta for f in BatchMeta.of(info).iter_frames()
            ),
        )
    )
    one.play()
    assert batches == [0] * 10
    (warning,) = one.warnings
    assert "1 objects of a frame without bInferDone are removed" in warning


# ---- sources ----


def test_ids_are_those_of_all_sources_together(track, settings):
    found = track(text(settings(), pads=(0, 1, 2)), lambda frame: put(frame, at(frame)))
    for source_id in range(3):
        ids = only(found, source_id)
        assert ids == [ids[0]] * 10
    assert sorted(only(found, s)[0][0] for s in range(3)) == [0, 1, 2]


def test_ids_of_each_source_begin_with_zero_if_asked(track, settings):
    pipeline = text(settings() + " tracking-id-reset-mode=2", pads=(0, 1, 2))
    found = track(pipeline, lambda frame: put(frame, at(frame)))
    assert all(only(found, source_id) == [[0]] * 10 for source_id in range(3))


def test_a_source_that_ends_does_not_disturb_the_others(track, settings):
    pipeline = text(settings(), pads=(0, 1), n=30).replace("num-buffers=30", "num-buffers=6", 1)
    found = track(pipeline, lambda frame: put(frame, at(frame, speed=2)))
    assert len(only(found, 0)) == 6
    assert only(found, 1) == [only(found, 1)[0]] * 30


def test_a_flush_ends_the_targets(build, settings):
    """As a seek does: what comes next has nothing to do with what came before."""
    one, ids = build(text(settings(), n=8)), []
    one.edit("m", lambda frame: put(frame, at(frame)))

    def note(pad, info):
        (frame,) = BatchMeta.of(info).iter_frames()
        ids.append([each.object_id for each in frame.iter_objects()])

    one.probes.append(attach(one["t"].get_static_pad("src"), note))
    sink = one["t"].get_static_pad("sink")

    def flush(_pad, info):
        if len(ids) == 4:
            sink.send_event(Gst.Event.new_flush_start())
            sink.send_event(Gst.Event.new_flush_stop(False))
        return Gst.PadProbeReturn.OK

    number = one["t"].get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, flush)
    one.play()
    sink.remove_probe(number)
    assert ids[:4] == [[0]] * 4
    assert {each for one_frame in ids[5:] for each in one_frame} == {1}


def stream_started(source_id):
    """What nvstreammux sends when a source begins, or begins anew."""
    words = f"pythiags-stream-started, source-id=(uint){source_id}, framerate=(fraction)30/1"
    said, _rest = Gst.Structure.from_string(words)
    said.set_value("segment", Gst.Segment())
    return Gst.Event.new_custom(Gst.EventType.CUSTOM_DOWNSTREAM, said)


@pytest.mark.parametrize(("mode", "later"), [(0, 0), (1, 1), (2, 0), (3, 1)])
def test_a_source_that_begins_anew_has_new_ids_if_asked(build, settings, mode, later):
    one, ids = build(text(settings(), n=8)), []
    one["t"].set_property("tracking-id-reset-mode", mode)
    one.edit("m", lambda frame: put(frame, at(frame)))

    def note(_pad, info):
        (frame,) = BatchMeta.of(info).iter_frames()
        ids.extend(each.object_id for each in frame.iter_objects())

    one.probes.append(attach(one["t"].get_static_pad("src"), note))
    sink = one["t"].get_static_pad("sink")

    def begin_anew(_pad, _info):
        if len(ids) == 4:
            sink.send_event(stream_started(0))
        return Gst.PadProbeReturn.OK

    number = sink.add_probe(Gst.PadProbeType.BUFFER, begin_anew)
    one.play()
    sink.remove_probe(number)
    assert ids == [0] * 4 + [later] * 4


# ---- past frames ----


def past_of(info):
    batch = BatchMeta.of(info)
    return [
        (
            stream.streamID,
            past_track.uniqueId,
            past_track.classId,
            past_track.objLabel,
            [
                (each.frameNum, each.tBbox.left, each.age, each.confidence)
                for each in past_frames_per_track(past_track)
            ],
        )
        for stream in past_streams_per_batch(batch)
        for past_track in past_tracks_per_stream(stream)
    ]


def pasts(build, pipeline, add, element="t"):
    one, found = build(pipeline), []
    one.edit("m", add)
    probe = attach(
        one[element].get_static_pad("src"), lambda _pad, info: found.append(past_of(info))
    )
    one.probes.append(probe)
    assert one.play().error is None
    assert probe.stats().errors == {}
    return found


@pytest.mark.parametrize("size", ["tracker-width=320 tracker-height=240", ""])
def test_past_frames_come_with_the_first_report(build, settings, size):
    pipeline = text(settings(probation=3) + " enable-past-frame=true", size=size)
    found = pasts(build, pipeline, lambda frame: put(frame, at(frame)))
    frames = [(i, pytest.approx(40 + 4 * i), i + 1, 1) for i in range(3)]
    assert found == [[]] * 3 + [[(0, 0, 0, "car", frames)]] + [[]] * 6


def test_past_frames_of_several_sources_and_objects(build, settings):
    def add(frame):
        put(frame, at(frame), label="car")
        put(frame, at(frame, 150), class_id=1, label="bus")

    pipeline = text(settings(probation=2) + " enable-past-frame=true", pads=(0, 1))
    found = [each for batch in pasts(build, pipeline, add) for each in batch]
    assert sorted(each[:1] + each[2:4] for each in found) == [
        *((0, 0, "car"), (0, 1, "bus"), (1, 0, "car"), (1, 1, "bus"))
    ]
    assert sorted(each[1] for each in found) == [0, 1, 2, 3]
    assert all(len(each[4]) == 2 for each in found)


def test_past_frames_survive_a_copy_of_the_buffer(build, settings):
    pipeline = text(settings(probation=2) + " enable-past-frame=true")
    pipeline = pipeline.replace(
        "! fakesink name=sink",
        "! tee name=w w. ! queue ! nvdsosd name=o ! fakesink name=sink w. ! queue ! fakesink",
    )
    found = pasts(build, pipeline, lambda frame: put(frame, at(frame)), element="o")
    assert [len(each) for each in found] == [0, 0, 1] + [0] * 7


def test_lists_of_hidden_and_ended_targets_are_user_metas_of_the_batch(build, settings, tmp_path):
    """Seen in frames 0 to 2; hidden up to the shadow age of 5; ended with frame 8."""
    given = settings(probation=0)
    path = tmp_path / "tracker.yml"
    lists = "TargetManagement:\n  outputShadowTracks: 1\n  outputTerminatedTracks: 1"
    path.write_text(path.read_text().replace("TargetManagement:", lists))
    one, found = build(text(given, n=12)), []

    def add(frame):
        frame.bInferDone = 1
        if frame.frame_num < 3:
            put(frame, at(frame))

    def note(_pad, info):
        found.append(
            [
                (
                    user.base_meta.meta_type,
                    target.uniqueId,
                    target.objLabel,
                    [(each.frameNum, each.tBbox.left) for each in target.list()],
                )
                for user in BatchMeta.of(info).iter_user_metas()
                for stream in user.user_meta_data.list()
                for target in stream.list()
            ]
        )

    one.edit("m", add)
    probe = attach(one["t"].get_static_pad("src"), note)
    one.probes.append(probe)
    assert one.play().error is None
    assert probe.stats().errors == {}
    life = [(0, 40), (1, 44), (2, 48), *((i, 48) for i in range(3, 8))]
    hidden = [[(19, 0, "car", [(number, 48)])] for number in range(3, 8)]
    assert found == [[]] * 3 + hidden + [[(18, 0, "car", life)]] + [[]] * 3


def test_targets_of_a_source_that_ended_are_listed_with_the_next_batch(build, settings, tmp_path):
    given = settings(probation=0)
    path = tmp_path / "tracker.yml"
    lists = "TargetManagement:\n  outputTerminatedTracks: 1"
    path.write_text(path.read_text().replace("TargetManagement:", lists))
    pipeline = text(given, pads=(0, 1), n=6, size="tracker-width=160 tracker-height=120")
    one, found = build(pipeline.replace("num-buffers=6", "num-buffers=3", 1)), []
    one.edit("m", lambda frame: put(frame, at(frame)))

    def note(_pad, info):
        found.extend(
            (user.base_meta.meta_type, stream.streamID, target.objLabel,
             [(each.frameNum, each.tBbox.left) for each in target.list()])
            for user in BatchMeta.of(info).iter_user_metas()
            for stream in user.user_meta_data.list()
            for target in stream.list()
        )  # fmt: skip

    probe = attach(one["t"].get_static_pad("src"), note)
    one.probes.append(probe)
    assert one.play().error is None
    assert probe.stats().errors == {}
    # Those of the source that ends last have no batch to be listed with.
    assert found == [(18, 0, "car", [(i, pytest.approx(40 + 4 * i)) for i in range(3)])]


def stream_ended(source_id):
    said, _rest = Gst.Structure.from_string(f"pythiags-stream-ended, source-id=(uint){source_id}")
    return Gst.Event.new_custom(Gst.EventType.CUSTOM_DOWNSTREAM, said)


@pytest.mark.parametrize(("mode", "later"), [(0, 1), (2, 0)])
def test_a_source_that_ended_and_comes_again_has_new_targets(build, settings, mode, later):
    one, ids = build(text(settings() + f" tracking-id-reset-mode={mode}", n=8)), []
    one.edit("m", lambda frame: put(frame, at(frame)))

    def note(_pad, info):
        (frame,) = BatchMeta.of(info).iter_frames()
        ids.extend(each.object_id for each in frame.iter_objects())

    one.probes.append(attach(one["t"].get_static_pad("src"), note))
    sink = one["t"].get_static_pad("sink")

    def come_again(_pad, _info):
        if len(ids) == 4:
            sink.send_event(stream_ended(0))
        return Gst.PadProbeReturn.OK

    number = sink.add_probe(Gst.PadProbeType.BUFFER, come_again)
    one.play()
    sink.remove_probe(number)
    assert ids == [0] * 4 + [later] * 4


def test_without_being_asked_for_there_are_none(build, settings):
    found = pasts(build, text(settings(probation=2)), lambda frame: put(frame, at(frame)))
    assert found == [[]] * 10


# ---- what is set while it plays ----


def test_what_counts_from_the_start_stays_as_it_was_then(build, settings):
    one, labels = build(text(settings() + " operate-on-class-ids=0", n=6)), []

    def add(frame):
        put(frame, at(frame))
        if frame.frame_num == 2:
            one["t"].set_property("operate-on-class-ids", "1;cars")
            one["t"].set_property("tracker-width", 32)

    one.edit("m", add)
    one.probes.append(attach(one["t"].get_static_pad("src"), lambda _pad, info: labels.extend(
        (each.object_id, round(each.rect_params.left))
        for frame in BatchMeta.of(info).iter_frames() for each in frame.iter_objects()
    )))  # fmt: skip
    assert one.play().error is None
    assert labels == [(0, 40 + 4 * i) for i in range(6)]
    assert one["t"].get_property("tracker-width") == 32


# ---- what is refused ----


@pytest.mark.parametrize(
    ("properties", "error"),
    [
        ("input-tensor-meta=true", "The property input-tensor-meta is not supported on a CPU"),
        ("sub-batches=0,1;2", "The property sub-batches is not supported on a CPU"),
        ("operate-on-class-ids=cars", "operate-on-class-ids is 'cars': write class ids with"),
        ("ll-lib-file=/home/me/libmine.so", "ll-lib-file is /home/me/libmine.so, a tracker of its"),
        ("ll-config-file=/nowhere.yml", "/nowhere.yml cannot be read: "),
    ],
)
def test_what_cannot_be_honoured_is_an_error_at_the_start(run, properties, error):
    assert run(text(properties)).error.startswith(error)


def test_so_is_a_missing_library(run):
    assert run(text("").replace(LIBRARY, "")).error.startswith("ll-lib-file is not set")


def test_a_wrong_file_is_an_error_with_its_line(run, tmp_path):
    path = tmp_path / "tracker.yml"
    path.write_text("BaseConfig:\n  minDetectorConfidence: much\n")
    error = run(text(f"ll-config-file={path}")).error
    what = "'much' is no number: write one from -1 to 1e+09"
    assert error == f"{path}:2: BaseConfig.minDetectorConfidence: {what}"


def test_what_a_file_has_for_nothing_is_a_warning(run, tmp_path):
    path = tmp_path / "tracker.yml"
    path.write_text("VisualTracker:\n  visualTrackerType: 1\n  useHog: 0\n")
    (warning,) = run(text(f"ll-config-file={path}")).warnings
    assert re.fullmatch(rf"{path}:2: VisualTracker.visualTrackerType does not count: .*", warning)


def test_a_buffer_without_metadata_is_an_error(run):
    pipeline = "videotestsrc num-buffers=3 ! nvvideoconvert ! video/x-raw(memory:NVMM)"
    one = run(f"{pipeline} ! nvtracker name=tracker {LIBRARY} ! fakesink name=sink")
    assert one.error.startswith(
        "A buffer without metadata has no objects to track: put nvstreammux"
    )


def test_it_starts_again_with_ids_from_zero(build, settings):
    one, ids = build(text(settings(), n=4)), []
    one.edit("m", lambda frame: put(frame, at(frame)))

    def note(_pad, info):
        (frame,) = BatchMeta.of(info).iter_frames()
        ids.append([each.object_id for each in frame.iter_objects()])

    one.probes.append(attach(one["t"].get_static_pad("src"), note))
    for _ in range(2):
        one.play()
        one.pipeline.set_state(Gst.State.NULL)
    assert ids == [[0]] * 8
