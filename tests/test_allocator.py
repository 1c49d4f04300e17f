"""Threads share as many arenas of the C library as there are cores, where nothing else is said."""

import os
import platform
import subprocess
import sys

import pytest

CORES = max(2, len(os.sched_getaffinity(0)))
COUNT = """
import ctypes, os, sys, threading
from pathlib import Path

{first}
THREADS = 8 * os.cpu_count() + 8
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(THREADS + 1)

def allocate():
    libc.malloc(5000)  # a thread's first makes it look for an arena
    together.wait()
    together.wait()

threads = [threading.Thread(target=allocate, daemon=True) for _ in range(THREADS)]
for each in threads:
    each.start()
together.wait()
path = Path(sys.argv[1])
file = ctypes.c_void_p(libc.fopen(bytes(path), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
together.wait()
print(path.read_text().count("<heap nr="))
"""
LIMITED = "from pythiags.allocator import limit_arenas\nlimit_arenas()"
APP = 'from pythiags import App\nApp("videotestsrc ! fakesink").close()'
SCRIPT = (
    "from pythiags.lookalikes import begin, options\nbegin.options = options.Options\nbegin.begin()"
)


@pytest.fixture
def arenas(tmp_path):
    """Return how many arenas a process has whose threads all allocate at once."""

    def count(first, **environment):
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
        done = subprocess.run(
            [sys.executable, "-c", COUNT.format(first=first), str(tmp_path / "info")],
            env={**environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout)

    return count


pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about glibc")


def test_by_itself_the_c_library_has_eight_for_each_core(arenas):
    assert arenas("") > CORES


@pytest.mark.parametrize("first", [LIMITED, APP, SCRIPT])
def test_an_arena_for_each_core(arenas, first):
    assert arenas(first) == CORES


@pytest.mark.parametrize(
    "environment",
    [{"MALLOC_ARENA_MAX": "5"}, {"GLIBC_TUNABLES": "glibc.malloc.arena_max=5"}],
)
def test_what_the_environment_says_holds(arenas, environment):
    assert arenas(LIMITED, **environment) == 5


def test_other_c_libraries_are_left_alone(monkeypatch):
    from pythiags import allocator

    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    allocator.limit_arenas()
