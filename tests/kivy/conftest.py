"""A screen for the windows, and children that open them: Kivy allows one window a process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
KIVY_ENVIRONMENT = {"KIVY_NO_ARGS": "1", "KIVY_LOG_MODE": "PYTHON", "KIVY_NO_FILELOG": "1"}
STRICT = (
    "-W",
    "error",
    "-W",
    "ignore::ImportWarning",
)  # PyGObject before 3.44 has an old import hook
NOT_INHERITED = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "KIVY_WINDOW")


@pytest.fixture(scope="session")
def screen(tmp_path_factory):
    """Yield the name of a private X display, with a private home for Kivy."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: apt install xvfb")
    readable, writable = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writable),
        "-screen",
        "0",
        "900x700x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(command, pass_fds=[writable], stderr=subprocess.DEVNULL) as server:
        os.close(writable)
        with os.fdopen(readable) as number:
            yield f":{number.readline().strip()}"
        server.terminate()


@pytest.fixture
def environment(tmp_path):
    """The environment of a child without any display."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return {**kept, "KIVY_HOME": str(tmp_path)}


@pytest.fixture
def run_program(environment, screen):
    """Run one of ``programs`` on the screen; it must end well. Gives what it wrote to stdout."""

    def run(name, *arguments, **more):
        child = subprocess.run(
            [sys.executable, *STRICT, PROGRAMS / f"{name}.py", *map(str, arguments)],
            env={**environment, **KIVY_ENVIRONMENT, "DISPLAY": screen, **more},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert child.returncode == 0, f"exit {child.returncode}\n{child.stdout}\n{child.stderr}"
        assert "CRITICAL" not in child.stderr, child.stderr
        assert "GLib" not in child.stderr, child.stderr
        return child.stdout

    return run
