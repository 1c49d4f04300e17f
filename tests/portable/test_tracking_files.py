"""NVIDIA's tracker files: what is read of them, and what is said of the rest."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.tracking import ROOT, Tracking, compile_to, load

SDK = "/opt/nvidia/deepstream/deepstream/samples/configs/deepstream-app/"


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    return compile_to(tmp_path_factory.mktemp("tracking") / "tracking.so")


@pytest.fixture(scope="session")
def library(compiled):
    return load(compiled)


@pytest.fixture
def read(library, tmp_path):
    """``read(text)``: the settings of a file with that text, and the notes on it."""

    def from_text(text, name="tracker.yml", **more):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with Tracking(library, path, **more) as tracker:
            notes = [note.replace(f"{path}:", "") for note in tracker.notes]
            return tracker.settings, notes

    return from_text


@pytest.fixture
def refuse(read, tmp_path):
    """``refuse(text)``: the error, without the folder of the file."""

    def of_text(text, **more):
        with pytest.raises(ValueError, match=r".") as raised:
            read(text, **more)
        return str(raised.value).replace(f"{tmp_path}/", "")

    return of_text


# Each key with a value of its own, and where it lands.
KEYS = {
    "BaseConfig": {"minDetectorConfidence": ("0.11", "min_detector_confidence", 0.11)},
    "TargetManagement": {
        "maxTargetsPerStream": ("77", "max_targets", 77),
        "minIouDiff4NewTarget": ("0.22", "min_iou_diff_new", 0.22),
        "probationAge": ("6", "probation_age", 6),
        "maxShadowTrackingAge": ("99", "max_shadow_age", 99),
        "earlyTerminationAge": ("3", "early_termination_age", 3),
        "enableBboxUnClipping": ("1", "unclip", 1),
        "enablePastFrame": ("1", "past_frames", 1),
        "outputShadowTracks": ("1", "shadow_lists", 1),
        "outputTerminatedTracks": ("1", "ended_lists", 1),
    },
    "TrajectoryManagement": {"useUniqueID": ("1", "unique_ids", 1)},
    "DataAssociator": {
        "associationMatcherType": ("1", "matcher", 1),
        "checkClassMatch": ("0", "check_class", 0),
        "usePrediction4Assoc": ("1", "use_prediction", 1),
        "minMatchingScore4Overall": ("0.31", "min_score", 0.31),
        "minMatchingScore4SizeSimilarity": ("0.32", "min_size", 0.32),
        "minMatchingScore4Iou": ("0.33", "min_iou", 0.33),
        "matchingScoreWeight4SizeSimilarity": ("0.34", "weight_size", 0.34),
        "matchingScoreWeight4Iou": ("0.35", "weight_iou", 0.35),
        "matchingScoreWeight4VisualSimilarity": ("0.36", "weight_visual", 0.36),
        "tentativeDetectorConfidence": ("0.37", "tentative_confidence", 0.37),
        "minMatchingScore4TentativeIou": ("0.38", "min_tentative_iou", 0.38),
    },
    "StateEstimator": {
        "stateEstimatorType": ("2", "estimator", 2),
        "processNoiseVar4Loc": ("6810.8668", "process_location", 6810.8668),
        "processNoiseVar4Size": ("1541.8647", "process_size", 1541.8647),
        "processNoiseVar4Vel": ("1348.4874", "process_speed", 1348.4874),
        "measurementNoiseVar4Detector": ("100.0000", "measurement", 100),
        "noiseWeightVar4Loc": ("0.0301", "weight_location", 0.0301),
        "noiseWeightVar4Vel": ("0.0017", "weight_speed", 0.0017),
        "useAspectRatio": ("1", "use_aspect", 1),
    },
}
WITHOUT_A_WORD = """
TargetManagement:
  preserveStreamUpdateOrder: 0
  minTrackerConfidence: 0.8216
  searchRegionPaddingScale: 3
TrajectoryManagement:
  enableReAssoc: 0
  minTrackletMatchingScore: 0.5644
  maxAngle4TrackletMatching: 67
DataAssociator:
  dataAssociatorType: 0
  minMatchingScore4VisualSimilarity: 0.5356
