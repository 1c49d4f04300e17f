"""Standard streams that are closed, full or of another encoding."""

import json
import os
import subprocess
import sys

import pytest

LAUNCH = ["launch", "videotestsrc num-buffers=3 ! identity name=here ! fakesink"]
ATTACHED = [*LAUNCH, "--obs=here", "--ext=mine:ext"]
FULL = "cannot write to stdout: No space left on device"

# A command, its exit code, and whether stdout is its result.
COMMANDS = {
    "launch": (LAUNCH, 0, False),
    "check": (["check", "videotestsrc ! fakesink"], 0, True),
    "check, wrong": (["check", "videotestsr ! fakesink"], 2, True),
    "error": (["launch", "nosuch"], 2, False),
    "usage": (["nosuch"], 2, False),
    "help": (["--help"], 0, True),
    "version": (["--version"], 0, True),
    "completion": (["completion", "bash"], 0, True),
}
SPOILED = (">&-", "2>&-", ">/dev/full", "2>/dev/full")


@pytest.fixture
def shell(folder):
    """Run a command through a shell, with redirections."""

    def run(words, redirections, **environment):
        script = f'exec "$@" {redirections}'
        return subprocess.run(
            ["sh", "-c", script, "sh", sys.executable, "-m", "pythiags", *words],
            check=False,
            env={**os.environ, **environment},
            capture_output=True,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("spoiled", [*SPOILED, "<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_stream_that_takes_nothing(shell, name, spoiled):
    words, code, result = COMMANDS[name]
    done = shell(words, spoiled, PYTHONUNBUFFERED="")
    lost = result and " >/dev/full" in f" {spoiled}"
    assert done.returncode == (code or 1 if lost else code)
    assert b"Traceback" not in done.stdout + done.stderr
    assert b"Exception ignored" not in done.stdout + done.stderr
    assert (FULL.encode() in done.stderr) == (lost and "2>" not in spoiled)


def test_a_command_without_a_buffer_ends_where_it_cannot_write(shell):
    words, _, _ = COMMANDS["check, wrong"]
    done = shell(words, ">/dev/full", PYTHONUNBUFFERED="1")
    assert (done.returncode, FULL.encode() in done.stderr) == (1, True)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("worker", ["thread", "process"])
def test_what_a_consumer_prints_is_not_lost_in_silence(shell, worker, unbuffered):
    words = [*ATTACHED, "--proc=mine:Process", f"--worker={worker}"]
    done = shell(words, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert b"No space left on device" in done.stderr
    assert b"Exception ignored" not in done.stderr
    every_event_failed = worker == "thread" and unbuffered  # print() itself raised
    assert done.returncode == (8 if every_event_failed else 1)


def test_a_reader_that_went_away_is_no_error(shell):
    done = shell(["doctor"], "| true")
    assert done.stderr.count(b"\n") <= 1
    assert b"Traceback" not in done.stderr


PRINT_JSON = """\
import json, sys
class Proc:
    def incoming(self, events):
        print(json.dumps({"t": "\\u6771", "n": events}, ensure_ascii=False))
        sys.stdout.flush()
"""


@pytest.mark.parametrize("more", [[], ["--workers=2"], ["--obs=here", "--obs=here"]])
def test_redirected_output_is_what_was_printed(shell, folder, more):
    (folder / "jason.py").write_text(PRINT_JSON)
    pairs = ["--ext=mine:Sourced", "--proc=jason:Proc"]
    words = [*LAUNCH, *(more if "--obs=here" in more else ["--obs=here", *more]), *pairs]
    words += pairs * ("--obs=here" in more)
    done = shell([*words, "--key=camera"], "")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 3 * (1 + (more == ["--obs=here", "--obs=here"]))
    assert {line["t"] for line in lines} == {"\u6771"}


@pytest.mark.parametrize("worker", ["thread", "process"])
@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp437"])
def test_another_encoding_shows_any_text(shell, folder, encoding, worker):
    (folder / "mine.py").write_text(
        "class Ext:\n    def extract_metadata(self, pad, info): return [1]\n"
        "class Proc:\n    def incoming(self, events): print('\\u6771 \\xe9', flush=True)\n",
        encoding="utf-8",
    )
    words = [*LAUNCH, "--obs=here", "--ext=mine:Ext", "--proc=mine:Proc", f"--worker={worker}"]
    done = shell(words, "", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    e_acute = "\xe9".encode(encoding, "backslashreplace")
    assert done.stdout.count(b"\\u6771 " + e_acute) == 3


@pytest.mark.parametrize("command", ["check", "launch"])
@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_another_encoding_shows_a_problem(shell, command, encoding):
    text = "filesrc location=\u6771.mp4 ! fakesink"
    done = shell([command, text], "", PYTHONIOENCODING=encoding)
    assert done.returncode == 2
    shown = "\u6771.mp4".encode(encoding, "backslashreplace")
    assert b"there is no file '" + shown in done.stdout + done.stderr


def test_arguments_are_utf_8_whatever_the_locale(shell):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = shell(["check", "filesrc location=\u6771.mp4 ! fakesink"], "", **plain)
    assert b"\\u6771.mp4" in done.stdout


@pytest.mark.parametrize("words", [["launch", b"filesrc location=\xff"], ["launch", b"--x=\xff"]])
def test_an_argument_that_is_no_utf_8(shell, words):
    done = shell(words, "")
    assert done.returncode == 2
    assert b"\\udcff' is not UTF-8" in done.stderr
    done = shell(["--json-logs", *words], "")
    assert json.loads(done.stderr)["exit_code"] == 2
