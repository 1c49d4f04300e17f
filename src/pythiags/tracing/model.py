"""What a trace holds: elements with their times, and the links between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import os

__all__ = ["Kind", "Trace", "TracedElement", "TracedLink"]

Kind = Literal["passes", "takes", "makes"]


@dataclass(frozen=True)
class TracedElement:
    """What was measured of one element.

    Attributes:
        path: Its path within the pipeline: ``pgie``, or ``bin0/queue1``. All elements of a factory
            that were removed are one, ``(removed)/queue``.
        factory: Its factory's name.
        buffers: How many have come to it; how many it has sent, if it is a source.
        kind: What ``median``, ``p95`` and ``longest`` are of: ``"passes"``: from a buffer's arrival
            to its departure, with the time that it waits in there; ``"takes"``: in the element's
            own functions, where nothing departs with the time stamp of what has arrived, as in
            sinks; ``"makes"``: between the end of one push and the next, of sources.
        median: Seconds, accurate to 6 %, as are the other two.
        p95: The 95th percentile.
        longest: The longest.
        share: Its own work as a part of the time that was traced; more than 1 if several threads
            work in it. Of an element with a thread of its own it is the part in which others wait
            for that thread, which is what limits the frame rate.
        waits: Why its time is no work: ``"queue"``, ``"clock"`` (a sink with ``sync=true``),
            ``"live"`` (a live source), ``"mixer"`` (it waits for its other inputs); empty: it is.
        extracted: How many calls of extractors there were on its pads.
        extract_share: Their time, waiting for the GIL included, as a part of the time.
        present: It is in the pipeline still.
        removed: How many removed elements this one stands for; 0: it is one that is there.
    """

    path: str
    factory: str
    buffers: int
    kind: Kind
    median: float
    p95: float
    longest: float
    share: float
    waits: str = ""
    extracted: int = 0
    extract_share: float = 0.0
    present: bool = True
    removed: int = 0

    @property
    def name(self) -> str:
        """The element's name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class TracedLink:
    """A link between two elements.

    Attributes:
        source: The path of the element that sends.
        sink: The path of the element that receives.
        source_pad: The name of the pad that sends.
        sink_pad: The name of the pad that receives.
        media: What passes, in short: ``I420 1280x720 30/1``.
        caps: The caps.
        features: Of the caps, such as ``memory:NVMM``; empty: system memory.
        memory: Where the first buffer is: a card, such as ``GPU 0``, or the allocator's name for
            the memory, such as ``SystemMemory``. NVMM memory may be either.
        buffers: How many have passed.
    """

    source: str
    sink: str
    source_pad: str
    sink_pad: str
    media: str
    caps: str
    features: str
    memory: str
    buffers: int

    @property
    def is_on_card(self) -> bool:
        """Whether the first buffer is in the memory of a card."""
        return self.memory.startswith("GPU ")


@dataclass(frozen=True)
class Trace:
    """Where the time of a pipeline went.

    ``print`` shows it as a table.

    Attributes:
        seconds: From the first buffer to the last.
        elements: In the order of the stream.
        links: Between elements; bins are left out.
    """

    seconds: float
    elements: tuple[TracedElement, ...]
    links: tuple[TracedLink, ...]

    def __str__(self) -> str:
        """Return a table with a line for each element."""
        from pythiags.tracing.table import table

        return table(self)

    def __repr__(self) -> str:
        """Return how much there is."""
        return f"<Trace: {len(self.elements)} elements, {self.seconds:.1f} s>"

    def svg(self) -> str:
        """Return a picture of the pipeline, coloured by time: an SVG that needs nothing else."""
        from pythiags.tracing.picture import picture

        return picture(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file.

        Raises:
            OSError: It cannot be written.
        """
        Path(path).write_text(self.svg(), encoding="utf-8")
