"""Files of batches of events that did not fit in memory, locked as long as their run lives."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shlex
import sqlite3
import stat
import tempfile
import textwrap
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.errors import ConfigError
from pythiags.redact import redact
from pythiags.statedir import make_private
from pythiags.suggest import as_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Batch", "Left", "Owner", "SpillFile", "check_folder", "sweep"]

ROOM: Final = 1 << 20  # bytes that a folder must have room for, at the least
SUFFIX: Final = ".spill"
TITLE: Final = 100  # characters of a pipeline's text, to know it by
UNNAMED: Final = ".new"
STALE: Final = 60.0  # seconds: a file that lives gets its name within a few milliseconds
_SETUP: Final = """
    PRAGMA page_size = 16384;
    PRAGMA secure_delete = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = PERSIST;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -1024;
    CREATE TABLE IF NOT EXISTS batch (id INTEGER PRIMARY KEY, count INTEGER, body BLOB);
    CREATE TABLE IF NOT EXISTS progress (one INTEGER PRIMARY KEY, batch INTEGER, settled INTEGER);
    CREATE TABLE IF NOT EXISTS origin (one INTEGER PRIMARY KEY, pipeline TEXT);
"""
_STRANGE: Final = """
    SELECT 1 FROM batch WHERE TYPEOF(count) <> 'integer' OR TYPEOF(body) <> 'blob'
    OR count NOT BETWEEN 1 AND LENGTH(body)
"""
_PARTIAL: Final = """
    SELECT batch, settled FROM progress JOIN batch ON batch.id = progress.batch
    WHERE TYPEOF(settled) = 'integer' AND settled BETWEEN 0 AND count
"""
# A kill loses nothing that was written, with any of SQLite's settings; only a power cut could,
# which synchronous = OFF accepts. A rollback journal writes a new row once, write-ahead logging
# twice. Persistent, it has its room on a full disk as well: deleting works there.


class Owner(NamedTuple):
    """Whose events they are: a run of the same one may have what an earlier run left.

    Attributes:
        attachment: The name of the attachment, or of one of its lanes.
        consumer: The consumer's name.
        file: The file that the pipeline came from; empty if it came from none.
        pipeline: Its text, which people know it by. It tells no owner from another: who mends a
            pipeline after a kill still wants what that left.
    """

    attachment: str
    consumer: str = ""
    file: str = ""
    pipeline: str = ""

    @property
    def stem(self) -> str:
        """The part of a file's name that stands for it."""
        slug = re.sub(r"[^A-Za-z0-9]+", "-", self.attachment)[:40].strip("-") or "events"
        identity = (self.attachment, self.consumer, self.file)
        digest = hashlib.sha256("\0".join(identity).encode("utf-8", "surrogateescape")).hexdigest()
        return f"{slug}-{digest[:12]}"

    @property
    def title(self) -> str:
        """Its file, or the text of its pipeline, cut to a line and with passwords masked."""
        text = self.file or textwrap.shorten(redact(self.pipeline), TITLE, placeholder=" ...")
        return text.encode("utf-8", "replace").decode()  # a file's name may be of any bytes


class Batch(NamedTuple):
    """A batch on disk.

    Attributes:
        id: Grows with time.
        events: How many there are in it, those that were settled before not counted.
        settled: How many those are; they are its first.
    """

    id: int
    events: int
    settled: int


class Left(NamedTuple):
    """What a run left that lives no more.

    Attributes:
        path: Of the file.
        file: The file, open; None: it cannot be read.
        events: How many wait in it; 0 if nobody can say.
        error: Why it cannot be read.
    """

    path: Path
    file: SpillFile | None
    events: int
    error: sqlite3.Error | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        with contextlib.suppress(OSError):  # it is gone
            return self.path.stat().st_size
        return 0

    def remove(self) -> None:
        """Delete it."""
        if self.file is None:
            _unlink(self.path)
        else:
            self.file.remove()


