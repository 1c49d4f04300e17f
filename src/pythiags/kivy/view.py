"""VideoView: a Kivy widget that plays a pipeline and shows its appsink."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.properties import NumericProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.image import Image

from pythiags.app import App
from pythiags.errors import DescriptionError, PythiagsError
from pythiags.gst.pipeline import elements_of
from pythiags.kivy.display import require_display
from pythiags.kivy.frames import FrameTexture
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from pythiags.app import Summary
    from pythiags.gst import Gst

__all__ = ["VideoView"]

logger = logging.getLogger(__name__)


class VideoView(Image):  # type: ignore[misc] # Kivy has no types
    """Plays a pipeline and shows what arrives at its appsink, the newest frame first.

    As with Kivy's own ``Video``, :attr:`state` is set to ``"play"``, ``"pause"`` or ``"stop"``, in
    kv too::

        VideoView:
            text: "videotestsrc ! videoconvert ! appsink name=pythiags caps=video/x-raw,format=RGBA"
            state: "play"

    The picture keeps its aspect ratio (``fit_mode: "contain"``); the texture's size follows the
    stream's, also when it changes. Nothing is queued: what the screen is too slow for is not shown.
    The pipeline stops with the window, and with the widget.

    Attributes:
        text: The pipeline, in gst-launch syntax; used where :attr:`app` is None. It may be played
            again after a stop.
        app: An :class:`~pythiags.App` with extractors and consumers. It plays once, and is closed
            by whoever made it.
        sink: The name of the appsink.
        state: ``"play"``, ``"pause"`` or ``"stop"``; goes to ``"stop"`` by itself at the end.
        drain: Seconds that a stop gives the consumers for what is pending.

    Events:
        on_eos: The stream has ended.
        on_error: It failed; the argument is the :class:`~pythiags.errors.PythiagsError`. Unless
            someone binds to it, it is logged.

    Raises:
        NoDisplayError: There is no display to open a window on.
    """

    text = StringProperty("")
    app = ObjectProperty(None, allownone=True)
    sink = StringProperty("pythiags")
    state = OptionProperty("stop", options=["play", "pause", "stop"])
    drain = NumericProperty(10.0)

    __events__ = ("on_eos", "on_error")

    def __init__(self, **kwargs: Any) -> None:
        require_display()  # else SDL would draw into memory, and nobody would know
        self._playing: App | None = None
        self._frames: FrameTexture | None = None
        self._clock: Any = None
        kwargs.setdefault("fit_mode", "contain")
        super().__init__(**kwargs)
        self.canvas.opacity = 0  # an Image without a texture is a white rectangle

    def play(self) -> None:
        """Start, or go on after :meth:`pause`.

        Raises:
            PythiagsError: The pipeline cannot be built or started.
        """
        self.state = "play"

    def pause(self) -> None:
        """Hold the picture."""
        self.state = "pause"

    def stop(self) -> None:
        """End, and deliver to the consumers what is pending; the last picture stays."""
        self.state = "stop"

    @property
    def frames(self) -> int:
        """How many frames were shown since the last start."""
        return self._frames.frames if self._frames is not None else 0

    def on_state(self, _view: VideoView, state: str) -> None:
        """Follow :attr:`state`."""
        if state == "stop":
            self._end()
            return
        try:
            if self._playing is None:
                self._playing = self._begin()
            if state == "pause":
                self._playing.pause()
            else:
                self._playing.resume()
        except BaseException:
            self.state = "stop"
            raise

    def on_eos(self) -> None:
        """Do nothing: for those who bind to it."""

    def on_error(self, error: PythiagsError) -> None:
        """Log the error."""
        logger.error("%s", error)

    def _begin(self) -> App:
        app = self.app or App(self.text)
        try:
            self._frames = FrameTexture(self._find_sink(app.pipeline))
            app.start()
        except BaseException:
            if app is not self.app:
                app.close()
            raise
        # Both hold the widget weakly: it may go away while it plays.
        self._clock = Clock.schedule_interval(self._show, 0)
        EventLoop.bind(on_stop=self._window_closed)
        return app

    def _find_sink(self, pipeline: Gst.Pipeline) -> Gst.Element:
        sinks = {each.get_name(): each for each in elements_of(pipeline) if _is_appsink(each)}
        if self.sink not in sinks:
            raise DescriptionError(
                f"there is no appsink named {self.sink!r} to show",
                hint=hint_for(self.sink, sinks)
                or f"end the pipeline with `videoconvert ! appsink name={self.sink} "
                "caps=video/x-raw,format=RGBA`",
            )
        return sinks[self.sink]

    def _show(self, _seconds: float) -> None:
        """Once a frame of Kivy's: show the newest picture, notice the end."""
        app, frames = self._playing, self._frames
        if app is None or frames is None:
            return
        ended = app.state.final  # asked first: a frame that came before the end is shown
        try:
            if frames.update():
                if frames.texture is self.texture:  # type: ignore[has-type]
                    self.canvas.ask_update()
                else:
                    self.canvas.opacity = self.opacity
                    self.texture = frames.texture
        except PythiagsError as error:
            self._fail(error)
            return
        if ended:
            self._finish(app)

    def _finish(self, app: App) -> None:
        try:
            app.join()
        except PythiagsError as error:
            self._fail(error)
        else:
            self.stop()
            self.dispatch("on_eos")

    def _fail(self, error: PythiagsError) -> None:
        try:
            self.stop()
        except PythiagsError:
            logger.debug("after %s", error, exc_info=True)
        self.dispatch("on_error", error)

    def _window_closed(self, *_: Any) -> None:
        self.stop()

    def _end(self) -> Summary | None:
        app, self._playing = self._playing, None
        if app is None:
            return None
        self._clock.cancel()
        EventLoop.unbind(on_stop=self._window_closed)
        try:
            return None if app.state.final else app.stop(drain=self.drain)
        finally:
            if app is not self.app:
                app.close()

    def __del__(self) -> None:
        """Stop the pipeline of a widget that nobody refers to any more."""
        app = getattr(self, "_playing", None)
        if app is not None:
            app.close()


def _is_appsink(element: Gst.Element) -> bool:
    factory = element.get_factory()
    return factory is not None and factory.get_name() == "appsink"
