"""The ready-made extractors, on every carrier that has batches."""

from __future__ import annotations

import pickle
from dataclasses import replace
from types import SimpleNamespace

import pytest
from standins import nvidia
from standins.carriers import DeepStream
from standins.crowd import crowd, crowd_of_regions

from pythiags.errors import ConfigError
from pythiags.extractors import Classifications, Detections, Tracks
from pythiags.gst import Gst, _gst
from pythiags.metadata import (
    NO_CONFIDENCE,
    UNTRACKED,
    Bbox,
    Detection,
    MetaType,
    PastBox,
    Track,
    detector_bbox,
    last_bbox,
    tracker_bbox,
)
from pythiags.metadata.tuples import text_of
from pythiags.testing import Portable, Pyds, SceneFrame, SceneLabel, SceneObject

BOX = Bbox(10.0, 20.0, 30.0, 40.0)
PERSON = SceneObject("person", 0, 0.75, BOX, object_id=7)
CAR = SceneObject("car", 2, 0.5, BOX, labels=(SceneLabel("red", 3, 0.5),))
SCENE = [
    SceneFrame((PERSON, CAR), source_id=1, frame_num=5, pts=200),
    SceneFrame((CAR,), source_id=2, frame_num=9, pts=300),
]
FOUND = [
    Detection("person", 0, 0.75, BOX, 7, 1, 5, 200, 0),
    Detection("car", 2, 0.5, BOX, UNTRACKED, 1, 5, 200, 0),
    Detection("car", 2, 0.5, BOX, UNTRACKED, 2, 9, 300, 0),
]


DEEPSTREAM = ["DeepStream 9", "DeepStream before 9", "pyds"]


@pytest.fixture(params=["portable", *DEEPSTREAM])
def carrier(request):
    if request.param == "portable":
        return Portable()
    return deepstream_of(request)


@pytest.fixture(params=DEEPSTREAM)
def deepstream(request):
    return deepstream_of(request)


def deepstream_of(request):
    if request.param == "pyds":
        return Pyds(request.getfixturevalue("pyds"))
    if request.param == "DeepStream 9":
        nvidia.needs_library()
        return DeepStream(nvidia.Nvidia)
    return DeepStream(nvidia.ByHand)


def extract(extractor, carrier, scene=SCENE):
    with carrier.carry(scene) as source:
        return extractor.extract_metadata(None, source)


def test_every_object_is_a_detection(carrier):
    assert extract(Detections(), carrier) == FOUND


def test_detections_outlive_the_buffer(carrier):
    found = extract(Detections(), carrier)
    assert pickle.loads(pickle.dumps(found)) == FOUND


def test_detections_of_some_labels(carrier):
    assert extract(Detections(labels={"person"}), carrier) == FOUND[:1]


def test_detections_of_some_confidence(carrier):
    assert extract(Detections(min_confidence=0.6), carrier) == FOUND[:1]


def test_the_box_can_be_chosen(carrier):
    def wider(obj):
        return detector_bbox(obj)._replace(width=99.0)

    assert {found.bbox.width for found in extract(Detections(bbox=wider), carrier)} == {99.0}


def test_a_single_text_is_one_label(carrier):
    assert extract(Detections(labels="person"), carrier) == [FOUND[0]]


@pytest.mark.parametrize("labels", [3, [1], ["person", None], []])
def test_what_are_no_labels(labels):
    with pytest.raises(ConfigError, match="labels must be strings"):
        Detections(labels=labels)


@pytest.mark.parametrize("confidence", ["high", True, [0.5], 5, -2, float("nan")])
def test_what_is_no_confidence(confidence):
    with pytest.raises(ConfigError, match="invalid confidence"):
        Detections(min_confidence=confidence)


def test_classifications_bring_their_detection(carrier):
    first, second = extract(Classifications(), carrier)
    assert (first.label, first.class_id, first.confidence) == ("red", 3, 0.5)
    assert (first.detection, second.detection) == (FOUND[1], FOUND[2])


