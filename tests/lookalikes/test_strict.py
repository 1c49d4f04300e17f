"""``pythiags run --strict``: each misuse of pyds is reported at the line that does it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pythiags.lookalikes.afterimport import exchange, when_initialized
from pythiags.lookalikes.strict import MOST, Guard, Misuses

SCRIPT = """
import sys, gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
import pyds
Gst.init(None)
kept = []
def on_buffer(pad, info):
    buffer = info.get_buffer()
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    {body}
    return Gst.PadProbeReturn.OK
pipeline = Gst.parse_launch(
    'videotestsrc num-buffers=3 ! nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA,width=64,'
    'height=64 ! m.sink_0 nvstreammux name=m batch-size=1 width=64 height=64 ! fakesink name=sink')
pipeline.get_by_name('sink').get_static_pad('sink').add_probe(Gst.PadProbeType.BUFFER, on_buffer)
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(
    20 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
print(message.type == Gst.MessageType.EOS)
pipeline.set_state(Gst.State.NULL)
"""
LINE = 12  # of the body


@pytest.fixture
def run(tmp_path):
    def run(body, *options, head="", tail="", stderr=subprocess.PIPE):
        path = tmp_path / "app.py"
        path.write_text(head + SCRIPT.replace("{body}", body.replace("\n", "\n    ")) + tail)
        return subprocess.run(
            [sys.executable, "-m", "pythiags", "run", *options, str(path)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            timeout=90,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    return run


MISUSES = {
    "a wrong cast": (
        "pyds.NvDsObjectMeta.cast(batch.frame_meta_list.data)",
        "NvDsObjectMeta.cast was given a NvDsFrameMeta",
    ),
    "a link instead of its data": (
        "pyds.NvDsFrameMeta.cast(batch.frame_meta_list)",
        "NvDsFrameMeta.cast was given a GList",
    ),
    "use after the buffer is gone": (
        "if kept: kept[0].frame_num\nkept.append(frame)",
        "NvDsFrameMeta.frame_num was used after its buffer was gone",
    ),
    "never added": (
        "pyds.nvds_acquire_display_meta_from_pool(batch)",
        "a NvDsDisplayMeta was acquired and never added to anything",
    ),
    "never unmapped": (
        "pyds.get_nvds_buf_surface(hash(buffer), 0)",
        r"get_nvds_buf_surface\(..., 0\) was not followed by unmap_nvds_buf_surface",
    ),
    "removed twice": (
        "o = pyds.nvds_acquire_obj_meta_from_pool(batch)\n"
        "pyds.nvds_add_obj_meta_to_frame(frame, o, None)\n"
        "pyds.nvds_remove_obj_meta_from_frame(frame, o)\n"
        "pyds.nvds_remove_obj_meta_from_frame(frame, o)",
        "a NvDsObjectMeta was removed from what does not have it",
    ),
    "freed twice": (
        "a = pyds.alloc_buffer(8)\npyds.free_buffer(a)\npyds.free_buffer(a)",
        "free_buffer was given 0x[0-9a-f]+, which was not allocated, or is freed already",
    ),
    "nothing returned": ("return", "the probe returns None, which drops the buffer"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_a_misuse_is_told_once_with_its_line(run, name):
    body, text = MISUSES[name]
    done = run(body, "--strict")
    told = [line for line in done.stderr.splitlines() if line.startswith("pyds misuse: ")]
    assert len(told) == 1 or name == "freed twice", done.stderr
    found = re.match(rf"pyds misuse: .*app\.py:(\d+): {text}", told[0])
    assert found, done.stderr
    number = 8 if name == "nothing returned" else LINE + body.count("\n")
    assert int(found[1]) in {number, LINE}
    assert "Traceback" not in done.stderr
    assert (done.stdout, done.returncode) == ("True\n", 1)


def test_the_control_what_is_right_is_not_told(run):
    body = (
        "pyds.get_nvds_buf_surface(hash(buffer), 0)[:] = 0\n"
        "pyds.unmap_nvds_buf_surface(hash(buffer), 0)\n"
        "o = pyds.nvds_acquire_obj_meta_from_pool(batch)\n"
        "pyds.nvds_add_obj_meta_to_frame(frame, o, None)"
    )
    done = run(body, "--strict")
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


@pytest.mark.parametrize("name", ["never added", "never unmapped", "use after the buffer is gone"])
def test_the_control_without_strict_nothing_is_told(run, name):
    done = run(MISUSES[name][0])
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


def test_a_float_into_an_int_names_the_attribute_and_the_line(run):
    done = run("frame.pad_index = 1.0", "--strict")
    assert "NvDsFrameMeta.pad_index: an integer from 0 to 4294967295" in done.stderr
    assert f'app.py", line {LINE}, in on_buffer' in done.stderr


def test_the_hash_of_something_else_names_what_is_expected(run):
    done = run("pyds.gst_buffer_get_nvds_batch_meta(hash(info))", "--strict")
    assert "there is no buffer at" in done.stderr
    assert "expected hash(info.get_buffer())" in done.stderr


def test_what_is_to_be_done_at_the_exit_is_done(run):
    head = "import atexit, logging, multiprocessing\natexit.register(print, 'left', flush=True)\n"
    done = run(MISUSES["a wrong cast"][0], "--strict", head=head)
    assert (done.stdout, done.returncode) == ("True\nleft\n", 1)


def test_a_standard_error_that_nobody_reads_changes_neither_stream_nor_exit_code(run):
    reads, writes = os.pipe()
    os.close(reads)
    body = MISUSES["never added"][0] + "\nprint('buffer', flush=True)"
    done = run(body, "--strict", stderr=writes, tail="print('end')")
    os.close(writes)
    assert (done.stdout, done.returncode) == ("buffer\n" * 3 + "True\nend\n", 1)


def test_misuses_without_end_are_told_up_to_a_limit():
    told = []
    misuses = Misuses(told.append)
    for number in range(MOST + 5):
        misuses.add("wrong", f"app.py:{number}")
    assert (told[MOST - 1], told[MOST:]) == (
        "app.py:999: wrong",
        [f"more than {MOST}; no more are shown"],
    )
    assert len(misuses) == MOST


def test_without_strict_misuses_without_end_are_logged_up_to_a_limit():
    code = (
        "import logging, pyds\n"
        "lines = []\n"
        "class Keep(logging.Handler):\n"
        "    def emit(self, record): lines.append(record.getMessage())\n"
        "logging.getLogger('pyds').addHandler(Keep())\n"
        f"exec('\\n' * 5 + 'pyds.free_buffer(1)\\n' * {MOST + 5})\n"
        "print(len(lines), lines[-1])"
    )
    code = f"from pythiags import portable; portable.install()\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == f"{MOST + 1} more than {MOST} misuses; no more are shown\n", done.stderr


# ---- a probe that is too slow, by a clock of our own ----


class Pad:
    def get_current_caps(self):
        return None


def test_a_probe_is_too_slow_if_it_is_three_times_in_a_row():
    told, times = [], []
    guard = Guard(lambda pad, info: 1, Misuses(told.append), RuntimeError, lambda: times.pop(0))
    for seconds in (0.04, 0.04, 0.01, 0.04, 0.04):
        times[:] = [5.0, 5.0 + seconds]
        assert guard(Pad(), None) == 1
    assert told == []
    times[:] = [5.0, 5.04]
    guard(Pad(), None)
    (line,) = told
    assert re.match(r".*test_strict\.py:\d+: the probe is too slow: 3 calls in a row took", line)
    assert "33 ms" in line


@pytest.mark.parametrize("options", [[], ["--strict"]], ids=str)
def test_a_traceback_is_the_scripts_own(run, options):
    done = run("1 / 0", *options)
    tracebacks = done.stderr.split("Traceback (most recent call last):\n")[1:]
    assert len(tracebacks) == 3  # one a buffer, which the probe drops
    for text in tracebacks:
        files = re.findall(r'File "([^"]+)"', text)
        assert [Path(name).name for name in files] == ["app.py"]
        assert text.endswith("ZeroDivisionError: division by zero\n")


# ---- gst-python exchanges the methods of GStreamer's classes when it is initialized ----


class Library:
    def __init__(self):
        self.method, self.ready = "before", False

    def is_initialized(self):
        return self.ready

    def init(self, arguments):
        self.method, self.ready = "real", True
        return arguments

    def init_check(self, arguments):
        return self.init(arguments)


@pytest.mark.parametrize("name", ["init", "init_check"])
def test_the_library_is_changed_after_it_is_initialized(monkeypatch, name):
    library, seen = Library(), []
    monkeypatch.setitem(sys.modules, "gi.repository.Gst", library)
    when_initialized(lambda gst: seen.append((gst, gst.method)))
    assert seen == []
    assert getattr(library, name)(["word"]) == ["word"]
    library.init([])
    assert seen == [(library, "real")]
    when_initialized(seen.append)
    assert seen[1:] == [library]


@pytest.mark.parametrize("name", ["init", "init_check"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_was_exchanged_stays_when_the_library_is_initialized_again(monkeypatch, name, count):
    library = Library()
    monkeypatch.setitem(sys.modules, "gi.repository.Gst", library)
    for number in range(count):
        when_initialized(lambda gst, mine=number: exchange(gst, gst, "method", mine))
    for _ in range(3):
        getattr(library, name)([])
        assert library.method == count - 1
