"""The fields of nvinferserver's configuration files, and what key of nvinfer's each is.

Fields and their meaning are those of NVIDIA's ``nvdsinferserver_config.proto`` and
``nvdsinferserver_plugin.proto``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import ConfigError
from pythiags.inference.classes import PREFIX
from pythiags.inference.keyfile import Entry, Group
from pythiags.inference.prototext import Scalar
from pythiags.inference.types import Note
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["ALL", "ALL_CLASSES", "CLUSTERS", "COLOR", "KINDS", "MAPS", "SCHEMA", "Groups"]

Read = Callable[["Groups", Scalar, str], None]
"""Takes a value and the group that its key belongs to."""

ALL = f"{PREFIX}all"


class Groups:
    """The groups in the making."""

    def __init__(self, path: Path, notes: list[Note]) -> None:
        self.path = path
        self.notes = notes
        self.groups: dict[str, Group] = {"property": {}, ALL: {}}

    def set(self, group: str, key: str, text: str, where: str) -> None:
        """Set a key of a group, with the place where its value stands."""
        self.groups.setdefault(group, {})[key] = Entry(text, where)

    def append(self, group: str, key: str, text: str, where: str) -> None:
        """Add to the list that a key has."""
        before = self.groups.setdefault(group, {}).get(key)
        self.set(group, key, f"{before.text};{text}" if before else text, where)


# ---- what becomes of a field


def _key(name: str) -> Read:
    """A key of nvinfer's, with the same value."""
    return lambda groups, value, group: groups.set(group, name, _escaped(value), value.where)


def _list(name: str) -> Read:
    return lambda groups, value, group: groups.append(group, name, _escaped(value), value.where)


def _words(name: str, choices: Mapping[str, str | None]) -> Read:
    """A key of nvinfer's whose value has another name here; None: the field asks for nothing.

    The names are in the order of their numbers in NVIDIA's files, which count from 0 and may be
    written in their place, as in all enumerations of the text format.
    """
    numbers = dict(zip(map(str, range(len(choices))), choices.values(), strict=True))

    def read(groups: Groups, value: Scalar, group: str) -> None:
        known = choices if value.quoted else {**numbers, **choices}
        if value.text not in known:
            raise ConfigError(
                f"{value.text} is no value of this field",
                where=value.where,
                expected=" or ".join(choices),
                got=value.text,
                hint=hint_for(value.text, choices),
            )
        meant = known[value.text]
        if meant is not None:
            groups.set(group, name, meant, value.where)

    return read


def _idle(reason: str) -> Read:
    return lambda groups, value, _group: groups.notes.append(
        Note("info", f"{value.where}: {reason}")
    )


def _refused(what: str, hint: str) -> Read:
    def read(_groups: Groups, value: Scalar, _group: str) -> None:
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
KINDS: Final = {
    "detection": "0",
    "classification": "1",
    "segmentation": "2",
    "other": "100",
    "trtis_classification": "1",
    "triton_classification": "1",
}
"""``network-type`` by the message of ``postprocess``."""
CLUSTERS: Final = {"group_rectangle": "0", "dbscan": "1", "nms": "2", "simple_cluster": "4"}
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
        "clip_object_outside_roi": _key("clip-object-outside-roi"),
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
ALL_CLASSES: Final = frozenset({*CLUSTERS, "default_filter"})
"""Messages whose keys are those of every class."""
