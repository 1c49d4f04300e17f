"""What a process holds, and whether work that is done again and again leaves some of it behind."""

from __future__ import annotations

import ctypes
import gc
import operator
import os
import re
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.errors import PythiagsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "LeakReport",
    "check_leaks",
    "children",
    "descriptors",
    "live_objects",
    "memory",
    "nothing_left",
    "shared_memory",
    "threads",
]

POLL: Final = 0.005  # seconds
PATIENCE: Final = 20.0  # seconds for what has ended to be gone, on a machine that is merely busy
PARTS: Final = 10  # of all cycles: memory is looked at after each
ALIVE: Final = re.compile(r"object-alive, type-name=\(string\)([^,]+),")
TRACER: Final = {
    "GST_TRACERS": "leaks",
    "GST_DEBUG": "GST_TRACER:7",
    "GST_DEBUG_NO_COLOR": "1",
}


def memory() -> int:
    """Return the bytes of memory that this process uses, without what it has set free or lost."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def children() -> set[int]:
    """Return the numbers of this process's children, zombies included."""
    stats = (_read(path) for path in Path("/proc").glob("[0-9]*/stat"))
    fields = [(stat.partition(" ")[0], stat.rpartition(")")[2].split()) for stat in stats if stat]
    return {int(number) for number, rest in fields if int(rest[1]) == os.getpid()}


def threads() -> set[threading.Thread]:
    """Return the threads that Python started."""
    return {thread for thread in threading.enumerate() if type(thread).__name__ != "_DummyThread"}


def descriptors() -> Counter[str]:
    """Return what the open descriptors refer to, pipes and sockets without their numbers."""
    links = map(_target, Path("/proc/self/fd").iterdir())
    return Counter(link.partition(":[")[0] for link in links if link)


def shared_memory() -> set[str]:
    """Return the names in /dev/shm."""
    return {path.name for path in Path("/dev/shm").iterdir()}  # noqa: S108


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # gone meanwhile


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


@contextmanager
def nothing_left(patience: float = PATIENCE) -> Iterator[None]:
    """Check that a block leaves no thread, process, descriptor or shared memory behind.

    ::

        with nothing_left(), App("videotestsrc num-buffers=10 ! fakesink") as app:
            app.run()

    What ends by itself is waited for. GStreamer and Python open some things once and keep them: run
    an App before the first block. The fixture ``nothing_left`` does both.

    Args:
        patience: Seconds to wait; there only to end a test that hangs.

    Raises:
        AssertionError: Something is left; it says what.
    """
    gc.collect()
    before = _holdings()
    yield
    gc.collect()
    start = time.monotonic()
    while left := _more(before, _holdings()):
        if time.monotonic() - start > patience:
            raise AssertionError(f"left behind: {'; '.join(left)}")
        time.sleep(POLL)


def _holdings() -> dict[str, Counter[str]]:
    return {
        "threads": Counter(f"{each.name} ({each.ident})" for each in threads()),
        "processes": Counter(map(str, children())),
        "shared memory": Counter(shared_memory()),
        "descriptors": descriptors(),
    }


def _more(before: dict[str, Counter[str]], now: dict[str, Counter[str]]) -> list[str]:
    found = {kind: now[kind] - before[kind] for kind in now}
    return [f"{kind}: {', '.join(each.elements())}" for kind, each in found.items() if each]


@dataclass(frozen=True)
class LeakReport:
    """What cycles have left behind, after those that warm up.

    Attributes:
        cycles: How many were measured.
        kilobytes: Memory that each has left, in KB: the slope through ten looks, by the median of
            the slopes between any two of them.
        descriptors: Open descriptors more than before.
        threads: Threads of Python's more than before.
        children: Processes more than before, zombies included.
        memory: The bytes at each of the looks.
    """

    cycles: int
    kilobytes: float
    descriptors: int
    threads: int
    children: int
    memory: tuple[int, ...]

    def __str__(self) -> str:
        """Return all of it in one line."""
        return (
            f"{self.cycles} cycles: {self.kilobytes:.2f} KB a cycle, {self.descriptors:+d} "
            f"descriptors, {self.threads:+d} threads, {self.children:+d} processes"
        )

    def raise_for_leaks(self, kilobytes: float = 1.0) -> None:
        """Raise if there is a leak.

        Args:
            kilobytes: That a cycle may leave; some that is not set free at once looks like a leak.

        Raises:
            AssertionError: It was more, or a descriptor, a thread or a process is left.
        """
        kept = max(self.descriptors, self.threads, self.children) <= 0
        if self.kilobytes > kilobytes or not kept:
            raise AssertionError(f"a leak: {self}, of {kilobytes:g} KB allowed")


