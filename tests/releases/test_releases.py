"""What changes on a release of DeepStream: for pipelines, configurations and scripts, by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pythiags.description import Description
from pythiags.lookalikes.pyds import versions
from pythiags.releases import RELEASES, facts
from pythiags.releases.configs import check_config
from pythiags.releases.elements import check_description
from pythiags.releases.files import check_release, check_text, kind_of
from pythiags.releases.scripts import check_script

EVERY = list(RELEASES)


def found(problems):
    return [(str(each.position), each.severity, each.code) for each in problems]


def on(check, text, name):
    return check(text, RELEASES[name])


def hints(problems):
    return " ".join(f"{each.message} {each.hint}" for each in problems)


# ---- the facts


def test_the_names_of_pyds_are_those_that_the_look_alike_goes_by():
    for name, release in RELEASES.items():
        if release.pyds is None:
            continue
        version = tuple(map(int, release.pyds.split(".")))
        assert version in versions.VERSIONS
        absent = versions.absent_names(version)
        later = {
            each
            for since, names in facts.PYDS_SINCE.items()
            if release.number < facts.number(since)
            for each in names
        }
        known = {each for names in facts.PYDS_SINCE.values() for each in names}
        assert later == absent & known, name
        assert {each for each in facts.PYDS_GONE if "PastFrame" in each} <= absent


def test_releases_are_in_order():
    numbers = [each.number for each in RELEASES.values()]
    assert numbers == sorted(numbers)


# ---- pipelines


def pipeline(text, name):
    return list(check_description(Description(text), RELEASES[name]))


def test_an_old_pipeline_is_well_everywhere():
    text = "videotestsrc ! nvvideoconvert ! nvdsosd process-mode=1 ! nveglglessink sync=false"
    assert all(pipeline(text, name) == [] for name in EVERY)


@pytest.mark.parametrize(
    ("text", "good", "place"),
    [
        ("fakesrc ! nvdsosd blur-bbox=true ! fakesink", "8.0", "1:19"),
        ("fakesrc ! nvtracker operate_on_class_ids=0 ! fakesink", "9.0", "1:21"),
        ("fakesrc ! nvdslogger show-fps=1 ! fakesink", "9.0", "1:22"),
        ("fakesrc ! nvreplay ! fakesink", "9.0", "1:11"),
    ],
)
def test_what_a_release_does_not_have_yet(text, good, place):
    for name in EVERY:
        problems = pipeline(text, name)
        if facts.number(name) >= facts.number(good):
            assert problems == []
        else:
            assert [found(problems)[0][:2]] == [(place, "error")]
            assert f"from DeepStream {good} on" in problems[0].message


def test_what_a_release_has_no_more():
    problems = pipeline("fakesrc ! nvoverlaysink", "8.0")
    assert found(problems) == [("1:11", "error", "release-element")]
    assert "nv3dsink" in problems[0].hint
    assert pipeline("fakesrc ! nvdsaudiotemplate ! fakesink", "8.0") == []
    assert len(pipeline("fakesrc ! nvdsaudiotemplate ! fakesink", "9.1")) == 1


def test_the_files_of_its_networks_are_checked_too(tmp_path):
    path = tmp_path / "config.txt"
    path.write_text("[property]\nuff-file=a.uff\n")
    text = f"fakesrc ! nvinfer config-file-path={path} ! fakesink"
    first, second = check_release(Description(text), RELEASES["7.1"])
    assert first.problems == []
    assert second.source.origin == str(path)
    assert found(second.problems) == [("2:1", "error", "release-model")]


# ---- nvinfer's files

CONFIG = """[property]
# a comment
model-file=a.caffemodel
proto-file=a.prototxt
model-engine-file = a.engine
force-implicit-batch-dim=0
threshold=0.3
strongly-typed=1
"""


def test_a_configuration_on_tensorrt_8_and_10():
    old, new = on(check_config, CONFIG, "7.0"), on(check_config, CONFIG, "9.0")
    assert found(old) == [
        ("7:1", "warning", "release-key"),
        ("8:1", "error", "release-key"),
        ("5:1", "warning", "release-engine"),
    ]
    assert found(new) == [
        ("3:1", "error", "release-model"),
        ("4:1", "error", "release-model"),
        ("7:1", "warning", "release-key"),
        ("5:1", "warning", "release-engine"),
    ]
    assert "10.14" in hints(new)
    assert "8.6" in hints(old)
    assert "pre-cluster-threshold" in hints(old)


def test_an_implicit_batch_is_no_more():
    text = "[property]\nforce-implicit-batch-dim=1\n"
    assert on(check_config, text, "7.0") == []
    assert found(on(check_config, text, "7.1")) == [("2:1", "error", "release-model")]


def test_yaml_is_read_too():
    text = "property:\n  uff-file: a.uff\n  onnx-file: a.onnx\n"
    assert on(check_config, text, "6.4") == []
    assert found(on(check_config, text, "8.0")) == [("2:3", "error", "release-model")]


# ---- scripts

SCRIPT = """import sys
import imp
import pyds


