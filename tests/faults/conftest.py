"""After each test of faults there is nothing left of it."""

import pytest
from faults import consumers, harness

from pythiags import App
from pythiags.testing import nothing_left


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