CUT = "é" * 100  # longer than the field, which ends inside a character


@pytest.mark.parametrize(
    ("label", "shown"),
    [(b"S\xe4ge", "S\ufffdge"), (b"\xff\xfe", "\ufffd\ufffd"), (CUT, "é" * 63 + "\ufffd")],
    ids=["latin-1", "nothing", "cut"],
)
def test_a_label_that_is_not_utf8_loses_nothing_else(deepstream, label, shown):
    odd = replace(PERSON, label=label, labels=(SceneLabel(label, 3, 0.5),))
    scene = [SceneFrame((odd, CAR), source_id=1, frame_num=5, pts=200)]
    found = extract(Detections(), deepstream, scene)
    assert found == [FOUND[0]._replace(label=shown), FOUND[1]]
    assert extract(Detections(labels=[shown]), deepstream, scene) == found[:1]
    assert extract(Detections(labels="car"), deepstream, scene) == found[1:]
    first, second = extract(Classifications(), deepstream, scene)
    assert (first.label, first.detection, second.label) == (shown, found[0], "red")
    columns = extract(Detections(columns=True), deepstream, scene)
    assert list(columns["class_id"]) == [0, 2]


def test_the_label_of_a_track_that_is_not_utf8(pyds):
    track = pyds.NvDsTargetMiscDataObject()
    track.objLabel = b"S\xe4ge"
    with pytest.raises(UnicodeDecodeError):
        track.objLabel  # noqa: B018 (as the real one does)
    assert text_of(track, "objLabel") == "S\ufffdge"


def test_a_buffer_without_metadata_gives_nothing():
    buffer = Gst.Buffer.new()
    for extractor in (Detections(), Classifications(), Tracks()):
        assert extractor.extract_metadata(None, buffer) == []


def test_tracks_from_portable_metadata():
    """No portable element writes past frames yet: the test does, as DeepStream shapes them."""
    past = SimpleNamespace(
        frameNum=4, tBbox=SimpleNamespace(**BOX._asdict()), confidence=NO_CONFIDENCE, age=2
    )
    track = SimpleNamespace(uniqueId=42, classId=0, objLabel="person", list=lambda: iter([past]))
    stream = SimpleNamespace(streamID=3, list=lambda: iter([track]))
    buffer = Gst.Buffer.new()
    batch = _gst.BatchMeta.attach(buffer)
    batch.add_user_meta(
        SimpleNamespace(list=lambda: iter([stream])), int(MetaType.TRACKER_PAST_FRAME)
    )
    batch.add_user_meta("something else", int(MetaType.START_USER))
    expected = Track(42, 0, "person", 3, (PastBox(4, BOX, NO_CONFIDENCE, 2),))
    assert Tracks().extract_metadata(None, buffer) == [expected]


@pytest.mark.parametrize("box", [last_bbox, detector_bbox, tracker_bbox])
def test_a_box_goes_by_its_name_too(box):
    assert Detections(bbox=box.__name__).bbox is box


@pytest.mark.parametrize("box", ["last_box", None, 3])
def test_what_is_no_box(box):
    with pytest.raises(ConfigError, match="unknown box") as caught:
        Detections(bbox=box)
    assert "tracker_bbox" in str(caught.value)


@pytest.mark.parametrize("confidence", [None, 0, 0.4, 1, NO_CONFIDENCE, -1])
def test_what_is_a_confidence(confidence):
    assert Detections(min_confidence=confidence).min_confidence == confidence


@pytest.mark.parametrize("make", [crowd, crowd_of_regions])
def test_detections_of_supervision(make):
    pytest.importorskip("supervision")
    found = Detections(labels={"person"}, columns="supervision").extract_metadata(None, make(10))
    assert found.data["class_name"].tolist() == ["person", "person"]
