"""Values of variables as plain Python values, and as texts that GStreamer reads."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["as_text", "is_atom", "is_scalar", "plain", "plain_values", "unusable"]

_ATOM = re.compile(r"[A-Za-z0-9_.:/+-]+")


def is_atom(text: str) -> bool:
    """Return whether caps can hold a text without quotes, and only as one value."""
    return _ATOM.fullmatch(text) is not None


def plain_values(given: Mapping[str, object]) -> dict[str, object]:
    """Return the values of variables, each as a plain Python value where it has one."""
    return {name: plain(value) for name, value in given.items()}


def plain(value: Any) -> object:
    """Return what a path, a number of NumPy, a member of an enumeration or a fraction stands for.

    Anything else is returned as it is.
    """
    if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if hasattr(value, "num") and getattr(value, "denom", None):  # a Gst.Fraction
        return Fraction(value.num, value.denom)
    return value


def is_scalar(value: object) -> bool:
    """Return whether a value is a string, number or bool, and so may be part of a longer string."""
    return isinstance(value, (str, Real, Decimal))


def as_text(value: object) -> str:
    """Return a value as GStreamer would write it: ``true``, ``30/1``, ``0.5``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return str(value)


def unusable(value: object, *, alone: bool) -> str:
    """Return why a value cannot be used, or nothing.

    Args:
        value: A plain value.
        alone: Whether it is a whole value of a property, which may be of any type.
    """
    if value is None:
        return "is None"
    if isinstance(value, (bytes, bytearray)):
        return "is bytes"
    if not is_scalar(value):
        return "" if alone else f"has the type {type(value).__name__}"
    text = as_text(value)
    if "\0" in text:
        return "contains a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return ""
