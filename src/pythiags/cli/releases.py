"""The option that asks what changes on a release of DeepStream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pythiags import textfile
from pythiags.cli.options import split_variables
from pythiags.cli.words import own_options, read_description
from pythiags.errors import ConfigError
from pythiags.releases import RELEASES
from pythiags.textfile import is_file, is_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pythiags.releases.files import Report

__all__ = ["release_option", "reports_on"]

FILES: Final = frozenset({".gstp", ".py", ".txt", ".yml", ".yaml", ".conf", ".cfg"})

release_option = click.option(
    "--deepstream",
    type=click.Choice(list(RELEASES)),
    metavar="RELEASE",
    help=f"Report what changes on this release of DeepStream ({', '.join(RELEASES)}), line by "
    "line: for a pipeline, a Python script, or a configuration file of nvinfer.",
)


def reports_on(
    ctx: click.Context,
    arguments: Sequence[str],
    assignments: Sequence[str],
    options: dict[str, Any],
) -> list[Report]:
    """Return what changes for what the words name.

    Raises:
        ConfigError: The file cannot be read, or what is asked for does not go together.
    """
    from pythiags.releases.files import check_release, check_text, kind_of

    if options["untrusted"]:
        raise ConfigError(
            "--deepstream and --untrusted do not go together", hint="run pythiags check twice"
        )
    release = RELEASES[options["deepstream"]]
    words, _ = split_variables(arguments, own_options(ctx), assignments)
    if len(words) == 1 and is_folder(words[0]):
        raise ConfigError(
            "this is a folder",
            where=words[0],
            hint="name a pipeline, a script or a configuration file of nvinfer in it",
        )
    path = Path(words[0]) if len(words) == 1 and _names_file(words[0]) else None
    if path is not None and path.suffix != ".gstp":
        text = _read(path)
        if kind_of(path, text) != "pipeline":
            return [check_text(path, text, release)]
    whole = read_description(ctx, arguments, assignments, file=path is not None)
    return check_release(whole, release)


def _names_file(word: str) -> bool:
    """Return whether a word is a file, or looks so much like one that a missing one is told of."""
    return is_file(word) or Path(word).suffix in FILES


def _read(path: Path) -> str:
    try:
        return textfile.read_text(path)
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8 text", where=str(path)) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", problem)
        raise ConfigError(f"the file cannot be read: {reason}", where=str(path)) from None
