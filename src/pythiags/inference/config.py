"""nvinfer's configuration files: what they say, checked, with the line of every mistake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.classes import (
    RUNTIME,
    class_attributes,
    class_count,
    labels_beside,
    unknown_groups,
)
from pythiags.inference.files import model_file, parser_file
from pythiags.inference.keyfile import Entry, Group, comment_hint, read_groups
from pythiags.inference.labels import Labels, read_labels
from pythiags.inference.modes import (
    check_channels,
    check_instances,
    network_type,
    note_modes,
    note_nothing,
    targets_of,
)
from pythiags.inference.serverfile import read_server_groups
from pythiags.inference.types import ClassAttributes, Network, Note, Targets
from pythiags.inference.yamlfile import read_yaml_groups
from pythiags.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Config", "Note", "read_config", "read_server_config"]

YAML = frozenset({".yml", ".yaml"})

UNSET_BY_ZERO = frozenset({"batch-size", "process-mode", "unique-id"})
"""Properties of nvinferserver that leave it to the file where they are 0."""


@dataclass(frozen=True)
class Config:
    """A network's configuration. The names are the keys', where they have one."""

    where: str
    onnx_file: Path
    attributes: tuple[ClassAttributes, ...] = ()
    """By class id; ``num-detected-classes`` of them. Only detectors have them."""
    network_type: int = keys.DETECTOR
    classes: int = 0
    """Of a detector or of a segmentation network."""
    labels: Labels = ()
    targets: Targets | None = None
    """The objects that it runs on; None in primary mode."""
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
    gpu_id: int = 0
    """The card, where there is one."""
    parse_bbox_func_name: str | None = None
    parse_bbox_instance_mask_func_name: str | None = None
    parse_classifier_func_name: str | None = None
    parse_segmentation_func_name: str | None = None
    parser_file: Path | None = None
    """The Python file that ``custom-lib-path`` names, or that lies beside the library it names."""
    classifier_threshold: float = 0.0
    classifier_type: str = ""
    segmentation_threshold: float = 0.0
    segmentation_output_order: int = 0
    output_tensor_meta: bool = False
    output_instance_mask: bool = False
    crop_objects_to_roi_boundary: bool = False
    input_tensor_from_meta: bool = False
    """It runs on the tensors of nvdspreprocess."""
    clip_object_outside_roi: bool = True
    """Such objects are cut to the region that they were found in."""
    output_blob_names: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    intra_op_num_threads: int = 1
    """Of ``[onnxruntime]``: the threads of one run; 0: as many as there are cores."""
    execution_provider: str = keys.CUDA
    """Of ``[onnxruntime]``: what runs the network where there is an NVIDIA GPU."""
    cuda_graphs: bool = True
    """Of ``[onnxruntime]``: runs on a GPU may be recorded and replayed."""
    takes_bytes: bool = False
    """A network may take uint8, as nvinferserver's may."""
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

    @property
    def parser(self) -> str | None:
        """The name of the function that reads the outputs, or None where their shapes tell."""
        names = {
            keys.DETECTOR: self.parse_bbox_func_name,
            keys.CLASSIFIER: self.parse_classifier_func_name,
            keys.SEGMENTATION: self.parse_segmentation_func_name,
            keys.INSTANCES: self.parse_bbox_instance_mask_func_name,
        }
        return names.get(self.network_type)

    def network(self, width: int, height: int) -> Network:
        """Return what decoders must know, for the network's input size in pixels."""
        thresholds = [each.pre_cluster_threshold for each in self.attributes]
        return Network(
            *(width, height),
            np.array(thresholds or [0.0] * self.classes, np.float32),
            threshold=self.segmentation_threshold
            if self.network_type in {keys.SEGMENTATION, keys.INSTANCES}
            else self.classifier_threshold,
            labels=self.labels,
            channels_last=self.segmentation_output_order == keys.NHWC,
        )


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
    notes: list[Note] = []

    def repeated(key: str, first: Entry, again: Entry) -> None:
        level: Literal["info", "warning"] = "info" if first.text == again.text else "warning"
        notes.append(Note(level, f"{again.where}: {key} is given again: {again.text} counts"))

    def ignored(key: str, where: str) -> None:
        text = f"{where}: {key} is in no group and is ignored; indent it below its group"
        notes.append(Note("warning", text))

    is_yaml = path.suffix.lower() in YAML
    groups = read_yaml_groups(path, repeated, ignored) if is_yaml else read_groups(path, repeated)
    if "property" not in groups:
        raise ConfigError(
            "there is no [property] group",
            where=str(path),
            expected="an nvinfer configuration file",
            got=f"groups {', '.join(groups)}" if groups else "no groups at all",
        )
    return _checked(groups, properties or {}, path, notes)


