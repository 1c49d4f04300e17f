"""nvinferserver's configuration files, read as the groups of an nvinfer file of the same meaning.

Each field that counts is a key of nvinfer's, with the place where it stands, so that all that is
checked there is checked here, and every error names file and line. Fields and their meaning are
those of NVIDIA's ``nvdsinferserver_config.proto`` and ``nvdsinferserver_plugin.proto``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import ConfigError
from pythiags.inference.classes import PREFIX
from pythiags.inference.keyfile import Entry, Group
from pythiags.inference.modelrepository import find_model
from pythiags.inference.prototext import Message, Scalar, read_prototext
from pythiags.inference.types import Note
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["read_server_groups"]

Read = Callable[["_Groups", Scalar, str], None]
"""Takes a value and the group that its key belongs to."""

ALL = f"{PREFIX}all"


class _Groups:
    """The groups in the making."""

    def __init__(self, path: Path, notes: list[Note]) -> None:
        self.path = path
        self.notes = notes
        self.groups: dict[str, Group] = {"property": {}, ALL: {}}

    def set(self, group: str, key: str, text: str, where: str) -> None:
        self.groups.setdefault(group, {})[key] = Entry(text, where)

    def append(self, group: str, key: str, text: str, where: str) -> None:
        before = self.groups.setdefault(group, {}).get(key)
        self.set(group, key, f"{before.text};{text}" if before else text, where)


# ---- what becomes of a field


def _key(name: str) -> Read:
    """A key of nvinfer's, with the same value."""
    return lambda groups, value, group: groups.set(group, name, _escaped(value), value.where)


def _list(name: str) -> Read:
    return lambda groups, value, group: groups.append(group, name, _escaped(value), value.where)


def _words(name: str, choices: Mapping[str, str | None]) -> Read:
    """A key of nvinfer's whose value has another name here; None: the field asks for nothing."""

    def read(groups: _Groups, value: Scalar, group: str) -> None:
        if value.text not in choices:
            raise ConfigError(
                f"{value.text} is no value of this field",
                where=value.where,
                expected=" or ".join(choices),
                got=value.text,
                hint=hint_for(value.text, choices),
            )
        meant = choices[value.text]
        if meant is not None:
            groups.set(group, name, meant, value.where)

    return read


def _idle(reason: str) -> Read:
    return lambda groups, value, _group: groups.notes.append(
        Note("info", f"{value.where}: {reason}")
    )


def _refused(what: str, hint: str) -> Read:
    def read(_groups: _Groups, value: Scalar, _group: str) -> None:
        raise ConfigError(
            f"{what} is not supported by portable nvinferserver", where=value.where, hint=hint
        )

    return read


def _escaped(value: Scalar) -> str:
    """As a key file would write it."""
    return value.text.replace("\\", "\\\\") if value.quoted else value.text


_FALSE: Final = frozenset({"false", "f", "0", "False"})


def _flag_refused(what: str, hint: str) -> Read:
    refuse = _refused(what, hint)
    return lambda g, value, group: None if value.text in _FALSE else refuse(g, value, group)


_GPU = "no effect: it applies to the GPU"
_SERVER = "no effect: there is no Triton server"
_NO_GRPC = "name a folder of models with model_repo { root: ... }"

COLOR: Final = ("r", "g", "b", "a")
_BOX = {
    "min_width": _key("detected-min-w"),
    "min_height": _key("detected-min-h"),
    "max_width": _key("detected-max-w"),
    "max_height": _key("detected-max-h"),
}
_FILTER: dict[str, Any] = {
    "bbox_filter": _BOX,
    "roi_top_offset": _key("roi-top-offset"),
    "roi_bottom_offset": _key("roi-bottom-offset"),
    "border_color": "border-color",
    "bg_color": "bg-color",
}
_CLASSIFY = {
    "topk": _idle("topk: no effect: the best class of each attribute is attached"),
    "threshold": _key("classifier-threshold"),
    "tensor_name": _key("output-blob-names"),
}
_TRITON: dict[str, Any] = {
    "model_name": _key("\0model"),
    "version": _key("\0version"),
    "class_params": {name: _idle(_SERVER) for name in _CLASSIFY},
    "model_repo": {
        "root": _key("\0root"),
        "backend_configs": {name: _idle(_SERVER) for name in ("backend", "setting", "value")},
        "cuda_device_memory": {name: _idle(_GPU) for name in ("device", "memory_pool_byte_size")},
        **dict.fromkeys(
            (
                "log_level",
                "strict_model_config",
                "tf_gpu_memory_fraction",
                "tf_disable_soft_placement",
            ),
            _idle(_SERVER),
        ),
        **dict.fromkeys(
            (
                "min_compute_capacity",
                "backend_dir",
                "model_control_mode",
                "pinned_memory_pool_byte_size",
            ),
            _idle(_SERVER),
        ),
    },
    "grpc": {
        "url": _refused("a Triton server (grpc)", _NO_GRPC),
        "enable_cuda_buffer_sharing": _idle(_GPU),
    },
}
_KINDS: Final = {
    "detection": "0",
    "classification": "1",
    "segmentation": "2",
    "other": "100",
    "trtis_classification": "1",
    "triton_classification": "1",
}
"""``network-type`` by the message of ``postprocess``."""
_CLUSTERS: Final = {"group_rectangle": "0", "dbscan": "1", "nms": "2", "simple_cluster": "4"}
"""``cluster-mode`` by the message of ``detection``."""