def probe(pad, info):
    buffer = info.get_buffer()
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    frames = batch.frame_meta_list
    frame = pyds.NvDsFrameMeta.cast(frames.data)
    number = frame.frame_num
    old = pyds.NvDsPastFrameObjBatch
    kind = pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSFRAME.USER_META")
    roi = pyds.NvDsRoiMeta
    if user.base_meta.meta_type == 27 or 4100 == user.base_meta.meta_type:
        message = pyds.alloc_nvds_event_msg_meta()


osd = Gst.ElementFactory.make("nvdsosd", "osd")
osd.set_property("blur-bbox", 1)
"""


def test_a_script_on_an_older_release():
    assert found(on(check_script, SCRIPT, "7.1")) == [
        ("12:16", "error", "release-name"),
        ("14:16", "error", "release-name"),
        ("15:36", "error", "release-number"),
        ("16:19", "error", "release-name"),
        ("20:18", "error", "release-property"),
    ]


def test_a_script_on_python_312():
    problems = on(check_script, SCRIPT, "8.0")
    assert found(problems)[0] == ("2:1", "error", "release-python")
    assert ("13:12", "error", "release-name") in found(problems)
    assert "NVDS_FRAME_META_NVDSANALYTICS" in hints(problems)
    assert not any(str(each.position) in {"3:1", "14:16", "20:18"} for each in problems)


def test_a_script_on_a_release_without_pyds():
    problems = on(check_script, SCRIPT, "9.1")
    assert ("3:1", "error", "release-pyds") in found(problems)
    said = {str(each.position): each for each in problems}
    assert said["9:20"].hint == "in pyservicemaker: frame_items"
    assert said["11:20"].hint == "in pyservicemaker: frame_number"
    assert "handle_metadata" in said["8:18"].hint
    assert said["9:20"].severity == "warning"
    assert SCRIPT.splitlines()[8][19:34] == "frame_meta_list"


def test_names_of_pyds_by_another_name_and_by_themselves():
    text = "import pyds as p\nfrom pyds import NvDsRoiMeta\nx = NvDsRoiMeta, p.NvDsRoiMeta\n"
    places = [place for place, _, _ in found(on(check_script, text, "7.1"))]
    assert places == ["3:5", "3:20"]


def test_a_script_that_has_nothing_to_do_with_pyds_may_call_its_things_as_it_likes():
    assert on(check_script, "frame.frame_num = frame_meta_list\n", "9.0") == []


def test_pyservicemaker_and_its_renamed_class():
    text = (
        "from pyservicemaker import Pipeline, SmartRecordConfig\n"
        "p.add('nvdsosd', 'o', {'blur-bbox': 1})\n"
    )
    assert found(on(check_script, text, "7.0"))[0] == ("1:1", "error", "release-module")
    assert found(on(check_script, text, "7.1")) == [("2:24", "error", "release-property")]
    problems = on(check_script, text, "9.0")
    assert found(problems) == [("1:38", "error", "release-name")]
    assert "RecordConfig" in problems[0].hint


def test_places_count_characters():
    text = 'import pyds\nx = "äöü", pyds.NvDsRoiMeta\n'
    assert found(on(check_script, text, "7.1")) == [("2:17", "error", "release-name")]


@pytest.mark.parametrize("text", ["def f(:\n", "x = 1\0"])
def test_what_is_no_python_is_told(text):
    assert on(check_script, text, "8.0")[0].code == "bad-script"


# ---- which kind a file is


def test_kinds_of_files():
    config = "[property]\n"
    assert kind_of(Path("a.py"), "") == "script"
    assert kind_of(Path("a"), "#!/usr/bin/env python3\n") == "script"
    assert kind_of(Path("a.txt"), config) == "config"
    assert kind_of(Path("a.yml"), "property:\n") == "config"
    assert kind_of(Path("a.txt"), "videotestsrc ! fakesink") == "pipeline"
    assert kind_of(Path("a.gstp"), config) == "pipeline"


def test_a_report_shows_the_line():
    report = check_text(Path("app.py"), SCRIPT, RELEASES["9.0"])
    text = report.render()
    assert re.search(r"--> app\.py:9:20\n.*\n9 \|     frames = batch\.frame_meta_list\n", text)
    assert "^^^^^^^^^^^^^^^ in pyservicemaker: frame_items" in text
