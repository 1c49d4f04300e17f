"""The doctor distinguishes a wrong pyds from a missing one, and works whatever is missing."""

import sys

import pytest

from pythiags.channel.spillfile import Owner, SpillFile
from pythiags.cli import doctor
from pythiags.cli.checking import report_findings


@pytest.fixture(autouse=True)
def nothing_left(tmp_path_factory, monkeypatch):
    """A folder of its own for what outlasts a run."""
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path_factory.mktemp("state")))


def found(name):
    return {finding.what: finding for finding in doctor.examine()}[name]


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages, for this process and its children."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_every_part_is_named_once():
    names = [finding.what for finding in doctor.examine()]
    assert len(names) == len(set(names))
    assert {"Python", "PyGObject", "GStreamer", "pyds", "onnxruntime", "kivy", "display"} <= {
        *names
    }


def test_no_pyds_is_fine_without_deepstream():
    finding = found("pyds")
    assert (finding.state, finding.remedy) == ("optional", "")


def test_portable_elements_are_not_said_to_run_on_the_cpu():
    finding = found("DeepStream")
    assert (finding.state, "portable elements" in finding.found) == ("optional", True)
    assert "CPU" not in finding.found


def test_no_pyds_is_fine_with_deepstream_too():
    finding = doctor._pyds(deepstream=True)
    assert (finding.state, "only pictures on a Jetson" in finding.found) == ("optional", True)
    assert "the wheel of your DeepStream's version" in finding.remedy


def test_a_wrong_pyds_is_recognised(site):
    (site / "pyds.py").write_text("class BeliefFunction: pass\n")
    finding = found("pyds")
    assert finding.state == "wrong"
    assert "unrelated package" in finding.found
    assert finding.remedy == f"{sys.executable} -m pip uninstall pyds"


def test_the_right_pyds_is_recognised(site):
    text = "__version__ = '1.1.8'\ndef gst_buffer_get_nvds_batch_meta(address): ...\n"
    (site / "pyds.py").write_text(text)
    assert (found("pyds").state, found("pyds").found) == ("ok", "real 1.1.8")


def test_a_pyds_that_takes_its_process_along_does_not_take_us(site):
    (site / "pyds.py").write_text("import os\nos.abort()\n")
    assert found("pyds").state == "wrong"
    assert "cannot be imported" in found("pyds").found


def test_what_is_missing_has_its_command(monkeypatch):
    monkeypatch.setattr(doctor, "PLUGINS", (("gstreamer1.0-nosuch", "nosuchelement", "nothing"),))
    finding = found("gstreamer1.0-nosuch")
    assert (finding.state, finding.remedy) == ("missing", "sudo apt install gstreamer1.0-nosuch")


@pytest.mark.parametrize(
    ("state", "code"), [("ok", 0), ("optional", 0), ("missing", 2), ("wrong", 2)]
)
def test_the_exit_code_tells_whether_all_is_well(state, code, tmp_path):
    with (tmp_path / "out").open("w+") as out:
        finding = doctor.Finding("part", state, "a [thing]", "sudo mend [it]")
        assert report_findings([finding], out) == code
        out.seek(0)
        text = out.read()
    assert "a [thing]" in text
    assert "part: sudo mend [it]" in text


def test_what_killed_runs_and_dead_workers_have_left_is_listed(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    owner = Owner("pgie", "mine.Process", "", "videotestsrc ! fakesink")
    (tmp_path / "spill").mkdir()
    lives = SpillFile.create(tmp_path / "spill", owner)
    killed = SpillFile.create(tmp_path / "spill", owner)
    killed.append(3, b"x" * 200_000)
    killed.close()
    letters = tmp_path / "dead-letters" / "pgie-1.jsonl"
    letters.parent.mkdir()
    letters.write_text("{}\n")
    events, dead = (finding for finding in doctor.examine() if finding.state == "left")
    assert events.found.startswith(f"{killed.path}: 3 events, ")
    assert events.found.endswith(" s old, 0.3 MB")
    assert "videotestsrc ! fakesink" in events.remedy
    assert "--leftovers=deliver" in events.remedy
    assert dead.found.startswith(f"{letters}: ")
    lives.remove()


def test_a_file_of_a_killed_run_that_cannot_be_read_is_listed_too(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    killed = SpillFile.create(tmp_path / "spill", Owner("pgie"))
    killed.close()
    killed.path.write_bytes(b"this is not SQLite's" * 100)
    (events,) = (finding for finding in doctor.examine() if finding.state == "left")
    assert events.found.startswith(f"{killed.path}: cannot be read (")
    assert "delete it" in events.remedy