SCHEMA: dict[str, Any] = {
    "infer_config": {
        "unique_id": _key("gie-unique-id"),
        "gpu_ids": _idle(f"gpu_ids: {_GPU}"),
        "max_batch_size": _key("\0batch"),
        "backend": {
            "inputs": {
                "name": _idle("the name of an input: no effect: a network has one"),
                "dims": _list("infer-dims"),
                "data_type": _idle("data_type: no effect: it is the network's"),
            },
            "outputs": {
                "name": _list("output-blob-names"),
                "max_buffer_bytes": _idle(_SERVER),
            },
            "trt_is": _TRITON,
            "triton": _TRITON,
            "output_mem_type": _idle(_GPU),
            "disable_warmup": _idle(_GPU),
        },
        "preprocess": {
            "network_format": _words(
                "model-color-format",
                {
                    "MEDIA_FORMAT_NONE": None,
                    "IMAGE_FORMAT_RGB": "0",
                    "IMAGE_FORMAT_BGR": "1",
                    "IMAGE_FORMAT_GRAY": "2",
                },
            ),
            "tensor_order": _words(
                "network-input-order",
                {"TENSOR_ORDER_NONE": None, "TENSOR_ORDER_LINEAR": "0", "TENSOR_ORDER_NHWC": "1"},
            ),
            "tensor_name": _idle("tensor_name: no effect: a network has one input"),
            "maintain_aspect_ratio": _key("maintain-aspect-ratio"),
            "symmetric_padding": _key("symmetric-padding"),
            "frame_scaling_hw": _idle(f"frame_scaling_hw: {_GPU}"),
            "frame_scaling_filter": _key("scaling-filter"),
            "normalize": {
                "scale_factor": _key("net-scale-factor"),
                "channel_offsets": _list("offsets"),
                "mean_file": _key("mean-file"),
            },
        },
        "input_tensor_from_meta": {"is_first_dim_batch": _idle("is_first_dim_batch: it is")},
        "postprocess": {
            "labelfile_path": _key("labelfile-path"),
            "detection": {
                "num_detected_classes": _key("num-detected-classes"),
                "per_class_params": {"pre_threshold": _key("pre-cluster-threshold")},
                "custom_parse_bbox_func": _key("parse-bbox-func-name"),
                "nms": {
                    "confidence_threshold": _key("pre-cluster-threshold"),
                    "iou_threshold": _key("nms-iou-threshold"),
                    "topk": _key("topk"),
                },
                "dbscan": {
                    "pre_threshold": _key("pre-cluster-threshold"),
                    "eps": _key("eps"),
                    "min_boxes": _key("minBoxes"),
                    "min_score": _key("dbscan-min-score"),
                },
                "group_rectangle": {
                    "confidence_threshold": _key("pre-cluster-threshold"),
                    "group_threshold": _key("group-threshold"),
                    "eps": _key("eps"),
                },
                "simple_cluster": {"threshold": _key("pre-cluster-threshold")},
            },
            "classification": {
                "threshold": _key("classifier-threshold"),
                "custom_parse_classifier_func": _key("parse-classifier-func-name"),
            },
            "segmentation": {
                "threshold": _key("segmentation-threshold"),
                "num_segmentation_classes": _key("num-detected-classes"),
                "custom_parse_segmentation_func": _key("parse-segmentation-func-name"),
            },
            "other": {"type_name": _idle("type_name: no effect")},
            "trtis_classification": _CLASSIFY,
            "triton_classification": _CLASSIFY,
        },
        "custom_lib": {"path": _key("custom-lib-path")},
        "extra": {
            "copy_input_to_host_buffers": _idle(_GPU),
            "output_buffer_pool_size": _idle(_GPU),
            "custom_process_funcion": _refused(
                "a custom process function", "read the tensors in a probe: output_tensor_meta: true"
            ),
        },
        "lstm": {
            "loops": {
                name: _refused("a network with states (lstm)", "export it without loops")
                for name in ("input", "output", "keep_output", "init_const")
            }
        },
        "clip_object_outside_roi": _idle("clip_object_outside_roi: see nvdspreprocess"),
    },
    "input_control": {
        "process_mode": _words(
            "process-mode",
            {
                "PROCESS_MODE_DEFAULT": None,
                "PROCESS_MODE_FULL_FRAME": "1",
                "PROCESS_MODE_CLIP_OBJECTS": "2",
            },
        ),
        "operate_on_gie_id": _key("operate-on-gie-id"),
        "operate_on_class_ids": _list("operate-on-class-ids"),
        "interval": _key("interval"),
        "secondary_reinfer_interval": _key("secondary-reinfer-interval"),
        "async_mode": _key("classifier-async-mode"),
        "object_control": {
            "bbox_filter": {
                "min_width": _key("input-object-min-width"),
                "min_height": _key("input-object-min-height"),
                "max_width": _key("input-object-max-width"),
                "max_height": _key("input-object-max-height"),
            }
        },
    },
    "output_control": {
        "output_tensor_meta": _key("output-tensor-meta"),
        "classifier_type": _key("classifier-type"),
        "detect_control": {
            "default_filter": _FILTER,
            "specific_class_filters": _FILTER,
            "filter_out_class_ids": _list("filter-out-class-ids"),
        },
    },
}
"""By field: what reads its value, the fields of its message, or the key of its colour."""