class SpillFile:
    """Batches of pickled events, oldest first, in one SQLite file.

    A lock on the file tells a run that lives from one that was killed.

    Args:
        path: Of a file that exists.
        fd: Holds the lock, and belongs to this object from now on.

    Raises:
        sqlite3.Error: It is no such file, or the disk does not take it.

    Attributes:
        path: Of the file.
        pipeline: What it was written in, as ``Owner.title`` says it.
        size: Bytes of the batches in it.
        loaded: The last batch that was read; earlier ones are no longer waiting.
    """

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self.loaded = 0
        self._fd = fd
        self._base: sqlite3.Connection | None = None
        try:
            # In autocommit mode; the spill thread uses what another may have opened.
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._base.executescript(_SETUP)
            size, last = self._one("SELECT TOTAL(LENGTH(body)), MAX(id) FROM batch")
            self.size, self._last = int(size), last or 0
            self._check()
            # What was noted may be of a batch that is gone by now.
            self._partial: tuple[int, int] = self._one(_PARTIAL) or (0, 0)
            origin = self._one("SELECT pipeline FROM origin")
            self.pipeline: str = str(origin[0]) if origin else ""
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, folder: Path, owner: Owner) -> SpillFile:
        """Make a new file.

        Raises:
            OSError: The folder does not take it.
            sqlite3.Error: The same, as SQLite says it.
        """
        make_private(folder)
        # By chance, since in a container each run may have the same number.
        path = folder / f"{owner.stem}-{secrets.token_hex(6)}{SUFFIX}"
        # Locked before it has the name by which others find it.
        unlocked = path.with_suffix(UNNAMED)
        fd = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unlocked.rename(path)
        except BaseException:
            os.close(fd)
            _unlink(unlocked)
            raise
        try:
            file = cls(path, fd)
            file._execute("INSERT INTO origin VALUES (1, ?)", owner.title)
        except BaseException:
            _unlink(path)
            raise
        file.pipeline = owner.title
        return file

    @classmethod
    def left(cls, folder: Path, owner: Owner | None = None) -> Iterator[Left]:
        """Open, one after the other, what runs of an owner left that live no more.

        Args:
            folder: Where files are.
            owner: None: of anybody.
        """
        pattern = f"{owner.stem}-*{SUFFIX}" if owner else f"*{SUFFIX}"
        for path in sorted(folder.glob(pattern), key=_age):
            fd = _lock(path)
            if fd is not None:
                yield cls._reopened(path, fd)

    @classmethod
    def _reopened(cls, path: Path, fd: int) -> Left:
        file = None
        try:
            file = cls(path, fd)
            return Left(path, file, file.count)
        except sqlite3.Error as error:
            if file is not None:
                file.close()
            return Left(path, None, 0, error)

    @property
    def count(self) -> int:
        """How many events wait in it."""
        (count,) = self._one("SELECT TOTAL(count) FROM batch WHERE id > ?", self.loaded)
        partial, settled = self._partial
        return int(count) - (settled if partial > self.loaded else 0)

    @property
    def last(self) -> int:
        """The number of the batch that was appended last, 0 if none ever was."""
        return self._last

    def append(self, count: int, body: bytes) -> None:
        """Add a batch behind all others."""
        self._execute("INSERT INTO batch VALUES (?, ?, ?)", self._last + 1, count, body)
        self._last += 1
        self.size += len(body)

    def first(self) -> Batch | None:
        """Return the oldest batch that waits."""
        row = self._one("SELECT id, count FROM batch WHERE id > ? ORDER BY id LIMIT 1", self.loaded)
        if row is None:
            return None
        number, events = row
        partial, settled = self._partial
        settled = settled if number == partial else 0
        return Batch(number, events - settled, settled)

    def read(self, batch: Batch) -> bytes:
        """Return the body of the oldest batch, which no longer waits then."""
        self.loaded = batch.id
        (body,) = self._found("SELECT body FROM batch WHERE id = ?", batch.id)
        return bytes(body)

    def drop(self, batch: Batch) -> int:
        """Delete the oldest batch that waits; give the bytes that this freed."""
        (freed,) = self._found("SELECT LENGTH(body) FROM batch WHERE id = ?", batch.id)
        self._execute("DELETE FROM batch WHERE id = ?", batch.id)
        self.size -= freed
        self.loaded = batch.id
        return int(freed)

    def settle(self, batch: int) -> None:
        """Delete the batches up to one, of which all events are settled."""
        (freed,) = self._one("SELECT TOTAL(LENGTH(body)) FROM batch WHERE id <= ?", batch)
        self._execute("DELETE FROM batch WHERE id <= ?", batch)
        self.size -= int(freed)

    def note(self, batch: int, settled: int) -> None:
        """Keep that so many events of a batch are settled."""
        self._execute("INSERT OR REPLACE INTO progress VALUES (1, ?, ?)", batch, settled)

    def close(self) -> None:
        """Leave it where it is, for a later run."""
        if self._base is not None:
            self._base.close()
            self._base = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def remove(self) -> None:
        """Delete it."""
        _unlink(self.path)
        self.close()

    def _check(self) -> None:
        """Make sure that what the file says may be believed: a bad disk may say anything."""
        if self._one(_STRANGE) is not None:
            raise sqlite3.DatabaseError("the file has unknown batches")

    def _found(self, statement: str, number: int) -> Any:
        row = self._one(statement, number)
        if row is None:
            raise sqlite3.DatabaseError(f"batch {number} is gone")
        return row

    def _one(self, statement: str, *values: object) -> Any:
        return self._execute(statement, *values).fetchone()

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        if self._base is None:
            raise sqlite3.ProgrammingError("the file is closed")
        return self._base.execute(statement, values)


