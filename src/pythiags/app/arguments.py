"""Check the arguments of ``App`` and ``attach`` before anything is built."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pythiags.app.attach_options import EXTRACTION, AttachOptions
from pythiags.checks import shown
from pythiags.description import Description
from pythiags.errors import ConfigError
from pythiags.suggest import did_you_mean, hint_for
from pythiags.usercode import name_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TypeGuard

__all__ = ["attachment_name", "consumers_of", "described", "origin_of"]


def described(
    description: object, variables: dict[str, object], options: Collection[str]
) -> Description:
    """Make a description of a text; return one that is ready.

    Args:
        description: What the App was given.
        variables: The keyword arguments that are not options of the App.
        options: The App's own options, for a hint.

    Raises:
        ConfigError: It is neither, or a Description came with variables.
        DescriptionError: The text cannot be read.
    """
    if isinstance(description, str):
        description = Description(description, **variables)  # type: ignore[arg-type]
        variables = {}
    if not isinstance(description, Description):
        raise ConfigError(
            "the pipeline must be a string or a Description",
            expected="a string in gst-launch syntax, or a Description",
            got=repr(description),
            hint="App.from_file(path) to read a file",
        )
    if variables:
        raise ConfigError(
            "variables cannot be passed with a Description, which has its own",
            got=", ".join(variables),
            hint=hint_for(next(iter(variables)), options),
        )
    _reject_misspelt(description, options)
    return description


def _reject_misspelt(description: Description, options: Collection[str]) -> None:
    """Refuse a variable that the text lacks and that is spelled nearly as an option.

    Raises:
        ConfigError: There is one.
    """
    known = description.variable_names
    for name in description.variables:
        option = did_you_mean(name, options)
        if name not in known and option and not did_you_mean(name, known):
            raise ConfigError(
                f"there is no option {name!r}, and no variable {{{name}}} in the pipeline",
                hint=f"did you mean {option}?",
            )


def origin_of(description: Description) -> tuple[str, str]:
    """Return the file that a description came from, if any, and its text as it was written."""
    origin = description.origin
    file = "" if origin.startswith("<") else os.path.realpath(origin)
    return file, description.source.text


def consumers_of(consumer: object, options: AttachOptions) -> list[tuple[object, AttachOptions]]:
    """Return the consumers that share an extractor, each with its options.

    Args:
        consumer: One, or a list of them; one of a list may be a pair with options of its own.
        options: For those without options of their own.

    Raises:
        ConfigError: There is none, or an option of the extractor stands with a consumer.
    """
    if isinstance(consumer, (list, tuple)) and not (
        _is_pair(consumer) or hasattr(consumer, "incoming")
    ):
        if not consumer:
            raise ConfigError("the list of consumers is empty", expected="at least one consumer")
        return [_with_options(each, options) for each in consumer]
    return [_with_options(consumer, options)]


def _is_pair(it: object) -> TypeGuard[tuple[object, AttachOptions]]:
    return isinstance(it, tuple) and len(it) == 2 and isinstance(it[1], AttachOptions)  # noqa: PLR2004


def _with_options(it: object, options: AttachOptions) -> tuple[object, AttachOptions]:
    if not _is_pair(it):
        return it, options
    for option in EXTRACTION:
        given = getattr(it[1], option)
        if given != getattr(AttachOptions, option):
            raise ConfigError(
                f"{option} applies to the extractor, which all consumers share",
                where="AttachOptions of one consumer",
                hint=f"pass it to attach: attach(..., {option}={given!r})",
            )
    return it


def attachment_name(
    name: str | None, element: str, consumer: object, taken: Collection[str]
) -> str:
    """Return the name of an attachment: its own or its element's, if that is not taken.

    If it is, the consumer's name stands behind it, and a number if that is taken too.

    Raises:
        ConfigError: It is empty, or not a string.
    """
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise ConfigError("invalid name", where="name", expected="a string", got=shown(name))
    base = name or element
    if base not in taken:
        return base
    base = f"{base}-{_plain_name(consumer)}"
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)


def _plain_name(consumer: object) -> str:
    """Return the name of a class or a function; ``lambda`` of one that has none."""
    return name_of(consumer).rpartition(".")[2].strip("<>")
