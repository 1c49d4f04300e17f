"""What several tests share."""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import hypothesis

# ONNX Runtime reads this when it is imported; without it, it opens a database below ~/.cache.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Import it before anything loads GStreamer or onnx: after both, its C++ exceptions, which a broken
# model raises, end the process.
import onnxruntime  # noqa: F401
import pytest

# A busy machine is not a failure: no test is about how long an example takes.
hypothesis.settings.register_profile("patient", deadline=None)
# Under a sanitizer (tools/test_sanitized.py) to think of an example takes long as well.
hypothesis.settings.register_profile(
    "sanitized",
    deadline=None,
    max_examples=30,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")

# A shell has its background jobs ignore Ctrl-C, nohup a terminal that closes, and children inherit
# that: not in tests of signals.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def logging_restored():
    """Take back what a command that runs in this process does to logging."""
    root, ours = logging.getLogger(), logging.getLogger("pythiags")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.fixture
def pyds(monkeypatch):
    """Make ``import pyds`` find the stand-in, fresh for this test."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "standins"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyds"]:
        monkeypatch.delitem(sys.modules, name)
    importlib.import_module("pyds")
    # Under the patch: undoing it takes the modules away, whatever the test puts in their place.
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyds"]:
        module = sys.modules.pop(name)
        monkeypatch.setitem(sys.modules, name, module)
    return sys.modules["pyds"]


@pytest.fixture(autouse=True, scope="session")
def state_dir(tmp_path_factory):
    """Keep what spills, and dead letters, out of the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def analytics(tmp_path_factory):
    """What nvdsanalytics attaches, in C++ as it does: ``frame_new()`` and more."""
    compiler = shutil.which("c++")
    assert compiler, "g++ is among the packages in setup/aptitude.test.list"
    library = tmp_path_factory.mktemp("analytics") / "libanalytics.so"
    source = Path(__file__).parent / "standins" / "nvdsanalytics.cpp"
    words = [compiler, "-std=c++17", "-shared", "-fPIC", "-o", str(library), str(source)]
    subprocess.run(words, check=True, timeout=100)
    loaded = ctypes.CDLL(str(library))
    for name in ("frame", "early", "object"):
        getattr(loaded, f"{name}_new").restype = ctypes.c_void_p
        getattr(loaded, f"{name}_free").argtypes = [ctypes.c_void_p]
    loaded.frame_find.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
    loaded.frame_find.restype = ctypes.c_longlong
    loaded.frame_class.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return loaded
