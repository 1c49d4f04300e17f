"""Commands, run in this process or in one of their own."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from pythiags.cli.commands import run as run_command

MINE = """\
from sys import stderr, stdout  # one write a line: two consumers run at once

def ext(pad, info):
    return [info.get_buffer().pts]

def proc(events):
    stdout.write(f"{events[0]}\\n")

class Extract:
    def extract_metadata(self, pad, info):
        return ["class"]

class Process:
    def incoming(self, events):
        stdout.write(f"{events[0]}\\n")

def too_few(pad):
    return []

class NoMethod:
    pass

def raises(pad, info):
    raise ValueError("boom")

def bang(events):
    raise KeyError("bang")

class NeedsMore:
    def __init__(self, path):
        self.path = path

    def incoming(self, events):
        stdout.write(f"{self.path}\\n")

class NoCamera:
    def __init__(self):
        raise ValueError("no camera")

class NoBroker:
    def open(self):
        raise OSError("no broker")

    def incoming(self, events):
        pass

class Sourced:
    def __init__(self, name="camera"):
        self.name = name

    def extract_metadata(self, pad, info):
        return [{self.name: info.get_buffer().offset % 2}]

def camera_of(event):
    return event["camera"]

def key_error(event):
    return 1 / (event["camera"] - event["camera"])

from logging import getLogger

class Talks:
    def incoming(self, events):
        print("to stderr", file=stderr)
        getLogger("mine").warning("to the log")

class Late:
    def open(self):
        self.wait = __import__("threading").Event().wait

    def incoming(self, events):
        self.wait(0.05)

class Holds:
    def extract_metadata(self, pad, info):
        return [{"callback": lambda: None}]

nameless = lambda events: None
"""
NO_DISPLAY = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "KIVY_WINDOW")


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A current directory with a module ``mine``; what is imported from there is forgotten."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in (
            sys.modules[name].__file__
        ):
            del sys.modules[name]


@pytest.fixture
def command(folder, capfd, monkeypatch, logging_restored):
    """Run a command line in this process, without a display: quick, for tables of cases."""
    for name in NO_DISPLAY:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        start = time.process_time()  # time on a busy machine does not count
        code = run_command(list(arguments))
        seconds = time.process_time() - start
        out, err = capfd.readouterr()
        return Done(code, out, err, seconds)

    return run


@pytest.fixture
def child(folder):
    """Start a command line in a process of its own; gives the process."""
    started = []

    def start(*arguments, **more):
        environment = {name: value for name, value in os.environ.items() if name not in NO_DISPLAY}
        process = subprocess.Popen(
            [sys.executable, "-m", "pythiags", *arguments],
            env={**environment, **more},
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
