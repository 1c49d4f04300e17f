"""What kind of network a configuration is for, and which of its keys count then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.types import Note, Targets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pythiags.inference.config import Config
    from pythiags.inference.keyfile import Group

__all__ = [
    "check_channels",
    "check_instances",
    "network_type",
    "note_modes",
    "note_nothing",
    "targets_of",
]


def network_type(values: Mapping[str, Any]) -> int:
    """Return ``network-type``, or what the older ``is-classifier`` says."""
    kind: int = values.get(
        "network_type", keys.CLASSIFIER if values.get("is_classifier") else keys.DETECTOR
    )
    return kind


def targets_of(values: Mapping[str, Any]) -> Targets | None:
    """Return which objects a secondary network runs on; None in primary mode."""
    if values.get("process_mode") != keys.SECONDARY:
        return None
    return Targets(
        gie_id=values.get("operate_on_gie_id", -1),
        class_ids=tuple(sorted(values.get("operate_on_class_ids", ()))),
        min_size=(values.get("input_min_width", 0), values.get("input_min_height", 0)),
        max_size=(values.get("input_max_width", 0), values.get("input_max_height", 0)),
        reinfer_interval=values.get("reinfer_interval", keys.MOST_FRAMES),
        tracked_only=values.get("tracked_only", False) and network_type(values) == keys.CLASSIFIER,
    )


def note_modes(values: Mapping[str, Any], given: Group, notes: list[Note]) -> None:
    """Note the keys that do not count for such a network."""
    kind, targets = network_type(values), targets_of(values)
    prepared = bool(values.get("input_tensor_from_meta"))
    counts = {
        "in primary mode": targets is not None,
        "in secondary mode": targets is None,
        "but on secondary classifiers": targets is not None and kind == keys.CLASSIFIER,
        "but on classifiers": kind == keys.CLASSIFIER,
        "but on semantic segmentation": kind == keys.SEGMENTATION,
        "but on segmentation": kind in {keys.SEGMENTATION, keys.INSTANCES},
        "but on instance segmentation": kind == keys.INSTANCES,
        "but on detectors": kind == keys.DETECTOR,
        "with input-tensor-from-meta": not prepared,
        "but with input-tensor-from-meta": prepared,
    }
    for what, names in keys.MODES.items():
        idle = () if counts[what.removeprefix("no effect ")] else names
        notes += [Note("info", f"{given[n].where}: {n}: {what}") for n in idle if n in given]


def note_nothing(config: Config, notes: list[Note]) -> None:
    """Warn where all that is found would be lost, as DeepStream loses it in silence."""
    if config.network_type == keys.OTHER and not config.output_tensor_meta:
        text = "network-type=100 without output-tensor-meta=1: nothing is made of the outputs"
        notes.append(Note("warning", f"{config.where}: {text}"))
    if config.network_type == keys.CLASSIFIER and not config.labels and not config.parser:
        text = "no labelfile-path: a class without a label is not attached, as on DeepStream"
        notes.append(Note("warning", f"{config.where}: {text}"))


def check_channels(config: Config, given: Group) -> None:
    """Raise where the channels of colours, dimensions and offsets differ."""
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


def check_instances(config: Config, given: Group, path: Path) -> None:
    """Raise for what instance segmentation insists on, as DeepStream's nvinfer does."""
    if config.network_type != keys.INSTANCES:
        return
    if config.cluster_mode != keys.NO_CLUSTERS:
        raise ConfigError(
            f"cluster-mode={config.cluster_mode} is not supported with instance segmentation",
            where=given["cluster-mode"].where if "cluster-mode" in given else f"{path}: [property]",
            expected="cluster-mode=4",
            hint="the network suppresses by itself, or its parser does",
        )
    if not config.parser:
        raise ConfigError(
            "instance segmentation has no parser",
            where=f"{path}: [property]",
            expected="parse-bbox-instance-mask-func-name=<a name>",
            hint="NvDsInferParseYoloSeg, for example",
        )
