"""Scripts for pyservicemaker under ``pythiags run``: imports, children, signals, exit codes."""

import signal
import subprocess
import sys

import pytest

from pythiags import frames_per_batch, objects_per_frame, read_metadata
from pythiags.lookalikes import pyservicemaker

SCRIPT = """
import sys
from multiprocessing import Process
from pyservicemaker import BatchMetadataOperator, Pipeline, Probe, osd, utils, postprocessing
assert "gi" not in sys.modules and "numpy" not in sys.modules

class Marking(BatchMetadataOperator):
    def handle_metadata(self, batch_meta):
        for frame_meta in batch_meta.frame_items:
            object_meta = batch_meta.acquire_object_meta()
            object_meta.class_id, object_meta.label = 7, "mine"
            object_meta.rect_params.border_color = osd.Color(1.0, 0.0, 0.0, 1.0)
            frame_meta.append(object_meta)
            print("frame", frame_meta.frame_number, flush=True)
            {more}

def main(frames):
    caps = "video/x-raw(memory:NVMM), format=RGBA, width=64, height=48"
    pipeline = Pipeline("p").add("videotestsrc", "src", {{"num-buffers": frames}})
    pipeline.add("nvvideoconvert", "convert").add("capsfilter", "caps", {{"caps": caps}})
    pipeline.add("nvstreammux", "mux", {{"batch-size": 1, "width": 64, "height": 48}})
    pipeline.add("nvosdbin", "osd").add("fakesink", "sink", {{"sync": frames < 0}})
    pipeline.link("src", "convert", "caps").link(("caps", "mux"), ("", "sink_%u"))
    pipeline.link("mux", "osd", "sink").attach("mux", Probe("marking", Marking()))
    pipeline.start().wait()
    print("end")

if __name__ == "__main__":
    {run}
"""
CHILD = "child = Process(target=main, args=({},)); child.start(); child.join(); "
FRAMES = "".join(f"frame {number}\n" for number in range(3))


@pytest.fixture
def script(tmp_path):
    def write(run="main(3)", more="pass"):
        path = tmp_path / "app.py"
        path.write_text(SCRIPT.format(run=run, more=more))
        return path

    return write


@pytest.mark.parametrize("run", ["main(3)", f"{CHILD.format(3)}sys.exit(child.exitcode)"])
def test_it_runs_in_the_script_and_in_a_forked_child(script, run_script, run):
    done = run_script(script(run))
    assert (done.stdout, done.stderr, done.returncode) == (f"{FRAMES}end\n", "", 0)


def test_an_exception_of_a_probe_is_the_scripts(script, run_script):
    done = run_script(script(more="raise ValueError('mine')"))
    assert done.returncode == 1
    assert done.stdout == "frame 0\n"
    assert done.stderr.endswith("ValueError: mine\n")
    assert 'app.py", line 15, in handle_metadata' in done.stderr


def test_the_exception_of_a_probe_in_a_child_is_its_exit_code(script, run_script):
    path = script(f"{CHILD.format(3)}print(child.exitcode)", "raise ValueError('mine')")
    done = run_script(path)
    assert done.stdout == "frame 0\n1\n"
    assert "ValueError: mine" in done.stderr


def start(path):
    words = [sys.executable, "-m", "pythiags", "run", str(path)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_ctrl_c_ends_a_pipeline_in_the_process(script):
    process = start(script("main(-1)"))
    assert process.stdout.readline() == "frame 0\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert err.splitlines()[-1] == "KeyboardInterrupt"


def test_a_child_is_terminated(script):
    run = (
        "child = Process(target=main, args=(-1,)); child.start(); sys.stdin.readline(); "
        "child.terminate(); child.join(); print(); print(child.exitcode)"
    )
    words = [sys.executable, "-m", "pythiags", "run", str(script(run))]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "frame 0\n"
    out, err = process.communicate("\n", timeout=60)
    assert (out.splitlines()[-1], err) == (str(-signal.SIGTERM), "")


def test_its_pipelines_are_ended_when_the_time_is_up(script, run_script):
    end = "import threading, pythiags.lookalikes.timeout as t; "
    more = f"{end}threading.Thread(target=t._end_pipelines).start()"
    done = run_script(script("main(-1)", more))
    assert done.stdout.splitlines()[-1] == "end"
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_metadata_is_recorded(script, tmp_path):
    path = script()
    words = [sys.executable, "-m", "pythiags", "run", "--record", "a.jsonl", str(path)]
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    found = [
        (frame.frame_num, [each.obj_label for each in objects_per_frame(frame)])
        for batch in read_metadata(tmp_path / "a.jsonl")
        for frame in frames_per_batch(batch)
    ]
    assert found == [(number, ["mine"]) for number in range(3)]


def test_what_is_acquired_and_not_added_is_a_misuse(script, run_script):
    done = run_script(script(more="batch_meta.acquire_object_meta()"), strict=True)
    assert done.returncode == 1
    assert "app.py:15: a ObjectMetadata was acquired and never added" in done.stderr


def test_every_module_has_its_names(run_script, tmp_path):
    path = tmp_path / "app.py"
    lines = []
    for module in pyservicemaker.MODULES:
        names = pyservicemaker.names_of(module)
        lines += [f"import {module}", f"from {module} import {', '.join(names)}"]
    lines += [
        "import pyservicemaker as a, pyservicemaker.utils as u",
        "import pyservicemaker._pydeepstream as b, pyservicemaker.flow as f",
        "print(a.Probe is b.Probe, a.osd.Text is b.osd.Text, a.Flow is f.Flow, a.__version__)",
        "print(a.utils is u, a.utils.PerfMonitor is b.utils.PerfMonitor)",
        "try: a.Pipelin",
        "except AttributeError as problem: print(problem)",
        "try: import pyservicemaker.nothing",
        "except ModuleNotFoundError as problem: print(problem)",
    ]
    path.write_text("\n".join(lines))
    done = run_script(path)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "True True True 0.0.1",
        "True True",
        "module 'pyservicemaker' has no attribute 'Pipelin'",
        "No module named 'pyservicemaker.nothing'",
    ]


def test_a_real_one_wins(run_script, tmp_path):
    (tmp_path / "pyservicemaker.py").write_text("name = 'the real one'")
    path = tmp_path / "app.py"
    path.write_text("import pyservicemaker; print(pyservicemaker.name)")
    assert run_script(path).stdout == "the real one\n"


def test_it_is_found_in_a_program_that_installs_the_portable_elements():
    code = (
        "from pythiags import portable; portable.install(); import pyservicemaker\n"
        "print(pyservicemaker.Pipeline('p').add('nvdsosd', 'osd')['osd'].name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("osd\n", "")


def test_a_child_that_is_forked_after_a_pipeline_started_is_told(script, run_script):
    path = script(f"main(1); {CHILD.format(1)}print(child.exitcode)")
    done = run_script(path)
    assert done.stdout == "frame 0\nend\n1\n"
    assert "it was forked after a pipeline was started" in done.stderr
