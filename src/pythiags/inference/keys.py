"""The keys of nvinfer's configuration files: which are read, refused, or of no effect on a CPU.

Names and meanings are those of NVIDIA's documentation of Gst-nvinfer.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CLASS",
    "CLASS_WITHOUT_EFFECT",
    "CONSUMED",
    "GRAY",
    "OTHER_MODELS",
    "OTHER_SUFFIXES",
    "PAIRS",
    "PROPERTY",
    "PROPERTY_NAMES",
    "REFUSED",
    "WITHOUT_EFFECT",
    "Key",
    "Refusal",
]

GRAY = 2
"""``model-color-format`` of grey networks; 0 is RGB, 1 BGR."""


MOST_CLASSES = 32_768
MOST_PIXELS = 16_384
"""Far above every network: what is beyond is a slip, not to be allocated."""


class Key(NamedTuple):
    """A key that is read: the field it becomes, and how."""

    field: str
    read: Callable[[str], Any]
    """Raises ValueError with what would have been right."""


class Refusal(NamedTuple):
    """A key that would change the results: the values that ask for nothing, and the remedy."""

    accepted: tuple[str, ...]
    hint: str


def _number(text: str, low: float = -math.inf, high: float = math.inf) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and low <= value <= high):
        limits = f" from {low:g} to {high:g}" if math.isfinite(low) and math.isfinite(high) else ""
        limits = limits or (f" of at least {low:g}" if math.isfinite(low) else "")
        raise ValueError(f"a number{limits}")
    return value


def _integer(low: int, high: int = 2**31 - 1) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None
        if value is None or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return read


def _fraction(text: str) -> float:
    return _number(text, 0, 1)


def _size(text: str) -> float:
    return _number(text, 0)


def _flag(text: str) -> bool:
    if text.lower() not in {"0", "1", "true", "false"}:
        raise ValueError("0 or 1")
    return text.lower() in {"1", "true"}


def _list(text: str) -> list[str]:
    return [word.strip() for word in text.split(";") if word.strip()]


def _words(text: str) -> tuple[str, ...]:
    return tuple(_list(text))


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(_number(word) for word in _list(text))
    except ValueError:
        raise ValueError("numbers with semicolons between, as 123.7;116.3;103.5") from None


def _dims(text: str) -> tuple[int, ...]:
    try:
        channels, height, width = map(_integer(1, MOST_PIXELS), _list(text))
    except ValueError:
        raise ValueError("channels;height;width, as 3;416;416") from None
    return channels, height, width


def _class_ids(text: str) -> frozenset[int]:
    try:
        return frozenset(map(_integer(0), _list(text)))
    except ValueError:
        raise ValueError("class ids with semicolons between, as 0;2;3") from None


def _color(text: str) -> tuple[float, ...]:
    try:
        color = tuple(_fraction(word) for word in _list(text))
    except ValueError:
        color = ()
    if len(color) != 4:  # noqa: PLR2004
        raise ValueError("red;green;blue;alpha, from 0 to 1 each")
    return color


def _choice(**meanings: str) -> Callable[[str], int]:
    """Read one of a few numbers, given as _0="RGB", _1="BGR"."""
    known = {name.removeprefix("_"): meaning for name, meaning in meanings.items()}

    def read(text: str) -> int:
        if text not in known:
            raise ValueError("one of " + ", ".join(f"{n} ({what})" for n, what in known.items()))
        return int(text)

    return read


PROPERTY: dict[str, Key] = {
    "onnx-file": Key("onnx", str),
    "labelfile-path": Key("labels", str),
    "num-detected-classes": Key("classes", _integer(1, MOST_CLASSES)),
    "filter-out-class-ids": Key("filter_out", _class_ids),
    "infer-dims": Key("infer_dims", _dims),
    "net-scale-factor": Key("net_scale_factor", _number),
    "offsets": Key("offsets", _numbers),
    "model-color-format": Key("model_color_format", _choice(_0="RGB", _1="BGR", _2="GRAY")),
    "maintain-aspect-ratio": Key("maintain_aspect_ratio", _flag),
    "symmetric-padding": Key("symmetric_padding", _flag),
    "scaling-filter": Key("scaling_filter", _integer(0, 6)),
    "cluster-mode": Key("cluster_mode", _choice(_0="group rectangles", _2="NMS", _4="none")),
    "batch-size": Key("batch_size", _integer(1, 1024)),
    "interval": Key("interval", _integer(0)),
    "gie-unique-id": Key("gie_unique_id", _integer(0)),
    "parse-bbox-func-name": Key("parse_bbox_func_name", lambda text: text or None),
    "output-blob-names": Key("output_blob_names", _words),
}
"""[property]; fields of Config, or of CONSUMED."""

CONSUMED = ("onnx", "labels", "classes", "filter_out")
"""Fields that become others on the way."""

CLASS: dict[str, Key] = {
    "threshold": Key("pre_cluster_threshold", _number),
    "pre-cluster-threshold": Key("pre_cluster_threshold", _number),
    "post-cluster-threshold": Key("post_cluster_threshold", _number),
    "nms-iou-threshold": Key("nms_iou_threshold", _fraction),
    "topk": Key("topk", _integer(-1)),
    "eps": Key("eps", _size),
    "group-threshold": Key("group_threshold", _integer(0)),
    "detected-min-w": Key("min_width", _size),
    "detected-min-h": Key("min_height", _size),
    "detected-max-w": Key("max_width", _size),
    "detected-max-h": Key("max_height", _size),
    "roi-top-offset": Key("roi_top", _size),
    "roi-bottom-offset": Key("roi_bottom", _size),
    "border-color": Key("border_color", _color),
    "bg-color": Key("bg_color", _color),
}
"""[class-attrs-all] and [class-attrs-N]; fields of ClassAttributes, or of PAIRS."""

CLASS_WITHOUT_EFFECT: dict[str, str] = dict.fromkeys(
    ("minBoxes", "dbscan-min-score"), "of no effect: it is about DBSCAN"
)
"""Keys of [class-attrs-...]."""

PAIRS = {
    "min_size": ("min_width", "min_height"),
    "max_size": ("max_width", "max_height"),
    "roi_offsets": ("roi_top", "roi_bottom"),
}

OFF = ("0", "false")
_DETECTORS_ONLY = "only detectors are run: use a detection model with network-type=0"
_LATER = "take this element out, or run the pipeline where DeepStream is installed"

REFUSED: dict[str, Refusal] = {
    "process-mode": Refusal(("1",), "secondary inference, on objects, is not there yet: " + _LATER),
    "network-type": Refusal(OFF, _DETECTORS_ONLY),
    "is-classifier": Refusal(OFF, _DETECTORS_ONLY),
    "network-input-order": Refusal(
        OFF, "export the model with its input as [N, channels, height, width]"
    ),
    "mean-file": Refusal((), "write the mean of each channel to offsets"),
    "enable-dbscan": Refusal(OFF, "use cluster-mode=2 with an nms-iou-threshold"),
    "output-tensor-meta": Refusal(OFF, "tensor metadata is not written yet: " + _LATER),
    "output-instance-mask": Refusal(OFF, "masks are not written yet: " + _LATER),
    "input-tensor-from-meta": Refusal(OFF, "remove nvdspreprocess: nvinfer scales by itself"),
    "crop-objects-to-roi-boundary": Refusal(OFF, "cut the boxes in an extractor"),
    "raw-output-file-write": Refusal(OFF, "run the model with ONNX Runtime to see its outputs"),
    "raw-output-generated-callback": Refusal(
        OFF, "run the model with ONNX Runtime to see its outputs"
    ),
}
"""Keys of [property] and properties of the element."""

_DBSCAN = "1 and 3 are DBSCAN, which is not done: use 2 (NMS) with an nms-iou-threshold"
REFUSED["cluster-mode"] = Refusal(("0", "2", "4"), _DBSCAN)

_GPU = "of no effect: it is about the GPU"
_TENSORRT = "of no effect: TensorRT is not used, ONNX Runtime runs the onnx-file"
_SECONDARY = "of no effect in primary mode"
_CLASSIFIER = "of no effect on a detector"

WITHOUT_EFFECT: dict[str, str] = {
    **dict.fromkeys(
        (
            "gpu-id",
            "enable-dla",
            "use-dla-core",
            "workspace-size",
            "scaling-compute-hw",
            "tensor-meta-pool-size",
        ),
        _GPU,
    ),
    **dict.fromkeys(
        (
            "network-mode",
            "model-engine-file",
            "int8-calib-file",
            "force-implicit-batch-dim",
            "output-io-formats",
            "layer-device-precision",
            "engine-create-func-name",
            "custom-network-config",
            "model-file",
            "proto-file",
            "uff-file",
            "uff-input-order",
            "uff-input-dims",
            "uff-input-blob-name",
            "input-dims",
            "tlt-encoded-model",
            "tlt-model-key",
        ),
        _TENSORRT,
    ),
    "custom-lib-path": "not loaded: parse-bbox-func-name picks a decoder of pythiags",
    **dict.fromkeys(
        (
            "operate-on-gie-id",
            "operate-on-class-ids",
            "secondary-reinfer-interval",
            "input-object-min-width",
            "input-object-min-height",
            "input-object-max-width",
            "input-object-max-height",
        ),
        _SECONDARY,
    ),
    **dict.fromkeys(
        (
            "classifier-type",
            "classifier-threshold",
            "classifier-async-mode",
            "parse-classifier-func-name",
            "parse-bbox-instance-mask-func-name",
            "segmentation-threshold",
            "segmentation-output-order",
        ),
        _CLASSIFIER,
    ),
    "clip-object-outside-roi": "of no effect: there is no nvdspreprocess",
    "raw-output-generated-userdata": "of no effect without raw-output-generated-callback",
}

_EXPORT = "export the network to ONNX from the framework it was trained in and name it as onnx-file"
_CAFFE = "convert the Caffe model to ONNX (caffe2onnx does), or take the vendor's ONNX release"
_UFF = "export the TensorFlow graph with tf2onnx"
_TAO = "take the model's deployable ONNX release from NGC, or export it with `tao model ... export`"

OTHER_MODELS: dict[str, str] = {
    "model-file": _CAFFE,
    "proto-file": _CAFFE,
    "uff-file": _UFF,
    "tlt-encoded-model": _TAO,
    "model-engine-file": _EXPORT + ": an engine cannot be turned back",
}
"""Keys for models that ONNX Runtime does not read, and where their ONNX comes from."""

OTHER_SUFFIXES: dict[str, str] = {
    ".engine": OTHER_MODELS["model-engine-file"],
    ".plan": OTHER_MODELS["model-engine-file"],
    ".trt": OTHER_MODELS["model-engine-file"],
    ".etlt": _TAO,
    ".caffemodel": _CAFFE,
    ".uff": _UFF,
    ".pt": _EXPORT,
    ".pth": _EXPORT,
}

PROPERTY_NAMES: dict[str, str] = {
    "unique-id": "gie-unique-id",
    "infer-on-gie-id": "operate-on-gie-id",
    "infer-on-class-ids": "operate-on-class-ids",
    "input-tensor-meta": "input-tensor-from-meta",
}
"""The element's properties that have another name in the file."""
