"""nvinfer's configuration files: what they say, checked, with the line of every mistake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

import numpy as np

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.keyfile import Entry, Group, comment_hint, read_groups
from pythiags.inference.labels import read_labels
from pythiags.inference.types import ClassAttributes, Network
from pythiags.suggest import did_you_mean, hint_for
from pythiags.textfile import check_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Config", "Note", "read_config"]

PREFIX = "class-attrs-"
RUNTIME = "onnxruntime"


class Note(NamedTuple):
    """A remark about a configuration that is not an error."""

    level: Literal["info", "warning"]
    text: str


@dataclass(frozen=True)
class Config:
    """A detector's configuration. The names are the keys', where they have one."""

    where: str
    onnx_file: Path
    attributes: tuple[ClassAttributes, ...]
    """By class id; ``num-detected-classes`` of them."""
    infer_dims: tuple[int, int, int] | None = None
    """Channels, height, width; None: as the network says."""
    net_scale_factor: float = 1.0
    offsets: tuple[float, ...] = (0.0, 0.0, 0.0)
    model_color_format: int = 0
    network_input_order: int = 0
    network_mode: int = 0
    maintain_aspect_ratio: bool = False
    symmetric_padding: bool = False
    scaling_filter: int = 1
    cluster_mode: int = 0
    batch_size: int = 1
    interval: int = 0
    gie_unique_id: int = 15
    parse_bbox_func_name: str | None = None
    output_blob_names: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    intra_op_num_threads: int = 1
    """Of ``[onnxruntime]``: the threads of one run; 0: as many as there are cores."""
    place_of_model: str = ""
    """The line that names the model."""

    @property
    def half_precision(self) -> bool:
        """Whether ``network-mode`` asks for half precision."""
        return self.network_mode == keys.HALF

    @property
    def channels_last(self) -> bool:
        """Whether the network's input is [N, height, width, channels]."""
        return self.network_input_order == keys.NHWC

    @property
    def input_order(self) -> tuple[str, ...]:
        """What the dimensions of the network's input are, by ``network-input-order``."""
        if self.channels_last:
            return ("N", "height", "width", "channels")
        return ("N", "channels", "height", "width")

    @property
    def channels(self) -> int:
        """The channels that ``model-color-format`` has."""
        return 1 if self.model_color_format == keys.GRAY else 3

    def network(self, width: int, height: int) -> Network:
        """Return what decoders must know, for the network's input size in pixels."""
        thresholds = [each.pre_cluster_threshold for each in self.attributes]
        return Network(width, height, np.array(thresholds, np.float32))


def read_config(path: str | Path, properties: Mapping[str, str] | None = None) -> Config:
    """Read an nvinfer configuration file.

    Args:
        path: The file. Paths within it are relative to its folder.
        properties: The element's properties that override keys, by their names on the element.

    Raises:
        ConfigError: The file cannot be read, says something impossible, or asks for what portable
            nvinfer does not do. The message names file, line and key.
    """
    path = Path(path)
    groups = read_groups(path)
    if "property" not in groups:
        raise ConfigError(
            "there is no [property] group",
            where=str(path),
            expected="an nvinfer configuration file",
            got=f"groups {', '.join(groups)}" if groups else "no groups at all",
        )
    notes: list[Note] = []
    try:
        return _config(groups, properties or {}, path, notes)
    except ConfigError as problem:
        # What is missing may be there under a name with a slip in it.
        problem.hint = problem.hint or "; ".join(n.text for n in notes if n.level == "warning")
        raise


