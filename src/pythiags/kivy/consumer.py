"""KivyConsumer: from an App's worker to Kivy's thread, where widgets may be changed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from kivy.base import EventLoop
from kivy.clock import Clock

from pythiags.consumers import Consumer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KivyConsumer"]

LOOK: Final = 0.1  # seconds between looks whether the window is still there


class KivyConsumer(Consumer):
    """Calls a function with the events, in Kivy's thread.

    Only Kivy's thread may touch widgets and canvases, and a consumer runs in a worker. This one
    hands each event over and waits until the function has returned; meanwhile the App's channel
    keeps, drops or spills what comes, as for any consumer. ``on_full="latest"`` is right for what
    only the newest event matters to::

        app.attach("pgie", Detections(), KivyConsumer(boxes.show), on_full="latest")

    What the function raises is counted as ``consumer-error`` and logged; the window stays open.
    Events that arrive when the window is closed are not shown.

    Args:
        show: The function; it should return soon, since the window waits for it.
    """

    worker = "thread"

    def __init__(self, show: Callable[[Any], object]) -> None:
        self._show = show

    def incoming(self, events: Any) -> None:
        """Have the function called, and wait until it was."""
        done = threading.Event()
        failures: list[BaseException] = []

        def call(_seconds: float) -> None:
            try:
                self._show(events)
            except BaseException as error:  # noqa: BLE001 (raised below, in the worker)
                failures.append(error)
            finally:
                done.set()

        call_soon = Clock.schedule_once(call, 0)
        while not done.wait(LOOK):
            if EventLoop.status in ("stopped", "closed"):
                call_soon.cancel()
                return
        if failures:
            raise failures[0]
