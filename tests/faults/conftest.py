"""After each test of faults there is nothing left of it."""

import gc

import pytest
from faults import consumers, harness

from pythiags import App


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
    gc.collect()
    before = harness.threads(), harness.descriptors(), harness.shared_memory(), harness.children()
    yield
    caplog.get_records("call").clear()  # their tracebacks keep what they saw
    gc.collect()
    harness.until(lambda: harness.threads() <= before[0], "threads are gone")
    harness.until(lambda: harness.children() <= before[3], "no process, no zombie is left")
    assert harness.shared_memory() <= before[2]
    harness.until(
        lambda: not harness.descriptors() - before[1], f"{before[1]} are open as before", 5
    )
    assert harness.files(state / "spill") == []
