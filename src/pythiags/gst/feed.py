"""A stream that Python makes: an appsrc that asks an iterator for its buffers.

The iterator runs in the streaming thread, so that no other thread competes with it for the GIL. It
is asked for a few buffers at a time. What it says besides, an error, a stall or the end, comes when
all buffers before it have passed.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from pythiags.checks import shown
from pythiags.errors import PythiagsError, UserCodeError
from pythiags.gst import GLib, Gst
from pythiags.usercode import describe, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FED", "Feed", "Stall"]

FED: Final = "appsrc name=source format=time ! fakesink name=sink"
"""The pipeline that plays what is fed to it."""

_AT_ONCE: Final = 64  # buffers: none of them has memory to speak of


class Stall:
    """A place in a stream where nothing comes until ``release()`` is called.

    Attributes:
        reached: Set when the stream has come to it.
    """

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._lock = threading.Lock()
        self._released = False
        self._go_on: Callable[[], object] | None = None

    def release(self) -> None:
        """Let the stream go on; one that has not come to it yet will not stop at it."""
        with self._lock:
            self._released = True
            go_on, self._go_on = self._go_on, None
        if go_on is not None:
            go_on()

    def hold(self, go_on: Callable[[], object]) -> bool:
        """Note how the stream goes on; return False if it may go on at once."""
        with self._lock:
            if not self._released:
                self._go_on = go_on
            held = not self._released
        self.reached.set()
        return held


class Feed:
    """Feeds an appsrc from an iterator.

    Args:
        source: The appsrc.
        items: Buffers, and stalls between them. Its end is that of the stream; what it raises ends
            the run with an error.

    Attributes:
        error: What it raised; anything that is not pythiags's own as a ``UserCodeError``.
    """

    def __init__(self, source: Gst.Element, items: Iterator[Gst.Buffer | Stall]) -> None:
        self.error: PythiagsError | None = None
        self._items = items
        self._lock = threading.RLock()  # a stall may be released within the iterator
        self._held: Callable[[Gst.Element], bool] | None = None
        self._over = self._stalled = False
        source.connect("need-data", self._fill)

    def _fill(self, source: Gst.Element, _size: int = 0) -> None:
        """Push some buffers, or do what comes between them. No exception may leave it."""
        with self._lock:
            # It has filled again if another thread has let a stalled stream go on meanwhile.
            if self._stalled or source.get_property("current-level-buffers"):
                return
            act, self._held = self._held, None
            if act is not None and not act(source):
                return
            for pushed in range(_AT_ONCE):
                if self._over:
                    return
                act = self._next(source)
                if act is None:
                    continue
                if pushed:  # what was pushed passes first
                    self._held = act
                    return
                if not act(source):
                    return

    def _next(self, source: Gst.Element) -> Callable[[Gst.Element], bool] | None:
        """Push the next buffer, or return what else to do; that says whether it goes on at once."""
        try:
            item = next(self._items)
        except StopIteration:
            return self._end
        except PythiagsError as error:
            return partial(self._fail, error)
        except BaseException as error:  # noqa: BLE001 (whatever a user's iterator raises)
            return partial(
                self._fail,
                UserCodeError(describe(error), where="the iterator", got=place_of(error)),
            )
        if isinstance(item, Stall):
            return partial(self._stall, item)
        if not isinstance(item, Gst.Buffer):
            wrong = UserCodeError(f"expected a Gst.Buffer, got {shown(item)}", where="the iterator")
            return partial(self._fail, wrong)
        source.emit("push-buffer", item)
        return None

    def _end(self, source: Gst.Element) -> bool:
        self._over = True
        source.emit("end-of-stream")
        return False

    def _fail(self, error: PythiagsError, source: Gst.Element) -> bool:
        self._over = True
        self.error = error
        reason = GLib.Error.new_literal(Gst.StreamError.quark(), error.message, 1)
        source.post_message(Gst.Message.new_error(source, reason, ""))
        return False

    def _stall(self, stall: Stall, source: Gst.Element) -> bool:
        self._stalled = stall.hold(partial(self._go_on, source))
        return not self._stalled

    def _go_on(self, source: Gst.Element) -> None:
        with self._lock:
            self._stalled = False
            self._fill(source)
