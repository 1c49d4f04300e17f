"""Shows errors of a script's pipelines that the script does not look at.

A script that listens for the end of the stream alone would hang without a word, or end with its own
"failed to start". DeepStream's elements write their errors to standard error besides the bus.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Any, Final

from pythiags.lookalikes.afterimport import exchange, when_initialized
from pythiags.lookalikes.atend import at_end

__all__ = ["Unread", "install"]

PATIENCE: Final = 1.0
"""Seconds that a script has to look at an error before it is shown."""


class Unread:
    """Errors that were posted and not looked at yet.

    Args:
        parse: ``Gst.Message.parse_error`` as it is without this.
        patience: Seconds until an error is shown.
    """

    def __init__(self, parse: Any, patience: float = PATIENCE) -> None:
        self._parse = parse
        self._patience = patience
        self._lock = threading.Lock()
        self._texts: dict[int, tuple[int, str]] = {}  # by seqnum: the pipeline, and what it says
        self._watched: set[int] = set()

    def watch(self, pipeline: Any) -> None:
        """Hear of a pipeline's errors from now on; it is not kept alive."""
        key = hash(pipeline)
        with self._lock:
            if key in self._watched:
                return
            self._watched.add(key)
        pipeline.weak_ref(self._watched.discard, key)
        bus = pipeline.get_bus()
        bus.enable_sync_message_emission()
        bus.connect("sync-message::error", self._on_error, key)

    def read(self, message: Any) -> Any:
        """Parse an error for the script, which has it then.

        What the pipeline posted along with it says less: an element fails, then all that it is in.
        """
        with self._lock:
            pipeline, _ = self._texts.get(message.get_seqnum(), (None, ""))
            self._texts = {
                number: kept for number, kept in self._texts.items() if kept[0] != pipeline
            }
        return self._parse(message)

    def forget(self) -> None:
        """Leave what was not looked at to the process that this one was forked from."""
        self._lock = threading.Lock()  # the other one may be held, by a thread that is not here
        self._texts = {}

    def show(self) -> None:
        """Write what was not looked at to standard error, once."""
        with self._lock:
            texts, self._texts = [text for _, text in self._texts.values()], {}
        for text in texts:
            with suppress(OSError, ValueError, AttributeError):  # nobody reads it
                sys.stderr.write(f"pythiags run: {text}\n")
                sys.stderr.flush()

    def _on_error(self, _bus: Any, message: Any, pipeline: int) -> None:
        error, _ = self._parse(message)
        source = message.src.get_name() if message.src else "?"
        with self._lock:
            self._texts[message.get_seqnum()] = pipeline, f"{source}: {error.message}"
        timer = threading.Timer(self._patience, self.show)
        timer.daemon = True
        timer.start()


def install() -> None:
    """Show the unread errors of all pipelines of this process from now on."""

    def begin(gst: Any) -> None:
        unread = Unread(gst.Message.parse_error)
        set_state = gst.Element.set_state

        def watched(element: Any, state: Any) -> Any:
            if isinstance(element, gst.Pipeline) and state != gst.State.NULL:
                unread.watch(element)
            return set_state(element, state)

        def parse_error(message: Any) -> Any:  # a method is no descriptor: it would get no message
            return unread.read(message)

        exchange(gst, gst.Element, "set_state", watched)
        exchange(gst, gst.Message, "parse_error", parse_error)
        os.register_at_fork(after_in_child=unread.forget)
        at_end(unread.show)

    when_initialized(begin)