def check_folder(folder: Path, where: str) -> None:
    """Make sure that a folder can be made and written, before anything depends on it.

    Raises:
        ConfigError: It cannot, or its disk is full, or anybody may replace the files in it.
    """
    try:
        make_private(folder)
        mode = stat.S_IMODE(folder.stat().st_mode)
        with tempfile.TemporaryFile(dir=folder) as file:  # has no name: nothing can be left
            os.posix_fallocate(file.fileno(), 0, ROOM)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise ConfigError(
            "no disk space for events that do not fit in memory"
            if full
            else "cannot write to the folder for events that do not fit in memory",
            where=where,
            expected="a folder on a disk with room: spill_dir= (--spill-dir=)",
            got=f"{folder}: {error.strerror}",
            hint="another folder, or a policy that does not use the disk: "
            f"{as_option('on_full', 'drop-oldest')}",
        ) from error
    # SQLite opens its files by their names, and what is in them will be unpickled: runs code.
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise ConfigError(
            "any user can replace files in the folder for events that do not fit in memory",
            where=where,
            expected="a folder that other users cannot write to, or one with the sticky bit, "
            "such as /tmp",
            got=f"{folder}: mode {mode:04o}",
            hint=f"chmod 700 {shlex.quote(str(folder))}, or another spill_dir= (--spill-dir=)",
        )


def sweep(folder: Path) -> None:
    """Delete what processes left that died before their file had its name."""
    chance = "[0-9a-f]" * 12
    for path in folder.glob(f"*-{chance}-{chance}{UNNAMED}"):
        fd = _lock(path)
        if fd is None:
            continue
        now = os.fstat(fd)
        if not now.st_size and time.time() - now.st_mtime > STALE:
            _unlink(path)
        os.close(fd)


def _lock(path: Path) -> int | None:
    """Take the lock of a file of ours that nobody holds."""
    fd = -1
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        now = os.fstat(fd)
        # What is in it will be unpickled, which runs code: nobody else may have put it there. And
        # whoever held the lock may have deleted it meanwhile.
        if now.st_uid == os.geteuid() and now.st_nlink:
            return fd
    except OSError:
        pass
    if fd >= 0:
        os.close(fd)
    return None


def _age(path: Path) -> float:
    try:
        return path.stat().st_ctime
    except OSError:  # gone meanwhile
        return 0.0


def _unlink(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}-journal")):
        with contextlib.suppress(OSError):
            name.unlink()