MAPS: Final = frozenset({"per_class_params", "specific_class_filters"})
"""Messages of ``key`` and ``value``, by class."""
ALL_CLASSES: Final = frozenset({*_CLUSTERS, "default_filter"})
"""Messages whose keys are those of every class."""


# ---- the tree


def _walk(groups: _Groups, message: Message, schema: Mapping[str, Any], group: str) -> None:
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


def _field(groups: _Groups, name: str, value: Scalar | Message, spec: Any, group: str) -> None:
    if isinstance(spec, str):
        _color(groups, spec, _message(name, value), group)
    elif not isinstance(spec, dict):
        if isinstance(value, Message):
            raise ConfigError(f"{name} is one value", where=value.where, expected=f"{name}: value")
        spec(groups, value, group)
    elif name in MAPS:
        _of_class(groups, _message(name, value), spec)
    else:
        if name in _KINDS:
            groups.set("property", "network-type", _KINDS[name], value.where)
        if name in _CLUSTERS:
            groups.set("property", "cluster-mode", _CLUSTERS[name], value.where)
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


def _of_class(groups: _Groups, entry: Message, spec: Mapping[str, Any]) -> None:
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


def _color(groups: _Groups, key: str, message: Message, group: str) -> None:
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


def _model(groups: _Groups) -> None:
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
    order = given.get("network-input-order")
    dims = model.dims if not order or order.text == "0" else (model.dims[2:] + model.dims[:2])
    if len(dims) == 3 and min(dims) > 0 and "infer-dims" not in given:  # noqa: PLR2004 (c, h, w)
        groups.set("property", "infer-dims", ";".join(map(str, dims)), name.where)
    if model.labels is not None and "labelfile-path" not in given:
        groups.set("property", "labelfile-path", str(model.labels.absolute()), name.where)


def _defaults(groups: _Groups) -> None:
    """What DeepStream's nvinferserver takes where nothing is said, and nvinfer something else."""
    given = groups.groups["property"]
    batch = _take(given, "batch")
    if batch and batch.text != "0":
        groups.set("property", "batch-size", batch.text, batch.where)
    given.setdefault("gie-unique-id", Entry("0", str(groups.path)))
    given.setdefault("network-type", Entry("100", str(groups.path)))
    if given["network-type"].text == "0":
        groups.groups[ALL].setdefault("pre-cluster-threshold", Entry("0", str(groups.path)))


def read_server_groups(path: Path, notes: list[Note]) -> dict[str, Group]:
    """Read a file as the groups of nvinfer's.

    Raises:
        ConfigError: It cannot be read, names an unknown field, or a model that cannot be run.
    """
    groups = _Groups(path, notes)
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
