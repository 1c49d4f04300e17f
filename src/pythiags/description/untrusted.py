"""Refuse what a description from somebody else should not use: it is read, and nothing is loaded.

Nothing of GStreamer is asked, so no plugin runs. What cannot be judged is refused.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from .allowed import Refusal, is_code, scheme_of
from .configpaths import config_refusals
from .description import Description
from .launch import Binding, CapsBinding
from .problem import Problem
from .scalars import as_text, is_scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .allowed import Allowed
    from .graph import Element, Property

__all__ = ["check_untrusted"]

MOST_NESTED: Final = 5  # descriptions in values of descriptions

# The last word of a property's name, if its value is the name of a file, of a folder or an address.
_FILES: Final = re.compile(
    r"(?:^|[-_])(?:cache|cert|certificate|config|database|device|dir|directory|files?|filename|folder"
    r"|labels|lib|library|location|model|module|paths?|prefix|proc|root|script|socket|store|template"
    r"|uris?|url|suburi)$"
)
_CODE: Final = re.compile(
    r"(?:^|[-_])(?:lib|library|module|plugin|script)(?:[-_](?:name|path|file))?$"
)
_CODE_NAMES: Final = frozenset({"customlib-name", "libname"})
# The same, if its value is an element, or names one.
_ELEMENTS: Final = re.compile(
    r"(?:^|[-_])(?:bin|combiner|converter|decoder|demuxer|element|encoder|factory|filter|muxer|overlay"
    r"|parser|payloader|plugin|scaler|sink|source|src)$"
)
# Options in a language of their own, in which files can be named, and screens of other machines.
_OPAQUE: Final = frozenset({"option-string", "extra-options", "options", "display"})
_FREE: Final = frozenset({"name", "text"})
_PLAIN: Final = re.compile(
    r"(?:[-+]?[0-9.]+(?:e[-+]?[0-9]+)?|true|false|yes|no|null)", re.IGNORECASE
)
_PARTS: Final = re.compile(r"[\s,;|=\"'(){}<>\[\]]+")
_LISTED: Final = re.compile(r"[;,|]")
_NO_FILE: Final = re.compile(
    r"\d+/\d+|(?:video|audio|image|text|application|closedcaption|subpicture|multistream|meta)/[\w.+-]+"
)


def check_untrusted(description: Description, allowed: Allowed) -> list[Problem]:
    """Return what is wrong with a description, and all that it uses without being allowed to.

    Files of configuration that it names, and may read, are looked into as well.

    Args:
        description: Relative paths in it are relative to the current folder, as GStreamer has it.
        allowed: What it may use.
    """
    problems = description.problems()
    for element in description.graph.elements:
        problems += _element(description, element, allowed, MOST_NESTED)
    return sorted(problems, key=lambda problem: problem.position or (1 << 30, 0, 0))


def _element(
    description: Description, element: Element, allowed: Allowed, depth: int
) -> Iterator[Problem]:
    refusals: list[Refusal | None] = []
    if element.uri is not None:
        writes = any(link.sink.element == element.index for link in description.graph.links)
        refusals.append(allowed.refuse_element("filesink") if writes else None)
        refusals.append(allowed.refuse_uri(element.uri))
    elif element.factory:
        refusals.append(allowed.refuse_element(element.factory))
    for refusal in filter(None, refusals):
        yield Problem(refusal.code, refusal.message, element.position, refusal.hint)
    for preset in element.presets:
        message = "a preset may set any property, and cannot be judged"
        yield Problem(
            "untrusted-value", message, preset.position, "write the properties themselves"
        )
    for item in element.properties:
        yield from _property(description, element, item, allowed, depth)


def _property(
    description: Description, element: Element, item: Property, allowed: Allowed, depth: int
) -> Iterator[Problem]:
    given = description.given(item)
    if isinstance(given, CapsBinding) or given is None:
        return
    text: object = given
    if isinstance(given, Binding):
        text = as_text(given.value) if is_scalar(given.value) else None
    name = item.key.rpartition("::")[2].lower()
    if not isinstance(text, str):
        refusal = Refusal("untrusted-value", f"the value of '{item.name}' cannot be judged", "")
        yield Problem(refusal.code, refusal.message, item.value.position)
        return
    writing = allowed.refuse_writing(element.factory, item.key, text)
    for refusal in [*([writing] if writing else []), *_value(name, text, allowed, depth)]:
        yield Problem(refusal.code, refusal.message, item.value.position, refusal.hint)


def _value(name: str, text: str, allowed: Allowed, depth: int) -> Iterator[Refusal]:
    """Judge the value of a property by the property's name, and by what it looks like."""
    if (
        name in _FREE
        or name.endswith("caps")
        or (_PLAIN.fullmatch(text) and not _FILES.search(name))
    ):
        return
    if name in _OPAQUE:
        yield Refusal("untrusted-value", f"the value of '{name}' cannot be judged", "remove it")
    elif _ELEMENTS.search(name) or "!" in text.split():
        yield from _nested(name, text, allowed, depth)
    elif _FILES.search(name) or _CODE.search(name) or name in _CODE_NAMES:
        yield from _file(name, text, allowed)
    else:
        for part in _PARTS.split(text):
            if is_code(part) or ("/" in part and not _NO_FILE.fullmatch(part)):
                yield from _file("", part, allowed)


def _file(name: str, text: str, allowed: Allowed) -> Iterator[Refusal]:
    is_uri = "uri" in name or name.endswith("url")
    # Some elements take lists: nvtracker's ll-config-file=a.yml;b.yml is one.
    parts = [part for part in _LISTED.split(text) if "/" in part or "config" in name]
    for part in dict.fromkeys([text, *parts]):
        refusal = None
        if "://" in part or (is_uri and scheme_of(part)):
            refusal = allowed.refuse_uri(part)
        is_file = not scheme_of(part) if is_uri else "://" not in part or scheme_of(part) == "file"
        if refusal is None and is_file:  # filesrc takes a URI for the name of a file
            code = bool(_CODE.search(name)) or name in _CODE_NAMES
            refusal = allowed.refuse_path(part, os.curdir, code=code)
        if refusal is not None:
            yield refusal
        elif "config" in name:
            yield from config_refusals(part, allowed)


def _nested(name: str, text: str, allowed: Allowed, depth: int) -> Iterator[Refusal]:
    """Judge a value that is a description, or the name of an element."""
    inner = Description(text)
    errors = [each for each in inner.problems() if each.severity == "error"]
    if errors or not depth:
        message = f"the value of '{name}' cannot be judged"
        yield Refusal("untrusted-value", message, errors[0].message if errors else "")
        return
    for element in inner.graph.elements:
        for problem in _element(inner, element, allowed, depth - 1):
            message = f"in the value of '{name}': {problem.message}"
            yield Refusal(problem.code, message, problem.hint)
