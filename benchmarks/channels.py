"""How many events and images a second reach a consumer in a process.

Both cores are everybody's: the program puts events in as fast as there is room, the feeder of the
process worker takes them out, and the consumer's process unpickles them. It counts when all have
been delivered.
"""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING, Final

import numpy as np
from hooks import Idle, Look
from rows import Row, medians, report

from pythiags.channel import Channel
from pythiags.consumers import recipe
from pythiags.workers import ProcessWorker

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pythiags

EVENTS: Final = 100_000
IMAGES: Final = 600
SHAPE: Final = (720, 1280, 3)
IN_MEMORY: Final = 16  # pictures: more than the caches hold
ROUNDS: Final = 5


def used() -> float:
    """CPU seconds of this process until now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def through(consumer: type[pythiags.Consumer], events: Iterable[object]) -> tuple[float, float]:
    """Put events through a channel to a process.

    Returns:
        Events a second, and CPU seconds that this process spent on each.
    """
    channel = Channel(on_full="block", name="benchmark")
    worker = ProcessWorker(recipe(consumer), channel, name="benchmark")
    worker.start()
    begin, before = time.monotonic(), used()
    for event in events:
        channel.put(event)
    while channel.stats().pending:
        time.sleep(0.001)
    took, cpu = time.monotonic() - begin, used() - before
    channel.close()
    worker.drain(None)
    stats = channel.stats()
    if worker.failure or worker.errors or stats.delivered != stats.produced:
        raise SystemExit(f"{worker.failure or dict(worker.errors)}, {stats}")
    return stats.delivered / took, cpu / stats.delivered


def small() -> Iterable[object]:
    """Events as an extractor would give them: one dict in a list."""
    return ([{"label": "person", "confidence": 0.5, "frame": n}] for n in range(EVENTS))


def pictures() -> list[np.ndarray]:
    """Pictures that are all of one number: their own."""
    return [np.full(SHAPE, number, np.uint8) for number in range(IN_MEMORY)]


def copy_time(images: list[np.ndarray]) -> float:
    """CPU seconds to copy a picture that is in no cache to memory that was used before."""
    places = [np.zeros(SHAPE, np.uint8) for _ in images]
    before = used()
    for number in range(IMAGES):
        np.copyto(places[number % IN_MEMORY], images[number % IN_MEMORY])
    return (used() - before) / IMAGES


def main() -> None:
    """Measure and report."""
    images = pictures()
    costs: list[float] = []

    def show() -> float:
        frames = ({"frame": n % IN_MEMORY, "image": images[n % IN_MEMORY]} for n in range(IMAGES))
        rate, cost = through(Look, ([frame] for frame in frames))
        costs.append(cost / copy_time(images))
        return rate

    rates = medians({"events": lambda: through(Idle, small())[0], "images": show}, ROUNDS)
    copies = sorted(costs)[len(costs) // 2]
    note = "one dict each; block, all cores for all"
    report(
        [
            Row("events to a process worker", rates["events"], "a second", 50_000, "more", note),
            Row(
                "1280x720 RGB images to a process worker", rates["images"], "a second", 300, "more"
            ),
            Row(
                "… CPU of the sending process for each, in copies of one",
                copies,
                "copies",
                1.5,
                note="the consumer gets a view of it",
            ),
        ]
    )


if __name__ == "__main__":
    main()
