"""Whether a window can be opened is known before Kivy is asked to."""

import socket

import pytest

from pythiags import display as probe
from pythiags.errors import NoDisplayError
from pythiags.kivy import display, require_display


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "KIVY_WINDOW"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_display_that_answers_is_accepted(no_display, screen):
    no_display.setenv("DISPLAY", screen)
    assert display.why_no_display() is None
    no_display.setenv("DISPLAY", f"{screen}.0")
    require_display()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "DISPLAY is not set"),
        (":987", "no X server answers at DISPLAY=:987"),
        ("127.0.0.1:987", "no X server answers"),
        ("nonsense", "not of the form"),
        (":zero", "not of the form"),
    ],
)
def test_why_there_is_none(no_display, value, reason):
    no_display.setenv("DISPLAY", value)
    with pytest.raises(NoDisplayError, match="--display none") as caught:
        require_display()
    assert reason in str(caught.value)
    assert "DISPLAY" in str(caught.value)
    assert caught.value.exit_code == 7


def test_a_server_that_never_answers_is_no_display(no_display):
    no_display.setattr(probe, "PROBE_SECONDS", 0.3)
    with socket.socket(socket.AF_UNIX) as frozen:
        frozen.bind("\0/tmp/.X11-unix/X988")
        frozen.listen()
        no_display.setenv("DISPLAY", ":988")
        assert "refuses this user" in display.why_no_display()


def test_wayland_will_do(no_display, tmp_path):
    no_display.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    no_display.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert display.why_no_display() is not None
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "wayland-0"))
        compositor.listen()
        assert display.why_no_display() is None


def test_who_names_a_driver_has_chosen(no_display):
    no_display.setenv("SDL_VIDEODRIVER", "kmsdrm")
    require_display()
