"""Checks of option values: one of several words, an integer, a number or a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeGuard

from pythiags.errors import ConfigError
from pythiags.suggest import meant

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "LARGEST",
    "check_above",
    "check_choice",
    "check_flag",
    "check_seconds",
    "check_share",
    "check_whole",
    "shown",
]

LARGEST: Final = (1 << 63) - 1  # what the counters in C hold
SHOWN: Final = 80  # characters


def check_choice(
    message: str, value: object, known: Collection[str], where: str | None = None
) -> None:
    """Refuse a value that is not one of the known words.

    Args:
        message: Of the error.
        value: What was given.
        known: What it may be.
        where: Of the error.

    Raises:
        ConfigError: It is not; lists them, and says which may be meant.
    """
    if not isinstance(value, str) or value not in known:
        word = value[:SHOWN] if isinstance(value, str) else shown(value)  # quotes are not its own
        raise ConfigError(message, where=where, expected=", ".join(known), hint=meant(word, known))


def check_whole(message: str, value: object, least: int, where: str | None = None) -> None:
    """Refuse a value that is not an integer, or out of range; True and False are not numbers.

    Args:
        message: Of the error.
        value: What was given.
        least: The smallest valid value; the largest is what 64 bits hold.
        where: Of the error.

    Raises:
        ConfigError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        expected = f"an integer of at least {least}"
        if isinstance(value, int) and value > LARGEST:
            expected = f"an integer of at most {LARGEST}"
        raise ConfigError(message, where=where, expected=expected, got=shown(value))


def check_flag(option: str, value: object) -> None:
    """Refuse a value that is neither True nor False.

    Args:
        option: Its name.
        value: What was given.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"invalid {option}", expected="True or False", got=shown(value))


def check_above(message: str, value: object, bound: float) -> None:
    """Refuse a value that is not a number greater than a bound; infinity is one.

    Args:
        message: Of the error.
        value: What was given.
        bound: What it has to be greater than.

    Raises:
        ConfigError: It is not.
    """
    if not _is_number(value) or not value > bound:
        raise ConfigError(message, expected=f"a number greater than {bound}", got=shown(value))


def check_share(message: str, value: object) -> None:
    """Refuse a value that is not a number from 0 to 1.

    Args:
        message: Of the error.
        value: What was given.

    Raises:
        ConfigError: It is not.
    """
    if not _is_number(value) or not 0 <= value <= 1:
        raise ConfigError(message, expected="a number from 0 to 1", got=shown(value))


def check_seconds(option: str, value: object) -> None:
    """Refuse a value that is not a time.

    Args:
        option: Its name.
        value: What was given.

    Raises:
        ConfigError: It is not a number from 0 on.
    """
    if not _is_number(value) or not value >= 0:
        message = f"invalid {option}"
        raise ConfigError(message, expected="seconds, 0 or more", got=shown(value))


def _is_number(value: object) -> TypeGuard[float]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and (value <= LARGEST or value == math.inf)  # type: ignore[operator]


def shown(value: object) -> str:
    """Return a value's repr for a message: short, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 (a number of 5,000 digits, or a class of the user's)
        return f"a {type(value).__name__} that cannot be shown"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
