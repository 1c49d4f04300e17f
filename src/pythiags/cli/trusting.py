"""The options of a check of what somebody else wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pythiags.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.description import Allowed

__all__ = ["allowed_by", "untrusted_options"]


def untrusted_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--untrusted`` and what may be allowed to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: list[Callable[..., Any]] = [
    click.option(
        "--untrusted",
        is_flag=True,
        help="Somebody else wrote it: refuse elements that could do harm, and all files and "
        "addresses that are not allowed. It is only read: no plugin is loaded.",
    ),
    click.option(
        "--allow-elements",
        multiple=True,
        metavar="NAME,...",
        help="With --untrusted: elements to allow, besides those that are harmless.",
    ),
    click.option(
        "--allow-path",
        multiple=True,
        metavar="PATH",
        help="With --untrusted: a folder that may be used with all in it, or a file; of libraries "
        "and other code, the very file.",
    ),
    click.option(
        "--allow-scheme",
        multiple=True,
        metavar="SCHEME",
        help="With --untrusted: addresses that may be used, such as rtsp.",
    ),
]


def allowed_by(options: dict[str, Any]) -> Allowed | None:
    """Return what the options allow; None: without ``--untrusted``, everything.

    Raises:
        ConfigError: Something is allowed without ``--untrusted``.
    """
    from pythiags.description import Allowed

    given = [name for name in ("allow_elements", "allow_path", "allow_scheme") if options[name]]
    if not options["untrusted"]:
        if given:
            name = "--" + given[0].replace("_", "-")
            raise ConfigError(f"{name} has no effect without --untrusted", hint="add --untrusted")
        return None
    elements = (name.strip() for text in options["allow_elements"] for name in text.split(","))
    schemes = (text.lower().partition(":")[0] for text in options["allow_scheme"])
    return Allowed(frozenset(filter(None, elements)), options["allow_path"], frozenset(schemes))