StateEstimator:
  measurementNoiseVar4Tracker: 293.3238
VisualTracker:
  visualTrackerType: 0
  useColorNames: 1
ReID:
  reidType: 0
  inferDims: [3, 256, 128]
  tltEncodedModel: "/opt/nvidia/deepstream/model.etlt"
ObjectModelProjection:
  outputVisibility: 0
"""


def document(change="{section}:\n{keys}"):
    parts = ["%YAML:1.0\n####\n# a comment: with a colon\n"]
    for section, keys in KEYS.items():
        lines = [
            f"  {key}: {value}    # about {key}: as {{ A=0, B=1 }}"
            for key, (value, _name, _value) in keys.items()
        ]
        parts.append(change.format(section=section, keys="\n\n".join(lines)))
    return "\n\n".join(parts) + "\n"


def test_every_key_lands_in_its_place(read):
    found, notes = read(document())
    assert notes == []
    for keys in KEYS.values():
        for key, (_text, name, value) in keys.items():
            assert found[name] == pytest.approx(value), key


def test_every_parameter_has_a_key(read):
    named = {name for keys in KEYS.values() for _text, name, _value in keys.values()}
    assert named == set(read(document())[0])


def test_without_a_file_the_defaults_are_those_of_the_documentation(library):
    with Tracking(library) as tracker:
        found = tracker.settings
    assert (found["max_targets"], found["probation_age"], found["max_shadow_age"]) == (30, 5, 38)
    assert (found["early_termination_age"], found["min_iou_diff_new"]) == (2, 0.5)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("%YAML:1.0\n", "%YAML 1.2\n---\n") + "...\n",
        lambda text: text.replace("%YAML:1.0\n", ""),
        lambda text: text.replace("  ", "    "),
        lambda text: text.replace(": 77 ", ': "77" '),
        lambda text: text.replace("\n\n", "\n \t \n"),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("enableBboxUnClipping: 1", "enableBboxUnClipping: true"),
    ],
)
def test_ways_of_writing_make_no_difference(read, change):
    assert read(change(document())) == read(document())


def test_what_makes_no_difference_is_read_without_a_word(read):
    assert read(WITHOUT_A_WORD)[1] == []


def test_lists_of_several_lines_are_read(read):
    text = "ReID:\n  reidType: 0\n  inferDims:\n  - 3\n  - 256\n"
    text += "BaseConfig:\n  minDetectorConfidence: 0.5\n"
    assert read(text)[0]["min_detector_confidence"] == 0.5


LONG = """
import resource, sys
from standins.tracking import Tracking, load

library = load(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Tracking(library, sys.argv[2]) as tracker:
    assert tracker.settings["min_detector_confidence"] == 0.5
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_long_list_takes_as_much_memory_as_its_file(compiled, tmp_path):
    path = tmp_path / "tracker.yml"
    text = "ReID:\n  inferDims:\n" + "  - 1\n" * 20_000
    path.write_text(text + "BaseConfig:\n  minDetectorConfidence: 0.5\n")
    words = [sys.executable, "-c", LONG, compiled, path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert (done.stderr, done.returncode) == ("", 0)
    assert int(done.stdout) < 20_000  # kilobytes; were they joined one by one, 400,000


# ---- what is noted ----


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "TargetManagement:\n  probationAgee: 3",
            "2: TargetManagement.probationAgee is not known: did you mean 'probationAge'?",
        ),
        (
            "TargetManagement:\n  enableBBoxUnClipping: 3",
            "2: TargetManagement.enableBBoxUnClipping is not known: did you mean "
            "'enableBboxUnClipping'?",
        ),
        (
            "BaseConfig:\n  probationAge: 3",
            "2: BaseConfig.probationAge is not read: it belongs in TargetManagement",
        ),
        ("BaseConfig:\n  colour: blue", "2: BaseConfig.colour is not known, and not read"),
        (
            "BaseConfig:\n  minDetectorConfidence: 0\n"
            "TargetManagment:\n  probationAge: 3\n  other: 1",
            "4: TargetManagment.probationAge and what follows are not read: the section "
            "TargetManagment is not known; did you mean 'TargetManagement'?",
        ),
        (
            "VisualTracker:\n  visualTrackerType: 1",
            "2: VisualTracker.visualTrackerType does not count: pictures are not compared on a "
            "CPU: boxes alone decide",
        ),
        (
            'TargetManagement:\n  terminatedTrackFilename: "track_dump_"',
            "2: TargetManagement.terminatedTrackFilename does not count: no files are written: "
            "outputTerminatedTracks attaches the same to the batch",
        ),
        (
            "TrajectoryManagement:\n  enableReAssoc: 1",
            "2: TrajectoryManagement.enableReAssoc does not count: targets that ended are not "
            "taken up again: raise maxShadowTrackingAge to bridge longer gaps",
        ),
    ],
)
def test_what_does_not_count_is_noted_with_its_line(read, text, note):
    assert read(text)[1] == [note]


