"""The options of an attachment, each stated once: its name, its type, its default, what it means.

``pythiags.App.attach()`` takes each as an argument, the commands take each as an option, and the
documentation lists them in a table. Importing this module loads neither GStreamer nor a channel.
"""

from __future__ import annotations

import inspect
import os  # noqa: TC003 (the types of options are read at run time)
import re
from collections.abc import Callable  # noqa: TC003
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

from pythiags.channel.bounds import (
    ON_FULL,
    QUEUE_BYTES,
    QUEUE_SIZE,
    SPILL_BYTES,
    Leftovers,
    OnFull,
)
from pythiags.checks import check_above, check_choice, check_whole
from pythiags.errors import ConfigError
from pythiags.usercode import MAX_CONSECUTIVE_ERRORS
from pythiags.workers.parting import SOURCE_ID
from pythiags.workers.worker import OnWorkerDeath, WorkerKind  # noqa: TC001

__all__ = ["EXTRACTION", "AttachOptions", "Number", "descriptions", "number_of"]

MOST_WORKERS: Final = 1024

EXTRACTION: Final = ("max_consecutive_errors", "warn_share")
"""The options that concern the extractor, not a consumer."""


class Number(NamedTuple):
    """The bounds of a number, and what it counts.

    Attributes:
        unit: What it counts.
        least: The smallest value of an integer; any other number must be greater than it.
    """

    unit: str
    least: int


@dataclass(frozen=True, kw_only=True)
class AttachOptions:
    """The options of ``App.attach()``, which takes each of them as an argument.

    An instance is only needed for one consumer of several, see there. The commands take the same
    options: ``queue_size=200`` is ``--queue-size=200``.

    Attributes:
        worker: Where the consumer runs: in a ``thread`` of the program, or in a separate
            ``process``. ``auto``: as its class requests; otherwise a class that can be imported
            runs in a process, anything else in a thread.
        workers: How many consumers share the events. More than one requires a class, a function
            or, in processes, an instance that can be pickled.
        key: How workers share the events: events with the same key go to the same worker, in
            order. The name of an attribute, of a key of a dict or of a field of an array, or a
            function that returns the key of an event: a number, a string or a tuple of them.
        on_worker_death: What to do when the consumer's process dies more than 5 times in 60 s:
            ``stop`` ends the run, ``continue`` restarts the process after a growing delay.
        queue_size: Largest number of events in memory, for all workers together.
        queue_bytes: Largest number of bytes in memory, for all workers together.
        on_full: What to do when the memory limit is reached: ``spill`` writes events to disk,
            ``block`` stops the video until there is room, the others drop events.
        spill_bytes: Largest number of bytes on disk; beyond it, the oldest events are dropped.
        spill_dir: The folder for events on disk; by default ``spill`` in the folder of state
            files, ``~/.local/state/pythiags``.
        leftovers: What to do with events that a killed run of the same attachment, consumer and
            file left on disk: ``offer`` reports them, ``deliver`` delivers them before all others,
            ``discard`` deletes them.
        max_consecutive_errors: How many calls of the extractor may fail in a row before
            ``on_error="stop"`` ends the run.
        warn_share: Log a warning when the extractor and its waiting for the GIL take more than this
            share of the time between frames, for at least a second and 30 frames; ``inf`` never
            warns.
        name: The name in messages and counters; by default the element's.

    Raises:
        ConfigError: A value is out of range.
    """

    worker: WorkerKind = "auto"
    workers: Annotated[int, Number("workers", 1)] = 1
    key: str | Callable[[Any], object] = SOURCE_ID
    on_worker_death: OnWorkerDeath = "stop"
    queue_size: Annotated[int, Number("events", 1)] = QUEUE_SIZE
    queue_bytes: Annotated[int, Number("bytes", 1)] = QUEUE_BYTES
    on_full: OnFull = ON_FULL
    spill_bytes: Annotated[int, Number("bytes", 1)] = SPILL_BYTES
    spill_dir: str | os.PathLike[str] | None = None
    leftovers: Leftovers = "offer"
    max_consecutive_errors: Annotated[int, Number("errors", 0)] = MAX_CONSECUTIVE_ERRORS
    warn_share: Annotated[float, Number("share", 0)] = 0.5
    name: str | None = None

    def __post_init__(self) -> None:
        """Check words and numbers; a key and a folder are checked by what uses them."""
        for option, hint in get_type_hints(AttachOptions, include_extras=True).items():
            value, number = getattr(self, option), number_of(hint)
            if get_origin(hint) is Literal:
                check_choice(f"unknown {option}: {value!r}", value, get_args(hint))
            elif number is not None and get_args(hint)[0] is int:
                check_whole(f"invalid {option}", value, number.least)
            elif number is not None:
                check_above(f"invalid {option}", value, number.least)
        if self.workers > MOST_WORKERS:
            raise ConfigError(
                "too many workers",
                expected=f"at most {MOST_WORKERS}: each is a thread or a process",
                got=str(self.workers),
            )


def number_of(hint: Any) -> Number | None:
    """Return the bounds of a number, from the type hint of an option; None: it is not a number."""
    marks = get_args(hint) if get_origin(hint) is Annotated else ()
    return next((mark for mark in marks if isinstance(mark, Number)), None)


def descriptions() -> dict[str, str]:
    """Return what the class's docstring says of each option, in one line."""
    _, _, rest = inspect.cleandoc(AttachOptions.__doc__ or "").partition("Attributes:\n")
    entries = re.findall(r"^    (\w+): (.+(?:\n {8}.+)*)", rest.partition("\n\n")[0], re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}
