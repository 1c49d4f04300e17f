"""Checks of option values: one of several words, a whole number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.errors import ConfigError
from pythiags.suggest import meant

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LARGEST", "check_choice", "check_whole", "shown"]

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
    """Refuse a value that is not a whole number, or out of range; True and False are not numbers.

    Args:
        message: Of the error.
        value: What was given.
        least: The smallest valid value; the largest is what 64 bits hold.
        where: Of the error.

    Raises:
        ConfigError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        expected = f"a whole number of at least {least}"
        if isinstance(value, int) and value > LARGEST:
            expected = f"a whole number of at most {LARGEST}"
        raise ConfigError(message, where=where, expected=expected, got=shown(value))


def shown(value: object) -> str:
    """Return a value's repr for a message: short, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 (a number of 5,000 digits, or a class of the user's)
        return f"a {type(value).__name__} that cannot be shown"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
