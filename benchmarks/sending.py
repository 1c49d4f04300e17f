"""What arrays and large bytes cost the process that sends them, against `multiprocessing.Queue`.

Both have a consumer that does nothing in a process of its own. What is counted is the CPU time of
the sending process with all its threads, for each event. Every event is an object of its own, as
from a stream: one that is there twice in a batch would be sent once.
"""

from __future__ import annotations

import multiprocessing
import time
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from channels import used
from hooks import Idle, drain
from rows import Row, medians, report

from pythiags.channel import Channel
from pythiags.channel.weighing import weigh
from pythiags.consumers import recipe
from pythiags.workers import ProcessWorker

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 5
LIMIT: Final = 0.7  # of multiprocessing.Queue's
WAITING: Final = 64  # events, with multiprocessing.Queue
# For each size: how many events, and how many different ones.
SIZES: Final = {9_000: (5000, 2000), 100_000: (3000, 400), 1_000_000: (600, 64)}
WEIGHED: Final = 100  # arrays in one event
CALLS: Final = 1000


def arrays(size: int, count: int) -> list[Any]:
    """Arrays of so many bytes."""
    return [np.full(size, number % 256, np.uint8) for number in range(count)]


def texts(size: int, count: int) -> list[Any]:
    """The same as bytes."""
    return [bytes([number % 256]) * size for number in range(count)]


def ours(make: Callable[[int, int], list[Any]], size: int) -> float:
    """CPU seconds for each event through a channel to a process worker."""
    count, different = SIZES[size]
    events = make(size, different)
    channel = Channel(on_full="block", name="benchmark")
    worker = ProcessWorker(recipe(Idle), channel, name="benchmark")
    worker.start()
    cost = 0.0
    for number in (different, count):  # all memory was used once before it counts
        before = used()
        for event in islice(cycle(events), number):
            channel.put(event)
        while channel.stats().pending:
            time.sleep(0.001)
        cost = (used() - before) / number
    channel.close()
    worker.drain(None)
    if channel.stats().delivered != different + count:
        raise SystemExit(f"{channel.stats()}")
    return cost


def queued(make: Callable[[int, int], list[Any]], size: int) -> float:
    """CPU seconds for each event through `multiprocessing.Queue`."""
    count, different = SIZES[size]
    events = make(size, different)
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue(WAITING)
    done = context.Semaphore(0)
    process = context.Process(target=drain, args=(queue, done), daemon=True)
    process.start()
    cost = 0.0
    for number in (different, count):
        before = used()
        for event in islice(cycle(events), number):
            queue.put(event)
        queue.put(None)
        done.acquire()
        cost = (used() - before) / number
    process.terminate()
    process.join()
    return cost


def weighing() -> float:
    """Seconds to weigh an event of arrays."""
    event = [np.ones(10) for _ in range(WEIGHED)]
    begin = time.perf_counter()
    for _ in range(CALLS):
        weigh(event)
    return (time.perf_counter() - begin) / CALLS


def main() -> None:
    """Measure and report."""
    cases = {f"an array of {size // 1000} kB": (arrays, size) for size in SIZES}
    cases |= {f"{size // 1000} kB of bytes": (texts, size) for size in SIZES}
    for what, case in cases.items():
        contestants = {"ours": partial(ours, *case), "queue": partial(queued, *case)}
        costs = medians(contestants, ROUNDS)
        note = f"{costs['ours'] * 1e6:.1f} µs against {costs['queue'] * 1e6:.1f}"
        share = costs["ours"] / costs["queue"]
        report(
            [Row(f"sender's CPU, {what}", share, "of multiprocessing.Queue's", LIMIT, note=note)]
        )
    seconds = medians({"weighing": weighing}, ROUNDS)["weighing"]
    report([Row(f"weighing an event of {WEIGHED} arrays", seconds * 1e6, "µs", 25.0)])


if __name__ == "__main__":
    main()
