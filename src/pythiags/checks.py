"""Values of options at the door: one of several words, a whole number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.errors import ConfigError
from pythiags.suggest import meant

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["check_choice", "check_whole"]


def check_choice(
    message: str, value: object, known: Collection[str], where: str | None = None
) -> None:
    """Refuse what is none of the known words.

    Args:
        message: Of the error.
        value: What was given.
        known: What it may be.
        where: Of the error.

    Raises:
        ConfigError: It is none; lists them, and says which may be meant.
    """
    if value not in known:
        raise ConfigError(
            message, where=where, expected=", ".join(known), hint=meant(str(value), known)
        )


def check_whole(message: str, value: object, least: int, where: str | None = None) -> None:
    """Refuse what is no whole number, or too small; True and False are no numbers.

    Args:
        message: Of the error.
        value: What was given.
        least: What it has to be at least.
        where: Of the error.

    Raises:
        ConfigError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(
            message, where=where, expected=f"a whole number of at least {least}", got=repr(value)
        )
