"""``pythiags run``: a script has its own arguments, exit code, signals, tracebacks and children."""

import os
import signal
import subprocess
import sys

import pytest
from standins.networks import LABELS, configuration, nanodet

from pythiags import frames_per_batch, objects_per_frame, read_metadata


def start(script, *arguments, options=(), **settings):
    words = [sys.executable, "-m", "pythiags", "run", *options, str(script), *arguments]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings
    )


def run(script, *arguments, options=(), **settings):
    process = start(script, *arguments, options=options, **settings)
    out, err = process.communicate(timeout=90)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def script(tmp_path):
    def write(text, name="app.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


# ---- the script's own ----


def test_arguments_name_and_path_are_the_scripts(script):
    path = script(
        "import sys, os\n"
        "print(__name__, __file__, sys.argv, sys.path[0], sys.modules['__main__'].__file__)\n"
        "print([entry for entry in sys.path if 'startup' in entry])"
    )
    done = run(path, "--timeout", "-x", "a b")
    expected = f"__main__ {path} {[str(path), '--timeout', '-x', 'a b']} {path.parent} {path}\n[]\n"
    assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)


@pytest.mark.parametrize(
    ("code", "exit_code"), [("sys.exit(3)", 3), ("sys.exit('no')", 1), ("os._exit(7)", 7), ("", 0)]
)
def test_the_exit_code_is_the_scripts(script, code, exit_code):
    assert run(script(f"import os, sys\n{code}")).returncode == exit_code


def test_a_traceback_shows_the_script_only(script):
    path = script("def fail():\n    raise ValueError('no')\nfail()")
    done = run(path)
    plain = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr == plain.stderr


def test_a_module_runs(script, tmp_path):
    script("import sys; print(__name__, sys.argv[1:])", "mine.py")
    done = run("-m", "mine", "1", cwd=tmp_path)
    assert done.stdout == "__main__ ['1']\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_reach_the_script(script, number, code):
    path = script(
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(130))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()"
    )
    process = start(path)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code


# ---- what is set up ----

LOOK = (
    "import pyds\n"
    "from cuda import cuda, cudart\n"
    "from cuda.bindings import driver, runtime\n"
    "def look():\n"
    "    result, = cuda.cuInit(0)\n"
    "    print(pyds.__version__, result == cuda.CUresult.CUDA_SUCCESS,\n"
    "          cuda.cuDeviceGetCount()[1], runtime.cudaGetDeviceCount(), flush=True)\n"
)
LOOKED = "1.2.2 False 0 (<cudaError_t.cudaErrorNoDevice: 100>, 0)\n"


def test_pyds_is_found_and_cuda_has_no_device(script):
    done = run(script(f"{LOOK}look()"))
    assert (done.stdout, done.stderr) == (LOOKED, "")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_have_the_same(script, method):
    path = script(
        f"{LOOK}\n"
        "def child():\n"
        "    import gi; gi.require_version('Gst', '1.0')\n"
        "    from gi.repository import Gst\n"
        "    Gst.init(None)\n"
        "    look()\n"
        "    print(Gst.ElementFactory.make('nvdsosd').get_name())\n"
        "if __name__ == '__main__':\n"
        "    import multiprocessing\n"
        f"    process = multiprocessing.get_context('{method}').Process(target=child)\n"
        "    process.start(); process.join(); print(process.exitcode)"
    )
    done = run(path)
    assert (done.stdout, done.stderr) == (f"{LOOKED}nvdsosd0\n0\n", "")


def test_nothing_of_gstreamer_is_loaded_before_the_script_asks(script):
    done = run(script("import pyds, sys; print('gi' in sys.modules, 'numpy' in sys.modules)"))
    assert done.stdout == "False False\n"


def test_a_real_pyds_wins(script, tmp_path):
    script("name = 'the real one'", "pyds.py")
    assert run(script("import pyds; print(pyds.name)")).stdout == "the real one\n"


