"""The pytest plugin, in runs of pytest of its own."""

import json
import os
import subprocess
import sys

import pytest

from pythiags import App, Metadata, MetadataWriter
from pythiags.testing import script, synthetic

TESTS = """\
from pythiags import Detections, frames_per_batch, objects_per_frame
from pythiags.testing import SceneFrame, SceneObject

CAR = SceneObject("car", 2, 0.5)

def labels(pad, info):
    return [obj.obj_label for frame in frames_per_batch(info) for obj in objects_per_frame(frame)]

def test_batch(batch):
    assert labels(None, batch(SceneFrame((CAR,)), SceneFrame((CAR, CAR)))) == ["car"] * 3
    assert len(labels(None, batch())) == 5
    assert len(labels(None, batch(seed=7, objects=20, sources=2))) == 40

def test_frames(frames):
    assert [each.frame_num for each in frames("run.jsonl")] == list(range(8))
    (frame,) = frames(SceneFrame((CAR,), frame_num=4))
    assert (frame.frame_num, frame.num_obj_meta) == (4, 1)
    assert len(frames(seed=1, buffers=3)) == 3

def test_replay(replay, golden):
    assert replay([SceneFrame((CAR,))], labels) == [["car"]]
    events = replay("run.jsonl", Detections(min_confidence=0.6))
    golden(events)
    assert len(replay("run.jsonl", Detections(), carrier="regions")) == 8
    golden([len(each) for each in events], "counts")
"""


def pytest_run(folder, *arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.fixture
def project(tmp_path):
    with App.from_buffers(script(*synthetic(2, buffers=8, objects=3))) as app:
        app.attach("source", Metadata, MetadataWriter(tmp_path / "run.jsonl"))
        app.run()
    (tmp_path / "test_mine.py").write_text(TESTS)
    return tmp_path


def test_the_fixtures_and_a_golden_file_from_its_writing_to_its_change(project):
    done = pytest_run(project)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 2 passed" in done.stdout
    assert "there is no golden file" in done.stdout
    assert "pytest --update-golden writes it" in done.stdout

    done = pytest_run(project, "--update-golden")
    assert done.returncode == 0, done.stdout
    folder = project / "golden" / "test_mine"
    assert {each.name for each in folder.iterdir()} == {
        "test_replay.json",
        "test_replay.counts.json",
    }
    counts = json.loads((folder / "test_replay.counts.json").read_text())
    assert len(counts) == 8
    assert pytest_run(project).returncode == 0

    changed = TESTS.replace("min_confidence=0.6", "min_confidence=0.99")
    (project / "test_mine.py").write_text(changed)
    done = pytest_run(project)
    assert done.returncode == 1
    assert "differs from what the test found" in done.stdout
    assert pytest_run(project, "--update-golden").returncode == 0
    assert pytest_run(project).returncode == 0


ALIKE = """\
import pytest

class TestOne:
    def test_same(self, golden):
        golden([1])

class TestTwo:
    def test_same(self, golden):
        golden([2])

@pytest.mark.parametrize("x", ["a/b", "a b"])
def test_case(golden, x):
    golden(x)

def test_twice(golden):
    golden([1])
    golden([1])
    golden([2])
"""


def test_two_values_never_share_a_golden_file(project):
    (project / "test_mine.py").write_text(ALIKE)
    done = pytest_run(project, "--update-golden")
    assert "2 failed, 3 passed" in done.stdout
    assert "another value was written to" in done.stdout
    folder = project / "golden" / "test_mine"
    assert json.loads((folder / "TestOne.test_same.json").read_text()) == [1]
    assert json.loads((folder / "TestTwo.test_same.json").read_text()) == [2]


def test_a_name_of_a_golden_file_stays_in_its_folder(project):
    test = 'def test_up(golden): golden([1], "../../x")\n'
    (project / "test_mine.py").write_text(test)
    assert pytest_run(project, "--update-golden").returncode == 0
    (path,) = project.parent.rglob("test_up*.json")
    assert path.parent == project / "golden" / "test_mine"


WRONG = """\
import pytest
from pythiags.testing import SceneFrame, SceneObject, make_buffer

@pytest.mark.parametrize("wrong", [SceneObject("car"), [SceneFrame()], None])
def test_scenes(batch, frames, wrong):
    for make in (batch, frames, make_buffer):
        with pytest.raises(TypeError, match="expected a SceneFrame"):
            make(wrong)

def test_options(batch, frames):
    for make in (batch, frames):
        with pytest.raises(TypeError, match="objects, seed: only for synthetic scenes"):
            make(SceneFrame(), objects=3, seed=1)

def test_nothing_to_play(replay):
    with pytest.raises(ValueError, match="nothing to play"):
        replay([], print)
    with pytest.raises(TypeError, match="only for recordings"):
        replay([SceneFrame()], print, carrier="regions")
"""


def test_what_is_no_scene_is_refused(project):
    (project / "test_mine.py").write_text(WRONG)
    done = pytest_run(project)
    assert done.returncode == 0, done.stdout


FAILING = """\
def raises(pad, info):
    raise ValueError("boom")

def test_of_an_extractor_that_raises(replay):
    replay("run.jsonl", raises)

def test_of_a_file_that_is_damaged(replay):
    replay("bad.jsonl", print)
"""


def test_errors_of_extractors_and_files_fail_the_test(project):
    (project / "bad.jsonl").write_text("nothing\n")
    (project / "test_mine.py").write_text(FAILING)
    done = pytest_run(project)
    assert "2 failed" in done.stdout
    assert "boom" in done.stdout
    assert "bad.jsonl:1: this is not a recording" in done.stdout


def test_it_costs_nothing_where_it_is_not_used(project):
    (project / "conftest.py").write_text(
        "import json, sys\n"
        "def pytest_unconfigure():\n"
        "    open('loaded.json', 'w').write(json.dumps(sorted(sys.modules)))\n"
    )
    (project / "test_mine.py").write_text("def test_nothing(): pass\n")
    assert pytest_run(project).returncode == 0
    loaded = set(json.loads((project / "loaded.json").read_text()))
    assert {"pythiags.testing.plugin", "pythiags.lazy"} <= loaded
    assert not {"gi", "numpy", "click", "pythiags.gst", "pythiags.errors"} & loaded


def test_the_option_is_in_the_help(project):
    assert "--update-golden" in pytest_run(project, "--help").stdout
