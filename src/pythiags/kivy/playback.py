"""One playing of a VideoView: an App that a thread builds, starts and ends.

Building a pipeline, loading a model, waiting for a consumer: all of it takes time, and Kivy's
thread has none. It only looks here, once a frame.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pythiags.errors import DescriptionError, PythiagsError, StreamError
from pythiags.gst import Gst
from pythiags.gst.elements import elements_of
from pythiags.kivy.frames import FrameTexture
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.app import App

__all__ = ["Playback"]

logger = logging.getLogger(__name__)


class Playback:
    """Plays an App once, in a thread of its own; nothing here waits but ``wait()``.

    Args:
        make: Builds the App, or returns one that is there.
        sink: The name of the appsink.
        close: Whether the App is closed at the end.

    Attributes:
        app: None until it is built.
        frames: The picture; None until the App is built.
        error: What ended it, if that was an error.
        paused: ``hold()`` has paused it.
        stopped: Set when it was asked to stop.
        over: Set when everything is down.
    """

    def __init__(self, make: Callable[[], App], sink: str, *, close: bool) -> None:
        self.app: App | None = None
        self.frames: FrameTexture | None = None
        self.error: PythiagsError | None = None
        self.paused = False
        self.stopped = threading.Event()
        self.over = threading.Event()
        self._make = make
        self._sink = sink
        self._close = close
        self._started = False
        self._drain = 0.0
        threading.Thread(target=self._main, name="pythiags-view", daemon=True).start()

    def hold(self, paused: bool) -> None:
        """Pause or resume; has no effect before the start, so it is called repeatedly."""
        if self._started and self.app is not None and paused != self.paused:
            self.paused = paused
            with suppress(PythiagsError):  # it has ended this moment
                (self.app.pause if paused else self.app.resume)()

    def stop(self, drain: float) -> None:
        """Ask for the end; the consumers have ``drain`` seconds for what is pending."""
        if self.stopped.is_set():
            return
        self._drain = drain
        self.stopped.set()
        threading.Thread(target=self._stop, name="pythiags-view-stop", daemon=True).start()

    def position(self) -> float:
        """Seconds of the stream that were played; -1 if unknown."""
        return self._seconds("query_position")

    def duration(self) -> float:
        """Seconds that the stream lasts; -1 if unknown, as it is of a live source."""
        return self._seconds("query_duration")

    def seek(self, proportion: float, *, precise: bool) -> None:
        """Go to another place of the stream.

        Raises:
            StreamError: The stream has no duration, or an element refuses.
        """
        if not self._started or self.app is None:
            raise StreamError("cannot seek: nothing is playing yet")
        duration = self.duration()
        if duration < 0:
            raise StreamError("cannot seek: the stream has no duration, as live sources have none")
        flags = Gst.SeekFlags.FLUSH
        flags |= Gst.SeekFlags.ACCURATE if precise else Gst.SeekFlags.KEY_UNIT
        place = int(min(max(proportion, 0.0), 1.0) * duration * Gst.SECOND)
        if not self.app.pipeline.seek_simple(Gst.Format.TIME, flags, place):
            raise StreamError(
                "cannot seek: an element of the pipeline does not support it",
                hint="raw streams and most network sources cannot seek; files in MP4 or Matroska "
                "can",
            )

    def set_volume(self, volume: float) -> bool:
        """Set the volume of every element that has one; returns whether there is any."""
        if self.app is None:
            return False
        with suppress(PythiagsError):
            loud = [each for each in _all(self.app.pipeline) if _is_volume(each)]
            for element in loud:
                element.set_property("volume", volume)
            return bool(loud)
        return False

    def _main(self) -> None:
        try:
            self._play()
        except PythiagsError as error:
            self.error = error
        except BaseException as error:  # whatever it is, the widget reports it
            logger.debug("the widget's App failed", exc_info=True)
            self.error = PythiagsError(f"{type(error).__name__}: {error}")
        finally:
            if self._close and self.app is not None:
                self.app.close()
            self.over.set()

    def _play(self) -> None:
        app = self.app = self._make()
        self.frames = FrameTexture(_find_sink(app.pipeline, self._sink))
        if self.stopped.is_set():
            return
        app.start()
        self._started = True
        if self.stopped.is_set():  # it was asked to before there was anything to stop
            app.stop(self._drain)
        app.join()

    def _stop(self) -> None:
        if self.frames is not None:
            self.frames.release()
        if self.app is not None:
            with suppress(PythiagsError):  # _main reports it
                self.app.stop(self._drain)

    def _seconds(self, query: str) -> float:
        if not self._started or self.app is None:
            return -1.0
        with suppress(PythiagsError):
            known, value = getattr(self.app.pipeline, query)(Gst.Format.TIME)
            return int(value) / int(Gst.SECOND) if known and value >= 0 else -1.0
        return -1.0


def _find_sink(pipeline: Gst.Pipeline, name: str) -> Gst.Element:
    sinks = {each.get_name(): each for each in _all(pipeline) if _factory(each) == "appsink"}
    if name not in sinks:
        raise DescriptionError(
            f"there is no appsink named {name!r} to show",
            hint=hint_for(name, sinks)
            or f"end the pipeline with `videoconvert ! appsink name={name} "
            "caps=video/x-raw,format=RGBA`",
        )
    return sinks[name]


def _all(pipeline: Gst.Pipeline) -> Iterator[Gst.Element]:
    """Every element, with those of the bins that a playbin takes in when it starts."""
    for element in (pipeline, *elements_of(pipeline)):
        yield element
        if element.find_property("video-sink") is not None:
            sink = element.get_property("video-sink")
            if isinstance(sink, Gst.Bin):
                yield from elements_of(sink)
            elif sink is not None:
                yield sink


def _factory(element: Gst.Element) -> str:
    factory: Any = element.get_factory()
    return factory.get_name() if factory is not None else ""


def _is_volume(element: Gst.Element) -> bool:
    return _factory(element) in {"volume", "playbin", "playbin3"}
