"""What the commands make of their words: a description, its variables, the session."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pythiags.cli.logs import configure
from pythiags.cli.options import Session, reject_misspelt, split_variables
from pythiags.errors import DescriptionError
from pythiags.textfile import is_file, is_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.description import Description

__all__ = [
    "UNPARSED",
    "current_session",
    "own_options",
    "read_description",
    "talk_options",
    "typed",
    "variable_option",
]

UNPARSED = {"ignore_unknown_options": True}


def typed(words: Sequence[str]) -> str:
    """Return words as one types them in a shell; ``!`` is quoted only by who has a history."""
    return " ".join(word if word == "!" else shlex.quote(word) for word in words)


def _remember(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    session = ctx.find_object(Session)
    if value and session is not None:
        setattr(session, str(option.name), True)
        configure(verbose=session.verbose, json_lines=session.json_lines)


def talk_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``-v`` and ``--json-logs`` to a command; the group has them too."""
    for names, text in (
        (("--json-logs", "json_lines"), "Write logs, errors and the summary as JSON lines."),
        (("-v", "--verbose", "verbose"), "Show details, and the traceback of an error."),
    ):
        option = click.option(
            *names, is_flag=True, expose_value=False, is_eager=True, callback=_remember, help=text
        )
        command = option(command)
    return command


def variable_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--var`` to a command, for variables with the name of an option."""
    return click.option(
        "--var",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of a template variable; needed only where --NAME is an option of this command.",
    )(command)


def own_options(ctx: click.Context) -> list[str]:
    """Return the options of a command, as they are typed."""
    return [name for param in ctx.command.params for name in param.opts if name.startswith("--")]


def read_description(
    ctx: click.Context, arguments: Sequence[str], assignments: Sequence[str], *, file: bool
) -> Description:
    """Make the description that the words mean, with the variables that unknown options set."""
    from pythiags.description import Description
    from pythiags.description.media import explain_media

    own = own_options(ctx)
    words, variables = split_variables(arguments, own, assignments)
    if not words:
        ctx.fail("PATH is missing." if file else "The pipeline is missing.")
    if file and len(words) > 1:
        ctx.fail(f"Expected one PATH, got {len(words)}: {' '.join(words)}")
    if file:
        description = Description.from_file(words[0], **variables)
    elif len(words) == 1 and is_file(words[0]):
        media = explain_media(Path(words[0]))
        message, hint = media or (
            "the pipeline itself is expected, not a file",
            f"pythiags file {typed(arguments)}",
        )
        raise DescriptionError(message, where=words[0], hint=hint)
    elif (
        len(words) == 1 and words[0].endswith((".", "/")) and is_folder(words[0])
    ):  # no element's name
        raise DescriptionError(
            "a pipeline is expected, not a folder", where=words[0], hint="name a file in it"
        )
    else:
        description = Description.from_words(words, **variables)
    reject_misspelt(variables, description.variable_names, own)
    return description


def current_session() -> Session:
    """Return what all commands of this run share."""
    found = click.get_current_context().find_object(Session)
    assert found is not None  # noqa: S101 - `run` made it
    return found