def _config(
    groups: Mapping[str, Group], properties: Mapping[str, str], path: Path, notes: list[Note]
) -> Config:
    given = groups["property"] | _from_properties(properties)
    _refuse(given)
    values = _read_group("property", given, keys.PROPERTY, notes)
    entry = given.get("onnx-file") or _no_onnx_file(given, path)
    onnx_file = _onnx_file(entry, values.pop("onnx"), path)
    attributes = _attributes(groups, values, path, notes)
    values |= _read_group(RUNTIME, groups.get(RUNTIME, {}), keys.RUNTIME, notes)
    if values.get("network_mode") == keys.INT8:
        place = given["network-mode"].where
        notes.append(Note("info", f"{place}: network-mode: no effect: int8 runs as float32"))
    for name in keys.CONSUMED:
        values.pop(name, None)
    config = Config(
        where=str(path),
        onnx_file=onnx_file,
        place_of_model=entry.where,
        attributes=attributes,
        **values,
    )
    _check_channels(config, given)
    return replace(config, notes=tuple(notes))


def _from_properties(properties: Mapping[str, str]) -> Group:
    names = ((keys.PROPERTY_NAMES.get(name, name), name, text) for name, text in properties.items())
    return {
        key: Entry(text, f"property {name} of nvinfer")
        for key, name, text in names
        if key != "config-file-path"
    }


def _refuse(given: Group) -> None:
    """Raise for what would change the results and is not done."""
    for key, entry in given.items():
        refusal = keys.REFUSED.get(key)
        if refusal and _value("property", key, entry, refusal.read) not in refusal.accepted:
            choices = " or ".join(f"{value:d}" for value in refusal.accepted)
            raise ConfigError(
                f"{key}={entry.text} is not supported by portable nvinfer",
                where=entry.where,
                expected=f"{key}={choices}" if choices else None,
                hint=refusal.hint,
            )


def _value(group: str, key: str, entry: Entry, read: Callable[[str], Any]) -> Any:
    try:
        return read(entry.text)
    except ValueError as problem:
        raise ConfigError(
            f"[{group}] {key} cannot be read",
            where=entry.where,
            expected=str(problem),
            got=repr(entry.text),
            hint=comment_hint(entry.text),
        ) from None


def _read_group(
    group: str, given: Group, known: Mapping[str, keys.Key], notes: list[Note]
) -> dict[str, Any]:
    """Read the values of a group's keys, by the names of the fields they become."""
    values = {}
    idle = keys.WITHOUT_EFFECT if group == "property" else {}
    idle = keys.CLASS_WITHOUT_EFFECT if group.startswith(PREFIX) else idle
    for key, entry in given.items():
        if key in known:
            spec = known[key]
            values[spec.field] = _value(group, key, entry, spec.read)
        elif key in idle:
            notes.append(Note("info", f"{entry.where}: {key}: {idle[key]}"))
        elif group != "property" or key not in keys.REFUSED:
            notes.append(_unknown(group, key, entry, known))
    return values


def _unknown(group: str, key: str, entry: Entry, known: Iterable[str]) -> Note:
    names = {*known, *keys.WITHOUT_EFFECT, *keys.REFUSED} if group == "property" else known
    close = did_you_mean(key, names)
    hint = f"; did you mean {close!r}?" if close else ""
    return Note("warning", f"{entry.where}: unknown key {key!r} in [{group}] is ignored{hint}")


def _onnx_file(entry: Entry, name: str, path: Path) -> Path:
    file = path.parent / name
    if file.suffix in keys.OTHER_SUFFIXES:
        raise ConfigError(
            f"onnx-file names a {file.suffix} file, which only TensorRT reads",
            where=entry.where,
            expected="an ONNX model",
            got=str(file),
            hint=keys.OTHER_SUFFIXES[file.suffix],
        )
    try:
        check_regular(file)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        missing = isinstance(problem, FileNotFoundError)
        reason = f"cannot be read: {getattr(problem, 'strerror', problem)}"
        raise ConfigError(
            f"the model {'does not exist' if missing else reason}",
            where=entry.where,
            got=str(file),
            hint=comment_hint(entry.text)
            or ("a path in the file is relative to the file's folder" if missing else None),
        ) from None
    return file