def read_server_config(path: str | Path, properties: Mapping[str, str] | None = None) -> Config:
    """Read a configuration file of nvinferserver's, as the same network's nvinfer file.

    Args:
        path: The file. Paths within it are relative to its folder.
        properties: The element's properties that override it, by their names on the element.

    Raises:
        ConfigError: As of ``read_config()``.
    """
    path = Path(path)
    notes: list[Note] = []
    given = {
        name: text
        for name, text in (properties or {}).items()
        if text != "0" or name not in UNSET_BY_ZERO
    }
    return _checked(read_server_groups(path, notes), given, path, notes, "nvinferserver")


def _checked(
    groups: Mapping[str, Group],
    properties: Mapping[str, str],
    path: Path,
    notes: list[Note],
    element: str = "nvinfer",
) -> Config:
    try:
        return _config(groups, properties, path, notes, element)
    except ConfigError as problem:
        # What is missing may be there under a name with a slip in it.
        problem.hint = problem.hint or "; ".join(n.text for n in notes if n.level == "warning")
        raise


def _config(
    groups: Mapping[str, Group],
    properties: Mapping[str, str],
    path: Path,
    notes: list[Note],
    element: str,
) -> Config:
    given = groups["property"] | _from_properties(properties, element)
    if {"infer-on-gie-id", "infer-on-class-ids"} & properties.keys():  # as nvinfer: both or none
        for key in {"operate-on-gie-id", "operate-on-class-ids"} & groups["property"].keys():
            if given[key] == groups["property"][key]:
                del given[key]
    _refuse(given)
    values = _read_group("property", given, keys.PROPERTY, notes)
    kind = network_type(values)
    targets = targets_of(values)
    note_modes(values, given, notes)
    model, place = model_file(given, values.pop("onnx", None), path, notes)
    fields = _classes(kind, groups, values, path, notes)
    values |= _read_group(RUNTIME, groups.get(RUNTIME, {}), keys.RUNTIME, notes)
    if values.get("network_mode") == keys.INT8:
        place = given["network-mode"].where
        notes.append(Note("info", f"{place}: network-mode: no effect: int8 runs as float32"))
    if values.get("enable_dbscan"):
        values.setdefault("cluster_mode", 1)
    library = values.get("library")
    parsers = parser_file(given["custom-lib-path"], library, path, notes) if library else None
    values = {name: value for name, value in values.items() if name not in keys.CONSUMED}
    config = Config(
        where=str(path),
        onnx_file=model,
        place_of_model=place,
        takes_bytes=element == "nvinferserver",
        targets=targets,
        parser_file=parsers,
        **(values | fields | {"network_type": kind}),
    )
    check_channels(config, given)
    check_instances(config, given, path)
    note_nothing(config, notes)
    return replace(config, notes=tuple(notes))


def _classes(
    kind: int,
    groups: Mapping[str, Group],
    values: Mapping[str, Any],
    path: Path,
    notes: list[Note],
) -> dict[str, Any]:
    """Read the labels, and of networks that find objects or regions the classes."""
    labels: Labels = ()
    if "labels" in values:
        entry = groups["property"]["labelfile-path"]
        labels = read_labels(path.parent / values["labels"], entry.where, comment_hint(entry.text))
    if kind in {keys.CLASSIFIER, keys.OTHER}:
        return {"labels": labels, "classes": 0}
    counted = () if kind == keys.SEGMENTATION and "classes" in values else labels
    count = class_count(counted, values, path)
    beside = labels_beside(counted, count, values.get("labels", ""))
    if beside:
        place = groups["property"]["num-detected-classes"].where
        notes.append(Note("warning", f"{place}: num-detected-classes: {beside}"))
    fields: dict[str, Any] = {"labels": labels, "classes": count}
    if kind != keys.SEGMENTATION:
        filtered = values.get("filter_out", frozenset())
        fields["attributes"] = class_attributes(
            groups,
            *(count, labels, filtered),
            lambda group: _read_group(group, groups.get(group, {}), keys.CLASS, notes),
        )
    notes += [Note("warning", f"{path}: {text}") for text in unknown_groups(groups, count)]
    return fields


def _from_properties(properties: Mapping[str, str], element: str) -> Group:
    names = ((keys.PROPERTY_NAMES.get(name, name), name, text) for name, text in properties.items())
    return {
        key: Entry(text, f"property {name} of {element}")
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
    of_property = {*keys.PROPERTY, *keys.WITHOUT_EFFECT, *keys.REFUSED}
    close = did_you_mean(key, of_property if group == "property" else known)
    hint = f"; did you mean {close!r}?" if close else ""
    homes = (("property", of_property), ("class-attrs-all", keys.CLASS), (RUNTIME, keys.RUNTIME))
    for home, its_keys in homes:
        if key in its_keys:
            hint = f"; it belongs in [{home}]"
    return Note("warning", f"{entry.where}: unknown key {key!r} in [{group}] is ignored{hint}")
