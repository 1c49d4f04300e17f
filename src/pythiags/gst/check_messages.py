"""Check what portable nvmsgconv and nvmsgbroker would refuse at their start.

No broker is connected to. DeepStream's own elements are left alone.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from pythiags.description import Problem
from pythiags.errors import ConfigError
from pythiags.extras import install_line
from pythiags.gst.check_infer import given_text, is_portable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element

__all__ = ["check_messages"]

_FULL: Final = ("", "0", "PAYLOAD_DEEPSTREAM")
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1"})


def check_messages(description: Description, element: Element) -> Iterator[Problem]:
    """Return what is wrong with an nvmsgconv or an nvmsgbroker, as far as its properties say."""
    if not is_portable(element.factory):
        return
    given = {item.key: given_text(description, item) for item in element.properties}
    if None in given.values():  # a variable that has no value yet
        return
    known = {name: text for name, text in given.items() if text}
    if element.factory == "nvmsgbroker":
        yield from _broker(element, known)
    elif known.get("payload-type", "") in _FULL and "config" not in known:
        message = "nvmsgconv has no configuration file, without which there is no full schema"
        hint = "write config=<a file with [sensor0], [place0] and [analytics0]>"
        yield Problem("bad-config", message, element.position, hint)


def _broker(element: Element, known: dict[str, str]) -> Iterator[Problem]:
    from pythiags.brokers import PACKAGES, protocol_of, read_settings

    position = element.position
    if known.get("new-api", "").lower() in _TRUE:
        known["new-api"] = "1"
    try:
        protocol = protocol_of(known.get("proto-lib"))
    except ConfigError as error:
        yield _problem(error, element)
        return
    if find_spec(PACKAGES[protocol]) is None:
        message = f"nvmsgbroker's client for {protocol} is not installed"
        yield Problem("missing-package", message, position, install_line(protocol))
    try:
        notes = read_settings(known).notes
    except ConfigError as error:
        if "config cannot be read" not in error.message:  # reported where all files are
            yield _problem(error, element)
        return
    for note in notes:
        yield Problem("doubtful-config", note, position, severity="warning")


def _problem(error: ConfigError, element: Element) -> Problem:
    message = f"{error.where}: {error.message}" if error.where else error.message
    parts = (("expected", error.expected), ("got", error.got))
    lines = [message, *(f"{name} {text}" for name, text in parts if text)]
    return Problem("bad-config", ", ".join(lines), element.position, error.hint or "")