def test_notes_are_limited(read):
    notes = read("BaseConfig:\n" + "".join(f"  strange{i}: 1\n" for i in range(100)))[1]
    assert len(notes) == 21
    assert notes[-1].endswith("80 more keys are not read")


def test_a_tracker_of_pictures_associates_by_the_prediction(read):
    assert read("VisualTracker:\n  visualTrackerType: 2")[0]["use_prediction"]
    assert not read("VisualTracker:\n  visualTrackerType: 0")[0]["use_prediction"]


# ---- what is refused ----


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "",
            "tracker.yml: there is no key in it: write sections such as BaseConfig: and keys below",
        ),
        ("%YAML:1.0\n# nothing\n", "tracker.yml: there is no key in it"),
        ("BaseConfig:\n\tminDetectorConfidence: 1", "tracker.yml:2: a tab: YAML is indented"),
        (
            "minDetectorConfidence: 1",
            "tracker.yml:1: the key minDetectorConfidence is in no section",
        ),
        (
            "  minDetectorConfidence: 1",
            "tracker.yml:1: 'minDetectorConfidence: 1' is indented, but",
        ),
        ("BaseConfig\n", "tracker.yml:1: 'BaseConfig' is no section: write its name and a colon"),
        (
            "BaseConfig:\n  minDetectorConfidence 1",
            "tracker.yml:2: 'minDetectorConfidence 1' is no key and value: write a colon",
        ),
        (
            "BaseConfig:\n  minDetectorConfidence:1",
            "tracker.yml:2: 'minDetectorConfidence:1' is no key and value: write a colon and a",
        ),
        (
            "TargetManagement:\n  probationAge: 1\n    maxShadowTrackingAge: 2",
            "tracker.yml:3: 'maxShadowTrackingAge: 2' is indented by 4 blanks, but the keys of "
            "TargetManagement by 2",
        ),
        (
            "TargetManagement:\n  probationAge: five",
            "tracker.yml:2: TargetManagement.probationAge: 'five' is no whole number",
        ),
        (
            "TargetManagement:\n  probationAge: 1.5",
            "tracker.yml:2: TargetManagement.probationAge: '1.5' is no whole number",
        ),
        (
            "TargetManagement:\n  probationAge:",
            "tracker.yml:2: TargetManagement.probationAge: '' is no whole number",
        ),
        (
            "TargetManagement:\n  maxTargetsPerStream: 70000",
            "tracker.yml:2: TargetManagement.maxTargetsPerStream: 70000 is not between 0 and 65535",
        ),
        (
            "DataAssociator:\n  minMatchingScore4Iou: nan",
            "tracker.yml:2: DataAssociator.minMatchingScore4Iou: 'nan' is no number",
        ),
        (
            "DataAssociator:\n  minMatchingScore4Iou: 1.5",
            "tracker.yml:2: DataAssociator.minMatchingScore4Iou: 1.5 is not between 0 and 1",
        ),
        (
            "DataAssociator:\n  checkClassMatch: perhaps",
            "tracker.yml:2: DataAssociator.checkClassMatch: 'perhaps' is neither 0 nor 1",
        ),
        (
            "TargetManagement:\n  probationAge: 1\n  probationAge: 2",
            "tracker.yml:3: TargetManagement.probationAge: it is there already, in line 2",
        ),
        ("ReID:\n  inferDims: [3, 256", "tracker.yml:2: the list of inferDims has no closing ]"),
        ('ReID:\n  onnxFile: "model', "tracker.yml:2: the value of onnxFile has no closing quote"),
        (
            "ReID:\n  reidType: 2",
            "tracker.yml:2: ReID.reidType: re-identification needs NVIDIA's network: set it to 0",
        ),
        (
            "StateEstimator:\n  stateEstimatorType: 3",
            "tracker.yml:2: StateEstimator.stateEstimatorType: there is no tracking in three "
            "dimensions: set it to 1 or 2",
        ),
        (
            "ObjectModelProjection:\n  cameraModelFilepath:\n  - camera.yml",
            "tracker.yml:2: ObjectModelProjection.cameraModelFilepath: there is no tracking in",
        ),
        (
            "[tracker]\ntracker-width=640\nll-config-file=config_tracker_IOU.yml",
            "tracker.yml:2: [tracker] has the properties of nvtracker, not its parameters: set",
        ),
        (
            "[property]\ngpu-id=0\nonnx-file=model.onnx",
            "tracker.yml:2: no section of a tracker's file was found, only property: exp",
        ),
        (
            "BaseConfig:\n" + "  strange: 1\n" * 1001,
            "tracker.yml:1002: there are more than 1000 keys: it is no configuration file",
        ),
        (b"\x00\x01\x02\xff" * 10, "tracker.yml:1: "),
        (b"#" * (1024 * 1024 + 1), "tracker.yml has more than 1048576 bytes"),
    ],
)
def test_an_error_names_the_file_the_line_and_the_remedy(refuse, text, error):
    assert refuse(text).startswith(error)


