"""The policy "spill": the thread that moves events between the memory and the disk.

The ring says what is to be done, and counts (``native/spill.h``); this only does it. Events travel
in batches, each a row of a ``SpillFile``. They are pickled here,
and unpickled by who consumes them, see ``pythiags.channel.batches``. A row is deleted once all
its events are settled, so that a run that is killed leaves what it did not deliver; at most what
was settled last may be delivered twice.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.channel import _ring, batches, pickling
from pythiags.channel.losses import Losses
from pythiags.channel.spillfile import Batch, Left, Owner, SpillFile, check_folder, sweep
from pythiags.errors import PythiagsError
from pythiags.statedir import age_of
from pythiags.suggest import as_option
from pythiags.usercode import describe, loggable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pythiags.channel.bounds import Leftovers

__all__ = ["Spill"]

BATCH_BYTES: Final = 256 << 10  # of a batch of several events: pickling it holds the GIL
TICK: Final = 1.0  # seconds: how late what is settled may be noted
RETRY: Final = 1.0  # seconds until a disk that failed is tried again


_LEFT: Final[Mapping[Leftovers, str]] = {
    "offer": "%s: a killed run left %s in %s: leftovers='deliver' (--leftovers=deliver) "
    "delivers them before all others, 'discard' deletes them",
    "deliver": "%s: %s that a killed run left in %s are delivered before all others",
    "discard": "%s: %s that a killed run left in %s were deleted",
}

_UNREADABLE: Final = (
    "%s: a killed run left %s (%d bytes), which cannot be read, so its events cannot be counted "
    "(%s): "
    "leftovers='discard' (--leftovers=discard) deletes it",
    "%s: deleted %s (%d bytes), which a killed run left and which cannot be read (%s)",
)

logger = logging.getLogger(__name__)


class _NothingToDrop(OSError):
    """There is no room on disk, and nothing there that could make room."""


class _Loaded(NamedTuple):
    """A batch whose events are in memory again."""

    file: SpillFile
    batch: Batch
    end: int  # the ring's number of settled events once all of these are


class Spill:
    """The disk behind a ring, and the thread that moves events to and fro.

    Args:
        ring: Of the policy "spill".
        folder: Where files go; made when it is needed.
        limit: Bytes on disk; what is beyond drops the oldest there.
        owner: Whose events they are.

    Attributes:
        failure: Why the thread has ended before its time, if it did; the ring is stopped then.
    """

    def __init__(self, ring: _ring.Ring, folder: Path, limit: int, owner: Owner) -> None:
        self._ring = ring
        self._folder = folder
        self._limit = limit
        self._owner = owner
        self.failure: PythiagsError | None = None
        self._left: deque[SpillFile] = deque()  # of earlier runs: read before our own
        self._own: SpillFile | None = None
        self._loaded: deque[_Loaded] = deque()
        # Control items are few and must not be lost: they stay here, with the batch before each.
        self._controls: deque[tuple[int, Any]] = deque()
        self._retry_at = 0.0
        self._losses = Losses(ring, owner.attachment, folder)
        self._noted = (0, 0)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def prepare(self, leftovers: Leftovers) -> int:
        """Make sure that there is a disk to write to, and look for what a killed run left there.

        Returns:
            How many events that is.

        Raises:
            ConfigError: There is none.
        """
        check_folder(self._folder, self._owner.attachment)
        sweep(self._folder)
        found = 0
        for left in SpillFile.left(self._folder, self._owner):
            found += left.events
            self._report(left, leftovers)
            if leftovers == "discard" or (left.file is not None and not left.events):
                left.remove()
            elif left.file is not None and leftovers == "deliver":
                self._left.append(left.file)
                self._ring.spill_found(left.events)
            elif left.file is not None:
                left.file.close()
        if self._left:
            self.start()
        return found

    def _report(self, left: Left, leftovers: Leftovers) -> None:
        name = self._owner.attachment
        if left.file is None:
            logger.warning(
                _UNREADABLE[leftovers == "discard"], name, left.path, left.size, left.error
            )
        elif left.events:
            events = f"{left.events} event{'s'[: left.events != 1]}"
            title = left.file.pipeline or "no pipeline"
            place = f"{left.path} ({age_of(left.path)} old, {title})"
            logger.warning(_LEFT[leftovers], name, events, place)

    def start(self) -> None:
        """Start the thread, unless it runs.

        Raises:
            RuntimeError: The system has none.
        """
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(
                    target=self._run, name=f"{self._owner.attachment}-spill", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError as error:
                    self._losses.refused(error)
                    self._ring.spill_back()  # or else puts would wait for it
                    raise
                self._thread = thread

    def end(self, timeout: float) -> bool:
        """Wait until the thread is gone, and with it what was on disk; stop the ring before that.

        Returns:
            False if the disk does not answer within ``timeout`` seconds.
        """
        with self._starting:
            thread = self._thread
        if thread is None:
            return True
        # The last who knew the channel may have been an event in this thread's hands.
        if thread.ident != threading.get_ident():
            thread.join(timeout)
        return not thread.is_alive()

    def log_losses(self) -> bool:
        """Log what was lost, as the thread does unless the disk holds it up; True: not all yet."""
        return self._losses.log()

    def log_unpicklable(self, error: BaseException) -> None:
        """Log that an event that came back could not be unpickled, at most once a second."""
        self._losses.warn("an event cannot be unpickled and is dropped", describe(error))

    def _run(self) -> None:
        try:
            task = self._next()
            while task != _ring.END:
                if task == _ring.WRITE:
                    self._write()
                elif task == _ring.READ:
                    self._read()
                self._settle()
                task = self._next()
            self._settle()
        except BaseException as error:  # noqa: BLE001 (no caller would see it)
            self._fail(error)
        finally:
            self._losses.log(the_last=True)
            self._release_files()

    def _fail(self, error: BaseException) -> None:
        """End what depends on this thread: nobody is left to bring back what is on disk."""
        self.failure = PythiagsError(
            f"the thread that moves events to disk and back failed: {describe(error)}",
            where=self._owner.attachment,
            hint=f"a policy that does not use the disk: {as_option('on_full', 'drop-oldest')} or "
            "'block'",
        )
        self.failure.__cause__ = error
        self._ring.stop()  # behind the failure: who finds the ring stopped looks for the reason
        logger.error("%s", self.failure, exc_info=loggable(error))

    def _next(self) -> int:
        may_write = time.monotonic() >= self._retry_at
        untold = self.log_losses()
        idle = may_write and not self._loaded and not untold
        return self._ring.spill_next(may_write, None if idle else TICK)

    # From memory to disk

    def _write(self) -> None:
        events, sizes, control = self._ring.spill_take(BATCH_BYTES)
        if control is not None:
            self._controls.append((self._own.last if self._own else 0, control))
            self._ring.spill_written()
            return
        body, count = batches.pack(events, sizes, self._drop_event)
        try:
            if count:
                self._append(count, body)
        except (sqlite3.Error, OSError) as error:
            if not isinstance(error, _NothingToDrop):
                self._losses.refused(error)
            self._ring.spill_back()
            self._retry_at = time.monotonic() + RETRY
            self._losses.warn(
                "cannot write to disk: events that do not fit in memory are dropped", error
            )
        else:
            self._ring.spill_written(len(events) - count)

    def _drop_event(self, event: Any, error: BaseException) -> None:
        reason = pickling.refusal(event, process=False) or describe(error)
        self._losses.warn("dropped", reason)

    def _append(self, count: int, body: bytes) -> None:
        """Write a batch, if need be in the place of the oldest.

        Raises:
            OSError, sqlite3.Error: The disk does not take it all the same.
        """
        if self._own is None:
            self._own = SpillFile.create(self._folder, self._owner)
        used = self._own.size + sum(file.size for file in self._left)
        if used + len(body) > self._limit:
            self._losses.used_up(self._limit)
            self._drop(
                used + len(body) - self._limit, f"the limit spill_bytes={self._limit} is reached"
            )
        try:
            self._own.append(count, body)
        except sqlite3.Error as error:
            self._losses.refused(error)
            self._drop(len(body), error)
            self._own.append(count, body)

    def _drop(self, size: int, reason: object) -> None:
        """Give up the oldest batches that wait on disk.

        Raises:
            _NothingToDrop: There are not enough of them.
            sqlite3.Error: Not even that works.
        """
        while size > 0:
            file, batch = self._oldest()
            if file is None or batch is None:
                raise _NothingToDrop(str(reason))
            size -= file.drop(batch)
            self._ring.spill_lost(batch.events, "spill-full")

    # From disk to memory

    def _oldest(self) -> tuple[SpillFile | None, Batch | None]:
        for file in self._files():
            batch = file.first()
            if batch is not None:
                return file, batch
        return None, None

    def _read(self) -> None:
        try:
            file, batch = self._oldest()
            if self._controls and not self._comes_first(file, batch):
                self._ring.spill_control(self._controls.popleft()[1])
            elif file is None or batch is None:
                raise sqlite3.DatabaseError("there are fewer events than were written")
            else:
                self._load(file, batch)
        except (sqlite3.Error, OSError) as error:
            self._give_up_disk(error)

    def _comes_first(self, file: SpillFile | None, batch: Batch | None) -> bool:
        """Whether a batch was written before the first control item."""
        if batch is None:
            return False
        return file is not self._own or batch.id <= self._controls[0][0]

    def _load(self, file: SpillFile, batch: Batch) -> None:
        body = file.read(batch)
        try:
            sizes, events = _unsettled(body, batch)
        except ValueError as error:
            self._losses.warn(
                f"{batch.events} spilled events cannot be read and are dropped", error
            )
            self._ring.spill_lost(batch.events, "spill-error")
        else:
            end = self._ring.spill_loaded(events, sizes)
            self._loaded.append(_Loaded(file, batch, end))

    def _give_up_disk(self, error: Exception) -> None:
        """What is there cannot be read: drop it, and begin anew."""
        lost = self._ring.snapshot()["on_disk"]
        self._losses.warn(f"{lost} events on disk cannot be read and are dropped", error)
        self._release_files()
        self._controls = deque((0, control) for _, control in self._controls)
        self._ring.spill_lost(lost, "spill-error")

    def _release_files(self) -> None:
        """Delete what this run wrote; what others left and was not delivered stays for the next."""
        for file in self._left:
            file.close()
        if self._own is not None:
            self._own.remove()
        self._left.clear()
        self._loaded.clear()
        self._own = None

    def _files(self) -> tuple[SpillFile, ...]:
        return (*self._left,) if self._own is None else (*self._left, self._own)

    # What is settled

    def _settle(self) -> None:
        """Delete what is delivered or dropped, and note how far the next batch is."""
        settled = self._ring.spill_settled
        try:
            while self._loaded and self._loaded[0].end <= settled:
                done = self._loaded.popleft()
                done.file.settle(done.batch.id)
            while self._left and not self._left[0].count and not self._is_in_memory(self._left[0]):
                self._left.popleft().remove()
            if self._loaded:
                self._note(self._loaded[0], settled)
        except (sqlite3.Error, OSError) as error:
            self._losses.warn("delivered events cannot be deleted from disk", error)

    def _is_in_memory(self, file: SpillFile) -> bool:
        return any(loaded.file is file for loaded in self._loaded)

    def _note(self, loaded: _Loaded, settled: int) -> None:
        file, batch, end = loaded
        done = batch.settled + max(0, batch.events - (end - settled))
        if (batch.id, done) != self._noted:
            self._noted = (batch.id, done)
            file.note(batch.id, done)


def _unsettled(body: bytes, batch: Batch) -> tuple[list[int], list[Any]]:
    """Return the sizes and the events of a batch that are not settled yet.

    Raises:
        ValueError: They are not what was written.
    """
    sizes, events = batches.unpack(body)
    seen = batch.settled
    if len(events) != seen + batch.events:
        raise ValueError(f"{seen + batch.events} events were written, {len(events)} came back")
    return sizes[seen:], events[seen:]