def test_a_sitecustomize_that_was_there_runs_too(script, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import sys; sys.customized = 1")
    env = {**os.environ, "PYTHONPATH": str(other)}
    path = script("import pyds, sys; print(sys.customized)")
    assert run(path, env=env).stdout == "1\n"


def test_a_library_for_the_gpu_says_what_to_do(script):
    done = run(script("import cupy"))
    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'cupy': it needs an NVIDIA GPU" in done.stderr


def test_a_library_that_asks_for_one_for_the_gpu_is_told_that_there_is_none(script):
    path = script("import importlib.util as u\nprint(u.find_spec('cupy'), u.find_spec('tensorrt'))")
    done = run(path)
    assert (done.stdout, done.stderr) == ("None None\n", "")


@pytest.mark.parametrize("flags", [["-I"], ["-E"], ["-s", "-B"]])
def test_a_python_that_reads_no_environment_sets_up_the_script_too(script, flags):
    path = script(f"{LOOK}look()")
    words = [sys.executable, *flags, "-m", "pythiags", "run", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (LOOKED, "")


def test_tracebacks_have_no_frames_of_ours(script):
    path = script(
        "import pyds, traceback\ndef wrong():\n    pyds.NvDsObjectMeta().class_id = 1.5\nwrong()"
    )
    done = run(path)
    files = [line.split('"')[1] for line in done.stderr.splitlines() if line.startswith("  File")]
    assert files == [str(path)] * 2, done.stderr
    assert "NvDsObjectMeta.class_id: an integer from" in done.stderr
    done = run(script("import cupy"))
    assert [line for line in done.stderr.splitlines() if line.startswith("  File")] == [
        f'  File "{path}", line 1, in <module>'
    ]


@pytest.mark.parametrize("script_imports", ["import pyds", "from pyds import NvDsBatchMeta"])
def test_a_version_of_pyds_that_there_is_not_is_the_scripts_error(
    script, monkeypatch, script_imports
):
    monkeypatch.setenv("PYTHIAGS_PYDS", "0.9")
    path = script(f"def main():\n    {script_imports}\nmain()")
    done = run(path)
    files = [line.split('"')[1] for line in done.stderr.splitlines() if line.startswith("  File")]
    assert files == [str(path)] * 2, done.stderr
    assert "PYTHIAGS_PYDS: there is no pyds 0.9" in done.stderr
    done = run(script("import importlib\nimportlib.import_module('no.such')"))
    assert "in import_module" in done.stderr  # what the script itself calls is shown


# ---- recording ----

PLAY = """
import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
import pyds
Gst.init(None)
def on_buffer(pad, info):
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    found = pyds.nvds_acquire_obj_meta_from_pool(batch)
    found.obj_label, found.class_id = 'mine', 7
    pyds.nvds_add_obj_meta_to_frame(frame, found, None)
    return Gst.PadProbeReturn.OK
pipeline = Gst.parse_launch(
    'videotestsrc num-buffers=3 ! nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA '
    '! m.sink_0 nvstreammux name=m batch-size=1 width=64 height=64 ! identity name=here '
    '! nvdsosd ! fakesink')
pad = pipeline.get_by_name('here').get_static_pad('sink')
pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer)
pipeline.set_state(Gst.State.PLAYING)
pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
pipeline.set_state(Gst.State.NULL)
"""


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_the_metadata_is_recorded(script, tmp_path, name):
    done = run(script(PLAY), options=["--record", name], cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    found = [
        (frame.frame_num, [(each.obj_label, each.class_id) for each in objects_per_frame(frame)])
        for batch in read_metadata(tmp_path / name)
        for frame in frames_per_batch(batch)
    ]
    assert found == [(number, [("mine", 7)]) for number in range(3)]


DETECT = """
import sys
import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(
    'videotestsrc num-buffers=3 pattern=white ! video/x-raw,width=160,height=120 ! nvvideoconvert '
    '! video/x-raw(memory:NVMM) ! m.sink_0 nvstreammux name=m batch-size=1 width=160 height=120 '
    f'! nvinfer config-file-path={sys.argv[1]} ! nvdsosd ! fakesink')
pipeline.set_state(Gst.State.PLAYING)
kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
print(pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, kinds).type.first_value_nick)
pipeline.set_state(Gst.State.NULL)
"""


@pytest.mark.parametrize("options", [[], ["--strict"], ["--record", "run.jsonl"]], ids=str)
def test_a_network_runs_whatever_the_options(script, tmp_path, options):
    config = configuration(
        tmp_path, nanodet, "[class-attrs-all]\npre-cluster-threshold=0.5\n", LABELS, cluster_mode=2
    )
    done = run(script(DETECT), str(config), options=options, cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("eos\n", "", 0)
    if "--record" in options:
        batches = read_metadata(tmp_path / "run.jsonl")
        frames = [frame for batch in batches for frame in frames_per_batch(batch)]
        assert [len(list(objects_per_frame(frame))) for frame in frames] == [1, 1, 1]


def test_a_recording_that_cannot_be_written_is_told(script, tmp_path):
    done = run(script(PLAY), options=["--record", str(tmp_path / "app.py" / "run.jsonl")])
    assert done.returncode != 0
    assert "cannot be written" in done.stderr or "Not a directory" in done.stderr


@pytest.mark.parametrize(
    ("name", "other"), [("a.b.jsonl", "a.b.{}.jsonl"), ("r.jsonl.gz", "r.{}.jsonl.gz")]
)
def test_each_process_has_a_recording_of_its_own(script, tmp_path, name, other):
    script(PLAY, "play.py")
    path = script(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, 'play.py'])\n"
        "child.wait()\n"
        "print(child.pid, flush=True)\n"
        "import play\n"
        "child = subprocess.Popen([sys.executable, 'play.py'])\n"
        "child.wait()\n"
        "print(child.pid)"
    )
    done = run(path, options=["--record", name], cwd=tmp_path)
    children = [tmp_path / other.format(number) for number in done.stdout.split()]
    assert done.stderr == "".join(
        f"pythiags run: process {number} is recorded in {child}\n"
        for number, child in zip(done.stdout.split(), children, strict=True)
    )
    for each in [tmp_path / name, *children]:
        assert len(list(read_metadata(each))) == 3


# A process of multiprocessing leaves with os._exit: nothing that atexit has is done in it.
CHILD = """
import multiprocessing, runpy
def main():
    runpy.run_path('play.py')
if __name__ == '__main__':
    child = multiprocessing.get_context('{method}').Process(target=main)
    child.start()
    child.join()
    print(child.pid, child.exitcode)
"""
METHODS = pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])


