"""What :class:`~pythiags.App` and its ``attach`` can be told, checked before anything is built."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pythiags.channel import Channel
from pythiags.checks import LARGEST, check_choice, check_whole, shown
from pythiags.description import Description
from pythiags.errors import ConfigError
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pythiags.channel.channel import OnFull
    from pythiags.channel.spill import Leftovers
    from pythiags.workers.process import OnWorkerDeath

__all__ = [
    "APP_OPTIONS",
    "AttachOptions",
    "attachment_name",
    "check_option",
    "check_seconds",
    "described",
    "origin_of",
]

APP_OPTIONS: Final = frozenset({"timeout", "on_error", "drain_timeout"})


@dataclass(frozen=True)
class AttachOptions:
    """The options of :meth:`pythiags.App.attach`, which describes them."""

    queue_size: int
    queue_bytes: int
    on_full: OnFull
    spill_bytes: int
    spill_dir: str | os.PathLike[str] | None
    leftovers: Leftovers
    worker: str
    on_worker_death: OnWorkerDeath
    workers: int
    key: str | Callable[[Any], object]
    max_consecutive_errors: int
    warn_share: float

    def __post_init__(self) -> None:
        """Refuse what is out of range; what channels and workers take is checked by them."""
        check_whole("workers is not a number of workers", self.workers, 1)
        errors = self.max_consecutive_errors
        check_whole("max_consecutive_errors is not a number of errors", errors, 0)
        check_option("on_worker_death", self.on_worker_death, ("stop", "continue"))
        share = self.warn_share
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not share > 0:
            raise ConfigError(
                "warn_share is not a share of the frame period",
                expected="a number above 0, where 1 is all of it; math.inf: never warn",
                got=repr(share),
            )

    def channel(self, name: str, owner: tuple[str, str, str]) -> Channel:
        """Make the channel of one worker: all together they hold what one alone would."""
        return Channel(
            self._share(self.queue_size),
            self._share(self.queue_bytes),
            self.on_full,
            spill_bytes=self._share(self.spill_bytes),
            spill_dir=self.spill_dir,
            leftovers=self.leftovers,
            owner=owner,
            name=name,
        )

    def _share(self, bound: int) -> int:
        if self.workers == 1 or not isinstance(bound, int) or bound < 1:
            return bound  # the channel says what is wrong with it
        return max(1, bound // self.workers)


def described(description: object, variables: dict[str, object]) -> Description:
    """Make a description of a text; pass one that is ready.

    Raises:
        ConfigError: It is neither, or there are variables beside what brings its own.
        DescriptionError: The text cannot be read.
    """
    if isinstance(description, str):
        return Description(description, **variables)  # type: ignore[arg-type]
    if not isinstance(description, Description):
        raise ConfigError(
            "this is no description of a pipeline",
            expected="text in gst-launch syntax, or a Description",
            got=repr(description),
            hint="App.from_file(path) reads a file",
        )
    if variables:
        raise ConfigError(
            "a Description brings its variables along",
            got=", ".join(variables),
            hint=hint_for(next(iter(variables)), APP_OPTIONS),
        )
    return description


def origin_of(description: Description) -> tuple[str, str]:
    """Give the file that a description came from, if any, and its text as it was written."""
    origin = description.origin
    file = "" if origin.startswith("<") else os.path.realpath(origin)
    return file, description.source.text


def attachment_name(name: str | None, element: str, taken: Collection[str]) -> str:
    """Give the name of an attachment: its own, or else its element's, with a number if need be.

    Raises:
        ConfigError: It is empty, or no text.
    """
    if name is None:
        names = (element, *(f"{element}-{number}" for number in range(2, len(taken) + 3)))
        return next(each for each in names if each not in taken)
    if not isinstance(name, str) or not name.strip():
        raise ConfigError("this is no name", where="name", expected="a text", got=repr(name))
    return name


def check_seconds(option: str, value: object) -> None:
    """Refuse a value that is not a time.

    Raises:
        ConfigError: It is not a number from 0 on.
    """
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not (0 <= value <= LARGEST or value == math.inf):  # type: ignore[operator]
        raise ConfigError(
            f"{option} is not a time", expected="seconds, from 0 on", got=shown(value)
        )


def check_option(option: str, value: object, known: tuple[str, ...]) -> None:
    """Refuse what is none of the values that an option may have.

    Raises:
        ConfigError: It is not; says what may be meant.
    """
    check_choice(f"{option} cannot be {value!r}", value, known)
