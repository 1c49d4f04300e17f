"""Values of nvinfer's keys, from text. Each reader raises ValueError with what was expected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pythiags.inference import keyfile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "choice",
    "class_ids",
    "color",
    "dims",
    "flag",
    "fraction",
    "integer",
    "name",
    "number",
    "numbers",
    "one_of",
    "size",
    "text_of",
    "texts",
    "words",
]

MOST_PIXELS = 16_384
"""Far above every network: what is beyond is a slip, not to be allocated."""


def number(text: str, low: float = -math.inf, high: float = math.inf) -> float:
    """Read a finite number within limits."""
    try:
        value = keyfile.double(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and low <= value <= high):
        limits = f" from {low:g} to {high:g}" if math.isfinite(low) and math.isfinite(high) else ""
        limits = limits or (f" of at least {low:g}" if math.isfinite(low) else "")
        raise ValueError(f"a number{limits}")
    return value


def integer(low: int, high: int = 2**31 - 1) -> Callable[[str], int]:
    """Return what reads a whole number within limits."""

    def read(text: str) -> int:
        try:
            value = keyfile.integer(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise ValueError(f"an integer from {low} to {high}")
        return value

    return read


def fraction(text: str) -> float:
    """Read a number from 0 to 1."""
    return number(text, 0, 1)


def size(text: str) -> float:
    """Read a number of at least 0."""
    return number(text, 0)


def flag(text: str) -> bool:
    """Read 0, 1, true or false."""
    try:
        return keyfile.boolean(text)
    except ValueError:
        raise ValueError("0, 1, true or false") from None


def text_of(text: str) -> str:
    """Read text."""
    try:
        return keyfile.string(text)
    except ValueError:
        raise ValueError("text with backslashes written as \\\\") from None


def texts(text: str) -> list[str]:
    """Read texts with semicolons between."""
    try:
        return keyfile.split(text)
    except ValueError:
        raise ValueError("text separated by semicolons, with backslashes written as \\\\") from None


def words(text: str) -> tuple[str, ...]:
    """Read texts with semicolons between, without blanks around them; empty ones do not count."""
    return tuple(word.strip() for word in texts(text) if word.strip())


def numbers(text: str) -> tuple[float, ...]:
    """Read numbers with semicolons between."""
    try:
        return tuple(number(word) for word in texts(text))
    except ValueError:
        raise ValueError("numbers separated by semicolons, such as 123.7;116.3;103.5") from None


def dims(text: str) -> tuple[int, ...]:
    """Read channels, height and width."""
    try:
        channels, height, width = map(integer(1, MOST_PIXELS), texts(text))
    except ValueError:
        raise ValueError("channels;height;width, such as 3;416;416") from None
    return channels, height, width


def class_ids(text: str) -> frozenset[int]:
    """Read class ids, with semicolons between in files, and with colons in properties too."""
    try:
        return frozenset(map(integer(0), texts(text.replace(":", ";"))))
    except ValueError:
        raise ValueError("class ids separated by semicolons, such as 0;2;3") from None


def color(text: str) -> tuple[float, ...]:
    """Read red, green, blue and alpha."""
    try:
        parts = tuple(fraction(word) for word in texts(text))
    except ValueError:
        parts = ()
    if len(parts) != 4:  # noqa: PLR2004
        raise ValueError("red;green;blue;alpha, from 0 to 1 each")
    return parts


def choice(**meanings: str) -> Callable[[str], int]:
    """Read one of a few numbers, given as _0="RGB", _1="BGR"."""
    known = {int(name.removeprefix("_")): meaning for name, meaning in meanings.items()}

    def read(text: str) -> int:
        try:
            value = keyfile.integer(text)
        except ValueError:
            value = None
        if value not in known:
            raise ValueError("one of " + ", ".join(f"{n} ({what})" for n, what in known.items()))
        return value

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Read one of a few words."""

    def read(text: str) -> str:
        word = text_of(text).strip()
        if word not in words:
            raise ValueError("one of " + ", ".join(words))
        return word

    return read


def name(text: str) -> str | None:
    """Read a name; None where it is empty."""
    return text_of(text).strip() or None
