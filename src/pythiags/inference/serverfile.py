"""nvinferserver's configuration files, read as the groups of an nvinfer file of the same meaning.

Each field that counts is a key of nvinfer's, with the place where it stands, so that all that is
checked there is checked here, and every error names file and line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.classes import PREFIX
from pythiags.inference.keyfile import Entry, Group
from pythiags.inference.modelrepository import find_model
from pythiags.inference.onnxfile import read_outline
from pythiags.inference.prototext import Message, Scalar, read_prototext
from pythiags.inference.serverfields import (
    ALL,
    ALL_CLASSES,
    CLUSTERS,
    COLOR,
    KINDS,
    MAPS,
    SCHEMA,
    Groups,
)
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pythiags.inference.types import Note

__all__ = ["read_server_groups"]

_COLOURS = (1, 3)
"""How many channels pictures have."""


# ---- the tree


def _walk(groups: Groups, message: Message, schema: Mapping[str, Any], group: str) -> None:
    for name, values in message.fields.items():
        if name not in schema:
            raise ConfigError(
                f"there is no field {name!r} here",
                where=message.places[name],
                expected=", ".join(schema),
                hint=hint_for(name, schema),
            )
        for value in values:
            _field(groups, name, value, schema[name], group)


def _field(groups: Groups, name: str, value: Scalar | Message, spec: Any, group: str) -> None:
    if isinstance(spec, str):
        _color(groups, spec, _message(name, value), group)
    elif not isinstance(spec, dict):
        if isinstance(value, Message):
            raise ConfigError(f"{name} is one value", where=value.where, expected=f"{name}: value")
        spec(groups, value, group)
    elif name in MAPS:
        _of_class(groups, _message(name, value), spec)
    else:
        if name in KINDS:
            groups.set("property", "network-type", KINDS[name], value.where)
        if name in CLUSTERS:
            groups.set("property", "cluster-mode", CLUSTERS[name], value.where)
        if name == "input_tensor_from_meta":
            groups.set("property", "input-tensor-from-meta", "1", value.where)
        if name == "loops" and not _message(name, value).fields:
            spec["input"](groups, Scalar("", value.where), group)
        _walk(groups, _message(name, value), spec, ALL if name in ALL_CLASSES else group)


def _message(name: str, value: Scalar | Message) -> Message:
    if isinstance(value, Message):
        return value
    raise ConfigError(
        f"{name} is a message", where=value.where, expected=f"{name} {{ ... }}", got=value.text
    )


def _of_class(groups: Groups, entry: Message, spec: Mapping[str, Any]) -> None:
    """Read ``{key: 0 value {...}}``."""
    numbers = [each for each in entry.fields.get("key", []) if isinstance(each, Scalar)]
    if not numbers or not numbers[-1].text.isdecimal() or entry.fields.keys() - {"key", "value"}:
        raise ConfigError(
            "what is said of a class is not of its form",
            where=entry.where,
            expected="key: <number of the class> value { ... }",
            got=", ".join(entry.fields) or "nothing",
        )
    for value in entry.fields.get("value", []):
        _walk(groups, _message("value", value), spec, f"{PREFIX}{numbers[-1].text}")


def _color(groups: Groups, key: str, message: Message, group: str) -> None:
    """Four numbers, of which none that is left out counts as more than 0."""
    values = []
    for name in COLOR:
        found = [each for each in message.fields.get(name, []) if isinstance(each, Scalar)]
        values.append(found[-1].text if found else "0")
    for name in message.fields.keys() - set(COLOR):
        raise ConfigError(
            f"a colour has no {name!r}", where=message.places[name], expected=", ".join(COLOR)
        )
    groups.set(group, key, ";".join(values), message.where)


# ---- the model


def _take(given: Group, name: str) -> Entry | None:
    return given.pop(f"\0{name}", None)


def _model(groups: Groups) -> None:
    """Set the file of the model, and what its own configuration says where this one does not."""
    given, path = groups.groups["property"], groups.path
    name, root, version = (_take(given, each) for each in ("model", "root", "version"))
    if name is None or root is None:
        raise ConfigError(
            f"the {'model_name' if name is None else 'root of the model repository'} is missing",
            where=f"{path}: infer_config.backend.triton",
            expected='model_name: "..." and model_repo { root: "..." }',
        )
    number = version.text if version else "-1"
    if not number.removeprefix("-").isdecimal():
        raise ConfigError(
            "version is no number", where=name.where, expected="-1, or a number", got=number
        )
    model = find_model(path.parent / root.text, name.text, int(number), name.where)
    groups.set(
        "property", "onnx-file", str(model.path.absolute()).replace("\\", "\\\\"), name.where
    )
    if "network-input-order" not in given and _has_channels_last(model.path, name.where):
        groups.set("property", "network-input-order", str(keys.NHWC), name.where)
    order = given.get("network-input-order")
    dims = model.dims if not order or order.text == "0" else (model.dims[2:] + model.dims[:2])
    if len(dims) == 3 and min(dims) > 0 and "infer-dims" not in given:  # noqa: PLR2004 (c, h, w)
        groups.set("property", "infer-dims", ";".join(map(str, dims)), name.where)
    if model.labels is not None and "labelfile-path" not in given:
        groups.set("property", "labelfile-path", str(model.labels.absolute()), name.where)


def _has_channels_last(model: Path, where: str) -> bool:
    """Whether a model says so; that it cannot be read is an error later, when it is opened."""
    try:
        inputs = read_outline(model, where).inputs
    except ConfigError:
        return False
    shape = (inputs[0].shape or ()) if len(inputs) == 1 else ()
    match shape:
        case (_, first, _, last):
            return last in _COLOURS and first not in _COLOURS
    return False


def _defaults(groups: Groups) -> None:
    """What DeepStream's nvinferserver takes where nothing is said, and nvinfer something else."""
    given = groups.groups["property"]
    batch = _take(given, "batch")
    if batch and batch.text != "0":
        groups.set("property", "batch-size", batch.text, batch.where)
    given.setdefault("clip-object-outside-roi", Entry("0", str(groups.path)))
    given.setdefault("gie-unique-id", Entry("0", str(groups.path)))
    given.setdefault("network-type", Entry("100", str(groups.path)))
    if given["network-type"].text == "0":
        groups.groups[ALL].setdefault("pre-cluster-threshold", Entry("0", str(groups.path)))


def read_server_groups(path: Path, notes: list[Note]) -> dict[str, Group]:
    """Read a file as the groups of nvinfer's.

    Raises:
        ConfigError: It cannot be read, names an unknown field, or a model that cannot be run.
    """
    groups = Groups(path, notes)
    message = read_prototext(path)
    if "infer_config" not in message.fields:
        raise ConfigError(
            "there is no infer_config",
            where=str(path),
            expected="an nvinferserver configuration file: infer_config { ... }",
            got=", ".join(message.fields) or "nothing",
        )
    _walk(groups, message, SCHEMA, "property")
    _model(groups)
    _defaults(groups)
    if not groups.groups[ALL]:
        del groups.groups[ALL]
    return groups.groups
