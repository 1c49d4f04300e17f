"""One window for one App: what the command line opens."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pythiags.errors import ConfigError, MissingDependency, NoDisplayError, PythiagsError
from pythiags.extras import install_line
from pythiags.kivy.display import HINT, require_display

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.app import App, AppStats

__all__ = ["load_kivy", "run_window"]

SPACE = 32  # the key's code
LOOK = 0.5  # seconds between two looks at what the title tells

logger = logging.getLogger(__name__)


def require_kivy(instead: str = "") -> None:
    """Return if Kivy is installed.

    Args:
        instead: What else would help; it follows the line that installs Kivy.

    Raises:
        MissingDependency: It is not.
    """
    if find_spec("kivy") is None:
        raise MissingDependency(
            "a window needs Kivy, which is not installed",
            hint=f"{install_line('kivy')}{instead}",
        )


def load_kivy(words: Sequence[str] = ()) -> Any:
    """Import Kivy for a program that is not Kivy's: its arguments and its logging stay its own.

    Kivy reads ``sys.argv`` when it is imported, and replaces the root logger's handlers and stderr,
    unless it is told not to. Settings of the environment that are already there are left alone.

    Args:
        words: Arguments for Kivy. With ``KIVY_NO_ARGS`` in the environment it ignores them.

    Returns:
        Kivy's window, which is open now.

    Raises:
        NoDisplayError: There is no display, or Kivy cannot open a window on it.
        MissingDependency: Kivy is not installed.
        ConfigError: Kivy does not understand the words.
    """
    require_display()
    require_kivy(", or --display none")
    os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")
    os.environ.setdefault("KIVY_NO_FILELOG", "1")
    # One driver only: SDL must not fall back to one that draws into memory.
    os.environ.setdefault("SDL_VIDEODRIVER", "x11" if os.environ.get("DISPLAY") else "wayland")
    if words and os.environ.get("KIVY_NO_ARGS", "false") in ("true", "1", "yes"):
        logger.warning("KIVY_NO_ARGS is set: Kivy ignores %s", " ".join(words))
    try:
        with _arguments(words), _errors_only():
            from kivy.core.window import Window
    except SystemExit as leaving:
        if not leaving.code:  # --help
            raise
        raise ConfigError("Kivy does not know the options after --", got=" ".join(words)) from None
    if Window is None:
        raise NoDisplayError(
            "Kivy cannot open a window", got="a display without OpenGL?", hint=HINT
        )
    return Window


def run_window(app: App, words: Sequence[str] = (), *, title: str = "pythiags") -> None:
    """Show an App's appsink in a window until the stream ends or the window is closed.

    The space bar pauses, Escape closes. The App is started here; whoever made it joins it.

    Args:
        app: Not started yet; it has an appsink named ``pythiags``.
        words: Arguments for Kivy, as for ``load_kivy()``.
        title: The window's.

    Raises:
        PythiagsError: There is no display, or the stream failed.
    """
    window = load_kivy(words)
    from kivy.base import runTouchApp, stopTouchApp
    from kivy.clock import Clock

    from pythiags.kivy.view import VideoView

    failures: list[PythiagsError] = []

    def leave(_view: VideoView, ended: bool) -> None:
        if ended:
            stopTouchApp()

    def fail(_view: VideoView, error: PythiagsError) -> bool:
        failures.append(error)
        stopTouchApp()
        return True

    def toggle(_window: Any, key: int, *_: Any) -> None:
        if key == SPACE and view.state != "stop":
            view.state = "pause" if view.state == "play" else "play"

    def show_error(_seconds: float) -> None:
        window.set_title(_title_of(app.stats(), title))

    view = VideoView(pythiags_app=app)
    view.bind(eos=leave, on_error=fail)
    window.bind(on_key_down=toggle)
    window.set_title(title)
    clock = Clock.schedule_interval(show_error, LOOK)
    try:
        view.play()
        runTouchApp(view)
    finally:
        clock.cancel()
        window.unbind(on_key_down=toggle)
        view.stop()
        window.close()
    if failures:
        raise failures[0]


def _title_of(stats: AppStats, title: str) -> str:
    """Return the window's title, with the error of an edited file that was not taken."""
    errors = (f"{title}: {file.error}" for file in stats.reloads if file.error)
    return next(errors, title)


@contextmanager
def _arguments(words: Sequence[str]) -> Iterator[None]:
    """Let Kivy see these arguments only."""
    ours = sys.argv
    sys.argv = [ours[0], *words]
    try:
        yield
    finally:
        sys.argv = ours


@contextmanager
def _errors_only() -> Iterator[None]:
    """Keep Kivy's account of its own start out of the logs, unless details are wanted."""
    kivy_logger = logging.getLogger("kivy")

    def grave(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.CRITICAL or logging.root.level <= logging.DEBUG

    kivy_logger.addFilter(grave)
    try:
        yield
    finally:
        kivy_logger.removeFilter(grave)
