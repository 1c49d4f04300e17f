"""The options of an attachment on the command line, made of ``AttachOptions``."""

from __future__ import annotations

import re
from dataclasses import fields
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

import click

from pythiags.app.attach_options import AttachOptions, descriptions, number_of
from pythiags.checks import LARGEST, shown

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FULL", "Size", "attach_options"]

# What a policy does, as the summary says it.
FULL: Final = {
    "spill": "what does not fit in memory goes to disk",
    "block": "a full channel blocks: the video waits for the consumer",
    "drop-oldest": "a full channel drops its oldest event",
    "drop-newest": "a full channel drops the newest event",
    "latest": "a channel keeps the newest event only",
}

_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Size(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic from click 8.2 on
    """Bytes, as ``5000``, ``64M`` or ``1.5G``; K, M and G are powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number of bytes, at least one."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMG]?)(?:i?B)?", str(value), re.IGNORECASE)
        size = float(match[1]) * _UNITS[match[2].upper()] if match else 0.0
        if not 1 <= size <= LARGEST:
            what = f"{shown(value)} is not a size"
            self.fail(f"{what}: expected bytes, such as 5000, 64M or 1G.", param, ctx)
        return int(size)


NOT_OFFERED: Final = {"name"}  # one name for all attachments of a command would be ambiguous

_METAVARS: Final = {"key": "NAME|MODULE:NAME", "spill_dir": "FOLDER"}


def attach_options() -> list[Callable[..., Any]]:
    """Make an option of the command line of each of ``AttachOptions``."""
    hints = get_type_hints(AttachOptions, include_extras=True)
    texts = descriptions()
    return [
        click.option(
            "--" + field.name.replace("_", "-"),
            type=_type_of(hints[field.name]),
            default=_shortest(field.default, hints[field.name]),
            show_default=True,
            metavar=_METAVARS.get(field.name) or _unit_of(hints[field.name]),
            help=_plain(texts.get(field.name, "")),
        )
        for field in fields(AttachOptions)
        if field.name not in NOT_OFFERED
    ]


def _type_of(hint: Any) -> click.ParamType[Any]:
    number = number_of(hint)
    if get_origin(hint) is Literal:
        return click.Choice(get_args(hint))
    if number is None:
        return click.Path(file_okay=False) if PathLike[str] in get_args(hint) else click.STRING
    if number.unit == "bytes":
        return Size()
    if get_args(hint)[0] is int:
        return click.IntRange(min=number.least)
    return click.FloatRange(min=number.least, min_open=True)


def _unit_of(hint: Any) -> str | None:
    """How the help names a number; None: click names what may be chosen."""
    number = number_of(hint)
    if number is None:
        return None
    return "SIZE" if number.unit == "bytes" else number.unit.upper()


def _shortest(default: Any, hint: Any) -> Any:
    """Spell bytes as one types them: 64M."""
    number = number_of(hint)
    if number is None or number.unit != "bytes":
        return default
    fitting = [unit for unit, size in _UNITS.items() if default % size == 0]
    unit = max(fitting, key=_UNITS.__getitem__)
    return f"{default // _UNITS[unit]}{unit}"


def _plain(text: str) -> str:
    """Spell an option that the text names as the command line does: ``--on-error=stop``."""

    def spell(match: re.Match[str]) -> str:
        name, equals, value = match[1].replace('"', "").partition("=")
        return f"--{name.replace('_', '-')}={value}" if equals else name

    return re.sub("``(.+?)``", spell, text)
