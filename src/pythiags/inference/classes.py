"""What ``[class-attrs-all]``, ``[class-attrs-N]`` and the label file say of each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.types import ClassAttributes
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pythiags.inference.keyfile import Group
    from pythiags.inference.labels import Labels

__all__ = [
    "PREFIX",
    "RUNTIME",
    "class_attributes",
    "class_count",
    "labels_beside",
    "unknown_groups",
]

PREFIX = "class-attrs-"
RUNTIME = "onnxruntime"

Read = Callable[[str], dict[str, Any]]
"""Gives the values of a group."""


def class_attributes(
    groups: Mapping[str, Group], count: int, labels: Labels, filtered: frozenset[int], read: Read
) -> tuple[ClassAttributes, ...]:
    """Work out every class: [class-attrs-all], then [class-attrs-N], then what [property] says."""
    everywhere = read(f"{PREFIX}all")
    common = _pairs(everywhere)
    classes = []
    for number in range(count):
        group = f"{PREFIX}{number}"
        own = group in groups and _pairs(everywhere | read(group))
        classes.append(
            ClassAttributes(
                label=labels[number][0] if number < len(labels) else "",
                filtered_out=number in filtered,
                **(own or common),
            )
        )
    return tuple(classes)


def _pairs(given: Mapping[str, Any]) -> dict[str, Any]:
    """Put pairs of keys together: detected-min-w and -h become min_size, and so on."""
    values = dict(given)
    for field, (first, second) in keys.PAIRS.items():
        values[field] = (values.pop(first, 0.0), values.pop(second, 0.0))
    return values


def class_count(labels: Labels, values: Mapping[str, Any], path: Path) -> int:
    """Return the number of classes: num-detected-classes, or that of the labels.

    Raises:
        ConfigError: Neither is there.
    """
    count: int = values.get("classes", len(labels))
    if not count:
        raise ConfigError(
            "the number of classes is missing",
            where=f"{path}: [property]",
            expected="num-detected-classes=<number>, or labelfile-path with one label per line",
        )
    return count


def labels_beside(labels: Labels, count: int, file: str) -> str | None:
    """Return what is to be said where there are more labels than classes, or fewer.

    DeepStream says nothing: it takes the label of a class where there is one.

    Args:
        labels: Of the file.
        count: How many classes there are.
        file: Of the labels, for the text.
    """
    if not labels or len(labels) == count:
        return None
    few = (
        f"class {count - 1} has none"
        if len(labels) == count - 1
        else (f"classes {len(labels)} to {count - 1} have none")
    )
    what = f"those from line {count + 1} on are not used" if len(labels) > count else few
    words = any(len(words) > 1 for words in labels)
    hint = "; a detector's label file has one label per line, without semicolons" if words else ""
    return f"{count} classes, and {file} has {len(labels)} labels: {what}{hint}"


def unknown_groups(groups: Mapping[str, Group], count: int) -> Iterator[str]:
    """Return what is to be said of groups that nvinfer does not read."""
    general = {"property", f"{PREFIX}all", RUNTIME}
    known = general.union(f"{PREFIX}{number}" for number in range(count))
    for group in sorted(groups.keys() - known):
        of_class = group.removeprefix(PREFIX).isdecimal()
        if of_class and not count:
            hint = "it applies to detectors"
        elif of_class:
            hint = f"classes go from 0 to {count - 1}"
        else:
            hint = hint_for(group, general)
        yield f"unknown group [{group}] is ignored; {hint}"