@METHODS
@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_a_process_of_multiprocessing_has_a_whole_recording(script, tmp_path, name, method):
    script(PLAY, "play.py")
    done = run(script(CHILD.format(method=method)), options=["--record", name], cwd=tmp_path)
    number, exit_code = done.stdout.split()
    child = tmp_path / name.replace("run.", f"run.{number}.")
    assert done.stderr == f"pythiags run: process {number} is recorded in {child}\n"
    assert (exit_code, done.returncode) == ("0", 0)
    assert len(list(read_metadata(child))) == 3


@METHODS
def test_a_process_of_multiprocessing_tells_of_misuses_in_its_exit_code(script, tmp_path, method):
    script(PLAY.replace("pyds.nvds_add_obj", "0 and pyds.nvds_add_obj"), "play.py")
    done = run(script(CHILD.format(method=method)), options=["--strict"], cwd=tmp_path)
    assert done.stderr.count("pythiags run: misuses of pyds: ") == 1, done.stderr
    assert (done.stdout.split()[1], done.returncode) == ("1", 0)


NETWORK = """
import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch('videotestsrc num-buffers=3 ! video/x-raw,width=64,height=64 '
    '! nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA ! m.sink_0 '
    'nvstreammux name=m batch-size=1 width=64 height=64 ! nvinfer config-file-path=config.txt '
    '! fakesink')
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(
    Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
print(message.parse_error() if message.type == Gst.MessageType.ERROR else 'the end')
pipeline.set_state(Gst.State.NULL)
"""


