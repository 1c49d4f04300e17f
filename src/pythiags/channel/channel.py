"""The channel between an extractor and its consumer: bounded, and every event counted."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pythiags.channel import _ring, pickling
from pythiags.channel.batches import Pickled
from pythiags.channel.bounds import (
    ON_FULL,
    QUEUE_BYTES,
    QUEUE_SIZE,
    SPILL_BYTES,
    Leftovers,
    OnFull,
)
from pythiags.channel.copying import with_own_pictures
from pythiags.channel.spill import Spill
from pythiags.channel.spillfile import Owner
from pythiags.channel.weighing import weigh
from pythiags.checks import check_choice, check_whole
from pythiags.errors import ChannelClosed, ConfigError, EventRefused
from pythiags.statedir import state_dir
from pythiags.usercode import describe, place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pythiags.channel.copying import Allocate
    from pythiags.errors import PythiagsError

__all__ = ["Channel", "ChannelStats"]

DISK_PATIENCE: Final = 2.0  # seconds, when a program ends without closing its channel
FailReason = Literal["consumer-error", "dead-letter", "unpicklable"]


@dataclass(frozen=True)
class ChannelStats:
    """A snapshot of all counters: ``produced == delivered + sum(dropped) + pending``.

    Attributes:
        produced: Events that were put in, including those dropped at once.
        delivered: Events that the consumer has finished.
        dropped: Events lost, by reason: ``drop-oldest``, ``drop-newest``, ``latest`` (the policy of
            that name), ``closed`` (put after the end), ``timeout`` (no room in time), ``refused``
            (live metadata, or no key), ``consumer-error`` (the consumer raised), ``dead-letter``
            (workers died handling it), ``unpicklable`` (it cannot be pickled or unpickled),
            ``spill-full`` (no room in memory or on disk), ``spill-slow`` (memory was full and the
            disk too slow), ``spill-error`` (it could not be read from disk).
        pending: Events in the queue, on disk, or in flight.
        in_flight: The part of ``pending`` that the consumer is handling.
        bytes: Estimated size of the queued events.
        peak_items: The highest number of queued events so far.
        peak_bytes: The highest number of queued bytes so far.
        waiting: Producers that wait for room now: without limit with ``block``,
            or with ``spill`` if the channel is patient; otherwise, with ``spill``, for at most
            50 milliseconds, and at most 2 % of the time.
        blocked: Seconds that producers have waited for room so far.
        redelivered: How often an event was sent to another worker because the previous one died.
        on_disk: The part of ``pending`` that is on disk, not in memory.
        spilled: How many events were written to disk so far.
    """

    produced: int
    delivered: int
    dropped: dict[str, int]
    pending: int
    in_flight: int
    bytes: int
    peak_items: int
    peak_bytes: int
    waiting: int
    blocked: float
    redelivered: int
    on_disk: int
    spilled: int

    @classmethod
    def sum(cls, each: Sequence[ChannelStats]) -> ChannelStats:
        """Add up what several channels have counted, drops by reason, peaks as if at one moment."""
        rows = [vars(stats) for stats in each]
        total: Any = {name: sum(row[name] for row in rows) for name in rows[0] if name != "dropped"}
        dropped: Counter[str] = Counter()
        for stats in each:
            dropped.update(stats.dropped)
        return cls(**total, dropped=dict(dropped))


class Channel:
    """A bounded queue of events that counts every event that it drops.

    Put and get wait without the GIL. Any number of threads may use either end. An event larger than
    ``queue_bytes`` is accepted when the queue is empty.

    Args:
        queue_size: Largest number of events in memory; with ``"spill"``, at least two are accepted.
        queue_bytes: Largest number of bytes in memory, as
            ``weigh()`` counts.
        on_full: What to do with an event if there is no room: ``"spill"`` writes waiting events
            to disk in a separate thread (see ``be_patient()``), ``"block"`` makes the producer
            wait, ``"drop-oldest"`` drops the events that waited longest, ``"drop-newest"`` drops
            this one. ``"latest"`` keeps the newest event only, even if there is room.
        spill_bytes: Largest number of bytes on disk; beyond it, or when the disk is full,
            the oldest events on disk are dropped.
        spill_dir: The folder for events on disk; by default ``spill`` in the folder of state files.
            It must not be a folder in which any user may replace files, since they are unpickled.
        leftovers: What to do with events that a killed run of the same owner left on
            disk: ``"offer"`` reports them, ``"deliver"`` delivers them before all others,
            ``"discard"`` deletes them. A file that cannot be read is reported, and stays
            until it is discarded.
        owner: What identifies runs of this attachment: the consumer's name, and the file
            that the pipeline came from, if any; then the pipeline's text, for messages.
        name: The name in errors and files.

    Attributes:
        allocate: Creates the arrays that pictures are copied to, given a shape and a dtype; None:
            in private memory of the process.

    Raises:
        ConfigError: A bound is below 1, or the policy is unknown.
    """

    def __init__(
        self,
        queue_size: int = QUEUE_SIZE,
        queue_bytes: int = QUEUE_BYTES,
        on_full: OnFull = ON_FULL,
        *,
        spill_bytes: int = SPILL_BYTES,
        spill_dir: str | os.PathLike[str] | None = None,
        leftovers: Leftovers = "offer",
        owner: tuple[str, str, str] = ("", "", ""),
        name: str = "channel",
    ) -> None:
        check_whole("invalid queue_size", queue_size, 1, name)
        check_whole("invalid queue_bytes", queue_bytes, 1, name)
        check_whole("invalid spill_bytes", spill_bytes, 1, name)
        message = f"unknown on_full policy: {on_full!r}"
        check_choice(message, on_full, get_args(OnFull), name)
        message = f"unknown leftovers: {leftovers!r}"
        check_choice(message, leftovers, get_args(Leftovers), name)
        self.name = name
        self.on_full = on_full
        self.allocate: Allocate | None = None
        self._leftovers: Leftovers = leftovers
        self._ring = _ring.Ring(queue_size, queue_bytes, _ring.POLICIES.index(on_full))
        self._spill: Spill | None = None
        if on_full == "spill":
            folder = _folder(state_dir("spill") if spill_dir is None else spill_dir, name)
            self._spill = Spill(self._ring, folder, spill_bytes, Owner(name, *owner))
            # Nobody would read what is on disk, or delete it.
            weakref.finalize(self, _end, os.getpid(), self._ring, self._spill)
        self._filled_by_c = False
        self._unchecked = self._spill is not None
        self._to_process = False

    def prepare(self) -> int:
        """Check that the disk can be written, and look for events of an earlier run.

        Call it before the first event. It does nothing unless the policy is ``"spill"``.

        Returns:
            How many events an earlier run has left.

        Raises:
            ConfigError: The folder cannot be written, or everybody may replace the files in it.
        """
        if self._spill is None:
            return 0
        found = self._spill.prepare(self._leftovers)
        if self._filled_by_c:
            self.start_spilling()
        return found

    def start_spilling(self) -> None:
        """Start the thread that writes to disk now, not at the first event that needs it.

        For who puts events in without Python, which this depends on.
        """
        if self._spill is not None:
            self._spill.start()

    def check_for_process(self) -> None:
        """Refuse events that cannot be pickled for another process, from the first one."""
        self._unchecked = self._to_process = True

    @property
    def failure(self) -> PythiagsError | None:
        """The error of what moves events to the disk, if it failed and closed the channel."""
        return None if self._spill is None else self._spill.failure

    def be_patient(self, patient: bool) -> None:
        """Make ``put()`` wait for a slow disk without limit, as a pipeline that reads a file can.

        Only with the policy ``"spill"``. At first, and for what is live, it waits 50 milliseconds
        at most, and events that the disk is too slow for are dropped as ``spill-slow``. A disk that
        is full or fails is not waited for.
        """
        self._ring.be_patient(patient)

    def log_losses(self) -> None:
        """Log what the policy ``"spill"`` lost, for who cannot rely on the disk to come back.

        It is logged once a second anyhow, but not while the disk does not answer at all.
        """
        if self._spill is not None:
            self._spill.log_losses()

    @property
    def handle(self) -> object:
        """The ring behind the channel, for C that puts records in without the GIL.

        Ask for it before ``prepare()``, which then starts what C cannot: the thread that spills.
        """
        self._filled_by_c = True
        return self._ring.handle

    def put(self, event: object, timeout: float | None = None) -> bool:
        """Put an event in; return True if it is queued, False if it was dropped and counted.

        Args:
            event: Anything but live metadata, ``Control`` and ``Gap``. A view of a picture in it is
                copied.
            timeout: Seconds to wait for room (policy ``block``, or a patient ``spill``); None: no
                limit.

        Raises:
            LiveMetadataError: The event would outlive what it refers to; counted as ``refused``.
            UnpicklableError: The first event, and so probably all others, cannot be pickled for
                disk or another process; counted as ``refused``.
            EventRefused: Code of the event's classes raised; counted as ``refused``.
            ChannelClosed: The channel is closed, or was closed during the wait; counted as
                ``closed``.
        """
        try:
            weight = weigh(event)
            if weight.pictures:
                event = with_own_pictures(event, self.allocate)
            if self._unchecked:
                pickling.check(event, process=self._to_process)
                self._unchecked = False
        except EventRefused:
            self._ring.refuse()
            raise
        except BaseException as error:  # code of the event's classes runs, and threads change it
            self._ring.refuse()
            if isinstance(error, KeyboardInterrupt) and _may_be_ctrl_c():
                raise
            raise EventRefused(
                f"an event cannot be inspected: {describe(error)}",
                where=self.name,
                got=place_of(error),
                hint="copy what you need of it inside the extractor, as plain values",
            ) from error
        result = self._ring.put(event, max(0, weight.bytes), timeout)
        if result == _ring.CLOSED:
            raise ChannelClosed("the channel is closed", where=self.name)
        if self._ring.wants_spill_thread:
            self.start_spilling()
        return result == _ring.OK

    def refuse(self) -> None:
        """Count an event that cannot even be put in: produced, and dropped as ``refused``."""
        self._ring.refuse()

    def put_control(self, control: object) -> None:
        """Append a control item, such as a ``Gap``, after the queued events."""
        self._ring.put_control(control)

    def get(self, timeout: float | None = None) -> Any:
        """Return the first item: an event, in flight until settled, or a control item.

        An event that was on disk is unpickled here, in the calling thread; one that cannot be
        unpickled counts as ``unpicklable``, and the next one is returned.

        After each event call ``delivered()`` or ``failed()``, once.

        Args:
            timeout: Seconds to wait; None: no limit.

        Raises:
            TimeoutError: No item arrived within ``timeout``.
            ChannelClosed: The channel is closed and empty.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            (item,) = self.get_many(1, left)
            if not isinstance(item, Pickled):
                return item
            try:
                return item.load()
            except BaseException as error:
                self.failed("unpicklable")
                if isinstance(error, KeyboardInterrupt) and _may_be_ctrl_c():
                    raise
                if self._spill is not None:
                    self._spill.log_unpicklable(error)

    def get_many(self, limit: int, timeout: float | None = None) -> list[Any]:
        """Wait for the first item, and return it with those queued after it, at most ``limit``.

        A control item comes alone. An event that was on disk may come as
        ``Pickled``, to be unpickled by who consumes it. Settle
        events in the order in which they came, each once.

        Args:
            limit: At least 1.
            timeout: As of ``get()``, whose errors this raises.
        """
        result, items = self._ring.get(limit, timeout)
        if result == _ring.OK:
            return items
        if result == _ring.CLOSED:
            raise ChannelClosed("the channel is closed and empty", where=self.name)
        raise TimeoutError(f"{self.name}: no event arrived within {timeout} s")

    def delivered(self, count: int = 1) -> None:
        """Settle events in flight as delivered."""
        self._ring.delivered(count)

    def failed(self, reason: FailReason = "consumer-error", count: int = 1) -> None:
        """Settle events in flight as dropped, for one of the reasons of ``ChannelStats``."""
        self._ring.failed(reason, count)

    def redelivered(self, count: int = 1) -> None:
        """Count events in flight that are sent to another worker; they stay in flight."""
        self._ring.redelivered(count)

    def close(self) -> None:
        """Accept no more events; producers that wait for room get ``ChannelClosed``."""
        self._ring.close()

    def stop(self) -> None:
        """Close, and return no more events: queued events stay counted as pending."""
        self._ring.stop()

    def dispose(self, timeout: float) -> bool:
        """Stop, and delete the events on disk: after the last event, or to drop the rest.

        Args:
            timeout: Seconds to wait for the disk.

        Returns:
            False if the disk does not respond in time.
        """
        self._ring.stop()
        return self._spill is None or self._spill.end(timeout)

    def stats(self) -> ChannelStats:
        """Return a snapshot of all counters."""
        return ChannelStats(**self._ring.snapshot())


def _may_be_ctrl_c() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _folder(spill_dir: object, where: str) -> Path:
    """Return a folder's absolute path: the program may go elsewhere before it is used."""
    try:
        return Path(spill_dir).expanduser().absolute()  # type: ignore[arg-type] # this is tried
    except FileNotFoundError as error:
        raise ConfigError(
            "the folder is relative to the current directory, which was deleted",
            where=where,
            expected="an absolute path",
            got=str(spill_dir),
        ) from error
    except (TypeError, RuntimeError) as error:  # no path; a home of nobody
        raise ConfigError(
            "invalid spill_dir",
            where=where,
            expected="a path",
            got=repr(spill_dir),
        ) from error


def _end(owner: int, ring: _ring.Ring, spill: Spill) -> None:
    if os.getpid() == owner:  # a forked child has neither the thread nor a right to the files
        ring.stop()
        spill.end(DISK_PATIENCE)