def _no_onnx_file(given: Group, path: Path) -> NoReturn:
    for key, hint in keys.OTHER_MODELS.items():
        if key in given:
            raise ConfigError(
                f"{key} names a model that only TensorRT reads",
                where=given[key].where,
                expected="onnx-file=<an ONNX model>",
                got=f"{key}={given[key].text}",
                hint=hint,
            )
    raise ConfigError(
        "the model is missing", where=f"{path}: [property]", expected="onnx-file=<an ONNX model>"
    )


def _check_channels(config: Config, given: Group) -> None:
    want = config.channels
    if config.infer_dims and config.infer_dims[0] != want:
        raise ConfigError(
            "infer-dims does not match model-color-format",
            where=given["infer-dims"].where,
            expected=f"{want};height;width for model-color-format={config.model_color_format}",
            got=given["infer-dims"].text,
        )
    if "offsets" in given and len(config.offsets) != want:
        raise ConfigError(
            "offsets does not match model-color-format",
            where=given["offsets"].where,
            expected=f"{want} numbers",
            got=given["offsets"].text,
        )


def _attributes(
    groups: Mapping[str, Group], values: Mapping[str, Any], path: Path, notes: list[Note]
) -> tuple[ClassAttributes, ...]:
    """Work out every class: [class-attrs-all], then [class-attrs-N], then what [property] says."""
    labels: tuple[str, ...] = ()
    if "labels" in values:
        entry = groups["property"]["labelfile-path"]
        hint = comment_hint(entry.text)
        labels = read_labels(path.parent / values["labels"], entry.where, hint)
    count = _class_count(labels, values, groups, path)
    everywhere = _class_values(f"{PREFIX}all", groups, notes)
    common = _sizes(everywhere)
    classes = []
    for number in range(count):
        group = f"{PREFIX}{number}"
        own = group in groups and _sizes(everywhere | _class_values(group, groups, notes))
        classes.append(
            ClassAttributes(
                label=labels[number] if labels else "",
                filtered_out=number in values.get("filter_out", ()),
                **(own or common),
            )
        )
    _check_groups(groups, count, path, notes)
    return tuple(classes)


def _class_values(group: str, groups: Mapping[str, Group], notes: list[Note]) -> dict[str, Any]:
    return _read_group(group, groups.get(group, {}), keys.CLASS, notes)


def _sizes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Put pairs of keys together: detected-min-w and -h become min_size, and so on."""
    values = dict(given)
    for field, (first, second) in keys.PAIRS.items():
        values[field] = (values.pop(first, 0.0), values.pop(second, 0.0))
    return values


def _class_count(
    labels: tuple[str, ...], values: Mapping[str, Any], groups: Mapping[str, Group], path: Path
) -> int:
    count: int = values.get("classes", len(labels))
    if not count:
        raise ConfigError(
            "the number of classes is missing",
            where=f"{path}: [property]",
            expected="num-detected-classes=<number>, or labelfile-path with one label per line",
        )
    if labels and len(labels) != count:
        raise ConfigError(
            "labels and num-detected-classes do not match",
            where=groups["property"]["num-detected-classes"].where,
            expected=f"num-detected-classes={len(labels)}, the lines of {values['labels']}",
            got=str(count),
            hint="a detector's label file has one label per line, without semicolons"
            if any(";" in label for label in labels)
            else None,
        )
    return count


def _check_groups(groups: Mapping[str, Group], count: int, path: Path, notes: list[Note]) -> None:
    general = {"property", f"{PREFIX}all", RUNTIME}
    known = general.union(f"{PREFIX}{number}" for number in range(count))
    for group in sorted(groups.keys() - known):
        of_class = group.removeprefix(PREFIX).isdecimal()
        hint = f"classes go from 0 to {count - 1}" if of_class else hint_for(group, general)
        notes.append(Note("warning", f"{path}: unknown group [{group}] is ignored; {hint}"))
