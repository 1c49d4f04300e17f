"""A missing display is reported before a sink is started that might end the process."""

import pytest

from pythiags import App
from pythiags.description import Description
from pythiags.errors import NoDisplayError
from pythiags.gst import Gst, windows
from pythiags.gst.pipeline import Pipeline

PICTURES = "videotestsrc num-buffers=1 ! videoconvert"
FILE = "uri=file:///dev/null"


@pytest.fixture
def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(windows, "_CONSOLES", ("/nowhere/*",))
    return monkeypatch


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{PICTURES} ! autovideosink", "autovideosink"),
        (f"{PICTURES} ! tee ! queue ! ( queue ! autovideosink )", "autovideosink"),
        (f"{PICTURES} ! fpsdisplaysink", "fpsdisplaysink"),
        (f"{PICTURES} ! ximagesink", "ximagesink"),
        (f"playbin {FILE}", "playbin"),
        (f"playbin {FILE} fakesrc ! fakesink", "playbin"),
    ],
)
@pytest.mark.parametrize("display", [None, ":977", "nonsense"])
def test_a_missing_display_is_reported_at_the_start(no_display, text, name, display):
    if display:
        no_display.setenv("DISPLAY", display)
    with App(text) as app, pytest.raises(NoDisplayError, match=f"no display for {name}") as caught:
        app.run()
    assert caught.value.exit_code == 7
    assert "fakesink" in caught.value.hint
    assert "DISPLAY" in caught.value.got


@pytest.mark.parametrize(
    "text",
    [
        f"{PICTURES} ! fakesink",
        f"{PICTURES} ! fpsdisplaysink video-sink=fakesink text-overlay=false",
        f"playbin {FILE} video-sink=fakesink",
    ],
)
def test_who_opens_no_window_needs_no_display(no_display, text):
    no_display.setattr(windows, "why_no_display", lambda: pytest.fail("nobody asks"))
    with Pipeline(Description(text)) as pipeline:
        windows.require_display([pipeline.gst, *windows_of(pipeline)])


def windows_of(pipeline):
    return [child for child in pipeline.gst.children if isinstance(child, Gst.Element)]


def test_a_console_will_do_for_what_draws_on_one(no_display, tmp_path):
    (tmp_path / "card0").touch()
    no_display.setattr(windows, "_CONSOLES", (f"{tmp_path}/card*",))
    windows.require_display([Gst.ElementFactory.make("autovideosink")])
    with pytest.raises(NoDisplayError):
        windows.require_display([Gst.ElementFactory.make("ximagesink")])


def test_a_display_that_answers(monkeypatch):
    monkeypatch.setattr(windows, "why_no_display", lambda: None)
    windows.require_display([Gst.ElementFactory.make("autovideosink")])