def test_a_missing_file_is_an_error(library, tmp_path):
    path = tmp_path / "config_tracker_IOU.yml"
    with pytest.raises(ValueError, match=re.escape(f"{path} cannot be read: ")):
        Tracking(library, path)


# ---- older files ----

NVDCF = """%YAML:1.0
NvDCF:
  # [General]
  useUniqueID: 0    # Use 64-bit long Unique ID
  maxTargetsPerStream: 99
  useColorNames: 1
  filterLr: 0.15
  maxShadowTrackingAge: 30
  probationAge: 3
  earlyTerminationAge: 1
  minDetectorConfidence: -1
  minTrackerConfidence: 0.7
  useGlobalMatching: 1
  minMatchingScore4Iou: 0.1
  stateEstimatorType: 1
  kfProcessNoiseVar4Loc: 0.25
  useBufferedOutput: 1
"""


def test_the_one_section_of_deepstream_5_is_read(read):
    found, notes = read(NVDCF)
    assert notes == [
        "4: the section NvDCF is that of DeepStream 5 and before: of its keys, those of pictures "
        "do not count"
    ]
    names = ("max_targets", "max_shadow_age", "probation_age", "early_termination_age", "matcher")
    assert [found[name] for name in names] == [99, 30, 3, 1, 1]
    assert (found["unique_ids"], found["past_frames"], found["estimator"]) == (0, 1, 1)
    assert (found["process_location"], found["tentative_confidence"]) == (0.25, 0)


def test_there_ids_are_unique_unless_it_says_otherwise(read):
    assert read("NvDCF:\n  probationAge: 3")[0]["unique_ids"]


def test_the_iou_trackers_file_is_read(read):
    found, notes = read("[IOU_CONFIG]\niou-threshold=0.6 # so\n", "iou_config.txt")
    assert found["min_iou"] == pytest.approx(0.6)
    assert notes == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "[IOU_CONFIG\niou-threshold=0.6",
            "tracker.yml:1: the section '[IOU_CONFIG' has no closing",
        ),
        (
            "[IOU_CONFIG]\niou-threshold",
            "tracker.yml:2: 'iou-threshold' is no key and value: write",
        ),
        ("[IOU_CONFIG]\n=0.6", "tracker.yml:2: there is no key before the value"),
        (
            "[IOU_CONFIG]\niou-threshold=6",
            "tracker.yml:2: IOU_CONFIG.iou-threshold: 6 is not between",
        ),
    ],
)
def test_errors_in_it_are_named(refuse, text, error):
    assert refuse(text).startswith(error)