def check_leaks(
    cycle: Callable[[], object],
    cycles: int = 200,
    *,
    warm_up: int = 50,
    patience: float = PATIENCE,
) -> LeakReport:
    """Do something again and again, and measure what it leaves behind.

    ::

        def cycle():
            with App("videotestsrc num-buffers=2 ! fakesink name=sink") as app:
                app.attach("sink", MyExtract, MyConsumer)
                app.run()

        check_leaks(cycle).raise_for_leaks()

    What ends by itself is waited for.

    Args:
        cycle: What is done.
        cycles: How often, after the warm-up; at least 10. The more, the smaller a leak that shows.
        warm_up: How often before that, until all that is needed once is there.
        patience: Seconds to wait for what is left to go.

    Raises:
        ValueError: There are too few cycles.
    """
    if cycles < PARTS:
        raise ValueError(f"too few cycles: expected {PARTS} or more, got {cycles}")
    for _ in range(warm_up):
        cycle()
    begin, looks = _counts(), [(0, memory())]
    for done in range(1, cycles + 1):
        cycle()
        if done % (cycles // PARTS) == 0:
            looks.append((done, memory()))
    now = _counts_in_the_end(begin, patience)
    return LeakReport(
        cycles=cycles,
        kilobytes=slope(looks) / 1000,
        descriptors=now[0] - begin[0],
        threads=now[1] - begin[1],
        children=now[2] - begin[2],
        memory=tuple(each for _, each in looks),
    )


def _counts() -> tuple[int, int, int]:
    gc.collect()
    return sum(descriptors().values()), len(threads()), len(children())


def _counts_in_the_end(begin: tuple[int, ...], patience: float) -> tuple[int, int, int]:
    start = time.monotonic()
    while True:
        now = _counts()
        if not any(map(operator.gt, now, begin)) or time.monotonic() - start > patience:
            return now
        time.sleep(POLL)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median of the slopes between any two points: few that are off do not matter."""
    found = [
        (later - earlier) / (second - first)
        for number, (first, earlier) in enumerate(points)
        for second, later in points[number + 1 :]
        if second > first
    ]
    return statistics.median(found) if found else 0.0


def live_objects(
    program: str | os.PathLike[str], *arguments: str, timeout: float = 60
) -> Counter[str]:
    """Run a Python program, and count the objects of GStreamer that are alive at its end, by type.

    ::

        assert not live_objects("app.py", "video.mp4")

    It runs with GStreamer's ``leaks`` tracer. When it has ended, what Python holds in cycles is set
    free, and GStreamer is closed (``Gst.deinit``). What its global variables hold is counted, so an
    App belongs into a function.

    Args:
        program: The file.
        arguments: Of the program.
        timeout: Seconds.

    Raises:
        PythiagsError: It failed.
        subprocess.TimeoutExpired: It did not end in time.
    """
    words = [sys.executable, "-m", "pythiags.testing.traced", os.fspath(program), *arguments]
    done = subprocess.run(  # noqa: S603
        words,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env={**os.environ, **TRACER},
    )
    if done.returncode:
        raise PythiagsError(
            "the program failed",
            where=os.fspath(program),
            got=f"exit code {done.returncode}",
            hint=done.stderr[-2000:],
        )
    found = (ALIVE.search(line) for line in done.stderr.splitlines())
    return Counter(match[1] for match in found if match and match[1] != "%s")