@pytest.mark.parametrize(
    ("options", "head"),
    [
        ([], ""),
        (["--record", "run.jsonl"], ""),
        (["--record", "run.jsonl", "--strict"], "import pyds\n"),
        (["--strict"], "import pyds\n"),
        ([], "import pyservicemaker\n"),
        ([], "import pythiags.gst.probe\n"),
    ],
)
def test_a_network_runs_whatever_was_imported_before_it(script, tmp_path, options, head):
    """Some of pythiags is imported without the part that runs networks."""
    from standins import networks

    words = ("red;green;blue", "dark;light")
    networks.configuration(tmp_path, networks.classifier, labels=words, network_type=1)
    done = run(script(head + NETWORK), options=options, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("the end\n", "")
    if "--record" in options:
        assert len(list(read_metadata(tmp_path / "run.jsonl"))) == 3


FAILS = """
import gi, os
gi.require_version('Gst', '1.0')
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch('videotestsrc ! m.sink_0 nvstreammux name=m width=64 height=64 '
    'batch-size=1 ! nvinfer name=net config-file-path=nowhere.txt ! fakesink')
pipeline.set_state(Gst.State.PLAYING)
"""


@METHODS
def test_a_process_of_multiprocessing_shows_errors_that_it_does_not_look_at(
    script, tmp_path, method
):
    script(FAILS, "play.py")
    done = run(script(CHILD.format(method=method)), cwd=tmp_path)
    assert done.stderr.count("pythiags run: net: ") == 1, done.stderr


def test_an_error_is_not_shown_by_a_process_that_is_forked_after_it(script):
    path = script(FAILS + "child = os.fork()\nif child:\n    os.waitpid(child, 0)\n")
    assert run(path).stderr.count("pythiags run: net: ") == 1


def test_a_pipeline_that_adds_no_metadata_is_told(script, tmp_path):
    path = script(
        PLAY.replace("! m.sink_0 nvstreammux name=m batch-size=1 width=64 height=64", "")
        .replace("! nvdsosd", "")
        .replace("pad.add_probe", "print")
    )
    done = run(path, options=["--record", "run.jsonl"], cwd=tmp_path)
    assert done.stderr == (
        "pythiags run: pipeline0 is not recorded: it has none of nvdsosd, nvdsanalytics, "
        "nvtracker, nvinfer, nvinferserver, nvstreammux\n"
    )


def test_a_pipeline_that_is_gone_is_not_kept(script, tmp_path):
    path = script(
        PLAY.replace("pad.add_probe", "gone = []; pad.weak_ref(gone.append, 'pad')\npad.add_probe")
        + "\npipeline.weak_ref(gone.append, 'pipeline')\ndel pipeline, pad\n"
        "import gc, time\n"
        "end = time.monotonic() + 20  # a streaming thread may be about to let go\n"
        "while len(gone) < 2 and time.monotonic() < end:\n    gc.collect()\nprint(sorted(gone))"
    )
    done = run(path, options=["--record", "run.jsonl"], cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("['pad', 'pipeline']\n", "")


# ---- the time is up ----


def test_the_timeout_ends_the_stream_first(script):
    path = script(
        "import gi; gi.require_version('Gst', '1.0')\n"
        "from gi.repository import Gst\n"
        "Gst.init(None)\n"
        "pipeline = Gst.parse_launch('videotestsrc is-live=true ! fakesink')\n"
        "pipeline.set_state(Gst.State.PLAYING)\n"
        "bus = pipeline.get_bus()\n"
        "message = bus.timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS)\n"
        "print(message.type == Gst.MessageType.EOS)\n"
        "pipeline.set_state(Gst.State.NULL)"
    )
    done = run(path, options=["--timeout=1.5"])
    assert (done.stdout, done.returncode) == ("True\n", 0)
    assert done.stderr == "pythiags run: the time is up\n"


def test_the_timeout_of_what_has_no_pipeline_is_a_signal(script):
    done = run(script("import signal\nsignal.pause()"), options=["--timeout=0.5"])
    assert done.returncode == -signal.SIGTERM


# ---- bad input ----


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ap.py", "there is no such script"),
        (".", "a folder is no script"),
    ],
)
def test_what_is_no_script_is_told(script, tmp_path, name, message):
    script("")
    done = run(tmp_path / name)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert name != "ap.py" or "did you mean 'app.py'?" in done.stderr


# ---- in tests of one's own ----


def test_the_fixture_runs_a_script(script, run_script):
    path = script("import pyds, sys; print(sys.argv[1], pyds.__version__); sys.exit(3)")
    done = run_script(path, "word", strict=True)
    assert (done.stdout, done.stderr, done.returncode) == ("word 1.2.2\n", "", 3)
    ended = run_script(script("import signal; signal.pause()"), timeout=0.5)
    assert ended.returncode == -signal.SIGTERM


def test_pyds_is_found_in_a_program_that_installs_the_portable_elements():
    code = (
        "from pythiags import portable; portable.install(); import pyds\n"
        "from pythiags.gst import Gst\n"
        "print(pyds.__version__, Gst.ElementFactory.make('nvdsosd').get_name())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "1.2.2 nvdsosd0\n", done.stderr


def test_the_look_alike_is_not_taken_for_the_real_one():
    code = (
        "from pythiags import portable; portable.install()\n"
        "from pythiags.cli.doctor import examine\n"
        "from pythiags.gst.carriers import find_pyds\n"
        "print([each.state for each in examine() if each.what == 'pyds'], find_pyds())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "['optional'] None\n", done.stderr