def test_a_key_that_it_has_not_is_noted(read):
    notes = read("[IOU_CONFIG]\niou-treshold=0.6\n")[1]
    assert notes == ["2: IOU_CONFIG.iou-treshold is not known: did you mean 'iou-threshold'?"]


# ---- libraries, and NVIDIA's files that are not there ----


@pytest.mark.parametrize(
    "name",
    [
        "libnvds_nvmultiobjecttracker.so",
        "/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so",
        "/opt/nvidia/deepstream/deepstream-5.0/lib/libnvds_mot_klt.so",
        "libnvds_mot_iou.so",
        "/opt/nvidia/deepstream/deepstream-5.0/lib/libnvds_nvdcf.so",
        "libnvds_nvmultiobjecttracker.so.1.0.0",
    ],
)
def test_each_library_of_nvidias_is_accepted(library, name):
    with Tracking(library, library=name) as tracker:
        plain = "mot_" in name
        assert tracker.settings["probation_age"] == (0 if plain else 5)


def test_another_library_is_refused(library):
    with pytest.raises(
        ValueError, match=r"ll-lib-file is /home/me/libmine.so, a tracker of its own"
    ):
        Tracking(library, library="/home/me/libmine.so")


@pytest.mark.parametrize("name", [None, ""])
def test_no_library_is_refused_as_deepstream_does(library, name):
    with pytest.raises(ValueError, match=r"ll-lib-file is not set.*the file need not be there"):
        Tracking(library, library=name)


@pytest.mark.parametrize(
    ("name", "probation", "estimator"),
    [
        ("config_tracker_IOU.yml", 4, 0),
        ("config_tracker_NvSORT.yml", 5, 2),
        ("config_tracker_NvDCF_perf.yml", 2, 1),
        ("config_tracker_NvDCF_max_perf.yml", 2, 1),
    ],
)
def test_nvidias_files_have_their_published_values_where_they_are_missing(
    library, name, probation, estimator
):
    with Tracking(library, SDK + name) as tracker:
        (note,) = tracker.notes
        found = tracker.settings
    assert note.startswith(f"ll-config-file {SDK}{name} is not there: the values that NVIDIA")
    assert (found["probation_age"], found["estimator"]) == (probation, estimator)


@pytest.mark.parametrize("name", ["NvDeepSORT", "DeepSORT", "NvDCF_accuracy", "MaskTracker"])
def test_a_file_that_needs_a_network_is_not_replaced(library, name):
    with pytest.raises(ValueError, match=r"NVIDIA's networks, .*: name config_tracker_NvDCF_perf"):
        Tracking(library, f"{SDK}config_tracker_{name}.yml")


def test_another_file_of_nvidias_folder_is_an_error(library):
    with pytest.raises(ValueError, match=r"config_tracker_mine.yml cannot be read: "):
        Tracking(library, f"{SDK}config_tracker_mine.yml")


def test_several_files_are_refused(library):
    with pytest.raises(ValueError, match=r"several files, which only sub-batches use"):
        Tracking(library, "a.yml;b.yml")


# ---- anything ----

NAMES = [key for keys in KEYS.values() for key in keys]
words = st.one_of(
    st.sampled_from([*KEYS, *NAMES, "0", "1", "0.5", "-1", "nan", "1e400", "true"]), st.text()
)
marks = st.sampled_from(
    [": ", ":", "=", "\n", "\n  ", "\n    ", "#", " # ", "[", "]", '"', "- ", "\t", "%"]
)


@given(st.one_of(st.binary(), st.lists(st.one_of(words, marks)).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused_by_name(library, tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        tracker = Tracking(library, path)
    except ValueError as raised:
        assert str(raised).startswith(str(path))  # noqa: PT017 (either is right)
        return
    with tracker:
        assert 0 <= tracker.settings["max_targets"] <= 65535
        assert 0 <= tracker.settings["min_iou"] <= 1
        assert len(tracker.notes) <= 22
