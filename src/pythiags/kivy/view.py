"""VideoView: a Kivy widget that plays a file, a pipeline or an App and shows its appsink."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.resources import resource_find
from kivy.uix.image import Image

from pythiags.app import App
from pythiags.app.signals import wait
from pythiags.checks import check_choice
from pythiags.errors import ConfigError, PythiagsError
from pythiags.kivy.display import require_display
from pythiags.kivy.playback import Playback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.kivy.frames import FrameTexture

__all__ = ["VideoView"]

CLOSE_LIMIT: Final = 10.0  # seconds, beyond the drain, that a closed window waits for a pipeline
PLAYER: Final = (
    "playbin uri={uri} "
    'video-sink="videoconvert ! appsink name=pythiags caps=video/x-raw,format=RGBA"'
)

logger = logging.getLogger(__name__)


class VideoView(Image):  # type: ignore[misc] # Kivy has no types
    """Plays a file, a pipeline or an App, and shows what arrives at its appsink.

    It follows Kivy's own ``Video``: properties may be set in any order, in kv too, and take effect
    on the next frame of Kivy's::

        VideoView:
            text: "videotestsrc ! videoconvert ! appsink name=pythiags caps=video/x-raw,format=RGBA"
            state: "play"

    Set one of ``source``, ``text`` and ``pythiags_app``; setting another value while it
    plays ends what was playing and plays that. Pipelines are built, started and ended in a thread,
    so the window does not freeze meanwhile. The widget stops when it leaves the window, or the
    window closes.

    The picture keeps its aspect ratio (``fit_mode: "contain"``); the texture's size follows the
    stream's, also when it changes. Only the newest frame is shown; none are queued.

    Attributes:
        source: A file or a URI, with its sound. Files are looked for as Kivy looks for resources.
        text: A pipeline in gst-launch syntax.
        pythiags_app: An ``App`` with extractors and consumers. It plays once, and
            whoever made it closes it.
        sink: The name of the appsink in ``text`` or ``pythiags_app``.
        state: ``"play"``, ``"pause"`` or ``"stop"``; becomes ``"stop"`` at the end and after an
            error.
        eos: Whether the stream has ended by itself.
        loaded: Whether there is a picture of what is playing.
        position: Seconds of the stream that were played; -1 if unknown.
        duration: Seconds that the stream lasts; -1 if unknown, as it is of live sources.
        pts: The timestamp of the picture that is shown, in nanoseconds, as metadata has it in
            ``buf_pts`` and ``Detection`` in ``pts``; -1 if it has none.
        volume: 0 to 1. Set on ``source`` and on the elements ``volume`` and ``playbin`` of other
            pipelines.
        preview: An image to show until there is a picture.
        options: For ``source`` and ``text``: options of the ``App`` and values of
            the text's variables; and ``eos``: ``"stop"``, or ``"loop"`` to play again and again.
        drain: Seconds that the consumers have for what is pending when it is stopped.

    Events:
        on_error: It failed, at the start or later; the argument is the
            ``PythiagsError``. Unless a handler returns True, the error is
            logged.

    Raises:
        NoDisplayError: There is no display to open a window on.
    """

    text = StringProperty("")
    pythiags_app = ObjectProperty(None, allownone=True)
    sink = StringProperty("pythiags")
    state = OptionProperty("stop", options=["play", "pause", "stop"])
    eos = BooleanProperty(False)
    loaded = BooleanProperty(False)
    position = NumericProperty(-1)
    duration = NumericProperty(-1)
    pts = NumericProperty(-1)
    volume = NumericProperty(1.0)
    preview = StringProperty(None, allownone=True)
    options = DictProperty({})
    drain = NumericProperty(10.0)

    __events__ = ("on_error",)

    def __init__(self, **kwargs: Any) -> None:
        require_display()  # otherwise SDL would draw into memory without an error
        self._playback: Playback | None = None
        self._frames: FrameTexture | None = None
        self._changed = False
        self._seen = False
        # Holds the widget weakly: it may go away while it plays.
        self._follow = Clock.create_trigger(self._tick, 0, interval=True)
        kwargs.setdefault("fit_mode", "contain")
        super().__init__(**kwargs)
        for name in ("source", "text", "pythiags_app", "sink", "options"):
            self.fbind(name, self._media_changed)
        self.fbind("preview", self.texture_update)
        self.texture_update()
        self._follow()

    def play(self) -> None:
        """Start, or resume after ``pause()``."""
        self.state = "play"

    def pause(self) -> None:
        """Hold the picture."""
        self.state = "pause"

    def stop(self) -> None:
        """End, and deliver to the consumers what is pending; the last picture stays."""
        self.state = "stop"

    def seek(self, percent: float, precise: bool = True) -> None:
        """Go to another place of the stream; if that is impossible, report it to ``on_error``.

        Args:
            percent: The place as a part of the duration, 0 to 1.
            precise: Go to that very frame, not to the key frame before it, which is faster.
        """
        try:
            if self._playback is None:
                raise ConfigError("cannot seek: nothing is playing")
            self._playback.seek(percent, precise=precise)
        except PythiagsError as error:
            self.dispatch("on_error", error)

    @property
    def frames(self) -> int:
        """How many frames were shown since the last start."""
        return self._frames.frames if self._frames is not None else 0

    def place(
        self, box: Sequence[float], picture: Sequence[float] | None = None
    ) -> tuple[float, float, float, float]:
        """Return where a box of the picture is in the window.

        ::

            x, y, width, height = view.place(detection.bbox)

        Args:
            box: Left, top, width and height in pixels of the picture, from its top left corner.
            picture: The width and height that the box is of; the shown picture's if None. They
                differ where the pipeline scales the picture after the detector.

        Returns:
            x, y, width and height in the coordinates of the widget's ``pos`` and ``size``, as
            Kivy's instructions take them. Call it again when the widget or the texture changes.
        """
        left, top, width, height = box
        x, y, across, up = self._scale(picture)
        return x + left * across, y - (top + height) * up, width * across, height * up

    def to_picture(
        self, x: float, y: float, picture: Sequence[float] | None = None
    ) -> tuple[float, float]:
        """Return which pixel of the picture a touch is at; the inverse of ``place()``.

        Args:
            x: In the coordinates of the widget's ``pos``, as ``touch.x``.
            y: As ``touch.y``.
            picture: As for ``place()``.
        """
        left, top, across, up = self._scale(picture)
        return (x - left) / across, (top - y) / up

    def _scale(self, picture: Sequence[float] | None) -> tuple[float, float, float, float]:
        """Where the picture's top left corner is, and how large its pixels are."""
        width, height = self.norm_image_size
        columns, rows = picture or self.texture_size
        left, top = self.center_x - width / 2, self.center_y + height / 2
        return left, top, width / (columns or 1), height / (rows or 1)

    def on_error(self, error: PythiagsError) -> None:
        """Log the error."""
        logger.error("%s", error)

    def on_state(self, _view: VideoView, state: str) -> None:
        """Take effect on the next frame."""
        if state == "play":
            self.eos = False
        self._follow()

    def on_volume(self, _view: VideoView, volume: float) -> None:
        """Set the volume of what is playing."""
        playback = self._playback
        if playback is not None and self.loaded and not playback.set_volume(volume):
            logger.warning("volume has no effect: the pipeline has no element 'volume'")

    def on_opacity(self, _view: VideoView, opacity: float) -> None:
        """Hide the canvas until there is a picture: without one, an Image is a white rectangle."""
        self.canvas.opacity = opacity if self.texture is not None else 0

    def on_texture(self, view: VideoView, texture: Any) -> None:
        """Show the canvas as soon as there is a picture."""
        super().on_texture(view, texture)
        self.on_opacity(view, self.opacity)

    def texture_update(self, *_: Any) -> None:
        """Show the preview; unlike an Image's, ``source`` is not a picture."""
        if self.preview and not self.loaded:
            self.set_texture_from_resource(self.preview)

    def _media_changed(self, *_: Any) -> None:
        self._changed = True
        self._follow()

    def _tick(self, _seconds: float) -> None:
        """Once a frame of Kivy's while there is something to do."""
        playback = self._playback
        if playback is None:
            self._changed = False
            if self.state == "stop" or not self._begin():
                self._follow.cancel()
            return
        self._watch_the_window()
        if self.state == "stop" or self._changed:
            playback.stop(self.drain)
        else:
            playback.hold(self.state == "pause")
        over = playback.over.is_set()  # asked first: a frame that came before the end is shown
        self._show(playback)
        if over:
            self._finish(playback)

    def _begin(self) -> bool:
        """Play what there is to play, if there is anything."""
        self.eos = False
        try:
            make = self._maker()
        except PythiagsError as error:
            self._fail(error)
            return False
        if make is None:
            self.texture = None
            self.texture_update()
            return False
        self.position = self.duration = self.pts = -1
        self._seen = False
        sink = "pythiags" if self.source else self.sink
        self._playback = Playback(make, sink, close=self.pythiags_app is None)
        EventLoop.bind(on_stop=self._window_closed)
        return True

    def _maker(self) -> Callable[[], App] | None:
        """Return what makes the App; it holds nothing of the widget.

        Raises:
            ConfigError: Properties contradict each other.
        """
        given = [name for name in ("source", "text", "pythiags_app") if getattr(self, name)]
        if len(given) > 1:
            raise ConfigError(
                "a VideoView plays one pipeline", expected="one of them", got=" and ".join(given)
            )
        options = dict(self.options)
        eos = options.pop("eos", "stop")
        check_choice(f"unknown eos: {eos!r}", eos, ("stop", "loop"))
        if not given:
            return None
        if self.pythiags_app is not None:
            if self.options:
                raise ConfigError(
                    "options apply to source and text only; an App has its own, and plays once",
                    got=", ".join(self.options),
                )
            return partial(_same, self.pythiags_app)
        if self.text:
            return partial(App, self.text, **options)
        return partial(App, PLAYER, uri=_uri(self.source), **options)

    def _watch_the_window(self) -> None:
        """Stop when the widget leaves the window, since it could no longer be seen or stopped."""
        if self.get_root_window() is not None:
            self._seen = True
        elif self._seen:
            self.state = "stop"

    def _show(self, playback: Playback) -> None:
        """Show the newest picture."""
        frames = self._frames = playback.frames
        if frames is None or playback.error is not None:
            return
        try:
            if not frames.update(paused=playback.paused):
                return
        except PythiagsError as error:
            playback.error = error
            playback.stop(self.drain)
            return
        if frames.texture is self.texture:
            self.canvas.ask_update()
        else:
            self.texture = frames.texture
        self.pts = frames.pts
        self.position, self.duration = playback.position(), playback.duration()
        if not self.loaded:
            self.loaded = True
            if self.volume != 1:
                self.on_volume(self, self.volume)

    def _finish(self, playback: Playback) -> None:
        """Report how it ended; play again if that is wanted."""
        EventLoop.unbind(on_stop=self._window_closed)
        self._playback = None
        self.loaded = False
        if playback.error is not None:
            self._fail(playback.error)
        elif not playback.stopped.is_set():
            if self.options.get("eos") != "loop":
                self.state = "stop"
            self.eos = True

    def _fail(self, error: PythiagsError) -> None:
        self.state = "stop"
        self.dispatch("on_error", error)

    def _window_closed(self, *_: Any) -> None:
        """Wait for the end, since nothing else will."""
        self.state = "stop"
        playback = self._playback
        if playback is not None:
            playback.stop(self.drain)
            wait(playback.over, self.drain + CLOSE_LIMIT)
            self._finish(playback)

    def __del__(self) -> None:
        """Stop the pipeline of a widget without references."""
        playback = getattr(self, "_playback", None)
        if playback is not None:
            playback.stop(0.0)


def _same(app: App) -> App:
    return app


def _uri(source: str) -> str:
    """Make a URI of a file's name, looked for as Kivy does."""
    if "://" in source:
        return source
    return Path(resource_find(source) or source).absolute().as_uri()
