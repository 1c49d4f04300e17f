"""A pipeline that runs: its bus is read in a thread of its own, as NVIDIA's is."""

from __future__ import annotations

import atexit
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyservicemaker.logs import tell
from pythiags.lookalikes.pyservicemaker.messages import message_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Guarded", "Run", "describe"]

POLL: Final = 0.1  # seconds for which a wait hears no signal
PATIENCE: Final = 5.0  # seconds that an end of stream may take after Ctrl-C
STOP_TIMEOUT: Final = 5.0
FAILURE: Final = 0  # Gst.StateChangeReturn.FAILURE

_runs: weakref.WeakSet[Run] = weakref.WeakSet()
_local = threading.local()


class Guarded:
    """Calls a script's functions in threads of GStreamer, and keeps the first error.

    Args:
        stop: Called at the first error.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.error: BaseException | None = None
        self._lock = threading.Lock()

    def __call__(self, function: Callable[..., Any], *arguments: Any, failed: Any) -> Any:
        """Call a function, and return its result; `failed` where it raises, or one has before."""
        if self.error is not None:
            return failed
        depth = getattr(_local, "depth", 0)
        _local.depth = depth + 1
        try:
            return function(*arguments)
        except BaseException as problem:  # noqa: BLE001 - it is raised again by wait()
            with self._lock:
                first, self.error = self.error is None, self.error or problem
            if first:
                self._stop()
            return failed
        finally:
            _local.depth = depth


class Run:
    """One run of a pipeline, from its start to its end.

    Args:
        pipeline: The pipeline of GStreamer.
        on_message: Called with what it tells; None: nobody.
        ended: Called once, when the pipeline is down.
    """

    def __init__(
        self, pipeline: Any, on_message: Callable[[Any], object] | None, ended: Callable[[], None]
    ) -> None:
        self._pipeline, self._on_message, self._ended = pipeline, on_message, ended
        self.guard = Guarded(self.quit)
        self._quitting = False
        self._error: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name=f"pyservicemaker-{pipeline.get_name()}", daemon=True
        )
        _runs.add(self)

    def begin(self, state: Any, begin_at: int = 0) -> None:
        """Set the pipeline to a state, and read its bus from now on.

        Args:
            state: Of GStreamer.
            begin_at: Where in the stream, in nanoseconds.

        Raises:
            RuntimeError: It cannot be set to it.
        """
        try:
            failed = self._set_state(state, begin_at)
            self._thread.start()
        except BaseException:  # Ctrl-C: nobody else would take the pipeline down
            self.quit()
            self._down()
            raise
        if failed:
            self.quit()
            self._over.wait(STOP_TIMEOUT)
            raise RuntimeError(self._error or f"{self._pipeline.get_name()} cannot start")

    def abandon(self) -> None:
        """Be over before it has begun."""
        self._ended()
        self._over.set()

    def _set_state(self, state: Any, begin_at: int) -> bool:
        """Set the pipeline to a state. Whether that failed."""
        from pythiags.gst import Gst

        if begin_at and self._pipeline.set_state(Gst.State.PAUSED) != FAILURE:
            self._pipeline.get_state(int(PATIENCE * Gst.SECOND))
            self.seek(begin_at)
        failed = bool(self._pipeline.set_state(state) == FAILURE)
        if failed:
            self._read_error()
        return failed

    def seek(self, nanoseconds: int) -> None:
        """Play from a time on."""
        from pythiags.gst import Gst

        flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE
        if not self._pipeline.seek_simple(Gst.Format.TIME, flags, nanoseconds):
            tell(f"{self._pipeline.get_name()} cannot seek to {nanoseconds / 1e9:g} s")

    def _read_error(self) -> None:
        from pythiags.gst import Gst

        message = self._pipeline.get_bus().timed_pop_filtered(0, Gst.MessageType.ERROR)
        if message is not None:
            self._error = describe(message)

    @property
    def over(self) -> bool:
        """Whether the pipeline is down."""
        return self._over.is_set()

    def quit(self) -> None:
        """Have the pipeline taken down, without waiting for it."""
        self._quitting = True

    def stop(self) -> None:
        """Take the pipeline down; a thread of its own does not wait for that."""
        self.quit()
        streaming = getattr(_local, "depth", 0) > 0
        if not streaming and threading.current_thread() is not self._thread:
            self._over.wait(STOP_TIMEOUT)

    def wait_for(self, timeout: float) -> bool:
        """Wait for the end for some seconds; whether it has come."""
        return self._over.wait(timeout)

    def wait(self) -> None:
        """Wait for the end. Ctrl-C ends the stream first, and then raises ``KeyboardInterrupt``.

        Raises:
            RuntimeError: An element reported an error.
            BaseException: What a function of the script raised.
        """
        try:
            while not self._over.wait(POLL):
                pass
            if self._thread.ident is not None:  # else it never began
                self._thread.join()  # it holds the pipeline until it has ended
        except KeyboardInterrupt:
            self._interrupt()
            raise
        if self.guard.error is not None:
            error, self.guard.error = self.guard.error, None
            raise error
        if self._error is not None:
            error_text, self._error = self._error, None
            raise RuntimeError(error_text)

    def _interrupt(self) -> None:
        from pythiags.gst import Gst

        # In a thread: sending an event may wait for a source that is blocked.
        threading.Thread(
            target=self._pipeline.send_event, args=(Gst.Event.new_eos(),), daemon=True
        ).start()
        try:
            self._over.wait(PATIENCE)
        finally:
            self.stop()

    # ---- in its own thread ----

    def _watch(self) -> None:
        from pythiags.gst import Gst

        bus = self._pipeline.get_bus()
        kinds = (
            Gst.MessageType.EOS
            | Gst.MessageType.ERROR
            | Gst.MessageType.WARNING
            | Gst.MessageType.LATENCY
            | Gst.MessageType.ELEMENT
            | (Gst.MessageType.STATE_CHANGED if self._on_message else Gst.MessageType.EOS)
        )
        try:
            while not self._quitting:
                message = bus.timed_pop_filtered(int(POLL * Gst.SECOND), kinds)
                if message is not None and self._handle(message):
                    break
        finally:
            self._down()

    def _handle(self, message: Any) -> bool:
        """Do what a message asks for. Whether it is the last."""
        from pythiags.gst import Gst

        if message.type == Gst.MessageType.LATENCY:
            self._pipeline.recalculate_latency()
            return False
        if message.type == Gst.MessageType.WARNING:
            tell(describe(message))
            return False
        if message.type == Gst.MessageType.ERROR:
            self._error = describe(message)
            return True
        told = message_of(message) if self._on_message is not None else None
        if told is not None and self._on_message is not None:
            self.guard(self._on_message, told, failed=None)
        return bool(message.type == Gst.MessageType.EOS)

    def _down(self) -> None:
        from pythiags.gst import Gst

        try:
            self._pipeline.set_state(Gst.State.NULL)
            self._pipeline.get_bus().set_flushing(True)
            self._pipeline.get_bus().set_flushing(False)
            self._ended()
        finally:
            self._over.set()

    def give_up(self) -> None:
        """Be over, in a forked child; see ``pythiags.gst.forks``."""
        from pythiags.gst.forks import forked, keep_alive

        keep_alive(self)
        self._over = threading.Event()
        self._over.set()
        self._error = str(forked())


def describe(message: Any) -> str:
    """Return what an error or a warning of the bus says: the element, the text and the reason."""
    from pythiags.gst import Gst
    from pythiags.redact import redact

    is_error = message.type == Gst.MessageType.ERROR
    error, debug = message.parse_error() if is_error else message.parse_warning()
    reason = " ".join((debug or "").splitlines()[1:]).strip()
    where = message.src.get_name() if message.src is not None else "?"
    return redact(f"{where}: {error.message.rstrip('.')}{f': {reason}' if reason else ''}")


@atexit.register
def _stop_all() -> None:
    """No pipeline plays on while the interpreter goes down."""
    for run in tuple(_runs):
        if not run.over:
            run.stop()
