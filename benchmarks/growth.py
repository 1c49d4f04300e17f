"""How costs grow with pictures, sources, objects, event sizes, attachments and elements.

Each point is the CPU time of a program of its own, both cores, from its start to its end, without
what it takes to start with the least work. The slope is that of the whole cost in a plot whose axes
are both logarithmic: 1 is in proportion, 2 would be quadratic, less than 1 is something to share.

What GStreamer takes by itself for elements is a row of its own, and is taken off what a program
takes, which grows faster than the number of elements by itself.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from hooks import Extract, Idle
from playing import play
from rows import Row, medians, report
from scenes import scene
from stamp import stamp

import pythiags
from pythiags import portable
from pythiags.gst import Gst

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 3
STEEPEST: Final = 1.1
OURS, ALONE = "pythiags", "GStreamer"
EACH: Final = 1.5  # times what a single attachment costs


class Topic(NamedTuple):
    """Something that there may be more of.

    Attributes:
        unit: One of them.
        sizes: How many, from few to many.
        play: Runs a pipeline with so many of them, for so many buffers.
        buffers: For how many, by the size: the work is long enough to measure.
        alone: The same without pythiags, where GStreamer does most of the work; see above.
    """

    unit: str
    sizes: tuple[int, ...]
    play: Callable[[int, int], None]
    buffers: Callable[[int], int]
    alone: Callable[[int, int], None] | None = None


def source(buffers: int) -> str:
    """Describe a source that costs next to nothing."""
    return f"fakesrc num-buffers={buffers} sizetype=fixed sizemax=64"


def pictures(size: int, _buffers: int) -> None:
    """Read each of so many pictures; all are stamped with 10 objects."""
    objects(10, size)


def objects(size: int, buffers: int) -> None:
    """Read so many objects of each buffer in C."""
    with pythiags.App(f"{source(buffers)} ! identity name=at ! fakesink") as app:
        stamp(app.pipeline.get_by_name("at").get_static_pad("src"), scene(size))
        app.attach("at", pythiags.Detections(), Idle, worker="thread", on_full="block")
        app.run()


def sources(size: int, buffers: int) -> None:
    """Batch so many sources."""
    portable.install()
    one = "videotestsrc num-buffers={} pattern=black ! video/x-raw,format=NV12,width=160,height=120"
    inputs = " ".join(f"{one.format(buffers)} ! m.sink_{number}" for number in range(size))
    mux = f"nvstreammux name=m width=160 height=120 batch-size={size} ! fakesink"
    with pythiags.App(f"{mux} {inputs}") as app:
        app.run()


class Array(pythiags.Extractor):
    """Gives an array of so many kB for each buffer."""

    def __init__(self, size: int) -> None:
        self._array = np.zeros(size * 1000, np.uint8)

    def extract_metadata(self, _pad: object, _info: object) -> list[np.ndarray]:
        """Give a copy: every event is another object."""
        return [self._array.copy()]


def kilobytes(size: int, buffers: int) -> None:
    """Send so many kB for each buffer to a process."""
    with pythiags.App(f"{source(buffers)} ! identity name=at ! fakesink") as app:
        app.attach("at", Array(size), Idle, worker="process", on_full="block")
        app.run()


def attachments(size: int, buffers: int) -> None:
    """Give each of so many attachments an event for each buffer."""
    with pythiags.App(f"{source(buffers)} ! identity name=at ! fakesink") as app:
        for number in range(size):
            app.attach("at", Extract, Idle, worker="thread", name=f"number {number}")
        app.run()


def chain(size: int, buffers: int) -> str:
    """Describe so many elements behind each other."""
    return " ! ".join([source(buffers), *["identity"] * size, "fakesink"])


def elements(size: int, buffers: int) -> None:
    """Check, build, run and end a chain of so many elements."""
    with pythiags.App(chain(size, buffers)) as app:
        app.run()


def elements_alone(size: int, buffers: int) -> None:
    """Build, run and end the same chain with GStreamer alone."""
    play(Gst.parse_launch(chain(size, buffers)))


TOPICS: Final = {
    "pictures": Topic("picture", (2_000, 8_000, 32_000), pictures, lambda _: 1),
    "sources": Topic("source", (1, 4, 16, 64), sources, lambda size: 12_800 // size),
    "objects": Topic("object", (10, 100, 1_000, 10_000), objects, lambda size: 400_000 // size),
    "event sizes": Topic("kB", (1, 10, 100, 1_000), kilobytes, lambda size: 400_000 // (size + 39)),
    "attachments": Topic("attachment", (1, 4, 16, 64), attachments, lambda size: 24_000 // size),
    "elements": Topic("element", (250, 500, 1_000), elements, lambda _: 10, elements_alone),
}


def measure(name: str, size: int, who: str) -> float:
    """Give CPU seconds for each buffer that has so much with it, above a run of one buffer."""
    buffers = TOPICS[name].buffers(size)

    def cpu(least: int) -> float:
        words = [sys.executable, __file__, name, str(size), str(least), who]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
        return float(done.stdout)

    if buffers > 10:
        return (cpu(buffers) - cpu(1)) / (buffers - 1)
    return cpu(buffers) - cpu(0)


def run(name: str, size: int, buffers: int, who: str) -> None:
    """Run one point and print what it took; the program that `measure` starts."""
    work = TOPICS[name].alone if who == ALONE else TOPICS[name].play
    if buffers:
        work(size, buffers)
    else:
        work(1, 1)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(usage.ru_utime + usage.ru_stime)


def slope(costs: dict[int, float]) -> float:
    """Give how steep the whole cost is between the fewest and the most.

    What is left above GStreamer's own cost can be less than the noise, even below 0: such points
    tell nothing.
    """
    known = {n: cost for n, cost in costs.items() if cost > 0}
    if len(known) < 2:
        return 0.0
    (few, low), (many, high) = min(known.items()), max(known.items())
    return math.log(high / low) / math.log(many / few)


def grown(name: str, unit: str, costs: dict[int, float], must: float | None) -> Row:
    """Make the row of a topic."""
    points = [(n, cost / n * 1e6) for n, cost in costs.items()]
    note = f"µs for each {unit}: " + ", ".join(f"{n:,}: {each:.3g}" for n, each in points)
    what = f"growth with {name}: slope of the cost"
    return Row(what, slope(costs), "", must, note=note, points=points)


def main() -> None:
    """Let the sizes of each topic take turns."""
    for name, topic in TOPICS.items():
        sides = [OURS, ALONE] if topic.alone else [OURS]
        contestants = {
            f"{n} {who}": lambda n=n, name=name, who=who: measure(name, n, who)
            for n in topic.sizes
            for who in sides
        }
        took = medians(contestants, ROUNDS)
        costs = {n: took[f"{n} {OURS}"] - took.get(f"{n} {ALONE}", 0) for n in topic.sizes}
        row = grown(name, topic.unit, costs, STEEPEST)
        report([row])
        if topic.alone:
            apart = {n: took[f"{n} {ALONE}"] for n in topic.sizes}
            report([grown(f"{name}, of GStreamer alone", topic.unit, apart, None)])
        if name == "attachments":
            each = row.points[-1][1] / row.points[0][1]
            most = topic.sizes[-1]
            what = f"{most} attachments in Python on one element, each against one alone"
            report([Row(what, each, "of it", EACH)])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        main()
