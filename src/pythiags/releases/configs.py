"""nvinfer's configuration files: keys that a release does not read, and models that it cannot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from pythiags.description import Position, Problem
from pythiags.releases.facts import DEPRECATED_KEYS, GONE_KEYS, KEYS_SINCE, RELEASES, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.releases.facts import Release

__all__ = ["check_config", "is_config"]

_PROPERTY = re.compile(r"^(?:\[property\]|property[ \t]*:)", re.MULTILINE)
_LINE = re.compile(r"[ \t]*(?P<key>[A-Za-z][\w-]*)[ \t]*[=:][ \t]*(?P<value>[^#\r\n]*)")
_OFF: Final = frozenset({"0", "false"})
_TENSORRT_10: Final = number("7.1")


class _Entry(NamedTuple):
    key: str
    value: str
    position: Position


def is_config(text: str) -> bool:
    """Return whether a text is a configuration of nvinfer's."""
    return _PROPERTY.search(text) is not None


def _entries(text: str) -> Iterator[_Entry]:
    for row, line in enumerate(text.split("\n"), start=1):
        found = _LINE.match(line)
        if found:
            start = found.start("key")
            place = Position(row, start + 1, len(found["key"]))
            yield _Entry(found["key"], found["value"].strip(), place)


def check_config(text: str, release: Release) -> list[Problem]:
    """Return what is to be said of a configuration file on a release."""
    entries = list(_entries(text))
    problems = [problem for entry in entries for problem in _key(entry, release)]
    return problems + list(_engines(entries, release))


def _key(entry: _Entry, release: Release) -> Iterator[Problem]:
    since = KEYS_SINCE.get(entry.key)
    if since and release.number < number(since):
        message = f"'{entry.key}' is read from DeepStream {since} on"
        yield Problem("release-key", message, entry.position, "remove it, or take a newer release")
    gone = GONE_KEYS.get(entry.key)
    idle = entry.key == "force-implicit-batch-dim" and entry.value.lower() in _OFF
    if gone and not idle and release.number >= number(gone[0]):
        message = f"'{entry.key}': {gone[1]}, which DeepStream has from {gone[0]} on"
        yield Problem("release-model", message, entry.position, gone[2])
    elif entry.key in DEPRECATED_KEYS:
        message = f"'{entry.key}' is deprecated"
        hint = f"write {DEPRECATED_KEYS[entry.key]}"
        yield Problem("release-key", message, entry.position, hint, "warning")


def _engines(entries: list[_Entry], release: Release) -> Iterator[Problem]:
    """What TensorRT built for one of its versions is read by no other."""
    keys = {entry.key for entry in entries}
    for entry in entries:
        if entry.key == "model-engine-file":
            has = f"DeepStream {release.name} has {release.tensorrt}"
            message = f"an engine is for one version of TensorRT; {has}"
            hint = (
                "it is built anew from onnx-file, which takes minutes"
                if "onnx-file" in keys
                else "name the ONNX model, too: onnx-file"
            )
            yield Problem("release-engine", message, entry.position, hint, "warning")
        elif entry.key == "tlt-encoded-model" and release.number >= _TENSORRT_10:
            message = (
                f"TensorRT {release.tensorrt} reads an .etlt file only if ONNX is in it, not UFF"
            )
            hint = "take the model's deployable ONNX release"
            yield Problem("release-model", message, entry.position, hint, "warning")
        elif entry.key == "int8-calib-file" and release.number >= _TENSORRT_10:
            message = "a calibration file of TensorRT 8 is not read by TensorRT 10"
            older = ", ".join(n for n, each in RELEASES.items() if each.number < _TENSORRT_10)
            hint = f"calibrate again if it is of DeepStream {older} or before; or network-mode=2"
            yield Problem("release-model", message, entry.position, hint, "warning")
