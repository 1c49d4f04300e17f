"""Check a value against the type and the range of its property or caps field.

GStreamer and PyGObject silently change values that do not fit: 2**32 becomes 0, -1 the
largest number, and any list is true. Here they are refused.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from pythiags.description import (
    CapsBinding,
    CapsField,
    CapsStructure,
    Problem,
    as_text,
    is_atom,
    is_scalar,
)
from pythiags.gst import GObject, Gst
from pythiags.gst._gst import value_verdict
from pythiags.gst.registry import expected_value, find_factory, read_caps

if TYPE_CHECKING:
    from pythiags.description import Position
    from pythiags.gst.registry import PropertyInfo

__all__ = ["UnfitValue", "bound_caps", "fit", "refusal", "verdict"]

Verdict = Literal["fits", "unreadable", "out of range", "no property"]

_INTEGERS = frozenset({"gint", "guint", "gint64", "guint64", "glong", "gulong", "gchar", "guchar"})
_NUMBERS = _INTEGERS | {"gfloat", "gdouble"}
_BASIC = _NUMBERS | {"gboolean", "gchararray", "GstFraction"}
_LARGEST = 2**31 - 1

_WHOLE = re.compile(r"[+-]?\d+")
_INTEGER = re.compile(r"(?P<sign>[+-]?)(?P<digits>0[xX][0-9a-fA-F]+|\d+)")
_FRACTION = re.compile(r"([+-]?\d+)/([+-]?\d+)")

_RANGES = {
    **dict.fromkeys(("int", "i", "gint", "fraction", "GstFraction"), (-(2**31), 2**31 - 1)),
    **dict.fromkeys(("uint", "u", "guint"), (0, 2**32 - 1)),
    **dict.fromkeys(("gint64", "int64", "i64"), (-(2**63), 2**63 - 1)),
    **dict.fromkeys(("guint64", "uint64", "u64"), (0, 2**64 - 1)),
}
"""Of whole numbers in caps, by the words for their types; without a word they are ``int``."""

_RATES = frozenset({"framerate", "max-framerate", "pixel-aspect-ratio"})
"""Fields that are fractions always: ``framerate=30`` is an integer, and fits no element."""

_STRING = frozenset({"string", "str", "s", "gchararray"})


class UnfitValue(ValueError):
    """A value that cannot be bound.

    Args:
        message: Why.
        hint: What to try.
        position: Where the value stands, if that is narrower than the binding.
    """

    def __init__(self, message: str, hint: str = "", position: Position | None = None) -> None:
        self.hint = hint
        self.position = position
        super().__init__(message)

    def problem(self, position: Position) -> Problem:
        """Return it as a problem of the binding at ``position``."""
        return Problem("bad-value", str(self), self.position or position, self.hint)


def fit(info: PropertyInfo, value: object) -> object:
    """Return what to set a property to for the value of a variable.

    Args:
        info: The property.
        value: A plain value, as ``pythiags.description`` binds it.

    Returns:
        A text that GStreamer is to read, or the value itself.

    Raises:
        UnfitValue: It does not fit the property's type or range.
    """
    if not is_scalar(value):
        if info.type_name in _BASIC or info.choices:
            raise refusal(info, value, "is not valid for")
        return value
    text = _text_of(info, value)
    if info.type_name == "gchararray":
        return text
    if info.is_element:
        if find_factory(text) is None:
            raise refusal(info, value, "is not valid for")
        return text
    found = verdict(info, text)
    if found != "fits":
        is_range = found == "out of range"
        raise refusal(info, value, "is out of range for" if is_range else "is not valid for")
    return text


def _text_of(info: PropertyInfo, value: object) -> str:
    """Return a scalar as the text that means the same to a property of that type."""
    is_number = not isinstance(value, (bool, str))
    if info.type_name in _INTEGERS and is_number and _is_whole(value):
        return str(int(value))  # type: ignore[call-overload]
    if info.type_name in _NUMBERS and isinstance(value, Fraction):
        return as_text(float(value))
    if info.type_name == "gboolean" and is_number and value in (0, 1):
        return as_text(bool(value))
    return as_text(value)


def _is_whole(value: object) -> bool:
    try:
        return value == int(value)  # type: ignore[call-overload,no-any-return]
    except (ValueError, OverflowError):  # NaN, infinity
        return False


def verdict(info: PropertyInfo, text: str, *, wraps: bool = False) -> Verdict:
    """Return whether a property accepts a text as its value; nothing is set or printed.

    Args:
        info: The property.
        text: What GStreamer is to read.
        wraps: Whether -1 may stand for the largest number, as pipelines have it.
    """
    if info.type_name in _INTEGERS and (match := _INTEGER.fullmatch(text)):
        number = int(match["sign"] + match["digits"], _base(match["digits"]))
        most = info.maximum if info.maximum is not None else math.inf
        least = info.minimum if info.minimum is not None else -math.inf
        if not least <= number <= most and not (wraps and number == -1):
            return "out of range"
    if info.type_name == "GstFraction" and (match := _FRACTION.fullmatch(text)):
        parts = [int(part) for part in match.groups()]
        if parts[1] == 0 or max(map(abs, parts)) > _LARGEST:
            return "out of range" if parts[1] else "unreadable"
    return value_verdict(info.owner, info.name, text)  # type: ignore[return-value]


def _base(digits: str) -> int:
    """Return the base in which GStreamer reads digits, as C does: a leading 0 means octal."""
    if digits[:2] in {"0x", "0X"}:
        return 16
    return 8 if re.fullmatch(r"0[0-7]+", digits) else 10


def refusal(info: PropertyInfo, value: object, verb: str) -> UnfitValue:
    """Return the error of a value that does not fit a property."""
    hint = f"expected {expected_value(info)}"
    return UnfitValue(f"{value!r} {verb} the property '{info.name}'", hint)


def bound_caps(binding: CapsBinding) -> Gst.Caps:
    """Return the caps that a binding makes.

    Raises:
        UnfitValue: A value does not fit.
    """
    caps = Gst.Caps.new_empty()
    for structure in binding.structures:
        caps.append(_caps(structure))
    return caps


def _caps(structure: CapsStructure) -> Gst.Caps:
    """Return caps of one structure with its variable fields set."""
    texts: dict[str, str] = {}
    _check_numbers(structure)
    for field in structure.fields:
        value = as_text(field.value)
        if field.alone and (field.type in _STRING or not is_atom(value)):
            if field.type not in {None, *_STRING}:
                raise _field_refusal(field)
            texts[field.name] = value
    typed = []
    for field in structure.fields:
        if field.name not in texts:
            typed.append(_typed(field))
            if read_caps(f"any/thing,{typed[-1]}") is None:
                raise _field_refusal(field)
    caps = read_caps(",".join([structure.text, *typed]))
    if caps is None or caps.get_size() != 1:
        raise UnfitValue(f"'{structure.text}' cannot be read as caps")
    for name, value in texts.items():
        caps.set_value(name, GObject.Value(str, value))
    return caps


def _typed(field: CapsField) -> str:
    """Return the field as caps hold it; that its words need no quotes is known by now."""
    text = as_text(field.value)
    if field.type is None and field.name in _RATES and text.isdecimal():
        text += "/1"
    return f"{field.name}={f'({field.type})' if field.type else ''}{text}"


def _check_numbers(structure: CapsStructure) -> None:
    """Refuse numbers that caps cannot hold, and that GStreamer would change without a word."""
    for field in structure.fields:
        fault = _number_fault(field)
        if fault is not None:
            raise UnfitValue(*fault, field.position)


def _number_fault(field: CapsField) -> tuple[str, str] | None:
    """Return why caps cannot hold a number, and what they can; None if they can."""
    text = as_text(field.value)
    fraction = _FRACTION.fullmatch(text)
    if field.type in _STRING:
        return None
    if fraction and int(fraction[2]) == 0 and (field.type or field.name in _RATES):
        return f"the denominator of {text} is 0", "expected a fraction such as 30/1"
    least, most = _RANGES.get(field.type or "int", (-math.inf, math.inf))
    numbers = [int(part) for part in fraction.groups()] if fraction else []
    if _WHOLE.fullmatch(text):
        numbers = [int(text)]
    if any(not least <= number <= most for number in numbers):
        which = "numbers of a fraction" if fraction else "an integer"
        message = f"{text} is out of range for '{field.name}' in caps"
        return message, f"expected {which} from {least} to {most}"
    if isinstance(field.value, (float, Decimal)) and not math.isfinite(field.value):
        return f"'{field.name}' in caps cannot be {text}", "expected a number"
    return None


def _field_refusal(field: CapsField) -> UnfitValue:
    type_ = f" as {field.type}" if field.type else ""
    message = f"{field.value!r} cannot be the value of '{field.name}' in caps{type_}"
    hint = "expected a number, a fraction such as 30/1, or a word"
    return UnfitValue(message, hint, field.position)
