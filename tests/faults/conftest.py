"""After each test of faults there is nothing left of it; some run in a network of their own."""

import os
import subprocess
import sys

import pytest
from faults import consumers, harness
from standins.link import INSIDE, UNSHARE

from pythiags import App
from pythiags.testing import nothing_left


def pytest_configure(config):
    config.addinivalue_line("markers", "own_network: run in a network namespace of its own")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Have a test that is marked so run by a pytest of its own, in a network of its own."""
    if os.environ.get(INSIDE) or pyfuncitem.get_closest_marker("own_network") is None:
        return None
    words = [*UNSHARE, sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*words, "-p", "no:xdist", pyfuncitem.nodeid],
        env=os.environ | {INSIDE: "yes", "PYTEST_ADDOPTS": ""},
        cwd=pyfuncitem.config.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return True


@pytest.fixture(scope="session", autouse=True)
def _warm():
    """GStreamer and Python open some things once and keep them."""
    app = App("videotestsrc num-buffers=1 ! fakesink name=sink")
    app.attach("sink", consumers.number, print)
    app.run()


@pytest.fixture
def state(tmp_path, monkeypatch):
    """The folder in which pythiags keeps its files."""
    folder = tmp_path / "state"
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _nothing_is_left(state, caplog):
    with nothing_left():
        yield
        caplog.get_records("call").clear()  # their tracebacks keep what they saw
    assert harness.files(state / "spill") == []
