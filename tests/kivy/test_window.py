"""The window that the commands open: what goes to Kivy, what does not, and how it ends."""

import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

import pythiags.kivy
from pythiags.errors import MissingDependency
from pythiags.kivy.window import _title_of

BALL = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=RGBA,framerate=30/1"


@pytest.fixture
def window(environment, screen, tmp_path):
    """Start a command on the screen; gives the process."""
    started = []

    def start(*arguments, **more):
        process = subprocess.Popen(
            [sys.executable, "-m", "pythiags", *arguments],
            env={**environment, "DISPLAY": screen, **more},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_test_picture_to_its_end(window):
    process = window("videotestsrc", "num-buffers=20")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert err.startswith("20 frames in ")
    assert len(err.splitlines()) == 1  # Kivy logs nothing of its own


def test_words_for_kivy_reach_it_and_nothing_of_ours_is_touched(run_program):
    assert run_program("arguments", KIVY_NO_ARGS="0", KIVY_METRICS_DENSITY="1") == "320 200\n"
    assert run_program("arguments", KIVY_NO_ARGS="1", KIVY_METRICS_DENSITY="1") == "800 600\n"


def test_what_kivy_does_not_understand_is_our_one_message(window):
    process = window("videotestsrc", "--", "--nonsense")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "Kivy does not know the options after --" in err
    assert "Traceback" not in err


def test_a_format_that_kivy_cannot_show_says_which_it_can(window):
    caps = "video/x-raw,format=NV12"
    process = window("launch", f"videotestsrc ! {caps} ! appsink name=pythiags")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "got: NV12" in err
    assert "videoconvert ! video/x-raw,format=RGBA" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_the_window_in_order(window, tmp_path, number, code):
    (tmp_path / "mine.py").write_text(
        "def ext(pad, info): return [1]\ndef proc(events): print('x', flush=True)\n"
    )
    text = f"{BALL} ! identity name=here ! appsink name=pythiags"
    pair = ("--obs=here", "--ext=mine:ext", "--proc=mine:proc")
    process = window("launch", text, *pair)
    for _ in range(15):
        process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    lines = err.splitlines()
    header = next(i for i, line in enumerate(lines) if line.startswith("attachment "))
    table = (re.split(r" {2,}", line) for line in lines[header : header + 2])
    row = dict(zip(*table, strict=True))
    assert row["delivered"] == row["produced"] == str(15 + len(out.splitlines()))
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["VideoView", "KivyConsumer"])
def test_without_kivy_the_line_that_installs_it(monkeypatch, name):
    monkeypatch.setattr("pythiags.kivy.window.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"-m pip install 'kivy>=2\.3'$") as caught:
        getattr(pythiags.kivy, name)
    assert isinstance(caught.value, MissingDependency)
    assert name in dir(pythiags.kivy)


def test_a_name_that_is_not_there_is_an_attribute_error(monkeypatch):
    monkeypatch.setattr("pythiags.kivy.window.find_spec", lambda name: None)
    with pytest.raises(AttributeError, match="VideoWiew"):
        pythiags.kivy.VideoWiew  # noqa: B018


def test_the_title_has_the_error_of_an_edited_file():
    well, ill = SimpleNamespace(error=""), SimpleNamespace(error="mine.py:3: SyntaxError")
    assert _title_of(SimpleNamespace(reloads=()), "pythiags") == "pythiags"
    assert _title_of(SimpleNamespace(reloads=(well,)), "pythiags") == "pythiags"
    shown = _title_of(SimpleNamespace(reloads=(well, ill)), "pythiags")
    assert shown == "pythiags: mine.py:3: SyntaxError"
